"""Worlds with simulated traders in them, the small one and the usual one, and what is heard of them."""

from messages.identity import MarketId
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.exchange.core import Exchange
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.words import ExchangeEvent, OrderReported, Trade, TradeReported, TradeStatus
from polyactors.exchange.world import World, WorldSettings

SECOND_NS = NANOSECONDS_PER_SECOND
MINUTE_NS = 60 * SECOND_NS
BEGUN_NS = 1_780_000_000 * SECOND_NS
"""200 seconds before the end of a five-minute market."""

SMALL = ListingPlan(
    binary_markets=1,
    neg_risk_outcomes=(3,),
    augmented_events=0,
    protocol_two_markets=0,
    hourly_symbols=(),
    five_minutes_ahead=1,
    forgotten_after_s=600,
)


class Watched:
    """A world, and everything that its exchange told."""

    def __init__(
        self, plan: ListingPlan = SMALL, traders: TraderSettings | None = None, seed: int = 1, *, keeps: bool = True
    ) -> None:
        self.news: list[ExchangeEvent] = []
        settings = WorldSettings(listings=plan, traders=traders or TraderSettings())
        self.world = World(settings, seed, BEGUN_NS, self._introduce if keeps else _nobody)
        self.exchange = self.world.exchange
        self.crowd = self.world.crowd

    def run(self, seconds: float) -> None:
        """Go on until so long after the beginning."""
        self.world.advance(BEGUN_NS + round(seconds * SECOND_NS))

    def matched(self) -> list[Trade]:
        return [
            event.trade
            for event in self.news
            if isinstance(event, TradeReported) and event.trade.status is TradeStatus.MATCHED
        ]

    def orders(self) -> list[OrderReported]:
        return [event for event in self.news if isinstance(event, OrderReported)]

    def accepting(self) -> list[MarketId]:
        now_ns = self.world.now_ns
        return [market for market in self.exchange.listings if self.exchange.is_accepting(market, now_ns)]

    def left_ns(self, market: MarketId) -> int:
        """How long until the market's end."""
        end_ms = self.exchange.listings[market].market.end_ms
        assert end_ms is not None
        return end_ms * NANOSECONDS_PER_MILLISECOND - self.world.now_ns

    def _introduce(self, exchange: Exchange) -> None:
        exchange.listeners.append(self.news.append)


def _nobody(exchange: Exchange) -> None:
    """Does not listen."""

"""What the catalogue counts of each market: what was traded, when it was listed and resolved, and how it moved."""

from collections import deque

from attrs import Factory, define

from messages.identity import MarketId, Outcome
from messages.units import NANOSECONDS_PER_SECOND, PRICE_SCALE, Cash, Shares, complement, notional
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import ExchangeEvent, MarketOpened, MarketResolved, Trade, TradeReported, TradeStatus

_HOUR_NS = 3600 * NANOSECONDS_PER_SECOND
_HOURS_KEPT = 24 * 31


@define
class Hour:
    """What was traded in one hour, and the last price of YES in it."""

    number: int
    volume: int
    last_price: int


@define
class MarketCount:
    """Volumes in cash and in shares; `hours` are those with trades."""

    listed_ns: int
    resolved_ns: int | None = None
    volume: Cash = Cash(0)
    shares: Shares = Shares(0)
    trades: int = 0
    changed_ns: int = 0
    hours: deque[Hour] = Factory(lambda: deque(maxlen=_HOURS_KEPT))

    def volume_since(self, since_ns: int) -> Cash:
        """By whole hours."""
        return Cash(sum(hour.volume for hour in self.hours if (hour.number + 1) * _HOUR_NS > since_ns))

    def price_before(self, at_ns: int) -> int | None:
        """The price of YES of the last trade in an hour that ended by then; None where there was none."""
        before = [hour.last_price for hour in self.hours if (hour.number + 1) * _HOUR_NS <= at_ns]
        return before[-1] if before else None


class MarketStatistics:
    """Listens to the exchange from when it is made. What was listed before counts as listed at its opening."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._counts: dict[MarketId, MarketCount] = {}
        exchange.listeners.append(self.hear)

    def of(self, market: MarketId) -> MarketCount:
        """Raises `KeyError` for a market that the exchange does not know."""
        count = self._counts.get(market)
        if count is None:
            listing = self._exchange.listings[market]
            count = self._counts[market] = MarketCount(listing.accepts_from_ms * 1_000_000)
        return count

    def hear(self, event: ExchangeEvent) -> None:
        match event:
            case TradeReported(trade, at_ns) if trade.status is TradeStatus.MATCHED:
                self._traded(trade, at_ns)
            case MarketOpened(listing, at_ns):
                self._forget_gone()
                self._counts[listing.market.market] = MarketCount(at_ns, changed_ns=at_ns)
            case MarketResolved(market, _, at_ns):
                count = self.of(market)
                count.resolved_ns = count.changed_ns = at_ns

    def _traded(self, trade: Trade, at_ns: int) -> None:
        count = self.of(trade.market)
        cost = notional(trade.price, trade.size)
        price = trade.price if trade.outcome is Outcome.YES else complement(trade.price)
        count.volume = Cash(count.volume + cost)
        count.shares = Shares(count.shares + trade.size)
        count.trades += 1
        count.changed_ns = at_ns
        number = at_ns // _HOUR_NS
        if not count.hours or count.hours[-1].number != number:
            count.hours.append(Hour(number, 0, PRICE_SCALE // 2))
        count.hours[-1].volume += cost
        count.hours[-1].last_price = price

    def _forget_gone(self) -> None:
        for market in [market for market in self._counts if market not in self._exchange.listings]:
            del self._counts[market]

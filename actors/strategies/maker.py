"""Market making on one market: both sides around the fair value of its own book."""

from attrs import frozen

from actors.order_management.desired import Desired
from actors.paths import LEDGER
from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.strategies.fair_value import Volatility, micro_price
from actors.strategies.holdings import funds_of, holding_of
from actors.strategies.maker_quotes import MakerSettings, NoQuote, Quotes, quotes, to_rest
from actors.strategies.quote_desk import LookAgain, QuoteDesk, Quoter, QuoteSide, Why
from actors.strategies.quote_slot import Slot
from actors.strategies.words import Awake, StrategyMessage
from messages.identity import Lease, StrategyName, Tier
from messages.intents import IntentRefused
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.markets import Market
from messages.orders import OrderChanged
from messages.ownership import Granted, Refused, Revoked
from messages.portfolio import PortfolioChanged, Position
from messages.pricing import NoPrices, PriceSnapshot
from messages.sessions import SessionIs
from messages.units import NANOSECONDS_PER_MILLISECOND, PRICE_SCALE
from supervision.actor import Actor

MAKER = StrategyName("maker")


@frozen
class MakerState:
    """What the maker shows of itself."""

    lease: Lease | None
    position: Position
    bid: Slot
    ask: Slot
    last_reason_not_to_quote: str | None


class Maker(Actor[StrategyMessage | LookAgain]):
    """Owns its market, keeps one order a side, and acts on the newest closed book only."""

    def __init__(self, market: Market, settings: MakerSettings) -> None:
        self._market = market
        self._settings = settings
        self._volatility = Volatility(settings.volatility_time_constant_ns)
        self._snapshot: Snapshot | None = None
        self._position = Position(market.market, MAKER)
        self._no_quote: str | None = None
        self._orders = settings.order_management

    def started(self) -> None:
        market, end_ms = self._market, self._market.end_ms
        quoter = Quoter(MAKER, Tier.MARKET_MAKING, 50, self._settings.retry_after_ns)
        self._desk = QuoteDesk(self, market, quoter, None if end_ms is None else end_ms * NANOSECONDS_PER_MILLISECOND)
        self.tell(self.address(LEDGER), TellMarketPortfolio(market.market))
        self._desk.claim()

    def receive(self, message: StrategyMessage | LookAgain) -> None:
        match message:
            case Snapshot():
                self._snapshot = message
                if message.is_two_sided:
                    self._volatility.see(micro_price(message), message.received_ns)
                self._look()
            case OrderChanged():
                if self._desk.heard_of_order(message):
                    self._look()
            case PortfolioChanged():
                self._position = holding_of(message.portfolio, MAKER)
                self._desk.funds = funds_of(message, MAKER)
            case IntentRefused():
                self._desk.heard_of_refusal(message)
            case Granted() | Refused() | Revoked():
                if self._desk.heard_of_lease(message):
                    self._look()
            case Awake():
                self._desk.claim()
            case LookAgain():
                self._look()
            case BookOpened():
                self._snapshot = None
            case TradeSeen() | PriceSnapshot() | NoPrices() | SessionIs():
                pass

    def describe(self) -> MakerState:
        (bid,), (ask,) = self._desk.slots(QuoteSide.BID), self._desk.slots(QuoteSide.ASK)
        return MakerState(self._desk.lease, self._position, bid, ask, self._no_quote)

    def _look(self) -> None:
        """Compare what rests with what should, and act on the difference."""
        snapshot, settings = self._snapshot, self._settings
        if snapshot is None or self._desk.lease is None:
            return
        volatility = self._volatility.over(settings.volatility_horizon_ns)
        wanted = quotes(snapshot, self._position, volatility, self._market.minimum_size, settings)
        if isinstance(wanted, NoQuote):
            self._no_quote = wanted.reason
            self._desk.rest((), snapshot, self._orders, _nothing_to_say)
            return
        self._no_quote = None
        both = (wanted.bid, wanted.ask)
        desired = [to_rest(each, wanted.fair, snapshot.tick_size, settings) for each in both if each is not None]
        self._desk.rest(desired, snapshot, self._orders, _reasons_for(wanted))


def _reasons_for(wanted: Quotes) -> Why:
    def why(side: QuoteSide, _: Desired) -> str:
        return (
            f"{side.value}: fair {wanted.fair / PRICE_SCALE:.4f}, reservation "
            f"{wanted.reservation / PRICE_SCALE:.4f}, half spread {wanted.half_spread / PRICE_SCALE:.4f}"
        )

    return why


def _nothing_to_say(_: QuoteSide, __: Desired) -> str:
    return ""

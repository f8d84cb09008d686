"""Market making on one market: both sides around the fair value of its own book."""

from enum import Enum

from attrs import frozen

from actors.paths import LEDGER, market_path
from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.strategies.fair_value import Volatility, micro_price
from actors.strategies.maker_quotes import MakerSettings, NoQuote, Quote, Quotes, quotes
from actors.strategies.quote_slot import (
    Asked,
    Cancelling,
    CancelQuote,
    Empty,
    PlaceQuote,
    Resting,
    Slot,
    act,
    answered,
    refused,
)
from actors.strategies.words import Awake, StrategyMessage
from messages.identity import IntentId, Lease, StrategyName, Tier
from messages.intents import Cancel, IntentRefused, Place, SnapshotId, TimeInForce
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.markets import Market
from messages.orders import OrderChanged
from messages.ownership import Claim, Granted, Refused, Revoked
from messages.portfolio import PortfolioChanged, Position
from messages.units import PRICE_SCALE, notional
from supervision.actor import Actor

MAKER = StrategyName("maker")


class _Side(Enum):
    BID = "bid"
    ASK = "ask"


@frozen
class MakerState:
    """What the maker shows of itself."""

    lease: Lease | None
    position: Position
    bid: Slot
    ask: Slot
    last_reason_not_to_quote: str | None


class Maker(Actor[StrategyMessage]):
    """Owns its market, keeps one order a side, and acts on the newest closed book only."""

    def __init__(self, market: Market, settings: MakerSettings) -> None:
        self._market = market
        self._settings = settings
        self._volatility = Volatility(settings.volatility_time_constant_ns)
        self._lease: Lease | None = None
        self._snapshot: Snapshot | None = None
        self._position = Position(market.market, MAKER)
        self._slots: dict[_Side, Slot] = {_Side.BID: Empty(), _Side.ASK: Empty()}
        self._no_quote: str | None = None

    def started(self) -> None:
        self._market_address = self.address(market_path(self._market.event, self._market.market))
        self.tell(self.address(LEDGER), TellMarketPortfolio(self._market.market))
        self._claim()

    def receive(self, message: StrategyMessage) -> None:
        match message:
            case Snapshot():
                self._snapshot = message
                if message.is_two_sided:
                    self._volatility.see(micro_price(message), message.received_ns)
                self._look()
            case OrderChanged():
                if self._heard_of(message):
                    self._look()
            case PortfolioChanged():
                self._position = message.portfolio.position_of(MAKER)
            case IntentRefused():
                for side, slot in self._slots.items():
                    self._slots[side] = refused(slot, message.intent, message.refusal, self.now_ns, self._settings)
            case Granted():
                self._lease = message.lease
                self.after("renew", (message.until_ns - self.now_ns) // 2, Awake())
                self._look()
            case Refused() | Revoked():
                self._lease = None
                self.after("renew", self._settings.retry_after_ns, Awake())
            case Awake():
                self._claim()
            case BookOpened():
                self._snapshot = None
            case TradeSeen():
                pass

    def describe(self) -> MakerState:
        bid, ask = self._slots[_Side.BID], self._slots[_Side.ASK]
        return MakerState(self._lease, self._position, bid, ask, self._no_quote)

    def _claim(self) -> None:
        self.tell(self._market_address, Claim(self._market.market, MAKER, Tier.MARKET_MAKING))

    def _heard_of(self, changed: OrderChanged) -> bool:
        """Whether it changed what rests on one of the sides."""
        before = dict(self._slots)
        for side, slot in before.items():
            self._slots[side] = answered(slot, changed, self.now_ns, self._settings)
        return self._slots != before

    def _look(self) -> None:
        """Compare what rests with what should, and act on the difference."""
        snapshot, lease = self._snapshot, self._lease
        if snapshot is None or lease is None:
            return
        settings = self._settings
        now_ns = self.now_ns
        volatility = self._volatility.over(settings.volatility_horizon_ns)
        wanted = quotes(snapshot, self._position, volatility, self._market.minimum_size, settings)
        self._no_quote = wanted.reason if isinstance(wanted, NoQuote) else None
        bid, ask, fair = (wanted.bid, wanted.ask, wanted.fair) if isinstance(wanted, Quotes) else (None, None, 0.0)
        for side, quote in ((_Side.BID, bid), (_Side.ASK, ask)):
            action = act(self._slots[side], quote, fair, snapshot.tick_size, now_ns, settings)
            if isinstance(action, PlaceQuote) and isinstance(wanted, Quotes):
                self._place(side, action.quote, snapshot, lease, wanted)
            elif isinstance(action, CancelQuote):
                self._cancel(side, action)

    def _place(self, side: _Side, quote: Quote, snapshot: Snapshot, lease: Lease, wanted: Quotes) -> None:
        intent = IntentId(self.ids.name("intent"))
        self._slots[side] = Asked(intent, quote)
        self.tell(
            self._market_address,
            Place(
                intent=intent,
                strategy=MAKER,
                market=self._market.market,
                outcome=quote.outcome,
                side=quote.side,
                price=quote.price,
                size=quote.size,
                time_in_force=TimeInForce.GTD,
                post_only=True,
                time_to_live_ns=self._settings.time_to_live_ns,
                snapshot=SnapshotId(snapshot.epoch, snapshot.number),
                fencing=lease.fencing,
                edge=quote.edge,
                confidence_percent=50,
                risk_cost=notional(quote.price, quote.size),
                rationale=(
                    f"{side.value}: fair {wanted.fair / PRICE_SCALE:.4f}, reservation "
                    f"{wanted.reservation / PRICE_SCALE:.4f}, half spread {wanted.half_spread / PRICE_SCALE:.4f}"
                ),
                at_ns=self.now_ns,
            ),
        )

    def _cancel(self, side: _Side, action: CancelQuote) -> None:
        intent = IntentId(self.ids.name("intent"))
        slot = self._slots[side]
        if isinstance(slot, Resting):
            self._slots[side] = Cancelling(slot.order, slot.quote, intent)
        market = self._market.market
        self.tell(self._market_address, Cancel(intent, MAKER, market, action.order, action.reason, self.now_ns))

"""Market making on one market: both sides around the fair value of its own book."""

from enum import Enum

from attrs import frozen

from actors.order_management.desired import Desired, Funds
from actors.order_management.mutation_budget import MutationBudget
from actors.order_management.order_manager import CancelOrder, MarketNow, PlaceOrder, plan
from actors.paths import LEDGER, market_path
from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.strategies.fair_value import Volatility, micro_price
from actors.strategies.holdings import funds_of, holding_of
from actors.strategies.maker_quotes import MakerSettings, NoQuote, Quote, Quotes, quotes, to_rest
from actors.strategies.quote_slot import (
    Asked,
    Cancelling,
    Empty,
    Replacing,
    Resting,
    Slot,
    answered,
    refused,
    working_order,
)
from actors.strategies.words import Awake, StrategyMessage
from messages.identity import IntentId, Lease, Outcome, StrategyName, Tier
from messages.intents import Cancel, IntentRefused, Place, SnapshotId, TimeInForce
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.markets import Market
from messages.orders import OrderChanged
from messages.ownership import Claim, Granted, Refused, Revoked
from messages.portfolio import PortfolioChanged, Position
from messages.units import NANOSECONDS_PER_MILLISECOND, PRICE_SCALE, Shares, notional
from supervision.actor import Actor

MAKER = StrategyName("maker")


class _Side(Enum):
    BID = "bid"
    ASK = "ask"


@frozen
class LookAgain:
    """Timer: what the order manager held back may be done now."""


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
        self._lease: Lease | None = None
        self._snapshot: Snapshot | None = None
        self._position = Position(market.market, MAKER)
        self._slots: dict[_Side, Slot] = {_Side.BID: Empty(), _Side.ASK: Empty()}
        self._no_quote: str | None = None
        self._orders = settings.order_management
        self._budget = MutationBudget()
        self._funds: Funds | None = None
        self._end_ns = None if market.end_ms is None else market.end_ms * NANOSECONDS_PER_MILLISECOND

    def started(self) -> None:
        self._market_address = self.address(market_path(self._market.event, self._market.market))
        self.tell(self.address(LEDGER), TellMarketPortfolio(self._market.market))
        self._claim()

    def receive(self, message: StrategyMessage | LookAgain) -> None:
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
                self._position = holding_of(message.portfolio, MAKER)
                self._funds = funds_of(message, MAKER)
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
            case LookAgain():
                self._look()
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
        return any(type(slot) is not type(before[side]) for side, slot in self._slots.items())

    def _look(self) -> None:
        """Compare what rests with what should, and act on the difference."""
        snapshot, lease = self._snapshot, self._lease
        if snapshot is None or lease is None:
            return
        settings = self._settings
        volatility = self._volatility.over(settings.volatility_horizon_ns)
        wanted = quotes(snapshot, self._position, volatility, self._market.minimum_size, settings)
        self._no_quote = wanted.reason if isinstance(wanted, NoQuote) else None
        orders = [each for each in map(working_order, self._slots.values()) if each is not None]
        if isinstance(wanted, NoQuote) and not orders:
            return
        market = MarketNow(snapshot.tick_size, self.now_ns, self._end_ns)
        todo = plan(self._desired(wanted, snapshot.tick_size), orders, market, self._budget, self._orders, self._free())
        self._budget = todo.budget
        for cancel in todo.cancels:
            self._cancel(cancel)
        if isinstance(wanted, Quotes):
            for place in todo.places:
                self._place(place, snapshot, lease, wanted)
        if todo.look_again_ns is not None:
            self.after("look", todo.look_again_ns - self.now_ns, LookAgain())

    def _desired(self, wanted: Quotes | NoQuote, tick_size: int) -> list[Desired]:
        """Without the sides where something was refused a short time ago."""
        if isinstance(wanted, NoQuote):
            return []
        desired = []
        for side, quote in ((_Side.BID, wanted.bid), (_Side.ASK, wanted.ask)):
            slot = self._slots[side]
            is_paused = isinstance(slot, Empty) and self.now_ns < slot.not_before_ns
            if quote is not None and not is_paused:
                desired.append(to_rest(quote, wanted.fair, tick_size, self._settings))
        return desired

    def _free(self) -> Funds | None:
        """The funds without what was asked for and is not yet in the portfolio."""
        free = self._funds
        for slot in self._slots.values():
            if free is None or not isinstance(slot, Asked | Replacing):
                continue
            handed_over = free
            if isinstance(slot, Replacing) and (old := working_order(slot.old)) is not None:
                handed_over = free.instead_of(old)
            after = handed_over.without(slot.quote.outcome, slot.quote.side, slot.quote.price, slot.quote.size)
            free = after.at_most(free)
        return free

    def _place(self, place: PlaceOrder, snapshot: Snapshot, lease: Lease, wanted: Quotes) -> None:
        intent = IntentId(self.ids.name("intent"))
        order = place.wanted
        side = _Side.BID if order.gains is Outcome.YES else _Side.ASK
        quote = Quote(order.outcome, order.side, order.price, order.size, order.edge)
        old = self._slots[side]
        replaced_filled = Shares(0)
        if isinstance(old, Resting) and place.replaces == old.order:
            self._slots[side], replaced_filled = Replacing(old, intent, quote), old.filled
        else:
            self._slots[side] = Asked(intent, quote)
        self.tell(
            self._market_address,
            Place(
                intent=intent,
                strategy=MAKER,
                market=self._market.market,
                outcome=order.outcome,
                side=order.side,
                price=order.price,
                size=order.size,
                time_in_force=TimeInForce.GTD,
                post_only=True,
                time_to_live_ns=place.time_to_live_ns,
                snapshot=SnapshotId(snapshot.epoch, snapshot.number),
                fencing=lease.fencing,
                edge=order.edge,
                confidence_percent=50,
                risk_cost=notional(order.price, order.size),
                rationale=(
                    f"{side.value}: fair {wanted.fair / PRICE_SCALE:.4f}, reservation "
                    f"{wanted.reservation / PRICE_SCALE:.4f}, half spread {wanted.half_spread / PRICE_SCALE:.4f}"
                ),
                at_ns=self.now_ns,
                replaces=place.replaces,
                replaced_filled=replaced_filled,
            ),
        )

    def _cancel(self, cancel: CancelOrder) -> None:
        intent = IntentId(self.ids.name("intent"))
        for side, slot in self._slots.items():
            if isinstance(slot, Resting) and slot.order == cancel.order:
                self._slots[side] = Cancelling(slot.order, slot.quote, intent, slot.filled)
        market = self._market.market
        self.tell(self._market_address, Cancel(intent, MAKER, market, cancel.order, cancel.reason, self.now_ns))

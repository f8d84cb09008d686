"""From an authorised intent to the venue and back: writes down, sends, cancels, and never sends twice.

Life of an order here: made and told to the ledger (WRITTEN); on disk, so sent (SENT); the venue's word (LIVE,
REJECTED); fills; its end. Each step is told to the ledger, which alone changes orders. After a restart nothing passes
until what the ledger believes and what the venue says agree again: everything is cancelled, and looked at once more
when whatever was in flight must have arrived.
"""

from enum import Enum

from attrs import frozen

from actors.execution.open_orders import OpenOrder, OpenOrderList
from actors.execution.words import (
    LookAgain,
    OpenOrders,
    OrderNotWritten,
    OrderOnDisk,
    TellOpenOrders,
    TellVenueState,
)
from actors.paths import GATEWAY, GOVERNOR, JOURNAL, LEDGER, strategy_path
from messages.fills import FillReversed, FillSettled
from messages.identity import EventId, MarketId, OrderId, StrategyName
from messages.intents import Cancel, Flatten, Gate, IntentRefused, Place, Refusal
from messages.markets import Market
from messages.orders import (
    Accepted,
    CancelOrders,
    CancelRefused,
    Doubtful,
    Ended,
    Executed,
    Order,
    OrderMoved,
    OrdersGone,
    OrderState,
    Rejected,
    Submit,
    VenueReport,
    Withdraw,
)
from messages.ownership import Fence
from messages.risk import Authorised, ExecutionReady, ReservationReleased
from messages.units import Shares
from supervision.actor import Actor
from supervision.address import Address
from supervision.log import Level
from supervision.registry import UnknownActor

ExecutorMessage = (
    Authorised
    | Cancel
    | Flatten
    | CancelOrders
    | Fence
    | OrderOnDisk
    | OrderNotWritten
    | OpenOrders
    | VenueReport
    | Accepted
    | Rejected
    | Ended
    | CancelRefused
    | Doubtful
    | Executed
    | FillSettled
    | FillReversed
    | LookAgain
)


@frozen(kw_only=True)
class ExecutorSettings:
    """`settle_ns` is longer than anything takes from here to the venue and back."""

    settle_ns: int


class Stage(Enum):
    RECONCILING = "reconciling"
    READY = "ready"


@frozen
class ExecutorState:
    """What the executor shows of itself."""

    stage: Stage
    open_orders: int
    waiting_for_orders_to_go: int


@frozen
class _Waiter:
    wish: CancelOrders
    sender: Address[object]


class Executor(Actor[ExecutorMessage]):
    def __init__(self, markets: tuple[Market, ...], settings: ExecutorSettings) -> None:
        self._events: dict[MarketId, EventId] = {market.market: market.event for market in markets}
        self._settings = settings
        self._stage = Stage.RECONCILING
        self._knows_ledger = False
        self._open = OpenOrderList()
        self._fences: dict[MarketId, int] = {}
        self._waiters: list[_Waiter] = []

    def started(self) -> None:
        self._ledger = self.address(LEDGER)
        self._gateway = self.address(GATEWAY)
        self._governor = self.address(GOVERNOR)
        self._journal = self.address(JOURNAL)
        self.tell(self._ledger, TellOpenOrders())

    def receive(self, message: ExecutorMessage) -> None:
        match message:
            case Authorised():
                self._write(message)
            case OrderOnDisk():
                self._send(message.order)
            case OrderNotWritten():
                self._not_written(message)
            case Accepted():
                self._accepted(message)
            case Executed():
                self._executed(message)
            case FillSettled() | FillReversed():
                self.tell(self._ledger, message)
            case Ended():
                self._final(message.order, message.state, message.reason, message.at_ns)
            case Rejected():
                self._final(message.order, OrderState.REJECTED, message.reason, message.at_ns)
            case CancelRefused():
                self.log(Level.INFO, "cancel refused", order=message.order, reason=message.reason)
            case Doubtful():
                self.tell(self._ledger, OrderMoved(message.order, OrderState.UNKNOWN, message.reason, message.at_ns))
            case Cancel():
                self._cancel_one(message)
            case Flatten():
                self._cancel_all(CancelOrders(message.market, None, message.rationale))
            case CancelOrders():
                self._cancel_all(message)
            case Fence():
                self._fences[message.market] = max(message.fencing, self._fences.get(message.market, 0))
            case OpenOrders():
                self._reconcile(message)
            case VenueReport():
                self._compare(message)
            case LookAgain():
                self.tell(self._gateway, TellVenueState())

    def describe(self) -> ExecutorState:
        return ExecutorState(self._stage, len(self._open), len(self._waiters))

    def _write(self, authorised: Authorised) -> None:
        place = authorised.place
        fence = self._fences.get(place.market, 0)
        if self._stage is not Stage.READY:
            self._refuse(place, Refusal.RECONCILING, "")
        elif place.fencing < fence:
            self._refuse(place, Refusal.FENCED, f"{place.fencing} is older than {fence}")
        else:
            order = self._order_of(place)
            self._open.add(OpenOrder(order))
            self.tell(self._ledger, order)

    def _order_of(self, place: Place) -> Order:
        return Order(
            order=OrderId(self.ids.name("order")),
            intent=place.intent,
            strategy=place.strategy,
            market=place.market,
            outcome=place.outcome,
            side=place.side,
            price=place.price,
            size=place.size,
            time_in_force=place.time_in_force,
            post_only=place.post_only,
            expires_ns=self.now_ns + place.time_to_live_ns,
            fencing=place.fencing,
            snapshot=place.snapshot,
            rationale=place.rationale,
            written_ns=self.now_ns,
        )

    def _send(self, order: Order) -> None:
        """The record is on disk. What was cancelled or fenced off meanwhile is not sent any more."""
        open_order = self._open.get(order.order)
        if open_order is None or open_order.is_sent:
            return
        if order.fencing < self._fences.get(order.market, 0):
            open_order.cancel_wanted = "fenced off before it was sent"
        if open_order.cancel_wanted is not None:
            self._final(order.order, OrderState.CANCELLED, f"never sent: {open_order.cancel_wanted}", self.now_ns)
            return
        open_order.is_sent = True
        self.tell(self._ledger, OrderMoved(order.order, OrderState.SENT, "", self.now_ns))
        self.tell(self._gateway, Submit(order))

    def _not_written(self, message: OrderNotWritten) -> None:
        open_order = self._open.get(message.order)
        if open_order is None:
            return
        self._open.remove(message.order)
        order = open_order.order
        # The ledger never shows an order that it did not write, so the governor would go on counting it.
        self.tell(self._governor, ReservationReleased(order.intent))
        self._tell_refusal(
            IntentRefused(
                order.intent,
                order.strategy,
                order.market,
                Gate.EXECUTOR,
                Refusal.DUPLICATE,
                message.reason,
                self.now_ns,
            )
        )
        self._answer_waiters()

    def _accepted(self, message: Accepted) -> None:
        self.tell(self._ledger, OrderMoved(message.order, OrderState.LIVE, "", message.at_ns))
        open_order = self._open.get(message.order)
        if open_order is None:
            self.log(Level.WARNING, "an order that nobody owns is cancelled", order=message.order)
            self.tell(self._gateway, Withdraw(message.order, self._market_of(message.order)))
            return
        if open_order.cancel_wanted is not None:
            # A cancel that overtook its order was refused, so it has to be said again.
            self._withdraw(open_order)

    def _executed(self, message: Executed) -> None:
        fill = message.fill
        self.tell(self._ledger, fill)
        open_order = self._open.get(fill.order)
        if open_order is None:
            return
        open_order.filled = Shares(open_order.filled + fill.size)
        if open_order.filled >= open_order.order.size:
            self._open.remove(fill.order)
            self._answer_waiters()

    def _final(self, order: OrderId, state: OrderState, reason: str, at_ns: int) -> None:
        self.tell(self._ledger, OrderMoved(order, state, reason, at_ns))
        self._open.remove(order)
        self._answer_waiters()

    def _cancel_one(self, cancel: Cancel) -> None:
        open_order = self._open.get(cancel.order)
        if open_order is None:
            # Before the reconciliation is over the order may rest all the same; then it is being cancelled anyway.
            refusal = Refusal.UNKNOWN_ORDER if self._stage is Stage.READY else Refusal.RECONCILING
            self._tell_refusal(
                IntentRefused(
                    cancel.intent,
                    cancel.strategy,
                    cancel.market,
                    Gate.EXECUTOR,
                    refusal,
                    cancel.order,
                    self.now_ns,
                )
            )
            return
        self._want_cancelled(open_order, cancel.rationale)

    def _cancel_all(self, wish: CancelOrders) -> None:
        for open_order in self._open.meant_by(wish):
            self._want_cancelled(open_order, wish.reason)
        if self.sender is not None:
            self._waiters.append(_Waiter(wish, self.sender))
        self._answer_waiters()

    def _want_cancelled(self, open_order: OpenOrder, reason: str) -> None:
        if open_order.cancel_wanted is not None:
            return
        open_order.cancel_wanted = reason
        moved = OrderMoved(open_order.order.order, OrderState.CANCELLING, reason, self.now_ns)
        self.tell(self._ledger, moved)
        if open_order.is_sent:
            self._withdraw(open_order)

    def _withdraw(self, open_order: OpenOrder) -> None:
        self.tell(self._gateway, Withdraw(open_order.order.order, open_order.order.market))

    def _answer_waiters(self) -> None:
        """Tell those who wait for orders to go, as soon as none of theirs is left. Nothing is gone for sure before the
        reconciliation is over."""
        if self._stage is not Stage.READY:
            return
        still_waiting = []
        for waiter in self._waiters:
            if any(True for _ in self._open.meant_by(waiter.wish)):
                still_waiting.append(waiter)
            else:
                self.tell(waiter.sender, OrdersGone(waiter.wish.market, waiter.wish.strategy))
        self._waiters = still_waiting

    def _refuse(self, place: Place, refusal: Refusal, detail: str) -> None:
        self.tell(self._governor, ReservationReleased(place.intent))
        self._tell_refusal(
            IntentRefused(place.intent, place.strategy, place.market, Gate.EXECUTOR, refusal, detail, self.now_ns)
        )

    def _tell_refusal(self, refused: IntentRefused) -> None:
        self.tell(self._journal, refused)
        strategy = self._strategy(refused.market, refused.strategy)
        if strategy is not None:
            self.tell(strategy, refused)

    def _strategy(self, market: MarketId, strategy: StrategyName) -> Address[IntentRefused] | None:
        """None where there is no such actor: anyone may ask for a cancel."""
        event = self._events.get(market)
        try:
            return None if event is None else self.address(strategy_path(event, market, strategy))
        except UnknownActor:
            return None

    def _reconcile(self, known: OpenOrders) -> None:
        """Everything that the ledger holds open may be at the venue, on its way there, or gone: cancel it all. A second
        list is the answer to a former life."""
        if self._knows_ledger:
            return
        self._knows_ledger = True
        for changed in known.orders:
            open_order = OpenOrder(changed.order, is_sent=True, filled=changed.filled)
            self._open.add(open_order)
            self._want_cancelled(open_order, "execution was restarted")
        if len(self._open):
            self.after("look again", self._settings.settle_ns, LookAgain())
        else:
            self.tell(self._gateway, TellVenueState())

    def _compare(self, report: VenueReport) -> None:
        """The venue's fills are booked (the ledger knows those it had), its open orders cancelled, and what it does not
        have is over. A report that only a former life can have asked for is older than the orders in flight, and says
        nothing of them."""
        if not self._knows_ledger or self._stage is Stage.READY:
            return
        for fill in report.fills:
            self.tell(self._ledger, fill)
        for reversal in report.reversed:
            self.tell(self._ledger, reversal)
        at_venue = set(report.open_orders)
        for open_order in self._open.of(None):
            order = open_order.order.order
            if order not in at_venue:
                self._final(order, OrderState.CANCELLED, "not at the venue after a restart", self.now_ns)
        for order in report.open_orders:
            market = self._market_of(order)
            self.tell(self._gateway, Withdraw(order, market))
        if report.open_orders:
            self.after("look again", self._settings.settle_ns, LookAgain())
            return
        self._stage = Stage.READY
        self.log(Level.INFO, "reconciled", fills_reported=len(report.fills))
        self.tell(self._governor, ExecutionReady(self.now_ns))
        self._answer_waiters()

    def _market_of(self, order: OrderId) -> MarketId:
        open_order = self._open.get(order)
        return open_order.order.market if open_order is not None else MarketId("")

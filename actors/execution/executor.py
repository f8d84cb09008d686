"""From an authorised intent to the venue and back: writes down, sends, cancels, and never sends twice.

Life of an order here: made and told to the ledger (WRITTEN); on disk, so sent (SENT); the venue's word (LIVE,
REJECTED); fills; its end. Each step is told to the ledger, which alone changes orders. News may be late, repeated and
out of order. An order that replaces another is made when that one has ended, and not before. After a restart nothing
passes until what the ledger believes and what the venue says agree again: everything is cancelled, and looked at once
more when whatever was in flight must have arrived.
"""

from actors.execution.executor_words import (
    CancelAgain,
    EndDue,
    ExecutorMessage,
    ExecutorSettings,
    ExecutorState,
    ReplacementDue,
    Stage,
)
from actors.execution.open_orders import OpenOrder, OpenOrderList, Waiters
from actors.execution.refusal_desk import RefusalDesk
from actors.execution.replacement_desk import ReplacementDesk
from actors.execution.words import (
    LookAgain,
    OpenOrders,
    OrderNotWritten,
    OrderOnDisk,
    Prepare,
    Sending,
    TellOpenOrders,
    TellVenueState,
)
from actors.paths import GATEWAY, GOVERNOR, JOURNAL, LEDGER
from actors.records.joined_markets import KINDS, ever_joined
from actors.records.words import ReadRecords, Records
from actors.risk.session_rules import end_ns_of
from messages.control import AreYouThere, Here
from messages.fills import FillReversed, FillSettled
from messages.identity import MarketId, OrderId
from messages.intents import Cancel, Flatten, Place, Refusal
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
from messages.risk import Authorised, ExecutionReady
from messages.sessions import MarketJoined, MarketLeft
from messages.units import NANOSECONDS_PER_SECOND, Shares
from supervision.actor import Actor
from supervision.log import Level

READ_WITHIN_NS = 60 * NANOSECONDS_PER_SECOND


class Executor(Actor[ExecutorMessage]):
    def __init__(self, markets: tuple[Market, ...], settings: ExecutorSettings) -> None:
        self._markets = {market.market: market for market in markets}
        self._settings = settings
        self._stage = Stage.RECONCILING
        self._knows_ledger = False
        self._open = OpenOrderList()
        self._fences: dict[MarketId, int] = {}
        self._waiters = Waiters()

    async def load(self) -> object:
        """What waits for a later life may be of markets that joined; the first hears of those from the ledger."""
        if self.generation == 1:
            return None
        return await self.ask(self.address(JOURNAL), ReadRecords(KINDS), READ_WITHIN_NS)

    def recover(self, snapshot: object) -> None:
        if isinstance(snapshot, Records):
            self._markets |= {market.market: market for market in ever_joined(snapshot.records)}

    def started(self) -> None:
        self._ledger = self.address(LEDGER)
        self._gateway = self.address(GATEWAY)
        self._governor = self.address(GOVERNOR)
        self._refusals = RefusalDesk(self, self._markets)
        self._replacements = ReplacementDesk(self, self._open, self._markets, self._refusals, self._settings.settle_ns)
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
            case Sending():
                self.tell(self._ledger, OrderMoved(message.order, OrderState.SENT, "", message.at_ns))
            case Executed():
                self._executed(message)
            case FillSettled():
                self.tell(self._ledger, message)
            case FillReversed():
                self._reversed(message)
            case Ended():
                self._ended(message)
            case Rejected():
                self._rejected(message)
            case CancelRefused():
                self._cancel_refused(message)
            case Doubtful():
                self.tell(self._ledger, OrderMoved(message.order, OrderState.UNKNOWN, message.reason, message.at_ns))
            case Cancel():
                self._cancel_one(message)
            case Flatten():
                self._cancel_all(CancelOrders(message.market, None, message.rationale))
            case CancelOrders():
                self._cancel_all(message)
            case Fence():
                self._fence(message)
            case OpenOrders():
                self._reconcile(message)
            case VenueReport():
                self._compare(message)
            case LookAgain():
                self.tell(self._gateway, TellVenueState())
            case CancelAgain():
                self._cancel_again(message.order)
            case EndDue():
                self._end_at_last(message.order)
            case ReplacementDue():
                self._replacements.give_up(message.order)
            case MarketJoined(market):
                self._markets[market.market] = market
            case MarketLeft(market_id):
                self._fences.pop(market_id, None)
            case AreYouThere():
                self.reply(Here(message.number))

    def describe(self) -> ExecutorState:
        return ExecutorState(self._stage, len(self._open), len(self._waiters), self._open.waiting())

    def _write(self, authorised: Authorised) -> None:
        place = authorised.place
        fence = self._fences.get(place.market, 0)
        if self._stage is not Stage.READY:
            self._refusals.refuse(place, Refusal.RECONCILING, "")
        elif place.fencing < fence:
            self._refusals.refuse(place, Refusal.FENCED, f"{place.fencing} is older than {fence}")
        elif place.replaces is None:
            self._make(place, place.size)
        else:
            old = self._replacements.hold(place, place.replaces)
            if old is not None:
                self._want_cancelled(old, f"replaced by {place.intent}")

    def _make(self, place: Place, size: Shares) -> None:
        order = self._order_of(place, size)
        self._open.add(OpenOrder(order))
        if self._settings.prepares:
            self.tell(self._gateway, Prepare(order))
        self.tell(self._ledger, order)

    def _order_of(self, place: Place, size: Shares) -> Order:
        return Order(
            order=OrderId(self.ids.name("order")),
            intent=place.intent,
            strategy=place.strategy,
            market=place.market,
            outcome=place.outcome,
            side=place.side,
            price=place.price,
            size=size,
            time_in_force=place.time_in_force,
            post_only=place.post_only,
            expires_ns=self._expires_ns(place),
            fencing=place.fencing,
            snapshot=place.snapshot,
            rationale=place.rationale,
            written_ns=self.now_ns,
            replaces=place.replaces,
        )

    def _expires_ns(self, place: Place) -> int:
        """What takes the place of another is written when that is gone, which may be much later than it was decided:
        its time to live does not lead beyond the end of its period all the same."""
        expires_ns = self.now_ns + place.time_to_live_ns
        market = self._markets.get(place.market)
        end_ns = None if market is None or market.about is None else end_ns_of(market)
        return expires_ns if end_ns is None else min(expires_ns, end_ns)

    def _send(self, order: Order) -> None:
        """The record is on disk. What was cancelled or fenced off meanwhile is not sent any more."""
        open_order = self._open.get(order.order)
        if open_order is None or open_order.is_sent:
            return
        if order.fencing < self._fences.get(order.market, 0):
            open_order.cancel_wanted = "fenced off before it was sent"
        if open_order.cancel_wanted is not None:
            reason = f"never sent: {open_order.cancel_wanted}"
            self._end(OrderMoved(order.order, OrderState.CANCELLED, reason, self.now_ns))
            return
        open_order.is_sent = True
        self.tell(self._gateway, Submit(order))
        if not self._settings.prepares:
            self.tell(self._ledger, OrderMoved(order.order, OrderState.SENT, "", self.now_ns))

    def _not_written(self, message: OrderNotWritten) -> None:
        open_order = self._open.get(message.order)
        if open_order is None:
            return
        # The ledger never shows an order that it did not write, so the governor would go on counting it.
        self._refusals.refuse(open_order.order, Refusal.DUPLICATE, message.reason)
        self._gone(message.order)

    def _accepted(self, message: Accepted) -> None:
        self.tell(self._ledger, OrderMoved(message.order, OrderState.LIVE, "", message.at_ns))
        open_order = self._open.get(message.order)
        if open_order is None:
            self.log(Level.WARNING, "an order that nobody owns is cancelled", order=message.order)
            self.tell(self._gateway, Withdraw(message.order, self._market_of(message.order)))
            return
        open_order.is_taken = True
        if open_order.cancel_wanted is not None:
            # A cancel that overtook its order was refused, so it has to be said again.
            self._withdraw(open_order)

    def _executed(self, message: Executed) -> None:
        fill = message.fill
        self.tell(self._ledger, fill)
        open_order = self._open.get(fill.order)
        if open_order is None:
            return
        open_order.is_taken = True
        open_order.count(fill)
        if open_order.is_filled and open_order.has_failed_unheard:
            # The ledger does not book what has failed before, so that it would wait for the rest for ever.
            reason = "filled, and a trade of it failed"
            self._end(OrderMoved(fill.order, OrderState.CANCELLED, reason, fill.at_ns))
        elif open_order.is_filled:
            self._gone(fill.order)
        elif open_order.end is not None and open_order.filled >= open_order.end_filled:
            self._end(open_order.end)

    def _ended(self, message: Ended) -> None:
        """The end is told after the fills that came before it: until then what they cost stays reserved."""
        end = OrderMoved(message.order, message.state, message.reason, message.at_ns)
        open_order = self._open.get(message.order)
        if open_order is None or open_order.filled >= message.filled:
            self._end(end)
            return
        open_order.end, open_order.end_filled = end, message.filled
        self.after(("end", message.order), self._settings.settle_ns, EndDue(message.order))

    def _end_at_last(self, order: OrderId) -> None:
        """Fills that do not come after so long are awaited no more if they may have failed before they were told of."""
        open_order = self._open.get(order)
        if open_order is None or open_order.end is None:
            return
        if open_order.has_failed_unheard:
            self._end(open_order.end)
        else:
            self.log(Level.WARNING, "fills of an order that has ended are missing", order=order)

    def _reversed(self, message: FillReversed) -> None:
        self.tell(self._ledger, message)
        open_order = self._open.get(message.order)
        if open_order is None or open_order.has_counted(message.trade):
            return
        open_order.has_failed_unheard = True
        if open_order.end is not None:
            self.after(("end", message.order), self._settings.settle_ns, EndDue(message.order))

    def _rejected(self, message: Rejected) -> None:
        open_order = self._open.get(message.order)
        if open_order is not None and open_order.is_taken:
            self.log(Level.WARNING, "rejected late", order=message.order, reason=message.reason)
            return
        self._end(OrderMoved(message.order, OrderState.REJECTED, message.reason, message.at_ns))

    def _end(self, end: OrderMoved) -> None:
        self.tell(self._ledger, end)
        self._gone(end.order)

    def _gone(self, order: OrderId) -> None:
        open_order = self._open.remove(order)
        if open_order is not None:
            replacement = self._replacements.after(open_order)
            if replacement is not None:
                self._make(*replacement)
        self._answer_waiters()

    def _cancel_refused(self, message: CancelRefused) -> None:
        """Its end is on the way, or it is not there yet, or the venue takes no cancels now."""
        self.log(Level.INFO, "cancel refused", order=message.order, reason=message.reason)
        if self._open.get(message.order) is not None:
            self.after(("cancel", message.order), self._settings.settle_ns, CancelAgain(message.order))

    def _cancel_again(self, order: OrderId) -> None:
        open_order = self._open.get(order)
        if open_order is not None and open_order.end is None:
            self._withdraw(open_order)

    def _fence(self, fence: Fence) -> None:
        fencing = self._fences[fence.market] = max(fence.fencing, self._fences.get(fence.market, 0))
        for each in self._open.of(fence.market):
            if each.replacement is not None and each.replacement.fencing < fencing:
                self._replacements.call_off(each, Refusal.FENCED, f"it is older than {fencing}")

    def _cancel_one(self, cancel: Cancel) -> None:
        open_order = self._open.get(cancel.order)
        if open_order is None:
            # Before the reconciliation is over the order may rest all the same; then it is being cancelled anyway.
            refusal = Refusal.UNKNOWN_ORDER if self._stage is Stage.READY else Refusal.RECONCILING
            self._refusals.refuse(cancel, refusal, cancel.order)
            return
        self._replacements.call_off(open_order, Refusal.CALLED_OFF, cancel.rationale)
        self._want_cancelled(open_order, cancel.rationale)

    def _cancel_all(self, wish: CancelOrders) -> None:
        for open_order in self._open.meant_by(wish):
            self._replacements.call_off(open_order, Refusal.CALLED_OFF, wish.reason)
            self._want_cancelled(open_order, wish.reason)
        if self.sender is not None:
            self._waiters.add(wish, self.sender)
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
        if self._stage is Stage.READY:
            for wish, sender in self._waiters.done(self._open):
                self.tell(sender, OrdersGone(wish.market, wish.strategy))

    def _reconcile(self, known: OpenOrders) -> None:
        """Everything that the ledger holds open may be at the venue, on its way there, or gone: cancel it all. A second
        list is the answer to a former life."""
        if self._knows_ledger:
            return
        self._knows_ledger = True
        self._markets |= {market.market: market for market in known.joined}
        for changed in known.orders:
            open_order = OpenOrder(changed.order, is_sent=True, filled=changed.filled, is_recovered=True)
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
                gone = OrderMoved(order, OrderState.CANCELLED, "not at the venue after a restart", self.now_ns)
                self._end(open_order.end or gone)
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


__all__ = ["Executor", "ExecutorMessage", "ExecutorSettings", "ExecutorState", "Stage"]

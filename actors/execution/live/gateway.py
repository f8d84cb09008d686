"""The way to a venue where money is real: signs, writes down, posts, cancels, and finds out what became of each order.

An order's digest is on disk before the order is on the wire, and nothing is ever posted twice: an order whose answer
was lost is looked up by its digest until the venue has said what became of it (field note 10).

An order is signed, and its digest written down, while its own record is still being written: it is posted when all of
that is done and it was submitted.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from attrs import define, field, frozen
from attrs.validators import gt

from actors.execution.live.account import MOST_AT_ONCE, LiveAccount
from actors.execution.live.gateway_words import (
    CancelReady,
    LiveGatewayMessage,
    LookUp,
    OrderWasNamed,
    OrderWasSigned,
    PostReady,
    ReadStateAgain,
    StateWasNotRead,
    StateWasRead,
    TimeIsOver,
    WasLookedUp,
    WereCancelled,
    WerePosted,
)
from actors.execution.live.live_order import TIME_IS_OVER, LiveOrder, Stage
from actors.execution.live.live_orders import KINDS, LiveOrders, recovered
from actors.execution.live.prepared import PreparedOrders
from actors.execution.live.words import (
    AskFailed,
    CancelOutcome,
    NoSuchOrder,
    NotSigned,
    OpenOrdersRead,
    ReconcileNow,
    Taken,
    VenueOrder,
    VenueTrade,
)
from actors.execution.words import Prepare, TellVenueState
from actors.paths import EXECUTOR, JOURNAL, RECONCILER
from actors.records.words import Confirm, Confirmed, ReadRecords, Records
from messages.identity import MarketId, OrderId, VenueOrderId
from messages.intents import TimeInForce
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.orders import (
    CancelRefused,
    Executed,
    Order,
    OrderSigned,
    OrderState,
    Rejected,
    Submit,
    VenueEvent,
    VenueReport,
    Withdraw,
)
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, Price, TickSize
from supervision.actor import Actor
from supervision.address import Address
from supervision.log import Level

READ_WITHIN_NS = 120 * NANOSECONDS_PER_SECOND
MARGIN_NS = 5 * 60 * NANOSECONDS_PER_SECOND
"""So much earlier than anything can have been missed are trades asked for: clocks differ."""
LONGEST_DOUBLINGS = 6
CANCEL_DOUBLINGS = 2
IMMEDIATE = (TimeInForce.FOK, TimeInForce.FAK)


@frozen(kw_only=True)
class LiveGatewaySettings:
    """`lost_after_ns`: an order that the venue does not know so long after it was posted never arrived. `look_after_ns`
    is the first pause before something is looked up, or asked for again; the pauses double. In a rehearsal nothing is
    sent, so that orders which nobody here has placed are left alone."""

    is_rehearsal: bool = False
    lost_after_ns: int = field(default=10 * NANOSECONDS_PER_SECOND, validator=gt(0))
    look_after_ns: int = field(default=500 * NANOSECONDS_PER_MILLISECOND, validator=gt(0))


@define
class LiveCounts:
    """Counted over all lives of the gateway. `of_nobody`: news of orders and trades of this account that nobody here
    has placed."""

    submitted: int = 0
    fills: int = 0
    of_nobody: int = 0


@frozen
class LiveGatewayState:
    """What the gateway shows of itself."""

    open_orders: int
    in_doubt: int
    waiting_for_fills: int
    submitted: int
    fills: int
    of_nobody: int


class LiveGateway(Actor[LiveGatewayMessage]):
    def __init__(self, account: LiveAccount, settings: LiveGatewaySettings, counts: LiveCounts) -> None:
        self._account = account
        self._settings = settings
        self._counts = counts
        self._orders = LiveOrders()
        self._prepared = PreparedOrders()
        self._missed_since_ns = 0
        self._middles: dict[MarketId, Price] = {}
        self._grids: dict[MarketId, TickSize] = {}
        self._ready: list[LiveOrder] = []
        self._to_cancel: dict[VenueOrderId, None] = {}
        self._being_cancelled: set[VenueOrderId] = set()
        self._being_looked_up: set[OrderId] = set()
        self._reads_in_vain = 0

    async def load(self) -> object:
        return await self.ask(self.address(JOURNAL), ReadRecords(KINDS), READ_WITHIN_NS)

    def recover(self, snapshot: object) -> None:
        if isinstance(snapshot, Records):
            self._orders, self._missed_since_ns = recovered(snapshot.records)

    def started(self) -> None:
        self._executor = self.address(EXECUTOR)
        self._journal = self.address(JOURNAL)
        self._reconciler = self.address(RECONCILER)

    def receive(self, message: LiveGatewayMessage) -> None:
        match message:
            case Snapshot():
                self._see(message)
            case Prepare(order):
                self._prepare(order)
            case Submit(order):
                self._submit(order)
            case OrderWasNamed():
                self._named(message)
            case OrderWasSigned():
                self._signed(message)
            case Confirmed():
                if isinstance(message.record, OrderSigned):
                    self._recorded(message.record)
            case PostReady():
                self._post()
            case WerePosted():
                self._posted(message)
            case Withdraw():
                self._withdraw(message.order, "")
            case TimeIsOver(order):
                self._withdraw(order, TIME_IS_OVER)
            case CancelReady():
                self._cancel()
            case WereCancelled():
                self._cancelled(message)
            case VenueOrder():
                self._shown(message)
            case VenueTrade():
                self._traded(message)
            case LookUp(order):
                self._look_up(order)
            case WasLookedUp():
                self._looked_up(message)
            case OpenOrdersRead():
                self._compare(message.orders, message.asked_ns)
            case TellVenueState():
                if self.sender is not None:
                    self.work("state", partial(self._read_state, self.sender))
            case ReadStateAgain(asked_by):
                self.work("state", partial(self._read_state, asked_by))
            case StateWasRead():
                self._reads_in_vain = 0
                self._tell_state(message)
            case StateWasNotRead():
                self._read_again(message)
            case TradeSeen() | BookOpened():
                pass

    def describe(self) -> LiveGatewayState:
        live = list(self._orders.open())
        return LiveGatewayState(
            open_orders=sum(each.is_open for each in live),
            in_doubt=sum(each.stage is Stage.IN_DOUBT for each in live),
            waiting_for_fills=sum(each.is_waiting_for_fills for each in live),
            submitted=self._counts.submitted,
            fills=self._counts.fills,
            of_nobody=self._counts.of_nobody,
        )

    def _see(self, snapshot: Snapshot) -> None:
        self._middles[snapshot.market] = snapshot.middle
        if self._grids.get(snapshot.market) != snapshot.tick_size:
            self._grids[snapshot.market] = snapshot.tick_size
            self._account.tick_size_changed(snapshot.market, snapshot.tick_size)

    # To the venue

    def _prepare(self, order: Order) -> None:
        """It is signed, and its digest written down, while its own record is being written."""
        if self._known(order.order) is None:
            self._prepared.add(self._being_signed(order))

    def _submit(self, order: Order) -> None:
        if self._orders.get(order.order) is not None:
            self.log(Level.ERROR, "an order was submitted twice", order=order.order)
            return
        self._counts.submitted += 1
        live = self._prepared.take(order.order) or self._being_signed(order)
        self._orders.add(live)
        self.after(("over", order.order), max(0, order.expires_ns - self.now_ns), TimeIsOver(order.order))
        self._go_on(live)

    def _known(self, order: OrderId) -> LiveOrder | None:
        return self._orders.get(order) or self._prepared.get(order)

    def _being_signed(self, order: Order) -> LiveOrder:
        self.work(f"sign {order.order}", partial(self._sign, order))
        return LiveOrder(order)

    def _named(self, message: OrderWasNamed) -> None:
        live = self._known(message.order)
        if live is None or live.stage is not Stage.SIGNING:
            return
        self._orders.named(live, message.venue_order)
        self.tell(self._journal, Confirm(OrderSigned(message.order, message.venue_order, self.now_ns)))

    def _signed(self, message: OrderWasSigned) -> None:
        live = self._known(message.order)
        if live is None or live.stage is not Stage.SIGNING:
            return
        if isinstance(message.outcome, NotSigned):
            live.not_signed = message.outcome
        else:
            live.is_signed, live.stage = True, Stage.RECORDING
        self._go_on(live)

    def _recorded(self, signed: OrderSigned) -> None:
        live = self._known(signed.order)
        if live is not None:
            live.is_recorded = True
            self._go_on(live)

    def _go_on(self, live: LiveOrder) -> None:
        """To be posted it has to be submitted and signed, and its digest on disk, whichever comes last."""
        if self._orders.get(live.order.order) is not live:
            return
        if live.not_signed is not None and live.stage is Stage.SIGNING:
            self._not_signed(live, live.not_signed)
        elif live.stage is Stage.RECORDING and live.is_signed and live.is_recorded:
            live.stage = Stage.READY
            self._ready.append(live)
            if len(self._ready) == 1:
                self.tell(self.own_address, PostReady())

    def _not_signed(self, live: LiveOrder, why: NotSigned) -> None:
        if why.is_refusal:
            live.stage = Stage.OVER
            self._tell([Rejected(live.order.order, why.reason, self.now_ns)])
        else:
            self._tell(live.never_sent(OrderState.CANCELLED, why.reason, self.now_ns))

    def _post(self) -> None:
        """All that is ready, unless it is not wanted any more."""
        ready, self._ready = self._ready, []
        wanted = [live for live in ready if live.stage is Stage.READY]
        for number in range(0, len(wanted), MOST_AT_ONCE):
            batch = wanted[number : number + MOST_AT_ONCE]
            for live in batch:
                live.stage = Stage.POSTING
                live.posted_ns = self.now_ns
            self.work("post", partial(self._post_batch, batch))

    def _posted(self, message: WerePosted) -> None:
        for order, outcome in zip(message.orders, message.outcomes, strict=True):
            live = self._orders.get(order)
            if live is None:
                continue
            self._tell(live.posted(outcome, self.now_ns))
            if live.stage is Stage.IN_DOUBT:
                self.log(Level.WARNING, "an order is in doubt", order=order, outcome=str(outcome))
                self.tell(self._reconciler, ReconcileNow(f"order {order} is in doubt"))
            if live.stage is Stage.IN_DOUBT or (isinstance(outcome, Taken) and not outcome.is_resting):
                self._look_later(live)
            if live.cancel_reason is not None:
                self._want_cancelled(live)

    def _withdraw(self, order: OrderId, reason: str) -> None:
        live = self._orders.get(order) or self._orders.at_venue(VenueOrderId(order))
        if live is None:
            # Our executor calls an order that it has not placed by the venue's name, which is all that is known of it.
            self._ask_to_cancel(VenueOrderId(order))
            return
        if not live.is_open:
            if live.is_over and not reason:
                self._tell([CancelRefused(order, "it has ended", self.now_ns)])
            return
        if live.cancel_reason is None:
            live.cancel_reason = reason
        if live.may_be_at_venue:
            self._want_cancelled(live)
        else:
            state = OrderState.EXPIRED if reason == TIME_IS_OVER else OrderState.CANCELLED
            self._tell(live.never_sent(state, "never sent", self.now_ns))

    def _want_cancelled(self, live: LiveOrder) -> None:
        if live.is_open and live.venue_order is not None:
            self._ask_to_cancel(live.venue_order)

    def _ask_to_cancel(self, venue_order: VenueOrderId) -> None:
        if venue_order in self._being_cancelled:
            return
        if not self._to_cancel:
            self.tell(self.own_address, CancelReady())
        self._to_cancel[venue_order] = None

    def _cancel(self) -> None:
        asked, self._to_cancel = tuple(self._to_cancel), {}
        self._being_cancelled.update(asked)
        if asked:
            self.work("cancel", partial(self._cancel_batch, asked))

    def _cancelled(self, message: WereCancelled) -> None:
        """What the venue says it has cancelled is over when it has shown how much of it was filled."""
        self._being_cancelled.difference_update(message.asked)
        refused = {} if isinstance(message.outcome, AskFailed) else dict(message.outcome.not_cancelled)
        if isinstance(message.outcome, AskFailed):
            self.log(Level.WARNING, "cancels failed", orders=len(message.asked), reason=message.outcome.reason)
        for venue_order in message.asked:
            live = self._orders.at_venue(venue_order)
            if live is None:
                self._cancel_of_nobody_again(venue_order, message.outcome)
                continue
            if live.is_over:
                continue
            live.cancels_asked += 1
            if venue_order in refused:
                self._tell([CancelRefused(live.order.order, refused[venue_order], self.now_ns)])
            self._look_later(live)

    def _cancel_of_nobody_again(self, venue_order: VenueOrderId, outcome: CancelOutcome | AskFailed) -> None:
        """Until the venue has said something about it."""
        if isinstance(outcome, AskFailed):
            self.after(
                ("of nobody", venue_order), self._settings.look_after_ns, Withdraw(OrderId(venue_order), _NO_MARKET)
            )

    # From the venue

    def _shown(self, venue: VenueOrder) -> None:
        live = self._orders.at_venue(venue.venue_order)
        if live is None:
            if venue.status.is_open:
                self._nobody(venue.venue_order, "order")
                if not self._settings.is_rehearsal:
                    self._ask_to_cancel(venue.venue_order)
            return
        was_over = live.is_over
        self._tell(live.shown(venue, self.now_ns))
        if was_over and venue.status.is_open and venue.matched < live.order.size:
            self.log(Level.WARNING, "an order that was taken for gone is at the venue", order=live.order.order)
            self._ask_to_cancel(venue.venue_order)
        elif live.is_waiting_for_fills:
            self._look_later(live)
        elif live.cancel_reason is not None:
            self._want_cancelled(live)

    def _traded(self, trade: VenueTrade) -> None:
        for part in trade.parts:
            live = self._orders.at_venue(part.venue_order)
            if live is None:
                self._nobody(part.venue_order, "trade")
            else:
                self._tell(live.traded(trade, part, self._middles.get(part.market), self.now_ns))

    def _nobody(self, venue_order: VenueOrderId, what: str) -> None:
        self._counts.of_nobody += 1
        self.log(Level.ERROR, f"an {what} that nobody here has placed", venue_order=venue_order)

    # Finding out

    def _look_later(self, live: LiveOrder) -> None:
        """Pauses double with each answer that told nothing. What is due already is not put off by other news."""
        in_vain = max(live.lookups_in_vain, min(live.cancels_asked, CANCEL_DOUBLINGS))
        pause_ns = self._settings.look_after_ns << min(in_vain, LONGEST_DOUBLINGS)
        due_ns = self.now_ns + pause_ns
        if live.look_due_ns is None or due_ns < live.look_due_ns:
            live.look_due_ns = due_ns
            self.after(("look", live.order.order), pause_ns, LookUp(live.order.order))

    def _look_up(self, order: OrderId) -> None:
        live = self._orders.get(order)
        if live is None:
            return
        live.look_due_ns = None
        if live.is_over or order in self._being_looked_up:
            return
        if live.venue_order is None:
            self._tell(live.never_sent(OrderState.CANCELLED, "never sent", self.now_ns))
            return
        self._being_looked_up.add(order)
        self.work(f"look up {order}", partial(self._look, live, live.venue_order))

    def _looked_up(self, message: WasLookedUp) -> None:
        self._being_looked_up.discard(message.order)
        live = self._orders.get(message.order)
        if live is None or live.is_over:
            return
        if isinstance(message.trades, tuple):
            self._hear_trades(message.trades)
        if live.is_over:
            return
        live.lookups_in_vain += 1
        match message.outcome:
            case VenueOrder():
                in_vain = live.lookups_in_vain
                self._shown(message.outcome)
                live.lookups_in_vain = in_vain if live.is_waiting_for_fills else 0
            case NoSuchOrder() if isinstance(message.trades, tuple):
                # What it had shown to have is gone and forgotten; what it never showed may still be on its way.
                if live.is_accepted or self.now_ns - live.posted_ns >= self._settings.lost_after_ns:
                    self._tell(live.not_found(self.now_ns))
        needs_more = live.stage is Stage.IN_DOUBT or live.is_waiting_for_fills or live.cancel_reason is not None
        if not live.is_over and (needs_more or live.order.time_in_force in IMMEDIATE):
            self._look_later(live)

    def _hear_trades(self, trades: Iterable[VenueTrade]) -> None:
        for trade in trades:
            self._traded(trade)

    def _compare(self, orders: Sequence[VenueOrder], asked_ns: int) -> None:
        """Each order that is open at the venue is shown; one of ours that should be among them is looked up."""
        for venue in orders:
            self._shown(venue)
        there = {venue.venue_order for venue in orders}
        for live in self._orders.open():
            if live.stage is Stage.AT_VENUE and live.posted_ns < asked_ns and live.venue_order not in there:
                self._look_later(live)

    def _read_again(self, failed: StateWasNotRead) -> None:
        self.log(Level.WARNING, "the account was not read", reason=failed.reason)
        pause_ns = self._settings.look_after_ns << min(self._reads_in_vain, LONGEST_DOUBLINGS)
        self._reads_in_vain += 1
        self.after("read state", pause_ns, ReadStateAgain(failed.asked_by))

    def _tell_state(self, state: StateWasRead) -> None:
        """To the executor, for its reconciliation. What our orders were filled for goes before the report."""
        self._hear_trades(state.trades)
        names = []
        for venue in state.orders:
            live = self._orders.at_venue(venue.venue_order)
            self._shown(venue)
            if live is None and self._settings.is_rehearsal:
                continue
            names.append(OrderId(venue.venue_order) if live is None else live.order.order)
        there = set(names)
        for live in self._orders.open():
            is_asked_of = live.stage is Stage.RECORDING or live.may_be_at_venue
            if is_asked_of and live.order.order not in there and live.posted_ns < state.asked_ns:
                # Its trades, if it had any, were just told.
                self._tell(live.not_found(self.now_ns))
        self.tell(state.asked_by, VenueReport(tuple(names), (), self.now_ns))

    def _tell(self, events: Iterable[VenueEvent]) -> None:
        for event in events:
            self._counts.fills += isinstance(event, Executed)
            self.tell(self._executor, event)

    # Workers

    async def _sign(self, order: Order) -> None:
        def named(venue_order: VenueOrderId) -> None:
            self.own_address.tell(OrderWasNamed(order.order, venue_order))

        await self.report(OrderWasSigned(order.order, await self._account.sign(order, named)))

    async def _post_batch(self, batch: Sequence[LiveOrder]) -> None:
        outcomes = await self._account.post([live.venue_order for live in batch if live.venue_order is not None])
        await self.report(WerePosted(tuple(live.order.order for live in batch), outcomes))

    async def _cancel_batch(self, orders: tuple[VenueOrderId, ...]) -> None:
        await self.report(WereCancelled(orders, await self._account.cancel(orders)))

    async def _look(self, live: LiveOrder, venue_order: VenueOrderId) -> None:
        outcome = await self._account.look_up(venue_order)
        trades = None
        is_gone = isinstance(outcome, NoSuchOrder) or (isinstance(outcome, VenueOrder) and not outcome.status.is_open)
        if is_gone:
            trades = await self._account.trades(live.order.written_ns - MARGIN_NS)
        await self.report(WasLookedUp(live.order.order, outcome, trades))

    async def _read_state(self, asked_by: Address[object]) -> None:
        """Orders first: one that ends in between has its trades among those that are read then."""
        asked_ns = self.clock.now_ns()
        orders = await self._account.open_orders()
        if isinstance(orders, AskFailed):
            await self.report(StateWasNotRead(orders.reason, asked_by))
            return
        trades = await self._account.trades(max(0, self._missed_since_ns - MARGIN_NS))
        if isinstance(trades, AskFailed):
            await self.report(StateWasNotRead(trades.reason, asked_by))
            return
        await self.report(StateWasRead(orders, trades, asked_ns, asked_by))


_NO_MARKET = MarketId("")

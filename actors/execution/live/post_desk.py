"""An order on its way to the venue: made and signed while it is being written down, posted when all of that is done.

Its digest is what the venue will call it. It is known before there is a signature, and goes to disk with the order's
own record. What is posted was submitted, is signed, and has both on disk, whichever comes last; and nothing is posted
twice.
"""

from collections.abc import Awaitable, Sequence
from functools import partial

from actors.execution.live.account import MOST_AT_ONCE
from actors.execution.live.cancel_desk import CancelDesk
from actors.execution.live.gateway_room import GatewayRoom
from actors.execution.live.gateway_words import OrderWasSigned, PostReady, WerePosted
from actors.execution.live.live_order import LiveOrder, Stage
from actors.execution.live.look_up_desk import LookUpDesk
from actors.execution.live.prepared import PreparedOrders
from actors.execution.live.standing_workers import StandingWorkers
from actors.execution.live.words import NotSigned, ReconcileNow, Taken
from actors.execution.words import Sending
from actors.paths import JOURNAL, RECONCILER
from actors.records.words import Confirm
from messages.identity import OrderId, VenueOrderId
from messages.orders import Order, OrderSigned, OrderState, Rejected
from supervision.log import Level


class PostDesk:
    """Sits in the live gateway."""

    def __init__(self, room: GatewayRoom, cancels: CancelDesk, look_ups: LookUpDesk) -> None:
        self._room = room
        self._actor = room.actor
        self._cancels = cancels
        self._look_ups = look_ups
        self._prepared = PreparedOrders()
        self._ready: list[LiveOrder] = []
        self._journal = room.actor.address(JOURNAL)
        self._reconciler = room.actor.address(RECONCILER)
        self._signing = StandingWorkers(room.actor, "sign")
        self._posting = StandingWorkers(room.actor, "post")

    def prepare(self, order: Order) -> None:
        """It is signed, and its digest written down, while its own record is being written."""
        if self._known(order.order) is None:
            self._prepared.add(self._being_signed(order))

    def submit(self, order: Order) -> bool:
        """False where it was submitted before."""
        if self._room.orders.get(order.order) is not None:
            self._actor.log(Level.ERROR, "an order was submitted twice", order=order.order)
            return False
        self._room.counts.submitted += 1
        live = self._prepared.take(order.order) or self._being_signed(order)
        self._room.orders.add(live)
        self._go_on(live)
        return True

    def signed(self, message: OrderWasSigned) -> None:
        live = self._known(message.order)
        if live is None or live.stage is not Stage.SIGNING:
            return
        if isinstance(message.outcome, NotSigned):
            live.not_signed = message.outcome
        else:
            live.is_signed, live.stage = True, Stage.RECORDING
        self._go_on(live)

    def recorded(self, signed: OrderSigned) -> None:
        live = self._known(signed.order)
        if live is not None:
            live.is_recorded = True
            self._go_on(live)

    def post(self) -> None:
        """All that is ready, unless it is not wanted any more."""
        ready, self._ready = self._ready, []
        wanted = [live for live in ready if live.stage is Stage.READY]
        for number in range(0, len(wanted), MOST_AT_ONCE):
            batch = wanted[number : number + MOST_AT_ONCE]
            for live in batch:
                live.stage = Stage.POSTING
                live.posted_ns = self._actor.now_ns
            self._posting.do(partial(self._post_batch, batch))

    def posted(self, message: WerePosted) -> None:
        for order, outcome in zip(message.orders, message.outcomes, strict=True):
            live = self._room.orders.get(order)
            if live is None:
                continue
            self._room.tell_executor(live.posted(outcome, self._actor.now_ns))
            if live.stage is Stage.IN_DOUBT:
                self._actor.log(Level.WARNING, "an order is in doubt", order=order, outcome=str(outcome))
                self._actor.tell(self._reconciler, ReconcileNow(f"order {order} is in doubt"))
            if live.stage is Stage.IN_DOUBT or (isinstance(outcome, Taken) and not outcome.is_resting):
                self._look_ups.look_later(live)
            if live.cancel_reason is not None:
                self._cancels.want(live)

    def _known(self, order: OrderId) -> LiveOrder | None:
        return self._room.orders.get(order) or self._prepared.get(order)

    def _being_signed(self, order: Order) -> LiveOrder:
        live = LiveOrder(order)
        signature = self._room.account.sign(order, partial(self._named, live))
        self._signing.do(partial(self._sign, order.order, signature))
        return live

    def _named(self, live: LiveOrder, venue_order: VenueOrderId) -> None:
        """Where the account has to ask for something first, it is the worker who says so, later."""
        if live.stage is not Stage.SIGNING:
            return
        self._room.orders.named(live, venue_order)
        self._actor.tell(self._journal, Confirm(OrderSigned(live.order.order, venue_order, self._actor.now_ns)))

    def _go_on(self, live: LiveOrder) -> None:
        """To be posted it has to be submitted and signed, and its digest on disk, whichever comes last."""
        if self._room.orders.get(live.order.order) is not live:
            return
        if live.not_signed is not None and live.stage is Stage.SIGNING:
            self._not_signed(live, live.not_signed)
        elif live.stage is Stage.RECORDING and live.is_signed and live.is_recorded:
            live.stage = Stage.READY
            self._ready.append(live)
            if len(self._ready) == 1:
                self._actor.tell(self._actor.own_address, PostReady())

    def _not_signed(self, live: LiveOrder, why: NotSigned) -> None:
        now_ns = self._actor.now_ns
        if why.is_refusal:
            live.stage = Stage.OVER
            self._room.tell_executor([Rejected(live.order.order, why.reason, now_ns)])
        else:
            self._room.tell_executor(live.never_sent(OrderState.CANCELLED, why.reason, now_ns))

    # Workers

    async def _sign(self, order: OrderId, signature: Awaitable[VenueOrderId | NotSigned]) -> None:
        await self._actor.report(OrderWasSigned(order, await signature))

    async def _post_batch(self, batch: Sequence[LiveOrder]) -> None:
        # Heard not before this worker waits for the first time: mostly the bytes have left by then.
        for live in batch:
            self._actor.tell(self._room.executor, Sending(live.order.order, live.posted_ns))
        outcomes = await self._room.account.post([live.venue_order for live in batch if live.venue_order is not None])
        await self._actor.report(WerePosted(tuple(live.order.order for live in batch), outcomes))

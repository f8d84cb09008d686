"""Cancels on their way: said together, not twice at a time, and again until the venue has shown what became of the
order."""

from functools import partial

from actors.execution.live.gateway_room import GatewayRoom
from actors.execution.live.gateway_words import CancelReady, WereCancelled
from actors.execution.live.live_order import TIME_IS_OVER, LiveOrder
from actors.execution.live.look_up_desk import LookUpDesk
from actors.execution.live.words import AskFailed, CancelOutcome
from messages.identity import MarketId, OrderId, VenueOrderId
from messages.orders import CancelRefused, OrderState, Withdraw
from supervision.log import Level

_NO_MARKET = MarketId("")


class CancelDesk:
    """Sits in the live gateway."""

    def __init__(self, room: GatewayRoom, look_ups: LookUpDesk) -> None:
        self._room = room
        self._actor = room.actor
        self._look_ups = look_ups
        self._to_cancel: dict[VenueOrderId, None] = {}
        self._being_cancelled: set[VenueOrderId] = set()

    def withdraw(self, order: OrderId, reason: str) -> None:
        live = self._room.orders.get(order) or self._room.orders.at_venue(VenueOrderId(order))
        if live is None:
            # Our executor calls an order that it has not placed by the venue's name, which is all that is known of it.
            self.ask(VenueOrderId(order))
            return
        now_ns = self._actor.now_ns
        if not live.is_open:
            if live.is_over and not reason:
                self._room.tell_executor([CancelRefused(order, "it has ended", now_ns)])
            return
        if live.cancel_reason is None:
            live.cancel_reason = reason
        if live.may_be_at_venue:
            self.want(live)
        else:
            state = OrderState.EXPIRED if reason == TIME_IS_OVER else OrderState.CANCELLED
            self._room.tell_executor(live.never_sent(state, "never sent", now_ns))

    def want(self, live: LiveOrder) -> None:
        if live.is_open and live.venue_order is not None:
            self.ask(live.venue_order)

    def ask(self, venue_order: VenueOrderId) -> None:
        if venue_order in self._being_cancelled:
            return
        if not self._to_cancel:
            self._actor.tell(self._actor.own_address, CancelReady())
        self._to_cancel[venue_order] = None

    def cancel(self) -> None:
        asked, self._to_cancel = tuple(self._to_cancel), {}
        self._being_cancelled.update(asked)
        if asked:
            self._actor.work("cancel", partial(self._cancel_batch, asked))

    def cancelled(self, message: WereCancelled) -> None:
        """What the venue says it has cancelled is over when it has shown how much of it was filled."""
        self._being_cancelled.difference_update(message.asked)
        refused = {} if isinstance(message.outcome, AskFailed) else dict(message.outcome.not_cancelled)
        if isinstance(message.outcome, AskFailed):
            self._actor.log(Level.WARNING, "cancels failed", orders=len(message.asked), reason=message.outcome.reason)
        for venue_order in message.asked:
            live = self._room.orders.at_venue(venue_order)
            if live is None:
                self._of_nobody_again(venue_order, message.outcome)
                continue
            if live.is_over:
                continue
            live.cancels_asked += 1
            if venue_order in refused:
                refusal = CancelRefused(live.order.order, refused[venue_order], self._actor.now_ns)
                self._room.tell_executor([refusal])
            self._look_ups.look_later(live)

    def _of_nobody_again(self, venue_order: VenueOrderId, outcome: CancelOutcome | AskFailed) -> None:
        """Until the venue has said something about it."""
        if isinstance(outcome, AskFailed):
            again = Withdraw(OrderId(venue_order), _NO_MARKET)
            self._actor.after(("of nobody", venue_order), self._room.settings.look_after_ns, again)

    # Worker

    async def _cancel_batch(self, orders: tuple[VenueOrderId, ...]) -> None:
        await self._actor.report(WereCancelled(orders, await self._room.account.cancel(orders)))

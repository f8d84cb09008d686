"""When an order is looked up by its digest, until the venue has said what became of it (field note 10)."""

from functools import partial

from actors.execution.live.gateway_room import LONGEST_DOUBLINGS, MARGIN_NS, GatewayRoom
from actors.execution.live.gateway_words import LookUp, WasLookedUp
from actors.execution.live.live_order import LiveOrder
from actors.execution.live.words import NoSuchOrder, VenueOrder
from messages.identity import OrderId, VenueOrderId
from messages.orders import OrderState

CANCEL_DOUBLINGS = 2


class LookUpDesk:
    """Sits in the live gateway."""

    def __init__(self, room: GatewayRoom) -> None:
        self._room = room
        self._actor = room.actor
        self._being_looked_up: set[OrderId] = set()

    def look_later(self, live: LiveOrder) -> None:
        """Pauses double with each answer that told nothing. What is due already is not put off by other news."""
        in_vain = max(live.lookups_in_vain, min(live.cancels_asked, CANCEL_DOUBLINGS))
        pause_ns = self._room.settings.look_after_ns << min(in_vain, LONGEST_DOUBLINGS)
        due_ns = self._actor.now_ns + pause_ns
        if live.look_due_ns is None or due_ns < live.look_due_ns:
            live.look_due_ns = due_ns
            self._actor.after(("look", live.order.order), pause_ns, LookUp(live.order.order))

    def look_up(self, order: OrderId) -> None:
        live = self._room.orders.get(order)
        if live is None:
            return
        live.look_due_ns = None
        if live.is_over or order in self._being_looked_up:
            return
        if live.venue_order is None:
            self._room.tell_executor(live.never_sent(OrderState.CANCELLED, "never sent", self._actor.now_ns))
            return
        self._being_looked_up.add(order)
        self._actor.work(f"look up {order}", partial(self._look, live, live.venue_order))

    def came(self, message: WasLookedUp) -> LiveOrder | None:
        """An answer is there; the order if it has not ended yet."""
        self._being_looked_up.discard(message.order)
        live = self._room.orders.get(message.order)
        return None if live is None or live.is_over else live

    # Worker

    async def _look(self, live: LiveOrder, venue_order: VenueOrderId) -> None:
        account = self._room.account
        outcome = await account.look_up(venue_order)
        trades = None
        is_gone = isinstance(outcome, NoSuchOrder) or (isinstance(outcome, VenueOrder) and not outcome.status.is_open)
        if is_gone:
            trades = await account.trades(live.order.written_ns - MARGIN_NS)
        await self._actor.report(WasLookedUp(live.order.order, outcome, trades))

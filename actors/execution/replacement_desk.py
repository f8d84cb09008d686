"""Orders that are to take the place of others: each waits for the end of the one that it replaces."""

from collections.abc import Mapping

from actors.execution.executor_words import ReplacementDue
from actors.execution.open_orders import OpenOrder, OpenOrderList
from actors.execution.refusal_desk import RefusalDesk
from messages.identity import MarketId, OrderId
from messages.intents import Place, Refusal
from messages.markets import Market
from messages.units import Shares, format_shares
from supervision.actor import Actor


class ReplacementDesk:
    """Sits in the executor, and keeps what waits with the open orders. What the old order reserves is never needed
    twice, and both can never fill. What has waited for `patience_ns` was decided too long ago."""

    def __init__(
        self,
        actor: Actor[ReplacementDue],
        orders: OpenOrderList,
        markets: Mapping[MarketId, Market],
        refusals: RefusalDesk,
        patience_ns: int,
    ) -> None:
        self._actor = actor
        self._open = orders
        self._markets = markets
        self._refusals = refusals
        self._patience_ns = patience_ns

    def hold(self, place: Place, replaced: OrderId) -> OpenOrder | None:
        """The order whose end `place` waits for from now on; None if it was refused."""
        old = self._open.get(replaced)
        why_not = replaced if old is None else old.cannot_be_replaced_by(place)
        if old is None or why_not is not None:
            self._refusals.refuse(place, Refusal.UNKNOWN_ORDER, str(why_not))
            return None
        old.replacement = place
        self._actor.after(("replace", replaced), self._patience_ns, ReplacementDue(replaced))
        return old

    def after(self, ended: OpenOrder) -> tuple[Place, Shares] | None:
        """What is to be placed now, and how much of it: what the old order was filled for is not wanted once more."""
        place = ended.replacement
        if place is None:
            return None
        self._actor.cancel_timer(("replace", ended.order.order))
        size = place.size_after(ended.filled)
        if size >= self._markets[place.market].minimum_size:
            return place, size
        filled = f"{format_shares(ended.filled)} of {ended.order.order} were filled"
        self._refusals.refuse(place, Refusal.TOO_SMALL, f"{format_shares(size)}: {filled}")
        return None

    def call_off(self, open_order: OpenOrder, refusal: Refusal, detail: str) -> None:
        """Whatever waits to replace the order never will."""
        place, open_order.replacement = open_order.replacement, None
        if place is not None:
            self._actor.cancel_timer(("replace", open_order.order.order))
            self._refusals.refuse(place, refusal, detail)

    def give_up(self, order: OrderId) -> None:
        open_order = self._open.get(order)
        if open_order is not None:
            self.call_off(open_order, Refusal.BOOK_STALE, f"{order} has not ended")

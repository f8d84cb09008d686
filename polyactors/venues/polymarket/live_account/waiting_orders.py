"""Signed orders that have not had an outcome yet."""

from collections import OrderedDict

from actors.execution.live.words import NotSent, PostOutcome
from messages.identity import VenueOrderId
from polyactors.venues.polymarket.rest.posting import OrderToPost

MOST_WAITING = 10_000
"""Beyond that the oldest are forgotten: nobody will post them any more."""


class WaitingOrders:
    """An order stays until its outcome is known, also while it is being posted: if that is interrupted, it can be
    posted again, for the venue takes the same order only once."""

    def __init__(self) -> None:
        self._orders: OrderedDict[VenueOrderId, OrderToPost] = OrderedDict()

    def __len__(self) -> int:
        return len(self._orders)

    def add(self, order: OrderToPost) -> VenueOrderId:
        name = VenueOrderId(order.order)
        self._orders[name] = order
        if len(self._orders) > MOST_WAITING:
            self._orders.popitem(last=False)
        return name

    def get(self, order: VenueOrderId) -> OrderToPost | None:
        return self._orders.get(order)

    def came_out(self, order: VenueOrderId, outcome: PostOutcome) -> None:
        if not isinstance(outcome, NotSent):
            self._orders.pop(order, None)


def nobody_knows(order: VenueOrderId) -> PostOutcome:
    return NotSent(f"{order} was not signed here, or has had its outcome")

"""Orders that are signed while their own records are being written, until they may be sent."""

from attrs import define

from actors.execution.live.words import NotSigned
from messages.identity import OrderId, VenueOrderId

MOST_PREPARED = 10_000
"""Beyond that the oldest are forgotten: nobody will submit them any more, and if so they are signed again."""


@define
class Prepared:
    """`outcome` is None while it is being signed."""

    outcome: VenueOrderId | NotSigned | None = None


class PreparedOrders:
    """An order is in here from when it is made ready until it is submitted, which may never come."""

    def __init__(self) -> None:
        self._orders: dict[OrderId, Prepared] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def begin(self, order: OrderId) -> bool:
        """False where it was begun already."""
        if order in self._orders:
            return False
        self._orders[order] = Prepared()
        if len(self._orders) > MOST_PREPARED:
            del self._orders[next(iter(self._orders))]
        return True

    def signed(self, order: OrderId, outcome: VenueOrderId | NotSigned) -> None:
        """What is not in here is passed over."""
        prepared = self._orders.get(order)
        if prepared is not None:
            prepared.outcome = outcome

    def take(self, order: OrderId) -> Prepared | None:
        """It is submitted. None where it was not made ready."""
        return self._orders.pop(order, None)

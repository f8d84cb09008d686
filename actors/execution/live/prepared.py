"""Orders that are made ready while their own records are being written: from `Prepare` to `Submit`, which may never
come."""

from actors.execution.live.live_order import LiveOrder
from messages.identity import OrderId

MOST_PREPARED = 10_000
"""Beyond that the oldest are forgotten: nobody will submit them any more, and if so they are signed again."""


class PreparedOrders:
    def __init__(self) -> None:
        self._orders: dict[OrderId, LiveOrder] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def add(self, live: LiveOrder) -> None:
        self._orders[live.order.order] = live
        if len(self._orders) > MOST_PREPARED:
            del self._orders[next(iter(self._orders))]

    def get(self, order: OrderId) -> LiveOrder | None:
        return self._orders.get(order)

    def take(self, order: OrderId) -> LiveOrder | None:
        """It is submitted. None where it was not made ready."""
        return self._orders.pop(order, None)

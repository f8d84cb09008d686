"""The executor's own list of what may be at the venue: enough to send, to cancel, and to know when all is gone."""

from collections.abc import Iterator

from attrs import define

from messages.identity import MarketId, OrderId, StrategyName
from messages.orders import CancelOrders, Order
from messages.units import Shares


@define
class OpenOrder:
    order: Order
    is_sent: bool = False
    cancel_wanted: str | None = None
    filled: Shares = Shares(0)


class OpenOrderList:
    """Orders from the moment they are made until they are final."""

    def __init__(self) -> None:
        self._orders: dict[OrderId, OpenOrder] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def add(self, open_order: OpenOrder) -> None:
        self._orders[open_order.order.order] = open_order

    def get(self, order: OrderId) -> OpenOrder | None:
        return self._orders.get(order)

    def remove(self, order: OrderId) -> None:
        self._orders.pop(order, None)

    def of(self, market: MarketId | None, strategy: StrategyName | None = None) -> Iterator[OpenOrder]:
        """Those of a market and of a strategy; None stands for any."""
        for each in tuple(self._orders.values()):
            if market in (None, each.order.market) and strategy in (None, each.order.strategy):
                yield each

    def meant_by(self, wish: CancelOrders) -> Iterator[OpenOrder]:
        return self.of(wish.market, wish.strategy)

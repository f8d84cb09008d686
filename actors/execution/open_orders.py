"""The executor's own list of what may be at the venue: enough to send, to cancel, and to know when all is gone."""

from collections.abc import Iterator

from attrs import Factory, define

from messages.fills import Fill
from messages.identity import MarketId, OrderId, StrategyName, TradeId
from messages.intents import Place
from messages.orders import CancelOrders, Order, OrderMoved
from messages.units import Shares
from supervision.address import Address


@define
class OpenOrder:
    """`is_taken`: the venue has had it. `end` is how it ended, where fills are outstanding that came before that.
    `replacement` is what waits for its end. `has_failed_unheard`: a trade of it failed before its fill was heard of.

    Of an order that `is_recovered` from the ledger nobody knows which trades the ledger's sum has: its fills are not
    counted here.
    """

    order: Order
    is_sent: bool = False
    cancel_wanted: str | None = None
    filled: Shares = Shares(0)
    is_taken: bool = False
    is_recovered: bool = False
    end: OrderMoved | None = None
    end_filled: Shares = Shares(0)
    replacement: Place | None = None
    has_failed_unheard: bool = False
    _trades: set[TradeId] = Factory(set)

    def count(self, fill: Fill) -> None:
        """Each trade once."""
        if fill.trade not in self._trades and not self.is_recovered:
            self._trades.add(fill.trade)
            self.filled = Shares(self.filled + fill.size)

    def has_counted(self, trade: TradeId) -> bool:
        return trade in self._trades

    @property
    def is_filled(self) -> bool:
        return not self.is_recovered and self.filled >= self.order.size

    def cannot_be_replaced_by(self, place: Place) -> str | None:
        """Why not; None if it can."""
        order = self.order
        named = (order.strategy, order.market, order.outcome, order.side)
        if named != (place.strategy, place.market, place.outcome, place.side):
            return f"{order.order} is not on the same side of {place.strategy}"
        return None if self.replacement is None else f"{self.replacement.intent} replaces {order.order} already"


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

    def remove(self, order: OrderId) -> OpenOrder | None:
        return self._orders.pop(order, None)

    def of(self, market: MarketId | None, strategy: StrategyName | None = None) -> Iterator[OpenOrder]:
        """Those of a market and of a strategy; None stands for any."""
        for each in tuple(self._orders.values()):
            if market in (None, each.order.market) and strategy in (None, each.order.strategy):
                yield each

    def meant_by(self, wish: CancelOrders) -> Iterator[OpenOrder]:
        return self.of(wish.market, wish.strategy)

    def waiting(self) -> int:
        """How many replacements wait."""
        return sum(1 for each in self._orders.values() if each.replacement is not None)


@define
class Waiters:
    """Those who wait for orders to go."""

    _waiting: list[tuple[CancelOrders, Address[object]]] = Factory(list)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, wish: CancelOrders, sender: Address[object]) -> None:
        self._waiting.append((wish, sender))

    def done(self, orders: OpenOrderList) -> list[tuple[CancelOrders, Address[object]]]:
        """Those who do not wait any more, for none of their orders is left."""
        done = [each for each in self._waiting if not any(True for _ in orders.meant_by(each[0]))]
        self._waiting = [each for each in self._waiting if each not in done]
        return done

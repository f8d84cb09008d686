"""Which orders were built by whom: the builder codes that V2 and V3 orders carry (polymarket_wire.md 5.5)."""

from collections import OrderedDict

from attrs import define, field

from messages.identity import OrderId
from polyactors.venues.polymarket.signing.orders import NO_BYTES

ORDERS_KEPT = 50_000


@define
class BuilderOrders:
    """The newest orders that had a builder, as far back as is kept."""

    _codes: OrderedDict[OrderId, bytes] = field(factory=OrderedDict, init=False)

    def add(self, builder: bytes, order: OrderId) -> None:
        """An order without a builder is not remembered."""
        if builder == NO_BYTES:
            return
        self._codes[order] = builder
        if len(self._codes) > ORDERS_KEPT:
            self._codes.popitem(last=False)

    def code(self, order: OrderId) -> bytes:
        """32 zero bytes for an order that nobody built."""
        return self._codes.get(order, NO_BYTES)

    def orders_of(self, builder: bytes) -> tuple[OrderId, ...]:
        """Newest first."""
        return tuple(order for order, code in reversed(self._codes.items()) if code == builder)

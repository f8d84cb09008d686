"""Every order of ours that the venue may still speak of, by our name and by the venue's; rebuilt from the journal."""

from collections.abc import Iterable, Iterator

from actors.execution.live.live_order import LiveOrder, Stage
from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import OrderId, TradeId, VenueOrderId
from messages.orders import Order, OrderMoved, OrderSigned

KINDS = tuple(
    kind.__name__ for kind in (Order, OrderSigned, OrderMoved, Fill, FillSettled, FillReversed)
)  # fmt: skip
"""Of records: what `recovered` needs."""


class LiveOrders:
    """Orders stay known after their end: trades and late news of them may still come."""

    def __init__(self) -> None:
        self._orders: dict[OrderId, LiveOrder] = {}
        self._by_venue: dict[VenueOrderId, LiveOrder] = {}
        self._open: dict[OrderId, LiveOrder] = {}

    def add(self, live: LiveOrder) -> None:
        self._orders[live.order.order] = self._open[live.order.order] = live

    def named(self, live: LiveOrder, venue_order: VenueOrderId) -> None:
        """The venue will call it so."""
        live.venue_order = venue_order
        self._by_venue[venue_order] = live

    def get(self, order: OrderId) -> LiveOrder | None:
        return self._orders.get(order)

    def at_venue(self, venue_order: VenueOrderId) -> LiveOrder | None:
        return self._by_venue.get(venue_order)

    def open(self) -> Iterator[LiveOrder]:
        """Those whose end was not told yet."""
        for live in tuple(self._open.values()):
            if live.stage is Stage.OVER:
                del self._open[live.order.order]
            else:
                yield live


def recovered(records: Iterable[object]) -> tuple[LiveOrders, int]:
    """The orders as the journal knows them, and since when trades may have been missed: the time of the oldest order
    that had not ended, or had fills that were not settled; of the last record where there is none.

    An order whose digest is not on disk was never on the wire. What has ended for the ledger is over here as well.
    """
    orders = LiveOrders()
    final: set[OrderId] = set()
    signed: dict[OrderId, OrderSigned] = {}
    sizes: dict[TradeId, Fill] = {}
    last_ns = 0
    for record in records:
        match record:
            case Order():
                orders.add(LiveOrder(record, stage=Stage.RECORDING))
                last_ns = record.written_ns
            case OrderSigned():
                # It may be before its order: they are written side by side.
                signed[record.order] = record
                last_ns = record.at_ns
            case OrderMoved() if record.state.is_final:
                final.add(record.order)
                last_ns = record.at_ns
            case Fill() if (live := orders.get(record.order)) is not None:
                live.remember(record.trade, record.size, is_settled=not record.provisional)
                sizes[record.trade] = record
            case FillSettled() | FillReversed() if (live := orders.get(record.order)) is not None:
                filled = sizes.pop(record.trade, None)
                if filled is not None:
                    live.remember(record.trade, filled.size, is_settled=True)
    for record in signed.values():
        if (live := orders.get(record.order)) is not None:
            orders.named(live, record.venue_order)
            live.stage = Stage.IN_DOUBT
            live.posted_ns = record.at_ns
    since_ns = last_ns
    for live in orders.open():
        order = live.order
        if order.order in final or live.told >= order.size:
            live.stage = Stage.OVER
        else:
            since_ns = min(since_ns, order.written_ns)
    for fill in sizes.values():
        if fill.provisional and (filled_order := orders.get(fill.order)) is not None:
            since_ns = min(since_ns, filled_order.order.written_ns)
    return orders, since_ns

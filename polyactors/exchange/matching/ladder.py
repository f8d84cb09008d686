"""The resting bids of one token: a queue a price, and the best price known without a search."""

from collections import OrderedDict
from collections.abc import Iterator

from messages.identity import OrderId
from messages.units import Price, Shares
from polyactors.exchange.matching.resting import OpenOrder


class Level:
    """The orders at one price, first come first served, and what they amount to."""

    __slots__ = ("orders", "total")

    def __init__(self) -> None:
        self.orders: OrderedDict[OrderId, OpenOrder] = OrderedDict()
        self.total = 0


class BidLadder:
    """Bit p of `_occupied` is set where bids rest at price p, so that the best one is the highest bit."""

    __slots__ = ("_levels", "_occupied")

    def __init__(self) -> None:
        self._levels: dict[int, Level] = {}
        self._occupied = 0

    @property
    def best(self) -> Price:
        """0 when nobody bids."""
        return Price(self._occupied.bit_length() - 1) if self._occupied else Price(0)

    def total(self, price: Price) -> Shares:
        level = self._levels.get(price)
        return Shares(level.total) if level is not None else Shares(0)

    def add(self, order: OpenOrder) -> None:
        level = self._levels.get(order.bid)
        if level is None:
            level = self._levels[order.bid] = Level()
            self._occupied |= 1 << order.bid
        level.orders[order.order.order] = order
        level.total += order.remaining

    def reduce(self, order: OpenOrder, by: Shares) -> None:
        """A part of a resting order was matched; it keeps its place, unless nothing is left."""
        order.remaining = Shares(order.remaining - by)
        self._levels[order.bid].total -= by

    def remove(self, order: OpenOrder) -> None:
        level = self._levels[order.bid]
        del level.orders[order.order.order]
        level.total -= order.remaining
        if not level.orders:
            del self._levels[order.bid]
            self._occupied ^= 1 << order.bid

    def down_to(self, limit: Price) -> Iterator[tuple[Price, Level]]:
        """The levels from the best one to the limit, best first. Nothing may change meanwhile."""
        left = self._occupied >> limit
        while left:
            bit = left.bit_length() - 1
            left ^= 1 << bit
            price = Price(bit + limit)
            yield price, self._levels[price]

    def levels(self) -> list[tuple[Price, Shares]]:
        """Price and size of each level, best first."""
        return [(Price(price), Shares(self._levels[price].total)) for price in sorted(self._levels, reverse=True)]

"""What a simulation made of a plan of orders."""

from collections.abc import Mapping

from attrs import Factory, frozen

from messages.units import Shares


@frozen
class OrdersOutcome:
    """`filled` has the size of each order that was filled at all, by its number. `fills` counts how often orders were:
    what one order gets in one millisecond is one fill, however many trades were in it."""

    fills: int = 0
    filled: Mapping[int, Shares] = Factory(dict)

    @property
    def size(self) -> Shares:
        return Shares(sum(self.filled.values()))

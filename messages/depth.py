"""The bids of one token as an immutable ladder on a price grid, best price known without a search."""

from array import array
from collections.abc import Iterator

from attrs import frozen

from messages.units import Price, Shares


@frozen(eq=False)
class Depth:
    """The resting bids of one token.

    `sizes[i]` is the size in micro-shares resting at price `i * step`, for i from 0 to 1 / step. Bit i of `occupied` is
    set where a size is not zero, so the best bid is its highest bit. Nobody writes to `sizes` once it is here: the book
    that made it copies before its next change.
    """

    step: int
    sizes: "array[int]"
    occupied: int

    @property
    def is_empty(self) -> bool:
        return not self.occupied

    @property
    def best(self) -> Price:
        """The highest bid; 0 when there is none."""
        return Price((self.occupied.bit_length() - 1) * self.step) if self.occupied else Price(0)

    @property
    def best_size(self) -> Shares:
        return Shares(self.sizes[self.occupied.bit_length() - 1]) if self.occupied else Shares(0)

    def size_at(self, price: Price) -> Shares:
        """What rests at `price`; 0 for a price that is not on the grid."""
        index, off = divmod(price, self.step)
        return Shares(0) if off else Shares(self.sizes[index])

    def levels(self) -> Iterator[tuple[Price, Shares]]:
        """Price and size of each level, best first."""
        left = self.occupied
        while left:
            index = left.bit_length() - 1
            left ^= 1 << index
            yield Price(index * self.step), Shares(self.sizes[index])

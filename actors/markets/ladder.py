"""The bids of one token, changed in place and handed out as immutable `Depth`s without copying more than is needed."""

from array import array
from collections.abc import Iterable

from messages.construction import quick_constructor
from messages.depth import Depth
from messages.units import PRICE_SCALE, Price

_new_depth = quick_constructor(Depth)


class Ladder:
    """The bids of one token on a grid of `step` price units; `best` is the highest bid, 0 when there is none.

    A level is addressed by its index, price // step. Sizes are micro-shares. `occupied` has bit i set where a size is
    not zero, so the best bid never needs a search.
    """

    __slots__ = ("_frozen", "_sizes", "best", "occupied", "step")

    def __init__(self, step: int) -> None:
        self.step = step
        self.occupied = 0
        self.best = Price(0)
        self._sizes = self._no_sizes()
        self._frozen: Depth | None = None

    def set(self, index: int, size: int) -> None:
        """The bids at `index` now amount to `size`; zero takes the level away."""
        sizes = self._sizes
        before = sizes[index]
        if before == size:
            return
        if self._frozen is not None:
            sizes = self._sizes = sizes[:]
            self._frozen = None
        sizes[index] = size
        if not before or not size:
            occupied = self.occupied = self.occupied ^ (1 << index)
            self.best = Price((occupied.bit_length() - 1) * self.step if occupied else 0)

    def size(self, index: int) -> int:
        return self._sizes[index]

    def clear(self) -> None:
        self.load(())

    def load(self, levels: Iterable[tuple[int, int]]) -> None:
        """Forgets everything and takes `levels`, pairs of index and size; of two with one index the last counts."""
        sizes = self._no_sizes()
        occupied = 0
        for index, size in levels:
            sizes[index] = size
            occupied = occupied | 1 << index if size else occupied & ~(1 << index)
        self._sizes = sizes
        self._frozen = None
        self.occupied = occupied
        self.best = Price((occupied.bit_length() - 1) * self.step if occupied else 0)

    def freeze(self) -> Depth:
        """The bids as they are now. The ladder gives its own array away and copies it before its next change."""
        frozen = self._frozen
        if frozen is None:
            frozen = self._frozen = _new_depth(self.step, self._sizes, self.occupied)
        return frozen

    def _no_sizes(self) -> "array[int]":
        return array("q", bytes(8 * (PRICE_SCALE // self.step + 1)))

"""The levels of a ladder as the JSON that the venue hashes, in order, made anew only where something changed."""

from bisect import bisect_left
from collections.abc import Iterator

from actors.markets.ladder import Ladder
from messages.units import Price, Shares, complement, format_price, format_shares


class LevelTexts:
    """The bids of `ladder`, lowest first, as JSON objects with commas between them.

    With `as_asks` they are written as what they are on the other token's book: asks at the complement, highest first.
    That is the same order, so one list of indices serves both.
    """

    __slots__ = ("_as_asks", "_beginnings", "_changed", "_indices", "_ladder", "_pieces", "_text")

    def __init__(self, ladder: Ladder, as_asks: bool) -> None:
        self._ladder = ladder
        self._as_asks = as_asks
        self._beginnings: dict[int, str] = {}
        self._changed: set[int] = set()
        self._indices = list(_indices(ladder.occupied))
        self._pieces = [self._piece(index) for index in self._indices]
        self._text = b",".join(self._pieces)

    def changed(self, index: int) -> None:
        """The level at `index` may be another than when the text was last asked for."""
        self._changed.add(index)

    def text(self) -> bytes:
        """What stands between the brackets, as the ladder is now."""
        if self._changed:
            for index in self._changed:
                self._renew(index)
            self._changed.clear()
            self._text = b",".join(self._pieces)
        return self._text

    def _renew(self, index: int) -> None:
        at = bisect_left(self._indices, index)
        known = at < len(self._indices) and self._indices[at] == index
        if not self._ladder.size(index):
            if known:
                del self._indices[at], self._pieces[at]
        elif known:
            self._pieces[at] = self._piece(index)
        else:
            self._indices.insert(at, index)
            self._pieces.insert(at, self._piece(index))

    def _piece(self, index: int) -> bytes:
        beginning = self._beginnings.get(index)
        if beginning is None:
            bid = Price(index * self._ladder.step)
            price = complement(bid) if self._as_asks else bid
            beginning = self._beginnings[index] = f'{{"price":"{format_price(price)}","size":"'
        return f'{beginning}{format_shares(Shares(self._ladder.size(index)))}"}}'.encode()


def _indices(occupied: int) -> Iterator[int]:
    """The bits that are set, lowest first."""
    while occupied:
        lowest = occupied & -occupied
        yield lowest.bit_length() - 1
        occupied ^= lowest

"""Reading and writing call data: words of 32 bytes, and what their offsets point to."""

from collections.abc import Sequence

from attrs import frozen

from polyactors.venues.polymarket.signing.addresses import Address, from_bytes
from polyactors.venues.polymarket.signing.typed_data import number_word

WORD = 32
MOST_ITEMS = 1000
"""Longer arrays are refused: offsets may all point to the same bytes, so that little data can say very much."""


class BadCalldata(ValueError):
    """Call data that is not what the function takes."""


@frozen
class Arguments:
    """Arguments of a call, or of a tuple within it; offsets count from its start. The methods raise `BadCalldata`."""

    data: bytes

    def word(self, place: int) -> bytes:
        word = self.data[place * WORD : (place + 1) * WORD]
        if len(word) != WORD:
            raise BadCalldata("the call data ends too early")
        return word

    def number(self, place: int) -> int:
        return int.from_bytes(self.word(place), "big")

    def address(self, place: int) -> Address:
        word = self.word(place)
        if any(word[:12]):
            raise BadCalldata("a word that is no address")
        return from_bytes(word[12:])

    def flag(self, place: int) -> bool:
        value = self.number(place)
        if value > 1:
            raise BadCalldata("a word that is no bool")
        return value == 1

    def pointed(self, place: int) -> "Arguments":
        """What the offset at `place` points to."""
        offset = self.number(place)
        if offset > len(self.data):
            raise BadCalldata("an offset beyond the call data")
        return Arguments(self.data[offset:])

    def text(self, place: int) -> bytes:
        """A `bytes` argument."""
        there = self.pointed(place)
        length = there.number(0)
        if length > len(there.data) - WORD:
            raise BadCalldata("the call data ends too early")
        return there.data[WORD : WORD + length]

    def items(self, place: int) -> tuple[int, "Arguments"]:
        """How many items an array has, and the items."""
        there = self.pointed(place)
        count = there.number(0)
        if count > MOST_ITEMS:
            raise BadCalldata(f"more than {MOST_ITEMS} items")
        return count, Arguments(there.data[WORD:])

    def numbers(self, place: int) -> tuple[int, ...]:
        count, items = self.items(place)
        return tuple(items.number(index) for index in range(count))

    def addresses(self, place: int) -> tuple[Address, ...]:
        count, items = self.items(place)
        return tuple(items.address(index) for index in range(count))


def numbers_array(values: Sequence[int]) -> bytes:
    """A uint256[] as the only thing that a function returns."""
    return number_word(WORD) + number_word(len(values)) + b"".join(number_word(value) for value in values)

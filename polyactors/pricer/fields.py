"""The fields of one JSON object, each read as what it has to be; mistakes are noted with their place."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")

_LARGEST = 1 << 62
_MOST_ITEMS = 1_000


class Fields:
    """A mistake is noted in `mistakes` and something of the right type given back: reading goes on to find them all."""

    def __init__(self, plain: Mapping[str, object], place: str, mistakes: list[str]) -> None:
        self._plain = plain
        self._place = place
        self._mistakes = mistakes

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain)

    def text(self, name: str) -> str:
        value = self._plain.get(name)
        if not isinstance(value, str) or not value:
            self.mistake(name, value, "make it a text that is not empty")
            return ""
        return value

    def flag(self, name: str) -> bool:
        value = self._plain.get(name)
        if not isinstance(value, bool):
            self.mistake(name, value, "make it true or false")
            return False
        return value

    def integer(self, name: str, least: int | None = 0) -> int:
        value = self._plain.get(name)
        lowest = -_LARGEST if least is None else least
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= _LARGEST:
            self.mistake(name, value, "make it a whole number" + (f" from {least} on" if least is not None else ""))
            return 0
        return value

    def number(self, name: str) -> float | None:
        """None for null, which has to be there."""
        value = self._plain.get(name, _ABSENT)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
            self.mistake(name, value, "make it a finite number, or null")
            return None
        return float(value)

    def price(self, name: str) -> float | None:
        return self._within(name, "above 0", lambda value: value > 0)

    def chance(self, name: str) -> float | None:
        return self._within(name, "from 0 to 1", lambda value: 0 <= value <= 1)

    def one_of(self, name: str, known: Mapping[str, T], otherwise: T) -> T:
        value = self._plain.get(name)
        if not isinstance(value, str) or value not in known:
            self.mistake(name, value, f"make it one of {', '.join(known)}")
            return otherwise
        return known[value]

    def section(self, name: str) -> "Fields":
        value = self._plain.get(name)
        if not isinstance(value, dict):
            self.mistake(name, value, "make it an object")
            value = {}
        return Fields(value, f"{self._place}{name}.", self._mistakes)

    def sections(self, name: str) -> "list[Fields]":
        """Of a list of objects."""
        found = []
        for index, each in enumerate(self._list(name)):
            if isinstance(each, dict):
                found.append(Fields(each, f"{self._place}{name}[{index}].", self._mistakes))
            else:
                self.mistake(f"{name}[{index}]", each, "make it an object")
        return found

    def items(self, name: str) -> "list[Fields]":
        """Of a list of plain values: each is to be read as the field "" of what is given back."""
        return [
            Fields({"": each}, f"{self._place}{name}[{index}]", self._mistakes)
            for index, each in enumerate(self._list(name))
        ]

    def mistake(self, name: str, value: object, hint: str) -> None:
        shown = "missing" if value is None or value is _ABSENT else repr(value)[:60]
        self._mistakes.append(f"{self._place}{name} is {shown}: {hint}")

    def _list(self, name: str) -> list[object]:
        value = self._plain.get(name)
        if not isinstance(value, list) or len(value) > _MOST_ITEMS:
            self.mistake(name, value, f"make it a list of up to {_MOST_ITEMS}")
            return []
        return value

    def _within(self, name: str, bounds: str, is_within: Callable[[float], bool]) -> float | None:
        value = self.number(name)
        if value is not None and not is_within(value):
            self.mistake(name, value, f"make it a number {bounds}, or null")
            return None
        return value


_ABSENT = object()


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False

"""Text of others made harmless: a terminal obeys control characters, and who names an actor should not command it."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from rich.cells import cell_len, chop_cells
from rich.text import Text

T = TypeVar("T")

UNSHOWABLE = "?"
"""In the place of a figure that nobody can have meant."""

MOST_FIGURE = 16


def plain(text: str) -> str:
    """One line in which everything that is not printed as it is (control characters, directions of writing, halves of
    characters, ends of lines) is written as an escape."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def figure(show: Callable[[T], str], value: T) -> str:
    """`value` as `show` writes it, which it need not be able to: a figure may be absurd."""
    try:
        text = plain(show(value))
    except (ArithmeticError, ValueError, OSError):
        return UNSHOWABLE
    return text if len(text) <= MOST_FIGURE else UNSHOWABLE


def moment(show: Callable[[int], str], at_ns: int) -> str:
    """The same for points in time, which are longer."""
    try:
        return plain(show(at_ns))
    except (ArithmeticError, ValueError, OSError):
        return UNSHOWABLE


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly so many cells, cut in its middle where it is longer: both ends of a path say something."""
    length = cell_len(text)
    if length <= width:
        gap = " " * (width - length)
        return gap + text if right else text + gap
    if width < 2:
        return "…"[:width]
    end = (width - 1) // 2
    # What is far outside of the window is not measured.
    left = _head(text[:width], width - 1 - end)
    tail = _head(text[-width:][::-1], end)[::-1]
    cut = f"{left}…{tail}"
    return cut + " " * (width - cell_len(cut))


def wrapped(text: Text, width: int) -> Iterator[Text]:
    """The lines that `text`, which is one line, has in so many cells."""
    if cell_len(text.plain) <= width or width < 1:
        yield text
        return
    at = 0
    for part in chop_cells(text.plain, width):
        yield text[at : at + len(part)]
        at += len(part)


def _head(text: str, width: int) -> str:
    while cell_len(text) > width:
        text = text[:-1]
    return text


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")

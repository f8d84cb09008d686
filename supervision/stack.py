"""Where an error came from, kept without the frames themselves, and put into words only when somebody reads it.

Rendering a traceback costs more than the restart of an actor; holding the frames would hold all that their variables
hold.
"""

import traceback
from types import TracebackType

from attrs import frozen

Place = tuple[str, int, str]
"""File, line, function."""

_DEEPEST = 100


@frozen
class Stack:
    """The places that an error went through, outermost first, and its cause; `str` gives the usual traceback."""

    error: str
    places: tuple[Place, ...]
    notes: tuple[str, ...] = ()
    before: "Stack | None" = None
    is_cause: bool = False

    def __str__(self) -> str:
        lines = []
        if self.before is not None:
            lines += [f"{self.before}\n", _CAUSE if self.is_cause else _CONTEXT]
        if self.places:
            summary = traceback.StackSummary.from_list([traceback.FrameSummary(*place) for place in self.places])
            lines += ["Traceback (most recent call last):\n", *summary.format()]
        lines += [f"{line}\n" for line in (self.error, *self.notes)]
        return "".join(lines)


_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def stack_of(error: BaseException) -> Stack:
    """What is known of `error` and of those that led to it."""
    return _stack_of(error, _DEEPEST)


def words_of(error: BaseException) -> str:
    """The kind of the error and its text, on one line where it has one."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return f"{type(error).__name__}, which cannot be put into words"


def _stack_of(error: BaseException, depth: int) -> Stack:
    cause = error.__cause__
    before = cause if cause is not None or error.__suppress_context__ else error.__context__
    earlier = _stack_of(before, depth - 1) if before is not None and depth > 0 else None
    notes = tuple(str(note) for note in getattr(error, "__notes__", ()))
    return Stack(words_of(error), _places(error.__traceback__), notes, earlier, cause is not None)


def _places(at: TracebackType | None) -> tuple[Place, ...]:
    places = []
    while at is not None:
        code = at.tb_frame.f_code
        places.append((code.co_filename, at.tb_lineno, code.co_name))
        at = at.tb_next
    return tuple(places)

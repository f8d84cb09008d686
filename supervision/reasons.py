"""Why an actor ended, and the report of a death that a person can read."""

import math
import traceback
from collections.abc import Iterator

import trio
from attrs import frozen


@frozen
class Normal:
    """It was done."""

    def __str__(self) -> str:
        return "normal"


@frozen
class Shutdown:
    """It was asked to stop, or it stopped in good order."""

    reason: str

    def __str__(self) -> str:
        return f"shutdown: {self.reason}"


@frozen
class Killed:
    """It was cancelled from outside without being asked."""

    reason: str

    def __str__(self) -> str:
        return f"killed: {self.reason}"


@frozen
class Crashed:
    """An error ended it. `error` is one line, `trace` the traceback of each error that took part."""

    error: str
    trace: str

    def __str__(self) -> str:
        return f"crashed: {self.error}"


ExitReason = Normal | Shutdown | Killed | Crashed


class ActorKilled(Exception):
    """Raised inside an actor by the fault injector."""


class LeakedCancellation(Exception):
    """A `trio.Cancelled` came out of code that nobody had cancelled: a library's fault, and a crash."""


def crash_of(error: BaseException) -> Crashed:
    """One readable report of an error, however deep nurseries have wrapped it in groups."""
    leaves = list(_leaves(error))
    line = "; ".join(dict.fromkeys(map(_line, leaves)))
    trace = "\n".join("".join(traceback.format_exception(leaf)) for leaf in leaves)
    return Crashed(line, trace)


def must_pass(error: BaseException) -> bool:
    """Whether the error concerns the whole process (an interrupt, an exit) and no supervisor may handle it."""
    return any(not isinstance(leaf, Exception | trio.Cancelled) for leaf in _leaves(error))


def is_cancellation(error: BaseException) -> bool:
    """Whether nothing but a cancellation is in `error`."""
    return all(isinstance(leaf, trio.Cancelled) for leaf in _leaves(error))


def somebody_cancelled() -> bool:
    """Whether a scope around the running task is cancelled. A `Cancelled` without that was leaked by a library, and the
    actor that it ended has crashed (reference on actors, C2)."""
    return trio.current_effective_deadline() == -math.inf


def _line(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return f"{type(error).__name__}, which cannot be put into words"


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    inside = [leaf for each in error.exceptions for leaf in _leaves(each)]
    told = [leaf for leaf in inside if not isinstance(leaf, trio.Cancelled)]
    yield from told or inside

"""Why an actor ended, and the report of a death that a person can read."""

import math
from collections.abc import Iterator

import trio
from attrs import frozen

from supervision.stack import Stack, stack_of, words_of


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
    """An error ended it. `error` is one line, `stacks` where each error that took part came from."""

    error: str
    stacks: tuple[Stack, ...] = ()

    @property
    def trace(self) -> str:
        """The traceback of each error that took part; empty where none is known."""
        return "\n".join(map(str, self.stacks))

    def __str__(self) -> str:
        return f"crashed: {self.error}"


ExitReason = Normal | Shutdown | Killed | Crashed


@frozen
class Down:
    """To those who monitor an actor: this life of it is over, and why. The next one may begin at once."""

    path: str
    reason: ExitReason
    generation: int


class Declined(Exception):
    """Raised by an actor that does not want to live now: its start did not fail, there is just nobody (OTP's
    `ignore`)."""


class WorkerCancelled(Exception):
    """A worker was cancelled from outside, by an operator or the fault injector."""


class LeakedCancellation(Exception):
    """A `trio.Cancelled` came out of code that nobody had cancelled: a library's fault, and a crash."""


def crash_of(error: BaseException) -> Crashed:
    """One readable report of an error, however deep nurseries have wrapped it in groups."""
    leaves = list(_leaves(error))
    line = "; ".join(dict.fromkeys(map(words_of, leaves)))
    return Crashed(line, tuple(map(stack_of, leaves)))


def wish_to_decline(error: BaseException) -> str | None:
    """What a `Declined` says, however nurseries have wrapped it; None where anything else is in `error`."""
    leaves = list(_leaves(error))
    return str(leaves[0]) if all(isinstance(leaf, Declined) for leaf in leaves) else None


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


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    inside = [leaf for each in error.exceptions for leaf in _leaves(each)]
    told = [leaf for leaf in inside if not isinstance(leaf, trio.Cancelled)]
    yield from told or inside

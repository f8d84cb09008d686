"""Asking: a message that somebody waits for the answer of, with a deadline and word of a death."""

from typing import TYPE_CHECKING, TypeVar

import outcome
import trio

from supervision.address import Address
from supervision.mailbox import Envelope
from supervision.reasons import ExitReason

if TYPE_CHECKING:
    from supervision.runtime import Runtime

M = TypeVar("M")


class ActorDown(Exception):
    """Nobody will answer: the life that had the question is over, or the actor is. `reason` is None for one that never
    lived."""

    def __init__(self, path: str, reason: ExitReason | None) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path} is down: {reason or 'it never started'}")


class Question(Address[object]):
    """One who waits for an answer; for the receiver it is the message's sender like any other.

    Invariant: it is answered, failed or given up once; what comes after is refused.
    """

    __slots__ = ("_task", "asked_ns", "envelope", "to")

    def __init__(self, to: str, envelope: Envelope, runtime: "Runtime") -> None:
        self.path = f"asks/{envelope.number}"
        self.to = to
        self.envelope = envelope
        self.asked_ns = envelope.sent_ns
        self.put = self._answer
        self._task: trio.lowlevel.Task | None = None
        self._runtime = runtime

    @property
    def task(self) -> "trio.lowlevel.Task | None":
        """Who waits."""
        return self._task

    async def wait(self) -> object:
        """The answer. Raises what it was failed with."""
        self._task = trio.lowlevel.current_task()
        return await trio.lowlevel.wait_task_rescheduled(self._abort)

    def fail(self, error: Exception) -> None:
        task, self._task = self._task, None
        if task is not None:
            trio.lowlevel.reschedule(task, outcome.Error(error))

    def close(self) -> None:
        """Nobody waits any more. The reference to itself goes with it: no question is left to the garbage collector."""
        self._task = None
        self.put = _refuse

    async def send(self, message: object) -> None:
        self.tell(message)

    def offer(self, message: object) -> None:
        self.tell(message)

    @property
    def why_undelivered(self) -> str:
        return "nobody waits for this answer any more"

    def _answer(self, envelope: Envelope) -> bool:
        task, self._task = self._task, None
        if task is None:
            return False
        trio.lowlevel.reschedule(task, outcome.Value(envelope.message))
        return True

    def _abort(self, _: object) -> trio.lowlevel.Abort:
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED


async def ask(runtime: "Runtime", to: Address[M], message: M, within_ns: int) -> object:
    """The receiver's `reply` to `message`.

    Raises `trio.TooSlowError` when none comes within `within_ns`, `ActorDown` as soon as none can come.
    """
    node = runtime.registry.node(to.path)
    if node is None or node.is_over:
        raise ActorDown(to.path, node.last_exit if node is not None else None)
    envelope = runtime.new_envelope(message)
    envelope.sender = question = Question(to.path, envelope, runtime)
    deadline_ns = envelope.sent_ns + within_ns
    to.questions[question] = None
    try:
        if to.mailbox.depth < to.mailbox.capacity:
            is_queued = to.put(envelope)
        else:
            is_queued = await _put_in_time(runtime, to, envelope, deadline_ns, within_ns)
        if not is_queued:
            raise ActorDown(to.path, node.last_exit)
        timer = runtime.timers.at(deadline_ns, lambda: question.fail(_too_slow(to, message, within_ns)))
        try:
            return await question.wait()
        finally:
            timer.cancel()
    finally:
        del to.questions[question]
        question.close()


async def _put_in_time(
    runtime: "Runtime", to: Address[M], envelope: Envelope, deadline_ns: int, within_ns: int
) -> bool:
    is_queued = False
    with trio.CancelScope() as scope:
        timer = runtime.timers.at(deadline_ns, lambda: scope.cancel(reason="no room in time"))
        try:
            is_queued = await to.mailbox.put_when_room(envelope)
        finally:
            timer.cancel()
    if scope.cancelled_caught:
        raise _too_slow(to, envelope.message, within_ns)
    return is_queued


def _too_slow(to: Address[M], message: object, within_ns: int) -> trio.TooSlowError:
    return trio.TooSlowError(f"{to.path} did not answer {type(message).__name__} within {within_ns / 1e9:g} s")


def _refuse(_: Envelope) -> bool:
    return False

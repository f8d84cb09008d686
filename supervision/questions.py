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

    __slots__ = ("envelope", "task", "to", "within_ns")

    def __init__(self, to: str, envelope: Envelope, within_ns: int, runtime: "Runtime") -> None:
        self.path = f"asks/{envelope.number}"
        self.to = to
        self.envelope = envelope
        self.within_ns = within_ns
        self.put = self._answer
        # Who waits, while somebody does.
        self.task: trio.lowlevel.Task | None = None
        self._runtime = runtime

    @property
    def asked_ns(self) -> int:
        return self.envelope.sent_ns

    def fail(self, error: Exception) -> None:
        task, self.task = self.task, None
        if task is not None:
            trio.lowlevel.reschedule(task, outcome.Error(error))

    def expire(self) -> None:
        self.fail(self.too_slow())

    def too_slow(self) -> trio.TooSlowError:
        kind = type(self.envelope.message).__name__
        return trio.TooSlowError(f"{self.to} did not answer {kind} within {self.within_ns / 1e9:g} s")

    def close(self) -> None:
        """Nobody waits any more. The references in circles go with it: no question is left to the garbage collector."""
        self.task = None
        self.put = _refuse
        del self.envelope

    async def send(self, message: object) -> None:
        self.tell(message)

    def offer(self, message: object) -> None:
        self.tell(message)

    @property
    def why_undelivered(self) -> str:
        return "nobody waits for this answer any more"

    def abort(self, _: object) -> trio.lowlevel.Abort:
        """The waiting is cancelled."""
        self.task = None
        return trio.lowlevel.Abort.SUCCEEDED

    def _answer(self, envelope: Envelope) -> bool:
        task, self.task = self.task, None
        if task is None:
            return False
        trio.lowlevel.reschedule(task, outcome.Value(envelope.message))
        return True


async def ask(runtime: "Runtime", to: Address[M], message: M, within_ns: int) -> object:
    """The receiver's `reply` to `message`.

    Raises `trio.TooSlowError` when none comes within `within_ns`, `ActorDown` as soon as none can come.
    """
    if to.is_over:
        raise _down(runtime, to.path)
    envelope = runtime.new_envelope(message)
    envelope.sender = question = Question(to.path, envelope, within_ns, runtime)
    to.questions[question] = None
    timer = None
    try:
        if to.mailbox.depth < to.mailbox.capacity:
            to.put(envelope)
        elif not await _put_in_time(runtime, to, question):
            raise _down(runtime, to.path)
        timer = runtime.timers.at(envelope.sent_ns + within_ns, question.expire)
        question.task = trio.lowlevel.current_task()
        return await trio.lowlevel.wait_task_rescheduled(question.abort)
    finally:
        if timer is not None:
            timer.cancel()
        del to.questions[question]
        question.close()


async def _put_in_time(runtime: "Runtime", to: Address[M], question: Question) -> bool:
    is_queued = False
    with trio.CancelScope() as scope:
        deadline_ns = question.asked_ns + question.within_ns
        timer = runtime.timers.at(deadline_ns, lambda: scope.cancel(reason="no room in time"))
        try:
            is_queued = await to.mailbox.put_when_room(question.envelope)
        finally:
            timer.cancel()
    if scope.cancelled_caught:
        raise question.too_slow()
    return is_queued


def _down(runtime: "Runtime", path: str) -> ActorDown:
    node = runtime.registry.node(path)
    return ActorDown(path, node.last_exit if node is not None else None)


def _refuse(_: Envelope) -> bool:
    return False

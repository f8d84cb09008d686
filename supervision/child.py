"""A child as its supervisor sees it: the spec, the present incarnation, and what is heard of it."""

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

import trio
from attrs import define, field, frozen

from supervision.reasons import Crashed, ExitReason
from supervision.restart_rules import RestartDelay
from supervision.specs import ChildSpec
from supervision.timers import Timer, Timers

if TYPE_CHECKING:
    from supervision.cell import Cell
    from supervision.supervisor import Supervisor

RESTARTS_REMEMBERED = 64


class ChildFailedToStart(Exception):
    """A child did not start. From a supervisor: those started before it have been stopped again (R2)."""


class ChildState(Enum):
    """What a child is doing. `BACKING_OFF` is OTP's `restarting`, `DOWN` its `undefined`."""

    STARTING = "starting"
    RUNNING = "running"
    SUSPENDED = "suspended"
    STOPPING = "stopping"
    BACKING_OFF = "backing off"
    DOWN = "down"


@frozen
class Interrupted:
    """A start was called off because a sibling ended that the child may be waiting for."""


@frozen
class NotNow:
    """The child declined to start (R3)."""

    why: str


StartResult = Crashed | Interrupted | NotNow | None
"""What became of a start; None for one that went well."""


@define(eq=False, weakref_slot=False)
class Incarnation:
    """One life of a child as its supervisor sees it. `reason` is there once it ended.

    Only the supervisor waits for it, one wait at a time. `overdue` is set while it is ending by itself.
    """

    scope: trio.CancelScope = field(factory=trio.CancelScope)
    killed_because: str = "cancelled"
    task: trio.lowlevel.Task | None = None
    is_acknowledged: bool = False
    is_ended: bool = False
    is_being_stopped: bool = False
    is_reported: bool = False
    is_interrupted: bool = False
    is_zombie: bool = False
    declined: str | None = None
    reason: ExitReason | None = None
    overdue: Timer | None = None
    _waiter: trio.lowlevel.Task | None = None

    @property
    def is_up(self) -> bool:
        return self.is_acknowledged and not self.is_ended

    def acknowledge(self) -> None:
        """The life has begun, unless it was cancelled before."""
        if not self.scope.cancel_called:
            self.is_acknowledged = True
            self.wake()

    def end(self, reason: ExitReason) -> None:
        self.reason = reason
        self.is_ended = True
        self.task = None
        if self.overdue is not None:
            self.overdue.cancel()
        self.wake()

    def interrupt(self) -> None:
        """Call its start off."""
        self.is_interrupted = True
        self.end_at_once("a sibling that it may be waiting for has ended")

    def end_at_once(self, reason: str) -> None:
        """Cancel it without asking."""
        if not self.scope.cancel_called:
            self.killed_because = reason
            self.scope.cancel(reason=reason)
            self.wake()

    async def wait_until(self, is_reached: Callable[[], bool], timers: Timers, deadline_ns: int | None) -> bool:
        """Wait until something is so, at most until `deadline_ns`; the answer says whether it is."""
        if is_reached():
            return True
        timer = timers.at(deadline_ns, self.wake) if deadline_ns is not None else None
        try:
            while not is_reached():
                if timer is not None and not timer.is_pending:
                    return False
                self._waiter = trio.lowlevel.current_task()
                await trio.lowlevel.wait_task_rescheduled(self._abort)
        finally:
            if timer is not None:
                timer.cancel()
        return True

    def wake(self) -> None:
        """Let whoever waits look again."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            trio.lowlevel.reschedule(waiter)

    def has_settled(self) -> bool:
        """Whether the start came to an end: well, badly, or since somebody called it off."""
        return self.is_acknowledged or self.is_ended or self.scope.cancel_called

    def has_ended(self) -> bool:
        return self.is_ended

    def has_ended_or_will(self) -> bool:
        """Whether it makes no sense any longer to wait for it to end by itself."""
        return self.is_ended or self.scope.cancel_called

    def _abort(self, _: object) -> trio.lowlevel.Abort:
        self._waiter = None
        return trio.lowlevel.Abort.SUCCEEDED


def never_lived() -> Incarnation:
    """What a child has before its first start."""
    return Incarnation(is_ended=True)


@define(eq=False, weakref_slot=False)
class Child:
    """A child and its present incarnation; `retry` is the start that it waits for."""

    spec: ChildSpec
    node: "Cell | Supervisor"
    supervisor: "Supervisor"
    delay: RestartDelay
    life: Incarnation = field(factory=never_lived)
    retry: "TryAgain | None" = None
    restarts: int = 0
    restarted_ns: deque[int] | None = None

    @property
    def path(self) -> str:
        return self.node.path

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def is_up(self) -> bool:
        return self.life.is_up

    @property
    def state(self) -> ChildState:
        life = self.life
        if life.is_ended:
            return ChildState.BACKING_OFF if self.retry is not None else ChildState.DOWN
        if not life.is_acknowledged:
            return ChildState.STARTING
        if life.is_being_stopped or life.scope.cancel_called:
            return ChildState.STOPPING
        return ChildState.SUSPENDED if self.node.is_suspended else ChildState.RUNNING

    def count_restart(self, now_ns: int) -> None:
        self.restarts += 1
        if self.restarted_ns is None:
            self.restarted_ns = deque(maxlen=RESTARTS_REMEMBERED)
        self.restarted_ns.append(now_ns)

    def restarts_since(self, since_ns: int) -> int:
        return sum(at_ns >= since_ns for at_ns in self.restarted_ns or ())

    def call_off_retry(self) -> None:
        retry, self.retry = self.retry, None
        if retry is not None and retry.timer is not None:
            retry.timer.cancel()


@frozen
class Ended:
    child: Child
    life: Incarnation


@frozen
class Overdue:
    """A life that was ending by itself should have ended by now."""

    child: Child
    life: Incarnation


@frozen
class StopAsked:
    reason: str


@define(eq=False)
class TryAgain:
    """Start what is down of `group`; void unless `failed` still waits for just this."""

    group: tuple[Child, ...]
    failed: Child
    timer: Timer | None = None

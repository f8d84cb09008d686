"""A child as its supervisor sees it: the spec, the present incarnation, and what is heard of it."""

from typing import TYPE_CHECKING

import trio
from attrs import define, field, frozen

from supervision.reasons import ExitReason
from supervision.restart_rules import RestartDelay
from supervision.specs import ChildSpec
from supervision.timers import Timer

if TYPE_CHECKING:
    from supervision.cell import Cell
    from supervision.supervisor import Supervisor


class ChildFailedToStart(Exception):
    """A child did not start. From a supervisor: those started before it have been stopped again (R2)."""


@frozen
class Interrupted:
    """A start was called off because a sibling ended that the child may be waiting for."""


@define(eq=False)
class Incarnation:
    """One life of a child as its supervisor sees it. `reason` is there once it ended."""

    starting: trio.CancelScope = field(factory=trio.CancelScope)
    kill: trio.CancelScope = field(factory=trio.CancelScope)
    killed_because: str = "cancelled"
    ended: trio.Event = field(factory=trio.Event)
    is_acknowledged: bool = False
    is_being_stopped: bool = False
    is_reported: bool = False
    is_interrupted: bool = False
    reason: ExitReason | None = None

    @property
    def is_up(self) -> bool:
        return self.is_acknowledged and not self.ended.is_set()

    def interrupt(self) -> None:
        """Call its start off."""
        self.is_interrupted = True
        self.starting.cancel(reason="a sibling that it may be waiting for has ended")

    def end_at_once(self, reason: str) -> None:
        """Cancel it without asking."""
        self.killed_because = reason
        self.kill.cancel(reason=reason)


@define(eq=False)
class Child:
    """A child and its present incarnation; `retry` is the start that it waits for."""

    spec: ChildSpec
    node: "Cell | Supervisor"
    delay: RestartDelay
    life: Incarnation = field(factory=Incarnation)
    retry: "TryAgain | None" = None
    restarts: int = 0

    @property
    def path(self) -> str:
        return self.node.path

    @property
    def is_up(self) -> bool:
        return self.life.is_up

    def call_off_retry(self) -> None:
        retry, self.retry = self.retry, None
        if retry is not None and retry.timer is not None:
            retry.timer.cancel()


@frozen
class Ended:
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


Event = Ended | StopAsked | TryAgain

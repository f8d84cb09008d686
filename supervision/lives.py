"""Starts, runs and ends the lives of one supervisor's children.

Each life is a task of the runtime's one nursery, in a wrapper that turns its end into a value: no end unwinds anybody.
Two things pass through as they are: errors that concern the process, and the cancellation of everything. So a life that
will not end holds up nobody but the end of the process: it is given up, a zombie.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

import trio

from supervision.cell import Cell
from supervision.child import Child, ChildFailedToStart, Incarnation, Interrupted, NotNow, StartResult
from supervision.log import Level
from supervision.reasons import (
    Crashed,
    ExitReason,
    Killed,
    Normal,
    crash_of,
    is_cancellation,
    must_pass,
    somebody_cancelled,
    wish_to_decline,
)
from supervision.shields import lift_shields
from supervision.specs import SECOND, ActorSpec

if TYPE_CHECKING:
    from supervision.runtime import Runtime

GRACE_NS: Final = SECOND
"""How long a cancelled life has, beyond the time for its own cleaning up, before its shields are lifted; and again as
long before it is given up."""

UNBOUNDED_CLEANING_NS: Final = 5 * SECOND
"""The time for its own cleaning up of a cancelled life whose stop has no deadline."""


class Lives:
    """`has_ended` is called when an acknowledged life is over. `waits_for` is who is being started or stopped, since
    `waits_since_ns` of the runtime's clock."""

    def __init__(self, runtime: "Runtime", has_ended: Callable[[Child, Incarnation], None]) -> None:
        self._runtime = runtime
        self._has_ended = has_ended
        self.waits_for: Child | None = None
        self.waits_since_ns = 0
        self.starting: Child | None = None

    async def start(self, child: Child) -> StartResult:
        """Start one child and wait for its acknowledgement (R1)."""
        child.life = life = Incarnation()
        self.starting = child
        try:
            self._runtime.spawn(self._run, child, life)
            within_ns = child.spec.start_within_ns if isinstance(child.spec, ActorSpec) else None
            if not await self._wait_for(child, life.has_settled, self._deadline_ns(within_ns)):
                life.end_at_once("not started in time")
            if not life.is_acknowledged:
                await self.wait_for_the_end(child)
        finally:
            self.starting = None
        if life.is_acknowledged:
            return None
        if life.declined is not None:
            return NotNow(life.declined)
        if life.is_interrupted:
            return Interrupted()
        if isinstance(life.reason, Crashed):
            return life.reason
        if life.scope.cancel_called and within_ns is not None and life.killed_because == "not started in time":
            return Crashed(f"not started within {within_ns / SECOND:g} s")
        return Crashed(str(life.reason))

    async def stop(self, child: Child, reason: str) -> None:
        """R9: ask, wait until the deadline, then cancel and wait. Without any time it is not asked."""
        self.ask_to_stop(child, reason)
        await self.finish_stop(child, reason, self._deadline_ns(_stop_within_ns(child)))

    async def stop_side_by_side(self, children: Sequence[Child], reason: str) -> None:
        """R10: all at once, each with its deadline."""
        for child in children:
            self.ask_to_stop(child, reason)
        deadlines = [(self._deadline_ns(_stop_within_ns(child)), child) for child in children]
        for deadline_ns, child in deadlines:
            if not await self._has_stopped_by(child, deadline_ns):
                child.life.end_at_once(f"not stopped in time, {reason}")
        for child in children:
            await self.wait_for_the_end(child)

    def ask_to_stop(self, child: Child, reason: str) -> None:
        life = child.life
        if life.is_up:
            life.is_being_stopped = True
            if _stop_within_ns(child) == 0:
                life.end_at_once(reason)
            else:
                child.node.ask_to_stop(reason)

    async def finish_stop(self, child: Child, reason: str, deadline_ns: int | None) -> None:
        if not await self._has_stopped_by(child, deadline_ns):
            child.life.end_at_once(f"not stopped in time, {reason}")
            await self.wait_for_the_end(child)

    async def end_at_once(self, children: Iterable[Child], reason: str) -> None:
        """Cancel all, and wait for them, whoever cancels the waiting."""
        everybody = [child for child in children if not child.life.is_ended]
        for child in everybody:
            child.life.is_being_stopped = True
            child.life.end_at_once(reason)
        with trio.CancelScope(shield=True):
            for child in everybody:
                await self.wait_for_the_end(child)

    async def _has_stopped_by(self, child: Child, deadline_ns: int | None) -> bool:
        """Waits no longer when somebody cancels it meanwhile, which a life without a deadline may need."""
        await self._wait_for(child, child.life.has_ended_or_will, deadline_ns)
        return child.life.is_ended

    async def _has_ended_by(self, child: Child, deadline_ns: int | None) -> bool:
        return await self._wait_for(child, child.life.has_ended, deadline_ns)

    async def _wait_for(self, child: Child, is_reached: Callable[[], bool], deadline_ns: int | None) -> bool:
        self.waits_for = child
        self.waits_since_ns = self._runtime.clock.now_ns()
        try:
            return await child.life.wait_until(is_reached, self._runtime.timers, deadline_ns)
        finally:
            self.waits_for = None

    def overdue_ns(self, child: Child) -> int | None:
        """When a life that ends now should have ended. A supervisor's children have such times of their own, so it has
        none."""
        if not isinstance(child.spec, ActorSpec):
            return None
        cleaning_ns = UNBOUNDED_CLEANING_NS if child.spec.stop_within_ns is None else child.spec.stop_within_ns
        return self._deadline_ns(cleaning_ns + GRACE_NS)

    async def wait_for_the_end(self, child: Child) -> None:
        """Of a life that was cancelled, or is ending by itself."""
        life = child.life
        deadline_ns = life.overdue.deadline_ns if life.overdue is not None else self.overdue_ns(child)
        if await self._has_ended_by(child, deadline_ns):
            return
        if life.task is not None:
            lifted = lift_shields(life.task)
            self._say(child, Level.ERROR, "shields were lifted", shields=lifted)
        if not await self._has_ended_by(child, self._deadline_ns(GRACE_NS)):
            self._give_up(child)

    def _give_up(self, child: Child) -> None:
        """The task goes on, if it does, without an actor: nothing that it says or starts reaches anybody."""
        life = child.life
        life.is_zombie = True
        self._runtime.zombies.append(child.path)
        self._say(child, Level.ERROR, "zombie: it does not end when cancelled, and was cut off")
        if isinstance(child.node, Cell):
            child.node.abandon()
        life.end(Killed(f"{life.killed_because}; it did not end, and is a zombie"))
        if life.is_acknowledged:
            self._runtime.ended(child.node, life.reason or Normal())
            self._has_ended(child, life)

    async def _run(self, child: Child, life: Incarnation) -> None:
        reason: ExitReason = Killed("everything was cancelled")
        life.task = trio.lowlevel.current_task()
        try:
            with life.scope:
                reason = await self._run_to_its_end(child, life)
            if life.scope.cancel_called and not isinstance(reason, Crashed):
                reason = Killed(life.killed_because)
        finally:
            if life.is_zombie:
                self._runtime.zombies.remove(child.path)
                self._say(child, Level.WARNING, "a zombie has ended after all")
            else:
                if life.is_acknowledged:
                    self._runtime.ended(child.node, reason)
                life.end(reason)
        if life.is_acknowledged and not life.is_zombie:
            self._has_ended(child, life)

    async def _run_to_its_end(self, child: Child, life: Incarnation) -> ExitReason:
        try:
            return await child.node.run(life.acknowledge)
        except BaseException as error:
            if must_pass(error) or (is_cancellation(error) and somebody_cancelled()):
                raise
            if not life.is_acknowledged:
                declined = wish_to_decline(error)
                if declined is not None:
                    life.declined = declined
                    return Normal()
                if isinstance(error, ChildFailedToStart):
                    return Crashed(str(error))
            return crash_of(error)

    def _deadline_ns(self, within_ns: int | None) -> int | None:
        """Deadlines are meant in real time, however fast the runtime's clock is."""
        if within_ns is None:
            return None
        clock = self._runtime.clock
        return clock.now_ns() + round(within_ns * clock.speed)

    def _say(self, child: Child, level: Level, event: str, **fields: int) -> None:
        self._runtime.log_for(child.path, child.node.generation, level, event, **fields)


def _stop_within_ns(child: Child) -> int | None:
    return child.spec.stop_within_ns if isinstance(child.spec, ActorSpec) else None

"""A supervisor: starts its children in order, restarts them by OTP's rules, stops them in reverse.

Each child runs in a wrapper that turns its end into a value and posts it to the supervisor's own queue, so ends are
handled one after another and never unwind the supervisor. Two things pass through as they are: errors that concern the
process, and the cancellation of the supervisor itself.
"""

import math
from typing import TYPE_CHECKING

import trio
from attrs import define, field, frozen

from supervision.cell import Cell
from supervision.log import Level
from supervision.reasons import Crashed, ExitReason, Killed, Shutdown, crash_of, is_cancellation, must_pass
from supervision.restart_rules import Intensity, RestartDelay, concerned, is_restarted, to_try_again
from supervision.specs import SECOND, ActorSpec, ChildSpec, Restart, Strategy, SupervisorSpec
from supervision.timers import Timer

if TYPE_CHECKING:
    from supervision.runtime import Runtime


class ChildFailedToStart(Exception):
    """A child did not start. From a supervisor: those started before it have been stopped again (R2)."""


@frozen
class _Ended:
    child: "Child"
    incarnation: int
    reason: ExitReason


@frozen
class _StopAsked:
    reason: str


@frozen
class _TryAgain:
    group: "tuple[Child, ...]"


_Event = _Ended | _StopAsked | _TryAgain


@define(eq=False)
class Child:
    """A child and its present incarnation."""

    spec: ChildSpec
    node: "Cell | Supervisor"
    delay: RestartDelay
    kill: trio.CancelScope = field(factory=trio.CancelScope)
    ended: trio.Event = field(factory=trio.Event)
    incarnation: int = 0
    restarts: int = 0
    is_up: bool = False
    is_being_stopped: bool = False

    @property
    def path(self) -> str:
        return self.node.path


class Supervisor:
    def __init__(self, spec: SupervisorSpec, path: str, prefix: str, runtime: "Runtime") -> None:
        self.spec = spec
        self.path = path
        self.runtime = runtime
        self.generation = 0
        self.children = [self._describe(child, prefix) for child in spec.children]
        self._intensity = Intensity(spec.intensity, spec.period_ns)
        self._retry: Timer | None = None

    def ask_to_stop(self, reason: str) -> None:
        self._events.send_nowait(_StopAsked(reason))

    async def run(self, *, task_status: trio.TaskStatus[None]) -> ExitReason:
        """One incarnation. Raises `ChildFailedToStart`; ends with `Shutdown` when asked to stop or when it gives up."""
        self.generation += 1
        self._events, self._inbox = trio.open_memory_channel[_Event](math.inf)
        self._intensity = Intensity(self.spec.intensity, self.spec.period_ns)
        async with trio.open_nursery() as self._nursery:
            for child in self.children:
                error = await self._start(child)
                if error is not None:
                    await self._stop_all("a sibling failed to start")
                    raise ChildFailedToStart(f"{child.path}: {error.error}")
            task_status.started()
            reason = await self._serve()
            await self._stop_all(reason.reason)
        return reason

    def _describe(self, spec: ChildSpec, prefix: str) -> Child:
        path = f"{prefix}{spec.name}"
        node: Cell | Supervisor
        if isinstance(spec, ActorSpec):
            node = Cell(spec, path, self.runtime)
            self.runtime.registry.add(node)
        else:
            node = Supervisor(spec, path, prefix if spec.is_group else f"{path}/", self.runtime)
        return Child(spec, node, RestartDelay(self.spec.backoff))

    async def _serve(self) -> Shutdown:
        while True:
            match await self._inbox.receive():
                case _StopAsked(reason):
                    return Shutdown(reason)
                case _Ended(child, incarnation, reason):
                    if incarnation != child.incarnation or child.is_being_stopped:
                        continue
                    given_up = await self._child_ended(child, reason)
                case _TryAgain(group):
                    given_up = await self._start_group(list(group))
            if given_up is not None:
                return given_up

    async def _child_ended(self, child: Child, reason: ExitReason) -> Shutdown | None:
        """R4 to R8; the answer is why to give up, or None."""
        self._log(Level.WARNING if isinstance(reason, Crashed | Killed) else Level.INFO, "child ended", child, reason)
        if not is_restarted(child.spec.restart, reason):
            if child.spec.restart is Restart.TEMPORARY:
                self.children.remove(child)
            return None
        if not self._intensity.allows(self.runtime.clock.now_ns(), f"{child.path} {reason}"):
            return self._give_up()
        group = concerned(self.spec.strategy, self.children, child)
        for sibling in reversed(group):
            await self._stop(sibling, f"{self.spec.strategy.name.lower()}: {child.path} ended")
        child.restarts += 1
        return await self._start_later(group, child)

    async def _start_later(self, group: list[Child], failed: Child) -> Shutdown | None:
        delay_ns = failed.delay.next_ns(self.runtime.clock.now_ns(), self.runtime.random)
        if delay_ns == 0:
            return await self._start_group(group)
        events = self._events
        deadline_ns = self.runtime.clock.now_ns() + delay_ns
        self.runtime.timers.at(deadline_ns, lambda: events.send_nowait(_TryAgain(tuple(group))))
        return None

    async def _start_group(self, group: list[Child]) -> Shutdown | None:
        """Start those of the group that are down, in order; a failure counts as one more restart (R5, R8)."""
        for child in group:
            if child.is_up or child not in self.children:
                continue
            error = await self._start(child)
            if error is None:
                continue
            self._log(Level.ERROR, "child failed to start", child, error)
            if not self._intensity.allows(self.runtime.clock.now_ns(), f"{child.path} failed to start: {error.error}"):
                return self._give_up()
            if self.spec.strategy is Strategy.ONE_FOR_ALL:
                for sibling in reversed(group):
                    await self._stop(sibling, f"one_for_all: {child.path} failed to start")
            return await self._start_later(to_try_again(self.spec.strategy, group, child), child)
        return None

    def _give_up(self) -> Shutdown:
        causes = "; ".join(self._intensity.causes)
        self.runtime.log_for(self.path, self.generation, Level.ERROR, "too many restarts, giving up", causes=causes)
        return Shutdown(f"{self.path} gave up after {self.spec.intensity} restarts: {causes}")

    async def _start(self, child: Child) -> Crashed | None:
        """Start one child and wait for its acknowledgement; the answer is what went wrong, or None."""
        child.incarnation += 1
        child.kill = trio.CancelScope()
        child.ended = trio.Event()
        child.is_being_stopped = False
        within_ns = child.spec.start_within_ns if isinstance(child.spec, ActorSpec) else None
        seconds = math.inf if within_ns is None else within_ns / SECOND
        try:
            with trio.move_on_after(seconds) as deadline:
                await self._nursery.start(self._run_child, child, name=child.path)
                child.is_up = True
                return None
        except Exception as error:
            if must_pass(error):
                raise
            return crash_of(error)
        if deadline.cancelled_caught:
            return Crashed(f"not started within {seconds:g} s", "")
        return None

    async def _run_child(self, child: Child, *, task_status: trio.TaskStatus[None]) -> None:
        incarnation, ended = child.incarnation, child.ended
        acknowledged = _Acknowledged(task_status)
        reason: ExitReason = Killed("the supervisor was cancelled")
        try:
            with child.kill:
                reason = Killed("cancelled")
                reason = await self._run_to_its_end(child, acknowledged)
        finally:
            child.is_up = False
            if acknowledged.given:
                self.runtime.ended(child.node, reason)
            ended.set()
        if acknowledged.given:
            self._events.send_nowait(_Ended(child, incarnation, reason))

    async def _run_to_its_end(self, child: Child, acknowledged: "_Acknowledged") -> ExitReason:
        try:
            return await child.node.run(task_status=acknowledged)
        except BaseException as error:
            if must_pass(error) or (is_cancellation(error) and _somebody_cancelled()):
                raise
            crash = crash_of(error)
            if not acknowledged.given:
                raise ChildFailedToStart(crash.error) from error
            return crash

    async def _stop_all(self, reason: str) -> None:
        """R10: strictly in reverse, each to completion before the next."""
        for child in reversed(self.children):
            await self._stop(child, reason)

    async def _stop(self, child: Child, reason: str) -> None:
        """R9: ask, wait until the deadline, then cancel and wait."""
        if not child.is_up:
            return
        child.is_being_stopped = True
        child.node.ask_to_stop(reason)
        seconds = child.spec.stop_within_ns / SECOND if isinstance(child.spec, ActorSpec) else math.inf
        with trio.move_on_after(seconds):
            await child.ended.wait()
        if not child.ended.is_set():
            self.runtime.log_for(child.path, child.node.generation, Level.WARNING, "not stopped in time, cancelled")
            child.kill.cancel(reason=reason)
            await child.ended.wait()

    def _log(self, level: Level, event: str, child: Child, reason: ExitReason) -> None:
        trace = reason.trace if isinstance(reason, Crashed) else None
        self.runtime.log_for(
            self.path, self.generation, level, event, child=child.path, generation_ended=child.node.generation,
            reason=str(reason), trace=trace,
        )  # fmt: skip


def _somebody_cancelled() -> bool:
    """Whether a scope around the running task is cancelled. A `Cancelled` without that was leaked by a library, and the
    actor that it ended has crashed (reference on actors, C2)."""
    return trio.current_effective_deadline() == -math.inf


class _Acknowledged:
    """Passes the acknowledgement of a start on, and remembers that it was given."""

    def __init__(self, task_status: "trio.TaskStatus[None]") -> None:
        self._task_status = task_status
        self.given = False

    def started(self, value: None = None) -> None:
        self.given = True
        self._task_status.started(value)

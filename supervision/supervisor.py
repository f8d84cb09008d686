"""A supervisor: starts its children in order, restarts them by OTP's rules, stops them in reverse.

Each child runs in a wrapper that turns its end into a value and posts it to the supervisor's own queue, so ends are
handled one after another and never unwind the supervisor. Two things pass through as they are: errors that concern the
process, and the cancellation of the supervisor itself.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import trio

from supervision.cell import Cell
from supervision.child import Child, ChildFailedToStart, Ended, Event, Incarnation, Interrupted, StopAsked, TryAgain
from supervision.log import Level
from supervision.reasons import (
    Crashed,
    ExitReason,
    Killed,
    Shutdown,
    crash_of,
    is_cancellation,
    must_pass,
    somebody_cancelled,
)
from supervision.restart_rules import Intensity, RestartDelay, concerned, is_restarted, to_try_again
from supervision.specs import SECOND, ActorSpec, ChildSpec, Restart, Strategy, SupervisorSpec

if TYPE_CHECKING:
    from supervision.runtime import Runtime


class Supervisor:
    def __init__(self, spec: SupervisorSpec, path: str, prefix: str, runtime: "Runtime") -> None:
        self.spec = spec
        self.path = path
        self.runtime = runtime
        self.generation = 0
        self._described = [self._describe(child, prefix) for child in spec.children]
        self.children = list(self._described)
        self._intensity = Intensity(spec.intensity, spec.period_ns)
        self._starting: Child | None = None
        self._events, self._inbox = trio.open_memory_channel[Event](math.inf)

    def ask_to_stop(self, reason: str) -> None:
        self._events.send_nowait(StopAsked(reason))

    async def run(self, *, task_status: trio.TaskStatus[None]) -> ExitReason:
        """One incarnation. Raises `ChildFailedToStart`; ends with `Shutdown` when asked to stop or when it gives up."""
        self.generation += 1
        self.children = list(self._described)
        for child in self.children:
            child.life = Incarnation()
        self._intensity = Intensity(self.spec.intensity, self.spec.period_ns)
        try:
            async with trio.open_nursery() as self._nursery:
                failure = await self._start_all()
                if failure is None:
                    task_status.started()
                    reason = await self._serve()
                    await self._stop_all(reason.reason)
                else:
                    await self._stop_all("a sibling failed to start")
        finally:
            for child in self._described:
                child.call_off_retry()
            # What is still in the old queue concerned this incarnation.
            self._events, self._inbox = trio.open_memory_channel[Event](math.inf)
        if failure is not None:
            raise ChildFailedToStart(failure)
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

    async def _start_all(self) -> str | None:
        """R1. The answer names the child that did not start, and why.

        A child that dies while a later one starts is dealt with first, as always; the later one may be waiting for it.
        """
        for child in tuple(self.children):
            if child.life.is_acknowledged:
                continue
            match await self._start(child):
                case Crashed(error):
                    return f"{child.path}: {error}"
                case Interrupted():
                    given_up = await self._handle_what_came()
                    if given_up is not None:
                        return given_up.reason
        return None

    async def _serve(self) -> Shutdown:
        while True:
            given_up = await self._handle(await self._inbox.receive())
            if given_up is not None:
                return given_up

    async def _handle_what_came(self) -> Shutdown | None:
        """Serve until nothing has to be done any more, and no restart is waiting for its time."""
        while self._inbox.statistics().current_buffer_used or any(child.retry for child in self.children):
            given_up = await self._handle(await self._inbox.receive())
            if given_up is not None:
                return given_up
        return None

    async def _handle(self, event: Event) -> Shutdown | None:
        match event:
            case StopAsked(reason):
                return Shutdown(reason)
            case Ended(child, life):
                # R12: late news of a former incarnation, or of one that the supervisor itself has stopped.
                if life is child.life and not life.is_being_stopped and not life.is_reported:
                    return await self._child_ended(child)
            case TryAgain() as attempt:
                if attempt.failed.retry is attempt:
                    attempt.failed.retry = None
                    return await self._start_group(attempt.group)
        return None

    async def _child_ended(self, child: Child) -> Shutdown | None:
        """R4 to R8; the answer is why to give up, or None."""
        reason = self._report(child)
        if not is_restarted(child.spec.restart, reason):
            self._is_over(child)
            return None
        if not self._intensity.allows(self.runtime.clock.now_ns(), f"{child.path} {reason}"):
            return self._give_up()
        group = concerned(self.spec.strategy, self.children, child)
        await self._stop_group(group, f"{self.spec.strategy.name.lower()}: {child.path} ended")
        group = [sibling for sibling in group if sibling.spec.restart is not Restart.TEMPORARY]
        child.restarts += 1
        delay_ns = self._delay_ns(child)
        if delay_ns == 0:
            return await self._start_group(group)
        self._try_again(group, child, delay_ns)
        return None

    async def _stop_group(self, group: Sequence[Child], reason: str) -> None:
        """In reverse; no start that one of them waited for comes about. R11: the temporary ones do not come back."""
        for sibling in reversed(group):
            sibling.call_off_retry()
            await self._stop(sibling, reason)
            if sibling.spec.restart is Restart.TEMPORARY:
                self._is_over(sibling)

    async def _start_group(self, group: Sequence[Child]) -> Shutdown | None:
        """Start those of the group that are down, in order; a failure counts as one more restart (R5, R8).

        The next attempt comes by the queue even if it need not wait, so that a stop is heard between attempts.
        """
        for child in group:
            if child.is_up:
                continue
            error = await self._start(child)
            if error is None:
                continue
            if isinstance(error, Interrupted):
                # The end of the sibling is in the queue, and with it what is to be started.
                return None
            self._log(Level.ERROR, "child failed to start", child, error)
            if not self._intensity.allows(self.runtime.clock.now_ns(), f"{child.path} failed to start: {error.error}"):
                return self._give_up()
            if self.spec.strategy is Strategy.ONE_FOR_ALL:
                await self._stop_group(group, f"one_for_all: {child.path} failed to start")
            self._try_again(to_try_again(self.spec.strategy, group, child), child, self._delay_ns(child))
            return None
        return None

    def _delay_ns(self, failed: Child) -> int:
        return failed.delay.next_ns(self.runtime.clock.now_ns(), self.runtime.random)

    def _try_again(self, group: Sequence[Child], failed: Child, delay_ns: int) -> None:
        events = self._events
        failed.retry = attempt = TryAgain(tuple(group), failed)
        if delay_ns == 0:
            events.send_nowait(attempt)
        else:
            deadline_ns = self.runtime.clock.now_ns() + delay_ns
            attempt.timer = self.runtime.timers.at(deadline_ns, lambda: events.send_nowait(attempt))

    def _is_over(self, child: Child) -> None:
        """The child does not come back by itself; R4: nor is a temporary one a child any longer."""
        for cell in _cells_of(child.node):
            cell.is_over = True
        if child.spec.restart is Restart.TEMPORARY:
            self.children.remove(child)

    def _give_up(self) -> Shutdown:
        causes = "; ".join(self._intensity.causes)
        self.runtime.log_for(self.path, self.generation, Level.ERROR, "too many restarts, giving up", causes=causes)
        return Shutdown(f"{self.path} gave up after {self.spec.intensity} restarts: {causes}")

    async def _start(self, child: Child) -> "Crashed | Interrupted | None":
        """Start one child and wait for its acknowledgement; the answer is what went wrong, or None."""
        child.life = life = Incarnation()
        self._starting = child
        try:
            return await self._wait_for_start(child, life)
        finally:
            self._starting = None

    async def _wait_for_start(self, child: Child, life: Incarnation) -> "Crashed | Interrupted | None":
        seconds = child.spec.start_within_ns / SECOND if isinstance(child.spec, ActorSpec) else math.inf
        try:
            with trio.move_on_after(seconds) as life.starting:
                await self._nursery.start(self._run_child, child, life, name=child.path)
                return None
        except ChildFailedToStart as error:
            return Crashed(str(error), crash_of(error).trace)
        if life.is_interrupted:
            return Interrupted()
        return Crashed(f"not started within {seconds:g} s", "")

    async def _run_child(self, child: Child, life: Incarnation, *, task_status: trio.TaskStatus[None]) -> None:
        acknowledgement = _Acknowledgement(task_status, life)
        reason: ExitReason = Killed("the supervisor was cancelled")
        try:
            with life.kill:
                reason = await self._run_to_its_end(child, life, acknowledgement)
            if life.kill.cancel_called and not isinstance(reason, Crashed):
                reason = Killed(life.killed_because)
        finally:
            life.reason = reason
            life.ended.set()
            if life.is_acknowledged:
                self.runtime.ended(child.node, reason)
        if not life.is_acknowledged:
            raise ChildFailedToStart(str(reason))
        self._events.send_nowait(Ended(child, life))
        self._interrupt_start(child, reason)

    def _interrupt_start(self, ended: Child, reason: ExitReason) -> None:
        """Who is just being started may wait for `ended` in vain; if the end of `ended` concerns it, it is started anew
        after `ended` was."""
        starting = self._starting
        if starting is None or starting is ended or ended.life.is_being_stopped or ended not in self.children:
            return
        if is_restarted(ended.spec.restart, reason) and starting in concerned(self.spec.strategy, self.children, ended):
            starting.life.interrupt()

    async def _run_to_its_end(self, child: Child, life: Incarnation, acknowledgement: "_Acknowledgement") -> ExitReason:
        try:
            return await child.node.run(task_status=acknowledgement)
        except BaseException as error:
            if must_pass(error) or (is_cancellation(error) and somebody_cancelled()):
                raise
            if isinstance(error, ChildFailedToStart):
                raise
            crash = crash_of(error)
            if not life.is_acknowledged:
                raise ChildFailedToStart(crash.error) from error
            return crash

    async def _stop_all(self, reason: str) -> None:
        """R10: strictly in reverse, each to completion before the next."""
        for child in reversed(self.children):
            await self._stop(child, reason)

    async def _stop(self, child: Child, reason: str) -> None:
        """R9: ask, wait until the deadline, then cancel and wait. Without a deadline's time it is not asked."""
        life = child.life
        if life.is_up:
            life.is_being_stopped = True
            within_ns = child.spec.stop_within_ns if isinstance(child.spec, ActorSpec) else None
            if within_ns != 0:
                child.node.ask_to_stop(reason)
                with trio.move_on_after(math.inf if within_ns is None else within_ns / SECOND):
                    await life.ended.wait()
            if not life.ended.is_set():
                life.end_at_once(reason if within_ns == 0 else f"not stopped in time, {reason}")
                await life.ended.wait()
        if life.is_acknowledged and not life.is_reported:
            self._report(child)

    def _report(self, child: Child) -> ExitReason:
        """Log the end of the child's life, once."""
        reason = child.life.reason
        assert reason is not None, f"{child.path} is alive"
        child.life.is_reported = True
        self._log(Level.WARNING if isinstance(reason, Crashed | Killed) else Level.INFO, "child ended", child, reason)
        return reason

    def _log(self, level: Level, event: str, child: Child, reason: ExitReason) -> None:
        trace = reason.trace if isinstance(reason, Crashed) else None
        self.runtime.log_for(
            self.path, self.generation, level, event, child=child.path, generation_ended=child.node.generation,
            reason=str(reason), trace=trace,
        )  # fmt: skip


class _Acknowledgement:
    """Passes the acknowledgement of a start on, and remembers that it was given in time.

    trio ignores one that comes when the start is cancelled already, and the supervisor then hears of a failed start.
    """

    def __init__(self, task_status: trio.TaskStatus[None], life: Incarnation) -> None:
        self._task_status = task_status
        self._life = life

    def started(self, value: None = None) -> None:
        self._life.is_acknowledged = not self._life.starting.cancel_called
        self._task_status.started(value)


def _cells_of(node: "Cell | Supervisor") -> Iterator[Cell]:
    if isinstance(node, Cell):
        yield node
        return
    for child in node.children:
        yield from _cells_of(child.node)

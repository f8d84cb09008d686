"""A supervisor: starts its children in order, restarts them by OTP's rules, stops them in reverse.

The end of a child, a stop, an operation and a retry are events in the supervisor's own queue, handled one after
another.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from attrs import evolve

from supervision.cell import Cell
from supervision.child import (
    Child,
    ChildFailedToStart,
    Ended,
    Incarnation,
    Interrupted,
    NotNow,
    Overdue,
    StopAsked,
    TryAgain,
    never_lived,
)
from supervision.inbox import Inbox
from supervision.lives import Lives
from supervision.log import Level, discard
from supervision.operations import Requested, SupervisorDown
from supervision.reasons import Crashed, ExitReason, Killed, Shutdown
from supervision.restart_rules import (
    Intensity,
    RestartDelay,
    concerned,
    ends_its_supervisor,
    is_restarted,
    to_try_again,
)
from supervision.specs import ActorSpec, ChildSpec, Restart, Strategy, SupervisorSpec

if TYPE_CHECKING:
    from supervision.runtime import Runtime

Event = Ended | Overdue | StopAsked | TryAgain | Requested


class Supervisor:
    """`generation`, `last_exit`, `is_over`, `is_gone` are as in a `Cell`. It `is_serving` while it hears operations."""

    is_suspended = False
    is_gone = False
    child: Child

    def __init__(self, spec: SupervisorSpec, path: str, prefix: str, runtime: "Runtime") -> None:
        self.spec = spec
        self.path = path
        self.runtime = runtime
        self.generation = 0
        self.is_over = False
        self.is_serving = False
        self.last_exit: ExitReason | None = None
        self.lives = Lives(runtime, self._has_ended)
        self._was_asked_to_stop = False
        # News of ended children that are still in the queue.
        self._unheard_ends = 0
        self._prefix = prefix
        self._intensity = Intensity(spec.intensity, spec.period_ns)
        self._inbox: Inbox[Event] = Inbox()
        runtime.registry.add(self)
        self._described = {child.name: self.describe(child) for child in spec.children}
        self.by_name = dict(self._described)

    @property
    def children(self) -> list[Child]:
        """In the order of their start."""
        return list(self.by_name.values())

    def ever_described(self) -> list[Child]:
        """The children that there are, and those that the next incarnation has."""
        return list(dict.fromkeys((*self._described.values(), *self.by_name.values())))

    @property
    def restarts_within_period(self) -> int:
        return self._intensity.count(self.runtime.clock.now_ns())

    def ask_to_stop(self, reason: str) -> None:
        """A start that goes on meanwhile is called off: nobody waits for it any more."""
        self.post(StopAsked(reason))
        starting = self.lives.starting
        if starting is not None:
            starting.life.is_interrupted = True
            if isinstance(starting.node, Cell):
                starting.life.interrupt()
            else:
                starting.node.ask_to_stop(reason)

    def post(self, event: Event) -> None:
        self._inbox.put(event)

    async def run(self, acknowledge: Callable[[], None]) -> ExitReason:
        """One incarnation. Raises `ChildFailedToStart`; ends with `Shutdown` when asked to stop or when it gives up."""
        self.generation += 1
        self.is_over = False
        self._begin()
        self.is_serving = True
        try:
            failure = await self._start_all()
            if failure is None:
                acknowledge()
                reason = await self._serve()
                await self._stop_all(reason.reason)
            elif isinstance(failure, Shutdown):
                reason = failure
                await self._stop_all(reason.reason)
            else:
                await self._stop_all("a sibling failed to start")
        finally:
            self.is_serving = False
            await self.lives.end_at_once(self.by_name.values(), f"{self.path} did not end in good order")
            self._end()
        if isinstance(failure, str):
            raise ChildFailedToStart(failure)
        return reason

    def describe(self, spec: ChildSpec) -> Child:
        """A child of this supervisor that has not been started. Raises `PathTaken`, and has changed nothing then."""
        self.runtime.registry.demand_free(paths_of(spec, self._prefix))
        path = f"{self._prefix}{spec.name}"
        node: Cell | Supervisor
        if isinstance(spec, ActorSpec):
            node = Cell(spec, path, self.runtime)
            self.runtime.registry.add(node)
        else:
            node = Supervisor(spec, path, self._prefix if spec.is_group else f"{path}/", self.runtime)
        node.child = child = Child(spec, node, self, RestartDelay(self.spec.backoff))
        return child

    def forget(self, child: Child) -> None:
        """It is a child no longer, and its path is free for another. If it is described, the next incarnation has it
        again (R15)."""
        self.by_name.pop(child.name, None)
        for node in nodes_of(child.node):
            node.is_over = True
            node.close()
        if self._described.get(child.name) is not child:
            self._free(child)

    def _free(self, child: Child) -> None:
        """No incarnation will have it again."""
        for node in nodes_of(child.node):
            self.runtime.registry.remove(node)

    def close(self) -> None:
        """As in a `Cell`: it will not live again as things are."""
        self.is_gone = True

    def open(self) -> None:
        self.is_gone = False

    def use(self, spec: SupervisorSpec) -> None:
        """Go by other rules from now on, and describe children otherwise; new ones are down. Raises `PathTaken`, and
        has changed nothing then."""
        new = [each for each in spec.children if each.name not in self.by_name]
        self.runtime.registry.demand_free(path for each in new for path in paths_of(each, self._prefix))
        formerly = self._described.values()
        self.spec = spec
        self._intensity.change(spec.intensity, spec.period_ns)
        self._described = {each.name: self.by_name.get(each.name) or self.describe(each) for each in spec.children}
        for gone in (child for child in formerly if self.by_name.get(child.name) is not child):
            self._free(gone)
        if self is not self.runtime.root:
            self.child.spec = spec
        for each in spec.children:
            child = self._described[each.name]
            if child.name not in self.by_name:
                for node in nodes_of(child.node):
                    node.is_over = True
            if isinstance(child.node, Cell) and isinstance(each, ActorSpec):
                child.node.spec = each
            elif isinstance(child.node, Supervisor):
                # How it treats its own children is for its own respec to change.
                child.node.spec = evolve(child.node.spec, restart=each.restart, is_significant=each.is_significant)
            child.spec = child.node.spec
            self.by_name.setdefault(each.name, child)

    def _begin(self) -> None:
        """R15: the children of the description, and no others."""
        for child in [child for child in self.children if self._described.get(child.name) is not child]:
            self.forget(child)
        self.by_name = dict(self._described)
        for child in self.by_name.values():
            child.delay = RestartDelay(self.spec.backoff)
            child.life = never_lived()
            # Whoever is below it is put back when it begins.
            self.runtime.registry.put_back(child.node)
            child.node.open()
        self._intensity = Intensity(self.spec.intensity, self.spec.period_ns)
        self._was_asked_to_stop = False

    def _end(self) -> None:
        """What is still in the queue concerned this incarnation."""
        for child in (*self.by_name.values(), *self._described.values()):
            child.call_off_retry()
        self._unheard_ends = 0
        for event in self._inbox.clear():
            if isinstance(event, Requested):
                event.refuse(SupervisorDown(self.path))

    async def _start_all(self) -> str | Shutdown | None:
        """R1. The answer names the child that did not start, and why, or is why to end instead.

        A child that dies while a later one starts is dealt with first, as always; the later one may be waiting for it.
        """
        for child in self.children:
            if child.life.is_acknowledged:
                continue
            match await self.lives.start(child):
                case Crashed(error):
                    return f"{child.path}: {error}"
                case NotNow(why):
                    self.has_declined(child, why)
                case Interrupted():
                    given_up = await self._handle_what_came()
                    if given_up is not None:
                        return given_up if self._was_asked_to_stop else given_up.reason
        return None

    async def _serve(self) -> Shutdown:
        while True:
            given_up = await self._handle(await self._inbox.take())
            if given_up is not None:
                return given_up

    async def _handle_what_came(self) -> Shutdown | None:
        """Serve until nothing has to be done any more, and no restart is waiting for its time."""
        while len(self._inbox) or any(child.retry for child in self.children):
            given_up = await self._handle(await self._inbox.take())
            if given_up is not None:
                return given_up
        return None

    async def _handle(self, event: Event) -> Shutdown | None:
        match event:
            case StopAsked(reason):
                self._was_asked_to_stop = True
                return Shutdown(reason)
            case Ended(child, life):
                self._unheard_ends -= 1
                # R12: late news of a former incarnation, or of one that the supervisor itself has stopped.
                if life is child.life and not life.is_being_stopped and not life.is_reported:
                    return await self._child_ended(child)
            case Overdue(child, life):
                if life is child.life and not life.is_ended:
                    await self.lives.wait_for_the_end(child)
            case TryAgain() as attempt:
                if attempt.failed.retry is attempt:
                    attempt.failed.retry = None
                    return await self.start_group(attempt.group)
            case Requested() if self._unheard_ends:
                # It would find a child down that is about to be restarted, and void the news of its end.
                self.post(event)
            case Requested():
                await event.perform(self)
        return None

    async def _child_ended(self, child: Child) -> Shutdown | None:
        """R4 to R8, R14; the answer is why to end, or None."""
        reason = self._report(child)
        if not is_restarted(child.spec.restart, reason):
            self.child_is_over(child)
            if child.spec.is_significant and ends_its_supervisor(self.spec.auto_shutdown, self._significant_lives()):
                return Shutdown(f"{child.path}, significant for {self.path}, ended: {reason}")
            return None
        if not self._intensity.allows(self.runtime.clock.now_ns(), f"{child.path} {reason}"):
            return self._give_up()
        group = await self.stop_group(child, f"{self.spec.strategy.name.lower()}: {child.path} ended")
        child.count_restart(self.runtime.clock.now_ns())
        delay_ns = self._delay_ns(child)
        if delay_ns == 0:
            return await self.start_group(group)
        self._try_again(group, child, delay_ns)
        return None

    async def stop_group(self, child: Child, reason: str) -> list[Child]:
        """Stop all that the end of `child` concerns, in reverse; the answer is who is to be started again."""
        group = concerned(self.spec.strategy, self.children, child)
        await self._stop_each(group, reason)
        return [sibling for sibling in group if sibling.spec.restart is not Restart.TEMPORARY]

    async def start_group(self, group: Sequence[Child]) -> Shutdown | None:
        """Start those of the group that are down, in order; a failure counts as one more restart (R5, R8).

        The next attempt comes by the queue even if it need not wait, so that a stop is heard between attempts.
        """
        for child in group:
            if child.is_up or child.name not in self.by_name:
                continue
            match await self.lives.start(child):
                case Interrupted():
                    # The end of the sibling is in the queue, and with it what is to be started.
                    return None
                case NotNow(why):
                    self.has_declined(child, why)
                case Crashed() as error:
                    return await self._not_restarted(group, child, error)
        return None

    async def _not_restarted(self, group: Sequence[Child], child: Child, error: Crashed) -> Shutdown | None:
        self._log(Level.ERROR, "child failed to start", child, error)
        if not self._intensity.allows(self.runtime.clock.now_ns(), f"{child.path} failed to start: {error.error}"):
            return self._give_up()
        if self.spec.strategy is Strategy.ONE_FOR_ALL:
            await self._stop_each(group, f"one_for_all: {child.path} failed to start")
        self._try_again(to_try_again(self.spec.strategy, group, child), child, self._delay_ns(child))
        return None

    async def _stop_each(self, group: Sequence[Child], reason: str) -> None:
        """In reverse; no start that one of them waited for comes about. R11: the temporary ones do not come back."""
        for sibling in reversed(group):
            sibling.call_off_retry()
            await self.stop(sibling, reason)
            if sibling.spec.restart is Restart.TEMPORARY:
                self.child_is_over(sibling)

    async def stop(self, child: Child, reason: str) -> None:
        """Stop one child and log its end."""
        await self.lives.stop(child, reason)
        self._report_if_new(child)

    async def _stop_all(self, reason: str) -> None:
        """R10: strictly in reverse, one after another; children that come and go all at once."""
        everybody = self.children[::-1]
        if self.spec.is_dynamic:
            await self.lives.stop_side_by_side(everybody, reason)
            for child in everybody:
                self._report_if_new(child)
            return
        for child in everybody:
            await self.stop(child, reason)

    def _delay_ns(self, failed: Child) -> int:
        return failed.delay.next_ns(self.runtime.clock.now_ns(), self.runtime.random)

    def start_soon(self, group: Sequence[Child], child: Child) -> None:
        """Start those of the group that are down when the queue comes to it."""
        self._try_again(group, child, 0)

    def _try_again(self, group: Sequence[Child], failed: Child, delay_ns: int) -> None:
        failed.retry = attempt = TryAgain(tuple(group), failed)
        if delay_ns == 0:
            self.post(attempt)
        else:
            deadline_ns = self.runtime.clock.now_ns() + delay_ns
            attempt.timer = self.runtime.timers.at(deadline_ns, lambda: self.post(attempt))

    def child_is_over(self, child: Child) -> None:
        """The child does not come back by itself; R4: nor is a temporary one, or one that comes and goes, a child any
        longer."""
        for node in nodes_of(child.node):
            node.is_over = True
            if isinstance(node, Cell):
                node.answer_for_the_dead(node.last_exit, waits_for_another=False)
        if (child.spec.restart is Restart.TEMPORARY or self.spec.is_dynamic) and child.name in self.by_name:
            self.forget(child)

    def has_declined(self, child: Child, why: str) -> None:
        """R3: it stays as a child that is down, where one that is over does."""
        self.runtime.log_for(self.path, self.generation, Level.INFO, "child declined", child=child.path, why=why)
        self.child_is_over(child)

    def oversee_end(self, child: Child) -> None:
        """The life of `child` is ending by itself: see to it that it does."""
        life = child.life
        overdue_ns = self.lives.overdue_ns(child)
        if overdue_ns is not None and life.overdue is None and not life.is_ended:
            life.overdue = self.runtime.timers.at(overdue_ns, lambda: self.post(Overdue(child, life)))

    def _significant_lives(self) -> int:
        return sum(
            child.spec.is_significant and (not child.life.is_ended or child.retry is not None)
            for child in self.by_name.values()
        )

    def _give_up(self) -> Shutdown:
        causes = "; ".join(self._intensity.causes)
        self.runtime.log_for(self.path, self.generation, Level.ERROR, "too many restarts, giving up", causes=causes)
        return Shutdown(f"{self.path} gave up after {self.spec.intensity} restarts: {causes}")

    def _has_ended(self, child: Child, life: Incarnation) -> None:
        self._unheard_ends += 1
        self.post(Ended(child, life))
        self._interrupt_start(child, life)

    def _interrupt_start(self, ended: Child, life: Incarnation) -> None:
        """Who is just being started may wait for `ended` in vain; if the end of `ended` concerns it, it is started anew
        after `ended` was."""
        starting = self.lives.starting
        if starting is None or starting is ended or life.is_being_stopped or ended.name not in self.by_name:
            return
        assert life.reason is not None
        if is_restarted(ended.spec.restart, life.reason) and starting in concerned(
            self.spec.strategy, self.children, ended
        ):
            starting.life.interrupt()

    def _report_if_new(self, child: Child) -> None:
        if child.life.is_acknowledged and not child.life.is_reported:
            self._report(child)

    def _report(self, child: Child) -> ExitReason:
        """Log the end of the child's life, once."""
        reason = child.life.reason
        assert reason is not None, f"{child.path} is alive"
        child.life.is_reported = True
        self._log(Level.WARNING if isinstance(reason, Crashed | Killed) else Level.INFO, "child ended", child, reason)
        return reason

    def _log(self, level: Level, event: str, child: Child, reason: ExitReason) -> None:
        if self.runtime.log is discard:
            return
        trace = reason.trace if isinstance(reason, Crashed) else None
        self.runtime.log_for(
            self.path, self.generation, level, event, child=child.path, generation_ended=child.node.generation,
            reason=str(reason), trace=trace,
        )  # fmt: skip


def paths_of(spec: ChildSpec, prefix: str) -> Iterator[str]:
    """The paths that a child and those below it take."""
    yield f"{prefix}{spec.name}"
    if isinstance(spec, SupervisorSpec):
        for child in spec.children:
            yield from paths_of(child, prefix if spec.is_group else f"{prefix}{spec.name}/")


def nodes_of(node: "Cell | Supervisor") -> "Iterator[Cell | Supervisor]":
    """It, and everything below it."""
    yield node
    if isinstance(node, Supervisor):
        for child in node.ever_described():
            yield from nodes_of(child.node)

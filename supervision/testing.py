"""What tests of actors need: probes that write down what happens to them, and a tree that a script moves through time.

`run_tree` demands a clean stop: whatever a script did, no task, timer or monitor may be left behind.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import outcome
import trio
from attrs import define, field, frozen
from trio.testing import wait_all_tasks_blocked

from supervision.actor import Actor
from supervision.address import Address, Path
from supervision.cell import Cell
from supervision.child import Child, ChildFailedToStart
from supervision.clock import VirtualClock
from supervision.log import LogEvent
from supervision.operations import SupervisorHandle
from supervision.reasons import ExitReason
from supervision.runtime import Runtime
from supervision.specs import ActorSpec, SupervisorSpec
from supervision.virtual_time import drive, run_repeatably

T = TypeVar("T")

MILLISECOND = 1_000_000
ORIGIN_NS = 1_700_000_000_000_000_000


class ProbeError(Exception):
    """What a probe raises when it is told to crash."""


@frozen
class Crash:
    """To a probe: raise."""

    why: str = "told to"


@frozen
class Do:
    """To a probe: run this in the handler."""

    what: "Callable[[Probe], None]"


@frozen
class Line:
    """One thing that happened to a probe: `load`, `started`, `received`, `stopping`."""

    at_ns: int
    path: str
    generation: int
    event: str
    detail: object


@define(eq=False)
class Diary:
    """What happened to the probes that share it. `on_load` and `on_start` are run in each life, by the probe's path."""

    lines: list[Line] = field(factory=list)
    on_load: "dict[str, Callable[[Probe], Awaitable[None]]]" = field(factory=dict)
    on_start: "dict[str, Callable[[Probe], None]]" = field(factory=dict)

    def received(self, path: str) -> list[Any]:
        """The messages that all lives of `path` received."""
        return [line.detail for line in self.lines if line.path == path and line.event == "received"]

    def order(self, *events: str) -> list[str]:
        """The events of these kinds as `path event`, in order; the parts of the path before the last are left out."""
        return [f"{line.path.rpartition('/')[2]} {line.event}" for line in self.lines if line.event in events]

    def forget(self) -> None:
        self.lines.clear()


class Probe(Actor[object]):
    """An actor that writes down what happens to it, and does what it is told."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary

    async def load(self) -> object | None:
        self.note("load")
        hook = self._diary.on_load.get(self.path)
        if hook is not None:
            await hook(self)
        return None

    def started(self) -> None:
        hook = self._diary.on_start.get(self.path)
        if hook is not None:
            hook(self)
        self.note("started")

    def receive(self, message: object) -> None:
        match message:
            case Crash(why):
                raise ProbeError(why)
            case Do(what):
                what(self)
            case _:
                self.note("received", message)

    def stopping(self, reason: ExitReason) -> None:
        self.note("stopping", reason)

    def note(self, event: str, detail: object = None) -> None:
        self._diary.lines.append(Line(self.now_ns, self.path, self.generation, event, detail))


def probe(name: str, diary: Diary, **options: Any) -> ActorSpec:
    """The spec of a probe; `options` are those of `ActorSpec`."""
    return ActorSpec(name=name, create=lambda: Probe(diary), **options)


@define(eq=False)
class Tree:
    """A running tree whose time stands still until the script moves it. `reason` is there once it ended by itself."""

    runtime: Runtime
    clock: VirtualClock
    log: list[LogEvent]
    reason: ExitReason | None = None

    def tell(self, path: str, *messages: object) -> None:
        address = self.address(path)
        for message in messages:
            address.tell(message)

    def address(self, path: str) -> Address[object]:
        return self.runtime.registry.address(Path(path))

    def cell(self, path: str) -> Cell:
        return self.runtime.registry.cell(path)

    def child(self, path: str) -> Child:
        """Raises `KeyError` when no supervisor has such a child any more."""
        child = self.runtime.child(path)
        if child.supervisor.by_name.get(child.name) is not child:
            raise KeyError(path)
        return child

    def kill(self, path: str) -> None:
        """Cancel the present life of an actor or a supervisor from outside."""
        self.runtime.kill(path, "a test killed it")

    def supervisor(self, path: str) -> SupervisorHandle:
        return self.runtime.supervisor(path)

    async def run(self, wait: Callable[[], Awaitable[T]]) -> T:
        """What `wait` gives, with time moving from one thing to do to the next until it is there. Raises what it
        raises."""
        result: list[outcome.Outcome[T]] = []

        async def waiting() -> None:
            result.append(await outcome.acapture(wait))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(waiting)
            await drive(self.clock, self.runtime.timers, keep_going=lambda: not result)
            assert result, "it waits, and there is nothing left to do at any time"
        await self.settle()
        return result[0].unwrap()

    def is_up(self, *paths: str) -> bool:
        return all(self.child(path).is_up for path in paths)

    def logged(self, event: str) -> list[LogEvent]:
        return [line for line in self.log if line.event == event]

    async def settle(self) -> None:
        """Let everything happen that can happen at this instant."""
        await wait_all_tasks_blocked()

    async def advance(self, duration_ns: int) -> None:
        """Let so much time pass, from one thing to do to the next."""
        reached = trio.Event()
        self.runtime.timers.at(self.clock.now_ns() + duration_ns, reached.set)
        await drive(self.clock, self.runtime.timers, keep_going=lambda: not reached.is_set())
        await self.settle()


def undisturbed(_: Runtime) -> None:
    """Nothing is done to a runtime before it runs."""


def run_tree(
    spec: SupervisorSpec,
    script: Callable[[Tree], Awaitable[None]],
    seed: int = 0,
    prepare: Callable[[Runtime], None] = undisturbed,
) -> Tree:
    """Start the tree, run `script` with it, and stop it, all on a virtual clock; `prepare` is called with the runtime
    before. Raises `AssertionError` when the tree did not stop or left something behind, `ChildFailedToStart` when it
    did not start."""
    clock = VirtualClock(ORIGIN_NS)
    log: list[LogEvent] = []
    runtime = Runtime(clock, seed, log.append)
    runtime.describe(spec)
    prepare(runtime)
    tree = Tree(runtime, clock, log)

    ended, started = trio.Event(), trio.Event()
    failure: ChildFailedToStart | None = None

    async def run() -> None:
        nonlocal failure
        try:
            tree.reason = await runtime.run(task_status=_Started(started))
        except ChildFailedToStart as error:
            failure = error
        ended.set()

    async def main() -> None:
        tasks_before = trio.lowlevel.current_statistics().tasks_living
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run)
            await drive(clock, runtime.timers, keep_going=lambda: not started.is_set() and not ended.is_set())
            try:
                if started.is_set():
                    await script(tree)
            finally:
                # A script that fails must not hang its tree: lives may need time to end.
                with trio.CancelScope(shield=True):
                    runtime.stop("the test is over")
                    await drive(clock, runtime.timers, keep_going=lambda: not ended.is_set())
                    ended_in_time = ended.is_set()
                    nursery.cancel_scope.cancel()
            assert ended_in_time, "the tree does not stop"
        assert trio.lowlevel.current_statistics().tasks_living == tasks_before, "a task is left behind"
        demand_nothing_left(runtime)

    run_repeatably(main, clock, seed)
    if failure is not None:
        raise failure
    return tree


def demand_nothing_left(runtime: Runtime) -> None:
    """Raises `AssertionError` when a tree that ended has timers, monitors or running actors."""
    assert runtime.timers.pending_count == 0, "a timer is left behind"
    for cell in runtime.registry.cells():
        assert not cell.is_running, f"{cell.path} still runs"
        assert not cell.watched, f"{cell.path} still monitors {cell.watched}"
        assert not runtime.registry.watchers_of(cell.path), f"{cell.path} is still monitored"


class _Started:
    """A task status that sets an event, for those who cannot wait for a start because they move the time."""

    def __init__(self, event: trio.Event) -> None:
        self._event = event

    def started(self, value: None = None) -> None:
        self._event.set()

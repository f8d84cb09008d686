"""What the counterparts of OTP's supervisor suite share: trees without backoff, and the ways in which a child ends.

Restarts do not wait here, as they do not in OTP; what the backoff adds is tested where its rules are.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
import trio

from supervision.address import Address
from supervision.child import ChildState
from supervision.operations import SupervisorHandle
from supervision.reasons import Declined, Shutdown
from supervision.specs import SECOND, AutoShutdown, Backoff, ChildSpec, Restart, Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Do, Probe, ProbeError, Tree

T = TypeVar("T")

NO_WAITING = Backoff(initial_ns=0, maximum_ns=0)


def supervisor(
    *children: ChildSpec,
    name: str = "top",
    strategy: Strategy = Strategy.ONE_FOR_ONE,
    is_dynamic: bool = False,
    restart: Restart = Restart.PERMANENT,
    intensity: int = 5,
    period_ns: int = 10 * SECOND,
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
    is_significant: bool = False,
    backoff: Backoff = NO_WAITING,
) -> SupervisorSpec:
    return SupervisorSpec(
        name=name,
        strategy=strategy,
        children=children,
        is_dynamic=is_dynamic,
        restart=restart,
        intensity=intensity,
        period_ns=period_ns,
        auto_shutdown=auto_shutdown,
        is_significant=is_significant,
        backoff=backoff,
    )


class Top:
    """The operations of one supervisor, with time moving until each is answered."""

    def __init__(self, tree: Tree, path: str = "top") -> None:
        self._tree = tree
        self.handle: SupervisorHandle = tree.supervisor(path)

    async def start(self, spec: ChildSpec) -> Address[object] | None:
        return await self._run(lambda: self.handle.start_child(spec))

    async def terminate(self, name: str) -> None:
        await self._run(lambda: self.handle.terminate_child(name))

    async def restart(self, name: str) -> Address[object] | None:
        return await self._run(lambda: self.handle.restart_child(name))

    async def delete(self, name: str) -> None:
        await self._run(lambda: self.handle.delete_child(name))

    async def respec(self, spec: SupervisorSpec) -> None:
        await self._run(lambda: self.handle.respec(spec))

    async def _run(self, operation: Callable[[], Awaitable[T]]) -> T:
        return await self._tree.run(operation)

    def states(self) -> dict[str, ChildState]:
        return {child.name: child.state for child in self.handle.which_children()}

    def counts(self) -> tuple[int, int, int, int]:
        """Specs, active, supervisors, workers."""
        count = self.handle.count_children()
        return count.specs, count.active, count.supervisors, count.workers


def generations(tree: Tree, *paths: str) -> list[int]:
    return [tree.runtime.child(path).node.generation for path in paths]


def ends(tree: Tree) -> list[tuple[str, str]]:
    """Who ended and why, as their supervisors told it, in that order."""
    return [(str(line.fields["child"]), str(line.fields["reason"])) for line in tree.logged("child ended")]


def failing(diary: Diary, path: str, *generations: int) -> None:
    """These lives of `path` do not start."""

    async def load(probe: Probe) -> None:
        if probe.generation in generations:
            raise ProbeError("not yet")

    diary.on_load[path] = load


def declining(diary: Diary, *paths: str) -> None:
    async def load(_: Probe) -> None:
        raise Declined("not today")

    for path in paths:
        diary.on_load[path] = load


WAYS = {
    "normal": "normal",
    "shutdown": "shutdown: a test asked",
    "crash": "crashed: ProbeError: told to",
    "kill": "killed: a test killed it",
}
"""How a child may end, and what its supervisor says of it."""


def end(tree: Tree, path: str, way: str) -> None:
    """Let an actor end by itself, or kill it; heard when the tree settles."""
    match way:
        case "normal":
            tree.tell(path, Do(lambda probe: probe.finish()))
        case "shutdown":
            tree.tell(path, Do(lambda probe: probe.finish(Shutdown("a test asked"))))
        case "crash":
            tree.tell(path, Crash())
        case "kill":
            tree.kill(path)
        case _:
            raise AssertionError(f"no way to end is called {way}")


async def end_and_settle(tree: Tree, path: str, way: str) -> None:
    end(tree, path, way)
    await tree.settle()


async def nothing(tree: Tree) -> None:
    await tree.settle()


def stubborn(duration_ns: int) -> Do:
    """Gives the probe a worker that no cancellation reaches for so long."""

    async def work() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(duration_ns / SECOND)

    return Do(lambda probe: probe.work("stubborn", work))


every_strategy = pytest.mark.parametrize("strategy", list(Strategy))
every_restart_type = pytest.mark.parametrize("restart", list(Restart))

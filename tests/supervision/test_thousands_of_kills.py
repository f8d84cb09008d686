"""Kills at random, by every means, in one run: everybody comes back, and nothing is left behind."""

from collections import Counter
from random import Random

import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from supervision.address import Path
from supervision.child import ChildFailedToStart, ChildState
from supervision.operations import OperationRefused
from supervision.questions import ActorDown
from supervision.registry import UnknownActor
from supervision.specs import SECOND, Backoff, Restart, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Crash, Diary, Do, Probe, ProbeError, Tree, probe, run_tree

SHORT = Backoff(initial_ns=1000, maximum_ns=1_000_000, quiet_ns=SECOND)
STATIC = tuple(f"top/s{number}/{name}" for number in range(len(Strategy)) for name in "abc")
ADDED = tuple(f"top/pool/{name}" for name in "uvwxyz")
TIMERS_EACH = 4
WORKERS_EACH = 2


class Crowd:
    """Actors with timers, monitors, workers and questions to each other in each life, and what lives of all that.

    The workers ask until `is_asking` is false.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.diary = Diary()
        self.living: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.is_asking = True
        for path in (*STATIC, *ADDED):
            self.diary.on_start[path] = self.be_busy

    def spec(self) -> SupervisorSpec:
        groups = [
            SupervisorSpec(
                name=f"s{number}",
                strategy=strategy,
                children=tuple(probe(name, self.diary) for name in "abc"),
                intensity=20,
                period_ns=SECOND,
                backoff=SHORT,
            )
            for number, strategy in enumerate(Strategy)
        ]
        pool = SupervisorSpec(
            name="pool",
            strategy=Strategy.ONE_FOR_ONE,
            is_dynamic=True,
            intensity=20,
            period_ns=SECOND,
            backoff=SHORT,
        )
        return SupervisorSpec(
            name="top",
            strategy=Strategy.ONE_FOR_ONE,
            children=(*groups, pool),
            intensity=10**9,
            backoff=SHORT,
        )

    def be_busy(self, probe: Probe) -> None:
        for number in range(TIMERS_EACH - 1):
            probe.after(number, 1000 * SECOND, "never")
        probe.every("tick", 1000 * SECOND, "tick")
        probe.work("asks", lambda: self.ask_around(probe))
        probe.work("waits", self.wait)
        for path in self.random.sample((*STATIC, *ADDED), 3):
            probe.monitor(path)

    async def wait(self) -> None:
        self.living["workers"] += 1
        try:
            await trio.sleep(1000)
        finally:
            self.living["workers"] -= 1

    async def ask_around(self, probe: Probe) -> None:
        self.living["workers"] += 1
        try:
            while self.is_asking:
                self.living["questions"] += 1
                try:
                    self.answers[await self.ask_somebody(probe)] += 1
                finally:
                    self.living["questions"] -= 1
                await trio.sleep(0.001)
            await trio.sleep(1000)
        finally:
            self.living["workers"] -= 1

    async def ask_somebody(self, probe: Probe) -> str:
        answers = self.random.random() < 0.8
        try:
            to = probe.address(Path[object](self.random.choice((*STATIC, *ADDED))))
            await probe.ask(to, Do(lambda other: other.reply("here") if answers else None), MILLISECOND)
        except (ActorDown, UnknownActor, trio.TooSlowError) as error:
            return type(error).__name__
        return "answered"

    async def kill_somebody(self, tree: Tree) -> None:
        added = [f"top/pool/{each.name}" for each in tree.supervisor("top/pool").which_children()]
        path = self.random.choice([*STATIC, *added])
        match self.random.randrange(9):
            case 0:
                tree.kill(path)
            case 1:
                tree.kill(path.rpartition("/")[0])
            case 2:
                tree.tell(path, Crash())
            case 3:
                tree.tell(path, Do(lambda probe: probe.work("fails", fail)))
            case 4:
                tree.cell(path).ask_to_stop("by itself")
            case 5:
                tree.tell(path, Do(lambda probe: tree.cell(path).die_now("in the middle")))
            case 6:
                tree.tell(path, Do(lambda probe: probe.finish()))
            case 7:
                await self.add_somebody(tree)
            case _:
                await self.take_somebody_away(tree)

    async def add_somebody(self, tree: Tree) -> None:
        name = self.random.choice(ADDED).rpartition("/")[2]
        spec = probe(name, self.diary, restart=self.random.choice(list(Restart)))
        try:
            await tree.run(lambda: tree.supervisor("top/pool").start_child(spec))
        except (OperationRefused, ChildFailedToStart) as error:
            self.answers[type(error).__name__] += 1

    async def take_somebody_away(self, tree: Tree) -> None:
        name = self.random.choice(ADDED).rpartition("/")[2]
        try:
            await tree.run(lambda: tree.supervisor("top/pool").terminate_child(name))
        except OperationRefused as error:
            self.answers[type(error).__name__] += 1


async def fail() -> None:
    raise ProbeError("worker")


def killed_so_often(kills: int, seed: int) -> tuple[Tree, Crowd]:
    crowd = Crowd(seed)

    async def script(tree: Tree) -> None:
        for _ in range(kills):
            await crowd.kill_somebody(tree)
            if crowd.random.random() < 0.3:
                await tree.advance(crowd.random.choice((1, 1000, 1_000_000)))
        crowd.is_asking = False
        await tree.advance(5 * SECOND)
        await demand_everybody(tree, crowd)

    tree = run_tree(crowd.spec(), script, seed)
    assert +crowd.living == Counter()
    assert not any(cell.address.questions for cell in tree.runtime.registry.cells())
    assert tree.runtime.zombies == []
    return tree, crowd


async def demand_everybody(tree: Tree, crowd: Crowd) -> None:
    """Those of the description are there, those that were added have each all that they need, and nobody else has."""
    assert tree.is_up(*STATIC), "somebody did not come back"
    pool = tree.supervisor("top/pool")
    added = pool.which_children()
    assert {each.state for each in added} <= {ChildState.RUNNING}
    everybody = len(STATIC) + len(added)
    assert len(tree.runtime.registry.cells()) == everybody
    assert tree.runtime.timers.pending_count == TIMERS_EACH * everybody
    assert crowd.living["workers"] == WORKERS_EACH * everybody
    assert crowd.living["questions"] == 0
    for each in added:
        await tree.run(lambda name=each.name: pool.terminate_child(name))  # type: ignore[misc]
    assert len(tree.runtime.registry.cells()) == len(STATIC)
    assert tree.runtime.timers.pending_count == TIMERS_EACH * len(STATIC)


def test_thousands_of_kills_leave_no_task_timer_monitor_question_or_path_behind() -> None:
    tree, crowd = killed_so_often(6000, seed=1)
    assert sum(cell.generation for cell in tree.runtime.registry.cells()) > 2500
    assert str(tree.reason) == "shutdown: the test is over"
    assert crowd.answers.keys() >= {"answered", "ActorDown", "TooSlowError", "AlreadyStarted", "NoSuchChild"}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9))
def test_whatever_the_order_of_thirty_kills(seed: int) -> None:
    killed_so_often(30, seed)

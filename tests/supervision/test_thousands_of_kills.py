"""Kills at random, by every means, in one run: everybody comes back, and nothing is left behind."""

from collections import Counter
from random import Random

import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from supervision.specs import SECOND, Backoff, Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Do, Probe, ProbeError, Tree, probe, run_tree

SHORT = Backoff(initial_ns=1000, maximum_ns=1_000_000, quiet_ns=SECOND)
LIVING: Counter[str] = Counter()


def busy(probe: Probe) -> None:
    """Timers, monitors and workers in each life."""

    async def work() -> None:
        LIVING["workers"] += 1
        try:
            await trio.sleep(1000)
        finally:
            LIVING["workers"] -= 1

    for number in range(3):
        probe.after(number, 1000 * SECOND, "never")
    probe.every("tick", 1000 * SECOND, "tick")
    probe.work("one", work)
    probe.work("two", work)
    probe.monitor("top/s0/a")
    probe.monitor("top/s1/b")


async def fail() -> None:
    raise ProbeError("worker")


def kill_somebody(tree: Tree, random: Random, paths: list[str]) -> None:
    path = random.choice(paths)
    match random.randrange(6):
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
        case _:
            cell = tree.cell(path)
            cell.kill_after.add(cell.handled + 1)
            tree.tell(path, "last")


def killed_so_often(kills: int, seed: int) -> Tree:
    diary = Diary()
    supervisors, paths = [], []
    for number, strategy in enumerate(Strategy):
        children = tuple(probe(name, diary) for name in "abc")
        paths += [f"top/s{number}/{name}" for name in "abc"]
        supervisors.append(
            SupervisorSpec(
                name=f"s{number}",
                strategy=strategy,
                children=children,
                intensity=20,
                period_ns=SECOND,
                backoff=SHORT,
            )
        )
    for path in paths:
        diary.on_start[path] = busy
    top = SupervisorSpec(
        name="top",
        strategy=Strategy.ONE_FOR_ONE,
        children=tuple(supervisors),
        intensity=10**9,
        backoff=SHORT,
    )
    random = Random(seed)

    async def script(tree: Tree) -> None:
        for _ in range(kills):
            kill_somebody(tree, random, paths)
            if random.random() < 0.3:
                await tree.advance(random.choice((1, 1000, 1_000_000)))
        await tree.advance(5 * SECOND)
        assert tree.is_up(*paths), "somebody did not come back"
        assert tree.runtime.timers.pending_count == 4 * len(paths)
        assert LIVING["workers"] == 2 * len(paths)

    LIVING.clear()
    tree = run_tree(top, script, seed)
    assert LIVING["workers"] == 0
    return tree


def test_thousands_of_kills_leave_no_task_timer_or_monitor_behind() -> None:
    tree = killed_so_often(6000, seed=1)
    assert sum(cell.generation for cell in tree.runtime.registry.cells()) > 3000
    assert str(tree.reason) == "shutdown: the test is over"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**9))
def test_whatever_the_order_of_thirty_kills(seed: int) -> None:
    killed_so_often(30, seed)

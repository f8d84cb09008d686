"""A child that dies while a later one starts: the later one may be waiting for it, and must not wait in vain."""

import pytest
import trio

from supervision.child import ChildFailedToStart
from supervision.specs import SECOND, ActorSpec, Strategy, SupervisorSpec
from supervision.testing import Diary, Probe, Tree, probe, run_tree


def family(strategy: Strategy, *children: ActorSpec | SupervisorSpec, intensity: int = 5) -> SupervisorSpec:
    return SupervisorSpec(name="top", strategy=strategy, children=children, intensity=intensity)


def waits_for_a_second_life_of(diary: Diary, first: str, waiting: str, gate: list[trio.Event]) -> None:
    """The first life of `first` dies while `waiting` loads; `waiting` goes on only when the second one has started."""

    async def load(probe_: Probe) -> None:
        if probe_.generation == 1:
            gate[0].set()
            await trio.sleep_forever()

    diary.on_load[waiting] = load

    async def die(probe_: Probe) -> None:
        await gate[0].wait()
        raise RuntimeError("dies while the other one starts")

    def start(probe_: Probe) -> None:
        if probe_.generation == 1:
            probe_.work("die", lambda: die(probe_))

    diary.on_start[first] = start


@pytest.mark.parametrize("strategy", [Strategy.REST_FOR_ONE, Strategy.ONE_FOR_ALL])
def test_the_dead_one_is_restarted_first_and_then_the_rest(strategy: Strategy) -> None:
    diary = Diary()
    waits_for_a_second_life_of(diary, "top/a", "top/b", [trio.Event()])

    async def script(tree: Tree) -> None:
        assert tree.is_up("top/a", "top/b", "top/c")
        assert [tree.cell(path).generation for path in ("top/a", "top/b", "top/c")] == [2, 2, 1]

    run_tree(family(strategy, *(probe(name, diary) for name in "abc")), script)
    assert diary.order("started") == ["a started", "a started", "b started", "c started"]


def test_a_whole_subtree_that_is_starting_is_called_off() -> None:
    diary = Diary()
    waits_for_a_second_life_of(diary, "top/a", "top/group/b", [trio.Event()])
    group = SupervisorSpec(name="group", strategy=Strategy.ONE_FOR_ONE, children=(probe("x", diary), probe("b", diary)))

    async def script(tree: Tree) -> None:
        assert tree.is_up("top/a", "top/group", "top/group/x", "top/group/b")
        assert tree.cell("top/group/x").generation == 2

    run_tree(family(Strategy.REST_FOR_ONE, probe("a", diary), group), script)


def test_under_one_for_one_a_start_goes_on_whoever_dies() -> None:
    diary = Diary()
    waits_for_a_second_life_of(diary, "top/a", "top/b", [trio.Event()])
    with pytest.raises(ChildFailedToStart, match="not started within 1 s"):
        run_tree(
            family(Strategy.ONE_FOR_ONE, probe("a", diary), probe("b", diary, start_within_ns=SECOND)), no_script
        )  # fmt: skip


def test_one_that_dies_again_and_again_meanwhile_uses_up_the_restarts() -> None:
    diary = Diary()

    async def load(_: Probe) -> None:
        await trio.sleep_forever()

    async def die() -> None:
        raise RuntimeError("each time")

    diary.on_load["top/b"] = load
    diary.on_start["top/a"] = lambda probe_: probe_.work("die", die)
    spec = family(Strategy.REST_FOR_ONE, probe("a", diary), probe("b", diary), intensity=3)
    with pytest.raises(ChildFailedToStart, match="gave up after 3 restarts"):
        run_tree(spec, no_script)


async def no_script(_: Tree) -> None:
    raise AssertionError("the tree must not come up")

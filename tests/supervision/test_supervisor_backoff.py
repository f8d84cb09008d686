"""Restarts that wait: how long, what calls them off, and what they do not delay."""

from itertools import pairwise

import pytest

from supervision.child import TryAgain
from supervision.specs import SECOND, Backoff, Restart, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Crash, Diary, Probe, ProbeError, Tree, probe, run_tree

LONG = Backoff(initial_ns=4 * SECOND, maximum_ns=100 * SECOND, quiet_ns=1000 * SECOND)


def tree_of(diary: Diary, names: str, strategy: Strategy, backoff: Backoff = LONG, seed: int = 0) -> SupervisorSpec:
    children = tuple(probe(name, diary) for name in names)
    return SupervisorSpec(name="top", strategy=strategy, children=children, backoff=backoff, intensity=50)


def starts_ns(seed: int) -> list[int]:
    diary = Diary()

    async def script(tree: Tree) -> None:
        for _ in range(8):
            tree.tell("top/a", Crash())
        await tree.advance(1000 * SECOND)

    run_tree(tree_of(diary, "a", Strategy.ONE_FOR_ONE), script, seed)
    return [line.at_ns for line in diary.lines if line.event == "started"]


def test_the_first_restart_is_at_once_and_later_ones_wait_within_the_bound() -> None:
    starts = starts_ns(seed=1)
    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert len(waits) == 8
    assert waits[0] == 0
    bounds = [min(100, 4 * 2**failure) * SECOND for failure in range(7)]
    assert all(wait <= bound for wait, bound in zip(waits[1:], bounds, strict=True))
    assert len(set(waits)) == 8


def test_the_jitter_is_the_seed_s() -> None:
    assert starts_ns(seed=1) == starts_ns(seed=1)
    assert starts_ns(seed=1) != starts_ns(seed=2)


def test_a_quiet_time_makes_the_next_restart_immediate_again() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        tree.tell("top/a", Crash())
        await tree.advance(11 * SECOND)
        tree.tell("top/a", Crash())
        await tree.settle()
        assert tree.is_up("top/a")

    run_tree(tree_of(diary, "a", Strategy.ONE_FOR_ONE, Backoff(quiet_ns=10 * SECOND)), script)


async def crash_twice(tree: Tree, path: str) -> None:
    """Afterwards the child waits for its restart."""
    for _ in range(2):
        tree.tell(path, Crash())
        await tree.settle()
    assert not tree.is_up(path)
    assert tree.runtime.timers.pending_count == 1


def test_a_stop_does_not_wait_for_a_restart_that_waits() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        await crash_twice(tree, "top/a")
        before_ns = tree.clock.now_ns()
        tree.runtime.stop("now")
        await tree.settle()
        assert str(tree.reason) == "shutdown: now"
        assert tree.clock.now_ns() == before_ns
        assert tree.runtime.timers.pending_count == 0

    run_tree(tree_of(diary, "ab", Strategy.ONE_FOR_ONE), script)


def test_a_stop_in_reverse_passes_over_children_that_wait() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        await crash_twice(tree, "top/b")
        diary.forget()

    run_tree(tree_of(diary, "abc", Strategy.ONE_FOR_ONE), script)
    assert diary.order("stopping") == ["c stopping", "a stopping"]


def test_the_siblings_live_on_while_one_waits() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        await crash_twice(tree, "top/a")
        tree.tell("top/b", "hello", Crash(), "again")
        await tree.settle()
        assert diary.received("top/b") == ["hello", "again"]
        assert not tree.is_up("top/a")
        await tree.advance(5 * SECOND)
        assert tree.is_up("top/a")

    run_tree(tree_of(diary, "ab", Strategy.ONE_FOR_ONE), script)


def test_messages_wait_with_it() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        await crash_twice(tree, "top/a")
        tree.tell("top/a", 1, 2, 3)
        await tree.settle()
        assert diary.received("top/a") == []
        await tree.advance(5 * SECOND)
        assert diary.received("top/a") == [1, 2, 3]

    run_tree(tree_of(diary, "a", Strategy.ONE_FOR_ONE), script)


class TestAChildThatWasStartedByAnotherPath:
    """rest_for_one: b waits, a dies, and its restart takes b with it."""

    def test_is_not_started_again_by_the_old_retry(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            await crash_twice(tree, "top/b")
            tree.tell("top/a", Crash())
            await tree.settle()
            assert tree.is_up("top/a", "top/b", "top/c")
            assert tree.runtime.timers.pending_count == 0
            await tree.advance(200 * SECOND)
            assert [tree.cell(f"top/{name}").generation for name in "abc"] == [2, 3, 3]

        run_tree(tree_of(diary, "abc", Strategy.REST_FOR_ONE), script)

    def test_waits_its_own_time_when_it_crashes_again(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            await crash_twice(tree, "top/b")
            tree.tell("top/a", Crash())
            await tree.settle()
            tree.tell("top/b", Crash())
            await tree.settle()
            assert tree.runtime.timers.pending_count == 1
            deadline_ns = tree.runtime.timers.next_deadline_ns()
            assert deadline_ns is not None
            await tree.advance(deadline_ns - tree.clock.now_ns() - MILLISECOND)
            assert not tree.is_up("top/b")
            await tree.advance(2 * MILLISECOND)
            assert tree.is_up("top/b", "top/c")

        run_tree(tree_of(diary, "abc", Strategy.REST_FOR_ONE), script, seed=3)


def test_a_retry_that_was_called_off_when_it_was_in_the_queue_already_starts_nobody() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        await crash_twice(tree, "top/a")
        child = tree.child("top/a")
        assert tree.runtime.root is not None
        tree.runtime.root.post(TryAgain((child,), child))
        await tree.settle()
        assert not tree.is_up("top/a")

    run_tree(tree_of(diary, "a", Strategy.ONE_FOR_ONE), script)


@pytest.mark.parametrize("seed", range(10))
def test_two_crashes_in_one_instant_are_one_restart_of_a_group_that_waits(seed: int) -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        tree.tell("top/a", Crash())
        await tree.settle()
        tree.tell("top/a", Crash())
        tree.tell("top/b", Crash())
        await tree.settle()
        # Heard first, the crash of b would restart the group at once, since it is b's first.
        if tree.logged("child ended")[2].fields["child"] == "top/a":
            assert not tree.is_up("top/a")
            assert (tree.child("top/a").restarts, tree.child("top/b").restarts) == (2, 0)
            assert tree.runtime.timers.pending_count == 1

    run_tree(tree_of(diary, "ab", Strategy.ONE_FOR_ALL), script, seed)


def test_a_failed_restart_waits_before_the_next_attempt() -> None:
    diary = Diary()

    async def load(probe: Probe) -> None:
        if 2 <= probe.generation <= 4:
            raise ProbeError("not yet")

    diary.on_load["top/a"] = load

    async def script(tree: Tree) -> None:
        tree.tell("top/a", Crash())
        await tree.settle()
        assert tree.cell("top/a").generation == 2
        await tree.advance(200 * SECOND)
        assert tree.is_up("top/a")
        loads = [line.at_ns for line in diary.lines if line.event == "load"]
        assert len(set(loads[1:])) == 4

    run_tree(tree_of(diary, "a", Strategy.ONE_FOR_ONE), script)


def test_a_temporary_sibling_that_ended_does_not_disturb_a_group_that_waits() -> None:
    diary = Diary()
    children = (
        probe("a", diary),
        probe("b", diary, restart=Restart.TEMPORARY),
        probe("c", diary),
    )
    spec = SupervisorSpec(name="top", strategy=Strategy.REST_FOR_ONE, children=children, backoff=LONG)

    async def script(tree: Tree) -> None:
        tree.kill("top/b")
        await tree.settle()
        await crash_twice(tree, "top/a")
        await tree.advance(5 * SECOND)
        assert tree.is_up("top/a", "top/c")
        assert tree.cell("top/b").generation == 1

    run_tree(spec, script)

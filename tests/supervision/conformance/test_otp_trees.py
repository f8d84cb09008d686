"""Counterparts of OTP's supervisor suite, rows 54 and 68: supervisors below supervisors, and names over all lives."""

import pytest

from supervision.child import ChildState
from supervision.specs import Restart, Strategy
from supervision.testing import Diary, Tree, probe, run_tree
from tests.supervision.conformance.otp_trees import Top, end_and_settle, ends, generations, supervisor


class TestATreeOfThreeSupervisors:
    """Row 54. tree: two groups of two and a dynamic one under one_for_all, an intensity of 3 in 10 s each."""

    def run(self, script: object, diary: Diary) -> Tree:
        first = supervisor(probe("a", diary), probe("b", diary), name="first", intensity=1)
        second = supervisor(
            probe("c", diary), probe("d", diary), name="second", strategy=Strategy.ONE_FOR_ALL, intensity=1
        )  # fmt: skip
        pool = supervisor(name="pool", is_dynamic=True, restart=Restart.TRANSIENT, intensity=1)
        return run_tree(
            supervisor(first, second, pool, strategy=Strategy.ONE_FOR_ALL, intensity=2),
            script,  # type: ignore[arg-type]
        )

    def test_deals_with_a_crash_where_it_happened(self) -> None:
        """Row 54. tree."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            await end_and_settle(tree, "top/first/a", "crash")
            assert generations(tree, "top/first/a", "top/first/b", "top/second/c", "top/first") == [2, 1, 1, 1]
            await end_and_settle(tree, "top/second/c", "kill")
            assert generations(tree, "top/second/c", "top/second/d", "top/second") == [2, 2, 1]

        self.run(script, diary)

    def test_is_renewed_whole_without_its_dynamic_children_when_a_part_gives_up(self) -> None:
        """Row 54. tree."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            pool = Top(tree, "top/pool")
            for name in "xy":
                await pool.start(probe(name, diary))
            diary.forget()
            for _ in range(2):
                await end_and_settle(tree, "top/first/a", "crash")
            assert set(diary.order("stopping")) == {f"{name} stopping" for name in "bcdxy"}
            assert diary.order("started")[1:] == [f"{name} started" for name in "abcd"]
            assert generations(tree, "top/first", "top/second", "top/pool") == [2, 2, 2]
            assert pool.counts() == (0, 0, 0, 0)
            assert Top(tree).counts() == (3, 3, 3, 0)

        self.run(script, diary)

    def test_brings_back_a_transient_supervisor_that_was_terminated(self) -> None:
        """Row 54. tree."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            await Top(tree).terminate("pool")
            assert Top(tree).states()["pool"] is ChildState.DOWN
            for _ in range(2):
                await end_and_settle(tree, "top/first/b", "crash")
            assert Top(tree).states()["pool"] is ChildState.RUNNING

        self.run(script, diary)

    def test_ends_when_its_parts_gave_up_too_often(self) -> None:
        """Row 54. tree; R17: the restarts down the chain multiply."""
        diary = Diary()
        crashes = 0

        async def script(tree: Tree) -> None:
            nonlocal crashes
            while tree.reason is None:
                await end_and_settle(tree, "top/first/a", "crash")
                crashes += 1
            assert crashes == 2 * 3

        self.run(script, diary)


class TestAName:
    """Row 68. simple_global_supervisor."""

    @pytest.mark.parametrize("who", ["top/inner", "top/inner/a"])
    def test_is_that_of_the_next_life_after_a_kill(self, who: str) -> None:
        """Row 68. simple_global_supervisor: kill of the supervisor, of the worker."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            address = tree.address("top/inner/a")
            tree.kill(who)
            await tree.settle()
            address.tell("hello")
            await tree.settle()
            lines = [line for line in diary.lines if line.event == "received"]
            assert [(line.path, line.generation, line.detail) for line in lines] == [("top/inner/a", 2, "hello")]

        run_tree(supervisor(supervisor(probe("a", diary), name="inner")), script)

    def test_is_that_of_the_next_life_after_an_end_in_good_order(self) -> None:
        """Row 68. simple_global_supervisor: normal exit."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            await end_and_settle(tree, "top/a", "normal")
            tree.tell("top/a", "hello")
            await tree.settle()
            assert diary.received("top/a") == ["hello"]

        run_tree(supervisor(probe("a", diary)), script)

    def test_is_that_of_a_life_that_was_started_by_hand(self) -> None:
        """Row 68. simple_global_supervisor: restart_child."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            address = tree.address("top/a")
            await Top(tree).terminate("a")
            address.tell("meanwhile")
            await tree.settle()
            assert diary.received("top/a") == []
            await Top(tree).restart("a")
            assert diary.received("top/a") == ["meanwhile"]

        run_tree(supervisor(probe("a", diary)), script)


def test_a_supervisor_that_gave_up_is_told_of_as_a_shutdown() -> None:
    """Row 54, R6: what its own supervisor hears."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        for _ in range(2):
            await end_and_settle(tree, "top/inner/a", "crash")
        told = dict(ends(tree))["top/inner"]
        assert told.startswith("shutdown: top/inner gave up after 1 restarts: top/inner/a crashed: ProbeError: told to")

    run_tree(supervisor(supervisor(probe("a", diary), name="inner", intensity=1)), script)


@pytest.mark.parametrize("killed", ["top/outer", "top/outer/inner"])
def test_a_name_that_was_given_again_below_is_that_of_the_description_after_a_restart_from_above(killed: str) -> None:
    """Row 54, R15: whoever was added in the place of a static child is gone."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        inner = Top(tree, "top/outer/inner")
        await end_and_settle(tree, "top/outer/inner/a", "normal")
        await inner.start(probe("a", diary))
        assert inner.handle.child_spec("a").restart is Restart.PERMANENT
        tree.kill(killed)
        await tree.settle()
        assert tree.is_up("top/outer/inner/a")
        assert inner.handle.child_spec("a").restart is Restart.TEMPORARY
        tree.tell("top/outer/inner/a", "hello")
        await tree.settle()
        assert diary.received("top/outer/inner/a") == ["hello"]

    below = supervisor(probe("a", diary, restart=Restart.TEMPORARY), name="inner", intensity=0)
    run_tree(supervisor(supervisor(below, name="outer", intensity=0)), script)

"""Counterparts of OTP's supervisor suite, rows 39 to 51: whom a failure concerns, and how many are borne."""

from collections.abc import Callable

import pytest

from supervision.child import ChildState
from supervision.reasons import Shutdown
from supervision.specs import SECOND, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Diary, Probe, ProbeError, Tree, probe, run_tree
from tests.supervision.conformance.otp_trees import Top, end_and_settle, failing, generations, supervisor

Script = Callable[[Tree], object]


def family(diary: Diary, strategy: Strategy, names: str = "ab", intensity: int = 2) -> SupervisorSpec:
    return supervisor(*(probe(name, diary) for name in names), strategy=strategy, intensity=intensity)


def failing_always(diary: Diary, path: str) -> None:
    failing(diary, path, *range(2, 100))


class TestTheBudget:
    def test_is_of_a_window_that_slides(self) -> None:
        """Row 39. multiple_restarts."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            for _ in range(3):
                await end_and_settle(tree, "top/a", "crash")
                await tree.advance(2100 * MILLISECOND)
            assert generations(tree, "top/a") == [4]

        run_tree(supervisor(probe("a", diary), intensity=1, period_ns=SECOND), script)

    def test_counts_what_happened_exactly_one_period_ago(self) -> None:
        """Row 39. multiple_restarts: the inclusive edge."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            await end_and_settle(tree, "top/a", "crash")
            await tree.advance(SECOND)
            await end_and_settle(tree, "top/a", "crash")
            assert tree.reason is not None

        run_tree(supervisor(probe("a", diary), intensity=1, period_ns=SECOND), script)

    @pytest.mark.parametrize("strategy", list(Strategy))
    def test_is_used_up_by_one_restart_too_many(self, strategy: Strategy) -> None:
        """Rows 40, 42, 45. one_for_one, one_for_all, rest_for_one: the third restart with an intensity of 2."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            for _ in range(2):
                await end_and_settle(tree, "top/a", "crash")
                assert tree.reason is None
            await end_and_settle(tree, "top/a", "crash")
            assert isinstance(tree.reason, Shutdown)
            assert not tree.cell("top/b").is_running

        run_tree(family(diary, strategy), script)

    def test_is_shared_by_all_children(self) -> None:
        """Row 45. rest_for_one: budget shared."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            for name in "aba":
                assert tree.reason is None
                await end_and_settle(tree, f"top/{name}", "crash")
            assert tree.reason is not None

        run_tree(family(diary, Strategy.REST_FOR_ONE), script)

    @pytest.mark.parametrize("strategy", list(Strategy))
    @pytest.mark.parametrize("who", ["a", "b"])
    def test_is_used_up_by_a_restart_that_keeps_failing(self, strategy: Strategy, who: str) -> None:
        """Rows 41, 43, 46. one_for_one_escalation, one_for_all_escalation, rest_for_one_escalation.

        `who` does not come back, as the one that crashed or, where the group is restarted, as its sibling.
        """
        diary = Diary()
        failing_always(diary, f"top/{who}")

        async def script(tree: Tree) -> None:
            await end_and_settle(tree, "top/b" if strategy is Strategy.ONE_FOR_ONE else "top/a", "crash")
            if strategy is Strategy.ONE_FOR_ONE and who == "a":
                assert tree.reason is None
                await end_and_settle(tree, "top/a", "crash")
            assert "gave up after 4 restarts" in str(tree.reason)
            assert not any(cell.is_running for cell in tree.runtime.registry.cells())

        run_tree(family(diary, strategy, intensity=4), script)


class TestTheRestart:
    def test_of_one_under_one_for_one_leaves_the_others(self) -> None:
        """Row 40. one_for_one."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            await end_and_settle(tree, "top/a", "crash")
            assert generations(tree, "top/a", "top/b") == [2, 1]

        run_tree(family(diary, Strategy.ONE_FOR_ONE), script)

    @pytest.mark.parametrize("who", ["a", "b"])
    def test_of_one_under_one_for_all_renews_everybody(self, who: str) -> None:
        """Row 42. one_for_all."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            await end_and_settle(tree, f"top/{who}", "crash")
            assert generations(tree, "top/a", "top/b") == [2, 2]

        run_tree(family(diary, Strategy.ONE_FOR_ALL), script)

    @pytest.mark.parametrize(("who", "lives"), [("a", [2, 2, 2]), ("b", [1, 2, 2]), ("c", [1, 1, 2])])
    def test_of_one_under_rest_for_one_renews_the_later_ones(self, who: str, lives: list[int]) -> None:
        """Row 45. rest_for_one."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            await end_and_settle(tree, f"top/{who}", "crash")
            assert generations(tree, "top/a", "top/b", "top/c") == lives

        run_tree(family(diary, Strategy.REST_FOR_ONE, names="abc"), script)

    def test_of_a_group_under_one_for_all_stops_again_whoever_was_started_when_another_fails(self) -> None:
        """Row 44. one_for_all_other_child_fails_restart."""
        diary = Diary()
        failing(diary, "top/b", 2)

        async def script(tree: Tree) -> None:
            diary.forget()
            await end_and_settle(tree, "top/b", "crash")
            assert diary.order("started", "stopping") == [
                "a stopping",
                "a started",
                "a stopping",
                "a started",
                "b started",
            ]
            assert tree.reason is None

        run_tree(family(diary, Strategy.ONE_FOR_ALL), script)

    def test_of_a_group_under_rest_for_one_leaves_whoever_was_started_when_another_fails(self) -> None:
        """Row 47. rest_for_one_other_child_fails_restart."""
        diary = Diary()
        failing(diary, "top/b", 2)

        async def script(tree: Tree) -> None:
            diary.forget()
            await end_and_settle(tree, "top/a", "crash")
            assert diary.order("started", "stopping") == ["b stopping", "a started", "b started"]
            assert generations(tree, "top/a", "top/b") == [2, 3]

        run_tree(family(diary, Strategy.REST_FOR_ONE), script)


class TestADynamicSupervisor:
    def test_restarts_the_one_and_ends_with_one_restart_too_many(self) -> None:
        """Row 48. simple_one_for_one."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            for name in "ab":
                await Top(tree).start(probe(name, diary))
            await end_and_settle(tree, "top/a", "crash")
            assert generations(tree, "top/a", "top/b") == [2, 1]
            await end_and_settle(tree, "top/a", "crash")
            assert tree.reason is None
            await end_and_settle(tree, "top/a", "crash")
            assert isinstance(tree.reason, Shutdown)

        run_tree(supervisor(is_dynamic=True, intensity=2), script)

    def test_restarts_each_with_what_it_was_started_with(self) -> None:
        """Row 50. simple_one_for_one_extra."""
        diary = Diary()
        made: list[str] = []

        class Named(Probe):
            def __init__(self, argument: str) -> None:
                super().__init__(diary)
                made.append(argument)

        async def script(tree: Tree) -> None:
            for name in "ab":
                spec = probe(name, diary)
                own = f"argument of {name}"
                named = type(spec)(name=name, create=lambda own=own: Named(own))  # type: ignore[misc]
                await Top(tree).start(named)
            made.clear()
            await end_and_settle(tree, "top/b", "crash")
            assert made == ["argument of b"]

        run_tree(supervisor(is_dynamic=True), script)

    def test_ends_when_a_restart_keeps_failing(self) -> None:
        """Row 51. simple_one_for_one_escalation."""
        diary = Diary()
        failing_always(diary, "top/a")

        async def script(tree: Tree) -> None:
            for name in "ab":
                await Top(tree).start(probe(name, diary))
            await end_and_settle(tree, "top/a", "crash")
            assert "gave up after 4 restarts" in str(tree.reason)

        run_tree(supervisor(is_dynamic=True, intensity=4), script)


def test_between_the_attempts_the_child_waits_and_its_group_is_down() -> None:
    """Rows 44, 46: what one sees of a group whose restart has failed."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        seen: list[dict[str, ChildState]] = []

        async def load(probe: Probe) -> None:
            if probe.generation == 3:
                seen.append(Top(tree).states())
            if 2 <= probe.generation <= 3:
                raise ProbeError("not yet")

        diary.on_load["top/b"] = load
        await end_and_settle(tree, "top/b", "crash")
        assert seen == [{"c": ChildState.DOWN, "b": ChildState.STARTING, "a": ChildState.RUNNING}]
        assert tree.is_up("top/a", "top/b", "top/c")

    run_tree(family(diary, Strategy.REST_FOR_ONE, names="abc", intensity=5), script)

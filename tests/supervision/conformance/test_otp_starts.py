"""Counterparts of OTP's supervisor suite, rows 1 to 15: how a supervisor and its children start, or do not."""

import pytest

from supervision.child import ChildFailedToStart, ChildState
from supervision.operations import NoSuchChild
from supervision.reasons import Shutdown
from supervision.specs import SECOND, ActorSpec, BadSpec, Restart, Strategy, SupervisorSpec
from supervision.testing import Diary, ProbeError, Tree, probe, run_tree
from tests.supervision.conformance.otp_trees import Top, declining, failing, generations, nothing, supervisor


def test_an_empty_supervisor_starts_and_ends_with_a_shutdown_when_told_to() -> None:
    """Row 1. sup_start_normal."""
    assert run_tree(supervisor(), nothing).reason == Shutdown("the test is over")


def test_a_supervisor_all_of_whose_children_decline_is_up() -> None:
    """Row 2. sup_start_ignore_init; a supervisor has no code of its own that could decline."""
    diary = Diary()
    declining(diary, "top/inner/a", "top/inner/b")

    async def script(tree: Tree) -> None:
        assert tree.is_up("top/inner")
        assert Top(tree, "top/inner").counts() == (2, 0, 0, 2)

    run_tree(supervisor(supervisor(probe("a", diary), probe("b", diary), name="inner")), script)


class TestAChildThatDeclinesToStart:
    def test_stays_as_one_that_is_down(self) -> None:
        """Row 3. sup_start_ignore_child."""
        diary = Diary()
        declining(diary, "top/a")

        async def script(tree: Tree) -> None:
            top = Top(tree)
            assert top.states() == {"b": ChildState.RUNNING, "a": ChildState.DOWN}
            assert top.counts() == (2, 1, 0, 2)

        run_tree(supervisor(probe("a", diary), probe("b", diary)), script)

    def test_leaves_no_spec_when_it_is_temporary(self) -> None:
        """Row 4. sup_start_ignore_temporary_child."""
        diary = Diary()
        declining(diary, "top/a")

        async def script(tree: Tree) -> None:
            top = Top(tree)
            assert top.states() == {"b": ChildState.RUNNING}
            assert top.counts() == (1, 1, 0, 1)

        run_tree(supervisor(probe("a", diary, restart=Restart.TEMPORARY), probe("b", diary)), script)

    @pytest.mark.parametrize(
        ("is_dynamic", "restart", "is_left"),
        [
            # Row 5. sup_start_ignore_temporary_child_start_child.
            (False, Restart.TEMPORARY, False),
            # Row 6. sup_start_ignore_temporary_child_start_child_simple.
            (True, Restart.TEMPORARY, False),
            # Row 7. sup_start_ignore_permanent_child_start_child_simple.
            (True, Restart.PERMANENT, False),
            (True, Restart.TRANSIENT, False),
            (False, Restart.PERMANENT, True),
            (False, Restart.TRANSIENT, True),
        ],
    )
    def test_when_it_is_added_has_no_address_and_the_supervisor_goes_on(
        self, is_dynamic: bool, restart: Restart, is_left: bool
    ) -> None:
        """Rows 5, 6, 7. sup_start_ignore_*_start_child*."""
        diary = Diary()
        declining(diary, "top/a")

        async def script(tree: Tree) -> None:
            top = Top(tree)
            assert await top.start(probe("b", diary)) is tree.address("top/b")
            assert await top.start(probe("a", diary, restart=restart)) is None
            assert top.counts() == ((2, 1, 0, 2) if is_left else (1, 1, 0, 1))

        assert run_tree(supervisor(is_dynamic=is_dynamic), script).reason == Shutdown("the test is over")


class TestAChildWhoseStartFails:
    @pytest.mark.parametrize("made", [42, None, object()])
    def test_because_it_is_no_actor_is_an_error_and_no_hang(self, made: object) -> None:
        """Row 8. sup_start_error_return."""
        nonsense = ActorSpec(name="a", create=lambda: made)  # type: ignore[arg-type, return-value]
        with pytest.raises(ChildFailedToStart, match=r"^top/a: AttributeError: "):
            run_tree(supervisor(nonsense), nothing)

    def test_is_told_to_whoever_starts_the_supervisor_with_the_reason(self) -> None:
        """Row 9. sup_start_fail."""
        diary = Diary()
        failing(diary, "top/a", 1)
        with pytest.raises(ChildFailedToStart, match=r"^top/a: ProbeError: not yet$"):
            run_tree(supervisor(probe("a", diary)), nothing)

    def test_by_restart_child_stays_down_and_is_not_tried_again(self) -> None:
        """Row 10. sup_start_restart_child_returns_error."""
        diary = Diary()
        failing(diary, "top/a", 2)

        async def script(tree: Tree) -> None:
            top = Top(tree)
            await top.terminate("a")
            with pytest.raises(ChildFailedToStart, match="not yet"):
                await top.restart("a")
            await tree.advance(100 * SECOND)
            assert top.states() == {"a": ChildState.DOWN}
            assert generations(tree, "top/a") == [2]
            assert await top.restart("a") is tree.address("top/a")

        run_tree(supervisor(probe("a", diary)), script)

    @pytest.mark.parametrize("is_dynamic", [False, True])
    def test_by_start_child_leaves_no_spec(self, is_dynamic: bool) -> None:
        """Rows 11, 12. sup_start_child_returns_error, sup_start_child_returns_error_simple."""
        diary = Diary()
        failing(diary, "top/a", 1)

        async def script(tree: Tree) -> None:
            top = Top(tree)
            with pytest.raises(ChildFailedToStart, match=r"^top/a: ProbeError: not yet$"):
                await top.start(probe("a", diary))
            assert top.counts() == (0, 0, 0, 0)
            diary.on_load.clear()
            assert await top.start(probe("a", diary)) is tree.address("top/a")

        run_tree(supervisor(is_dynamic=is_dynamic), script)


class TestASpec:
    def test_is_of_a_permanent_child_with_5_s_for_its_stop_unless_it_says_otherwise(self) -> None:
        """Row 13. sup_start_map; a supervisor's stop has no deadline, and nothing to set one by."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            spec = Top(tree).handle.child_spec("a")
            assert isinstance(spec, ActorSpec)
            assert (spec.restart, spec.stop_within_ns, spec.is_significant) == (Restart.PERMANENT, 5 * SECOND, False)
            inner = Top(tree).handle.child_spec("inner")
            assert isinstance(inner, SupervisorSpec)
            assert inner.restart is Restart.PERMANENT
            assert not hasattr(inner, "stop_within_ns")
            with pytest.raises(NoSuchChild, match="top has no child c; it has a, inner"):
                Top(tree).handle.child_spec("c")

        spec = SupervisorSpec(name="inner", strategy=Strategy.ONE_FOR_ONE)
        run_tree(supervisor(probe("a", diary), spec), script)

    def test_can_be_read_of_a_child_that_was_added(self) -> None:
        """Row 14. sup_start_map_simple."""
        diary = Diary()
        spec = probe("a", diary, restart=Restart.TRANSIENT)

        async def script(tree: Tree) -> None:
            await Top(tree).start(spec)
            assert Top(tree).handle.child_spec("a") is spec
            with pytest.raises(NoSuchChild):
                Top(tree).handle.child_spec("b")

        run_tree(supervisor(is_dynamic=True), script)

    def test_without_its_parts_or_with_others_is_an_error_of_its_own(self) -> None:
        """Row 15. sup_start_map_faulty_specs; OTP ignores a key that it does not know."""

        def create() -> None:
            raise ProbeError("never called")

        with pytest.raises(TypeError, match="'name'"):
            ActorSpec(create=create)  # type: ignore[call-arg, arg-type]
        with pytest.raises(TypeError, match="'create'"):
            ActorSpec(name="a")  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="'colour'"):
            ActorSpec(name="a", create=create, colour="red")  # type: ignore[call-arg, arg-type]
        with pytest.raises(BadSpec, match="top: 'a' is no child spec"):
            supervisor("a")  # type: ignore[arg-type]

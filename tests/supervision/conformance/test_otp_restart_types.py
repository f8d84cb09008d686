"""Counterparts of OTP's supervisor suite, rows 29 to 38, 52, 65: who comes back, and what is kept of who does not."""

import gc
import weakref

import pytest

from supervision.child import ChildState
from supervision.operations import AlreadyPresent, AlreadyStarted, NoSuchChild
from supervision.specs import ActorSpec, Restart, Strategy
from supervision.testing import Diary, Probe, Tree, probe, run_tree
from tests.supervision.conformance.otp_trees import (
    WAYS,
    Top,
    end_and_settle,
    every_strategy,
    generations,
    nothing,
    supervisor,
)

COMES_BACK = {
    # Rows 29, 32, 35. permanent_normal, permanent_shutdown, permanent_abnormal.
    Restart.PERMANENT: {"normal", "shutdown", "crash", "kill"},
    # Rows 30, 33, 36. transient_normal, transient_shutdown, transient_abnormal.
    Restart.TRANSIENT: {"crash", "kill"},
    # Rows 31, 34, 37. temporary_normal, temporary_shutdown, temporary_abnormal.
    Restart.TEMPORARY: set(),
}


@pytest.mark.parametrize("is_dynamic", [False, True])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("restart", list(Restart))
def test_a_child_comes_back_or_not_by_its_restart_type_and_its_way_to_end(
    restart: Restart, way: str, is_dynamic: bool
) -> None:
    """Rows 29, 30, 31, 32, 33, 34, 35, 36, 37. permanent_normal to temporary_abnormal."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        top = Top(tree)
        await top.start(probe("a", diary, restart=restart))
        await end_and_settle(tree, "top/a", way)
        if way in COMES_BACK[restart]:
            assert top.counts() == (1, 1, 0, 1)
            assert generations(tree, "top/a") == [2]
        elif restart is Restart.TRANSIENT and not is_dynamic:
            assert top.counts() == (1, 0, 0, 1)
            assert top.states() == {"a": ChildState.DOWN}
        else:
            assert top.counts() == (0, 0, 0, 0)

    run_tree(supervisor(is_dynamic=is_dynamic), script)


@pytest.mark.parametrize("way", ["normal", "shutdown"])
def test_a_transient_child_that_ended_in_good_order_can_be_restarted_by_hand(way: str) -> None:
    """Row 33. transient_shutdown."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        await end_and_settle(tree, "top/a", way)
        await Top(tree).restart("a")
        assert Top(tree).states() == {"a": ChildState.RUNNING}

    run_tree(supervisor(probe("a", diary, restart=Restart.TRANSIENT)), script)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_static", [False, True])
def test_the_name_of_a_temporary_child_that_is_over_may_be_used_again(way: str, is_static: bool) -> None:
    """Row 34. temporary_shutdown."""
    diary = Diary()
    spec = probe("a", diary, restart=Restart.TEMPORARY)

    async def script(tree: Tree) -> None:
        top = Top(tree)
        if not is_static:
            await top.start(spec)
        await end_and_settle(tree, "top/a", way)
        await top.start(spec)
        assert top.states() == {"a": ChildState.RUNNING}

    run_tree(supervisor(*([spec] if is_static else [])), script)


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
@pytest.mark.parametrize("way", ["crash", "kill", "normal"])
def test_a_temporary_child_that_was_stopped_for_a_sibling_does_not_come_back(strategy: Strategy, way: str) -> None:
    """Row 38. temporary_bystander."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        await end_and_settle(tree, "top/a", way)
        assert Top(tree).states() == {"a": ChildState.RUNNING}
        assert generations(tree, "top/a") == [2]
        assert tree.reason is None

    run_tree(supervisor(probe("a", diary), probe("b", diary, restart=Restart.TEMPORARY), strategy=strategy), script)


class Big:
    """What a child was started with, and nobody may keep for longer than it lives."""


def with_argument(name: str, diary: Diary, restart: Restart) -> tuple[ActorSpec, "weakref.ref[Big]"]:
    """A child that was started with a big argument, and a look at whether the argument is still there."""
    big = Big()

    class Loaded(Probe):
        def __init__(self) -> None:
            super().__init__(diary)
            self.big = big

    return ActorSpec(name=name, create=Loaded, restart=restart), weakref.ref(big)


async def start_with_argument(tree: Tree, name: str, diary: Diary) -> "weakref.ref[Big]":
    spec, seen = with_argument(name, diary, Restart.TEMPORARY)
    await Top(tree).start(spec)
    return seen


@pytest.mark.parametrize("is_dynamic", [True, False])
def test_the_arguments_of_temporary_children_are_not_kept_after_one_of_them_died(is_dynamic: bool) -> None:
    """Rows 52, 65. simple_one_for_one_corruption, do_not_save_start_parameters_for_temporary_children."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        first = await start_with_argument(tree, "a", diary)
        await end_and_settle(tree, "top/a", "kill")
        second = await start_with_argument(tree, "b", diary)
        await end_and_settle(tree, "top/b", "normal")
        diary.forget()
        gc.collect()
        assert first() is None
        assert second() is None

    run_tree(supervisor(is_dynamic=is_dynamic), script)


class TestTheSpecOfAChild:
    @every_strategy
    @pytest.mark.parametrize("way", WAYS)
    def test_is_not_kept_when_it_is_temporary(self, strategy: Strategy, way: str) -> None:
        """Row 65. do_not_save_child_specs_for_temporary_children."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            top = Top(tree)
            for _ in range(2):
                await top.start(probe("a", diary, restart=Restart.TEMPORARY))
                await end_and_settle(tree, "top/a", way)
                for operation in (top.terminate, top.restart, top.delete):
                    with pytest.raises(NoSuchChild):
                        await operation("a")
            assert top.counts() == (0, 0, 0, 0)

        run_tree(supervisor(strategy=strategy), script)

    @every_strategy
    @pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TRANSIENT])
    @pytest.mark.parametrize("way", WAYS)
    def test_is_kept_when_it_is_not(self, strategy: Strategy, restart: Restart, way: str) -> None:
        """Row 65. do_not_save_child_specs_for_temporary_children: the others."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            top = Top(tree)
            await top.start(probe("a", diary, restart=restart))
            await end_and_settle(tree, "top/a", way)
            with pytest.raises(AlreadyStarted if way in COMES_BACK[restart] else AlreadyPresent):
                await top.start(probe("a", diary, restart=restart))

        run_tree(supervisor(strategy=strategy), script)


def test_nothing_is_kept_of_children_that_came_and_went() -> None:
    """Row 65. do_not_save_start_parameters_for_temporary_children: whoever was there has left no path behind."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        top = Top(tree)
        for number in range(50):
            await top.start(probe(f"n{number}", diary, restart=Restart.TEMPORARY))
            await end_and_settle(tree, f"top/n{number}", list(WAYS)[number % len(WAYS)])
        assert tree.runtime.registry.cells() == []

    run_tree(supervisor(is_dynamic=True), script)
    run_tree(supervisor(is_dynamic=False), nothing)

"""Counterparts of OTP's supervisor suite, rows 55 to 61: supervisors that end with their significant children."""

import pytest

from supervision.reasons import Shutdown
from supervision.specs import AutoShutdown, ChildSpec, Restart, Strategy, SupervisorSpec
from supervision.testing import Diary, Tree, probe, run_tree
from tests.supervision.conformance.otp_trees import WAYS, Top, end_and_settle, generations, supervisor

ANY = AutoShutdown.ANY_SIGNIFICANT
ALL = AutoShutdown.ALL_SIGNIFICANT

both_modes = pytest.mark.parametrize("mode", [ANY, ALL])
static_and_dynamic = pytest.mark.parametrize("is_dynamic", [False, True])


def significant(name: str, diary: Diary, restart: Restart = Restart.TEMPORARY) -> ChildSpec:
    return probe(name, diary, restart=restart, is_significant=True)


def inner(*children: ChildSpec, mode: AutoShutdown, is_dynamic: bool = False) -> SupervisorSpec:
    """Transient, so that it stays as it ended."""
    return supervisor(
        *([] if is_dynamic else children),
        name="inner",
        auto_shutdown=mode,
        restart=Restart.TRANSIENT,
        is_dynamic=is_dynamic,
    )


class Scene:
    """A supervisor with these children, static or added."""

    def __init__(self, mode: AutoShutdown, *children: ChildSpec, is_dynamic: bool = False) -> None:
        self.spec = supervisor(inner(*children, mode=mode, is_dynamic=is_dynamic))
        self.children = children if is_dynamic else ()

    async def begin(self, tree: Tree) -> None:
        for spec in self.children:
            await Top(tree, "top/inner").start(spec)


def has_shut_down(tree: Tree) -> bool:
    return not tree.is_up("top/inner")


@both_modes
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("restart", [Restart.TEMPORARY, Restart.TRANSIENT])
def test_no_end_of_a_child_that_is_not_significant_ends_the_supervisor(
    mode: AutoShutdown, way: str, restart: Restart
) -> None:
    """Rows 55, 56. nonsignificant_temporary, nonsignificant_transient."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        for name in "ab":
            await end_and_settle(tree, f"top/inner/{name}", way)
            assert not has_shut_down(tree)

    children = probe("a", diary, restart=restart), probe("b", diary, restart=restart)
    run_tree(supervisor(inner(*children, significant("c", diary), mode=mode)), script)


class TestASignificantTemporaryChild:
    @static_and_dynamic
    @pytest.mark.parametrize("way", WAYS)
    def test_ends_the_supervisor_by_any_end_of_its_own(self, way: str, is_dynamic: bool) -> None:
        """Rows 57, 59. significant_temporary, significant_simple: any_significant."""
        diary = Diary()
        scene = Scene(ANY, significant("a", diary), significant("b", diary), is_dynamic=is_dynamic)

        async def script(tree: Tree) -> None:
            await scene.begin(tree)
            await end_and_settle(tree, "top/inner/a", way)
            assert has_shut_down(tree)
            supervisor_ = tree.runtime.registry.supervisor("top/inner")
            assert isinstance(supervisor_.last_exit, Shutdown)
            assert diary.order("stopping")[-1] == "b stopping"
            assert supervisor_.generation == 1

        run_tree(scene.spec, script)

    @static_and_dynamic
    @pytest.mark.parametrize("way", WAYS)
    def test_ends_the_supervisor_as_the_last_one(self, way: str, is_dynamic: bool) -> None:
        """Rows 57, 59. significant_temporary, significant_simple: all_significant."""
        diary = Diary()
        children = significant("a", diary), significant("b", diary), probe("c", diary)
        scene = Scene(ALL, *children, is_dynamic=is_dynamic)

        async def script(tree: Tree) -> None:
            await scene.begin(tree)
            await end_and_settle(tree, "top/inner/a", way)
            assert not has_shut_down(tree)
            await end_and_settle(tree, "top/inner/b", way)
            assert has_shut_down(tree)

        run_tree(scene.spec, script)

    @both_modes
    @static_and_dynamic
    def test_does_not_end_the_supervisor_when_it_is_terminated(self, mode: AutoShutdown, is_dynamic: bool) -> None:
        """Rows 57, 59. significant_temporary, significant_simple."""
        diary = Diary()
        scene = Scene(mode, significant("a", diary), significant("b", diary), is_dynamic=is_dynamic)

        async def script(tree: Tree) -> None:
            await scene.begin(tree)
            for name in "ab":
                await Top(tree, "top/inner").terminate(name)
            assert not has_shut_down(tree)
            assert Top(tree, "top/inner").counts() == (0, 0, 0, 0)

        run_tree(scene.spec, script)

    def test_ends_the_supervisor_as_the_last_one_though_the_other_was_terminated(self) -> None:
        """Row 57. significant_temporary: all_significant."""
        diary = Diary()
        scene = Scene(ALL, significant("a", diary), significant("b", diary))

        async def script(tree: Tree) -> None:
            await Top(tree, "top/inner").terminate("a")
            await end_and_settle(tree, "top/inner/b", "normal")
            assert has_shut_down(tree)

        run_tree(scene.spec, script)


class TestASignificantTransientChild:
    @both_modes
    @static_and_dynamic
    @pytest.mark.parametrize("way", ["crash", "kill"])
    def test_comes_back_after_an_abnormal_end_and_ends_nobody(
        self, mode: AutoShutdown, way: str, is_dynamic: bool
    ) -> None:
        """Rows 58, 59. significant_transient, significant_simple."""
        diary = Diary()
        scene = Scene(mode, significant("a", diary, Restart.TRANSIENT), is_dynamic=is_dynamic)

        async def script(tree: Tree) -> None:
            await scene.begin(tree)
            await end_and_settle(tree, "top/inner/a", way)
            assert not has_shut_down(tree)
            assert generations(tree, "top/inner/a") == [2]

        run_tree(scene.spec, script)

    @both_modes
    @static_and_dynamic
    @pytest.mark.parametrize("way", ["normal", "shutdown"])
    def test_ends_the_supervisor_by_an_end_in_good_order(self, mode: AutoShutdown, way: str, is_dynamic: bool) -> None:
        """Rows 58, 59. significant_transient, significant_simple."""
        diary = Diary()
        children = significant("a", diary, Restart.TRANSIENT), significant("b", diary, Restart.TRANSIENT)
        scene = Scene(mode, *children, is_dynamic=is_dynamic)

        async def script(tree: Tree) -> None:
            await scene.begin(tree)
            await end_and_settle(tree, "top/inner/a", way)
            assert has_shut_down(tree) is (mode is ANY)
            if mode is ALL:
                await end_and_settle(tree, "top/inner/b", way)
            assert has_shut_down(tree)

        run_tree(scene.spec, script)


@both_modes
@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("restart", [Restart.TEMPORARY, Restart.TRANSIENT])
def test_significant_children_that_are_stopped_for_a_sibling_end_nobody(
    mode: AutoShutdown, strategy: Strategy, restart: Restart
) -> None:
    """Row 60. significant_bystander."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        await end_and_settle(tree, "top/inner/a", "crash")
        assert not has_shut_down(tree)
        left = 1 if strategy is Strategy.ONE_FOR_ONE else 2
        assert generations(tree, "top/inner/a") == [2]
        if restart is Restart.TRANSIENT:
            assert generations(tree, "top/inner/b", "top/inner/c") == [left, left]
        else:
            gone = strategy is not Strategy.ONE_FOR_ONE
            assert Top(tree, "top/inner").counts()[0] == (1 if gone else 3)

    children = probe("a", diary), significant("b", diary, restart), significant("c", diary, restart)
    spec = supervisor(*children, name="inner", strategy=strategy, auto_shutdown=mode)
    run_tree(supervisor(spec), script)


@pytest.mark.parametrize("is_significant", [True, False])
@both_modes
def test_the_end_of_a_supervisor_ends_the_one_above_it_only_if_it_is_significant_there(
    is_significant: bool, mode: AutoShutdown
) -> None:
    """Row 61. significant_escalation."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        await end_and_settle(tree, "top/outer/inner/a", "normal")
        assert tree.is_up("top/outer") is not is_significant
        assert diary.order("stopping") == ["a stopping"] + (["b stopping"] if is_significant else [])
        assert tree.reason is None

    below = supervisor(
        significant("a", diary),
        name="inner",
        auto_shutdown=ANY,
        restart=Restart.TRANSIENT,
        is_significant=is_significant,
    )
    outer = supervisor(probe("b", diary), below, name="outer", auto_shutdown=mode, restart=Restart.TRANSIENT)
    run_tree(supervisor(outer), script)

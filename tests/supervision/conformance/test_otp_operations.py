"""Counterparts of OTP's supervisor suite, rows 23 to 25 and 69 to 70: what may be asked of a running supervisor."""

import pytest
import trio

from supervision.child import ChildFailedToStart, ChildState
from supervision.operations import (
    AlreadyPresent,
    AlreadyStarted,
    NoSuchChild,
    Restarting,
    StillRunning,
    SupervisorDown,
)
from supervision.reasons import Shutdown
from supervision.registry import UnknownActor
from supervision.specs import SECOND, Backoff, Restart, Strategy
from supervision.testing import MILLISECOND, Diary, Probe, ProbeError, Tree, probe, run_tree
from tests.supervision.conformance.otp_trees import Top, end_and_settle, failing, generations, supervisor


class TestTheAnswerToAStart:
    @pytest.mark.parametrize("is_dynamic", [False, True])
    def test_is_an_address_that_all_lives_have(self, is_dynamic: bool) -> None:
        """Row 23. extra_return."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            address = await Top(tree).start(probe("a", diary))
            assert address is not None
            for way in ("crash", "kill", "normal"):
                await end_and_settle(tree, "top/a", way)
            assert tree.address("top/a") is address
            address.tell("hello")
            await tree.settle()
            assert diary.received("top/a") == ["hello"]

        run_tree(supervisor(is_dynamic=is_dynamic), script)

    def test_is_the_same_for_a_restart_by_hand_and_refused_where_there_is_nothing_to_start(self) -> None:
        """Row 23. extra_return."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            top = Top(tree)
            address = tree.address("top/a")
            with pytest.raises(StillRunning):
                await top.restart("a")
            await top.terminate("a")
            assert await top.restart("a") is address
            with pytest.raises(NoSuchChild):
                await top.restart("b")

        run_tree(supervisor(probe("a", diary)), script)


def test_the_life_of_a_child_through_all_operations() -> None:
    """Row 24. child_adm."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        top = Top(tree)
        assert top.counts() == (1, 1, 0, 1)
        with pytest.raises(AlreadyStarted, match="running"):
            await top.start(probe("a", diary))
        with pytest.raises(StillRunning):
            await top.delete("a")
        with pytest.raises(StillRunning):
            await top.restart("a")

        await top.terminate("a")
        assert diary.order("stopping") == ["a stopping"]
        assert top.counts() == (1, 0, 0, 1)
        await top.terminate("a")
        with pytest.raises(AlreadyPresent, match="down"):
            await top.start(probe("a", diary))

        await top.restart("a")
        assert generations(tree, "top/a") == [2]
        assert top.states() == {"a": ChildState.RUNNING}
        assert top.counts() == (1, 1, 0, 1)

        await top.terminate("a")
        await top.delete("a")
        assert top.counts() == (0, 0, 0, 0)
        with pytest.raises(NoSuchChild):
            await top.terminate("a")
        with pytest.raises(NoSuchChild):
            await top.restart("a")
        with pytest.raises(NoSuchChild):
            await top.delete("a")

        await top.start(probe("a", diary))
        assert top.counts() == (1, 1, 0, 1)

    run_tree(supervisor(probe("a", diary)), script)


class TestASupervisorThatIsNotThere:
    def test_because_nobody_has_its_name_is_an_unknown_one(self) -> None:
        """Row 24. child_adm: noproc."""

        async def script(tree: Tree) -> None:
            with pytest.raises(UnknownActor, match="no supervisor is called nobody"):
                tree.supervisor("nobody")

        run_tree(supervisor(), script)

    def test_because_it_ended_refuses_each_operation(self) -> None:
        """Row 24. child_adm: noproc."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            inner = Top(tree, "top/inner")
            await Top(tree).terminate("inner")
            with pytest.raises(SupervisorDown, match="top/inner does not run"):
                await inner.start(probe("b", diary))
            for operation in (inner.terminate, inner.restart, inner.delete):
                with pytest.raises(SupervisorDown):
                    await operation("a")

        run_tree(supervisor(supervisor(probe("a", diary), name="inner")), script)

    def test_any_more_answers_what_was_asked_of_it_in_time(self) -> None:
        """Row 24. child_adm: an operation that waits in the queue of a supervisor that ends."""
        diary = Diary()
        answers: list[str] = []

        async def script(tree: Tree) -> None:
            inner = tree.supervisor("top/inner")

            async def ask() -> None:
                try:
                    await inner.terminate_child("a")
                except SupervisorDown as error:
                    answers.append(str(error))

            async with trio.open_nursery() as nursery:
                tree.runtime.registry.supervisor("top/inner").ask_to_stop("now")
                nursery.start_soon(ask)
                await tree.settle()
            assert answers == ["the supervisor top/inner does not run"]

        run_tree(supervisor(supervisor(probe("a", diary), name="inner", restart=Restart.TRANSIENT)), script)


class TestADynamicSupervisor:
    def test_terminates_its_own_children_and_no_others(self) -> None:
        """Row 25. child_adm_simple."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            pool = Top(tree, "top/pool")
            for name in ("a", "b", "c"):
                await pool.start(probe(name, diary))
            assert pool.counts() == (3, 3, 0, 3)
            await pool.terminate("b")
            assert pool.states() == {"c": ChildState.RUNNING, "a": ChildState.RUNNING}
            with pytest.raises(NoSuchChild):
                await pool.terminate("stranger")
            assert tree.is_up("top/stranger")

        run_tree(supervisor(probe("stranger", diary), supervisor(name="pool", is_dynamic=True)), script)

    def test_has_nothing_left_of_a_child_that_is_over(self) -> None:
        """Row 25. child_adm_simple: there is nothing to restart or to delete, and the name is free."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            top = Top(tree)
            await top.start(probe("a", diary))
            await top.terminate("a")
            for operation in (top.terminate, top.restart, top.delete):
                with pytest.raises(NoSuchChild):
                    await operation("a")
            await top.start(probe("a", diary, restart=Restart.TRANSIENT))
            await end_and_settle(tree, "top/a", "normal")
            assert top.counts() == (0, 0, 0, 0)
            await top.start(probe("a", diary))

        run_tree(supervisor(is_dynamic=True), script)


SLOW = Backoff(initial_ns=10 * SECOND, maximum_ns=10 * SECOND)


def never_comes_back(diary: Diary, path: str, after_ns: int) -> None:
    """The first life starts; each further one takes so long to fail."""

    async def load(probe: Probe) -> None:
        if probe.generation > 1:
            await trio.sleep(after_ns / SECOND)
            raise ProbeError("still not")

    diary.on_load[path] = load


async def until_it_waits(tree: Tree, path: str) -> None:
    for _ in range(100):
        if tree.child(path).state is ChildState.BACKING_OFF:
            return
        await tree.advance(100 * MILLISECOND)
    raise AssertionError(f"{path} does not wait for a restart")


class TestWhileARestartKeepsFailingSlowly:
    @pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ONE, Strategy.REST_FOR_ONE, Strategy.ONE_FOR_ALL])
    def test_the_supervisor_answers_between_the_attempts(self, strategy: Strategy) -> None:
        """Rows 69, 70. hanging_restart_loop, hanging_restart_loop_rest_for_one."""
        diary = Diary()
        never_comes_back(diary, "top/b", SECOND)

        async def script(tree: Tree) -> None:
            top = Top(tree)
            await end_and_settle(tree, "top/b", "crash")
            await until_it_waits(tree, "top/b")
            states = top.states()
            assert states["b"] is ChildState.BACKING_OFF
            later = ChildState.RUNNING if strategy is Strategy.ONE_FOR_ONE else ChildState.DOWN
            assert states["c"] is later
            assert top.counts()[0] == 3
            with pytest.raises(AlreadyStarted, match="backing off"):
                await top.start(probe("b", diary))
            await until_it_waits(tree, "top/b")
            with pytest.raises(Restarting):
                await top.restart("b")
            await until_it_waits(tree, "top/b")
            with pytest.raises(Restarting):
                await top.delete("b")

            await top.terminate("b")
            assert top.states()["b"] is ChildState.DOWN
            lives = generations(tree, "top/b")
            await tree.advance(100 * SECOND)
            assert generations(tree, "top/b") == lives
            await top.delete("b")
            assert [child.name for child in top.handle.which_children()] == ["c", "a"]

        tree = supervisor(
            *(probe(name, diary) for name in "abc"), strategy=strategy, intensity=10**6, backoff=SLOW
        )  # fmt: skip
        assert run_tree(tree, script).reason == Shutdown("the test is over")

    def test_a_dynamic_supervisor_answers_too_and_stops_the_attempts(self) -> None:
        """Row 70. hanging_restart_loop_simple."""
        diary = Diary()
        never_comes_back(diary, "top/a", SECOND)

        async def script(tree: Tree) -> None:
            top = Top(tree)
            await top.start(probe("a", diary))
            await top.start(probe("b", diary))
            await end_and_settle(tree, "top/a", "crash")
            await until_it_waits(tree, "top/a")
            assert top.states() == {"b": ChildState.RUNNING, "a": ChildState.BACKING_OFF}
            await top.terminate("a")
            await tree.advance(100 * SECOND)
            assert tree.logged("child failed to start")[-1].at_ns < tree.clock.now_ns() - 99 * SECOND
            assert tree.is_up("top/b")

        run_tree(supervisor(is_dynamic=True, intensity=10**6, backoff=SLOW), script)

    def test_an_operation_that_comes_in_the_middle_of_an_attempt_is_served_after_it(self) -> None:
        """Row 69. hanging_restart_loop."""
        diary = Diary()
        never_comes_back(diary, "top/a", SECOND)

        async def script(tree: Tree) -> None:
            await end_and_settle(tree, "top/a", "crash")
            assert Top(tree).states() == {"a": ChildState.STARTING}
            await Top(tree).terminate("a")
            assert Top(tree).states() == {"a": ChildState.DOWN}
            assert generations(tree, "top/a") == [2]

        run_tree(supervisor(probe("a", diary), intensity=10**6), script)

    @pytest.mark.parametrize("strategy", list(Strategy))
    def test_the_supervisor_can_be_stopped(self, strategy: Strategy) -> None:
        """Rows 69, 70. hanging_restart_loop."""
        diary = Diary()
        never_comes_back(diary, "top/a", SECOND)

        async def script(tree: Tree) -> None:
            await end_and_settle(tree, "top/a", "crash")
            await tree.advance(5 * SECOND)
            before_ns = tree.clock.now_ns()
            tree.runtime.stop("enough")
            await tree.advance(2 * SECOND)
            assert tree.reason == Shutdown("enough")
            assert tree.clock.now_ns() - before_ns <= 2 * SECOND

        spec = supervisor(probe("a", diary), probe("b", diary), strategy=strategy, intensity=10**6)
        run_tree(spec, script)


def test_a_failed_restart_by_hand_leaves_a_child_that_is_over() -> None:
    """Row 10. sup_start_restart_child_returns_error: whoever asks the child or watches it is told at once."""
    diary = Diary()
    failing(diary, "top/a", 2)

    async def script(tree: Tree) -> None:
        top = Top(tree)
        await top.terminate("a")
        with pytest.raises(ChildFailedToStart):
            await top.restart("a")
        assert tree.cell("top/a").is_over

    run_tree(supervisor(probe("a", diary)), script)

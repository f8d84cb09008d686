"""What an operator may do to a running actor: suspend, resume, slow down, look between its messages, kill, restart."""

import pytest

from supervision.cell import Cell
from supervision.child import ChildState
from supervision.interceptor import Handle
from supervision.mailbox import Envelope, MailboxSpec, Overflow
from supervision.operations import WouldBeGone
from supervision.reasons import Crashed, Down, Killed, Shutdown
from supervision.registry import UnknownActor
from supervision.specs import SECOND, Restart, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Crash, Diary, Do, Tree, probe, run_tree


def top(*children: object, strategy: Strategy = Strategy.ONE_FOR_ONE) -> SupervisorSpec:
    return SupervisorSpec(name="top", strategy=strategy, children=children)  # type: ignore[arg-type]


class TestASuspendedActor:
    def test_handles_nothing_until_it_is_resumed_and_then_everything_in_order(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            cell = tree.cell("top/a")
            cell.suspend()
            await tree.settle()
            assert cell.state is ChildState.SUSPENDED
            tree.tell("top/a", 1, 2, 3)
            await tree.advance(SECOND)
            assert diary.received("top/a") == []
            assert cell.mailbox.depth == 3
            cell.resume()
            await tree.settle()
            assert diary.received("top/a") == [1, 2, 3]
            assert tree.child("top/a").state is ChildState.RUNNING

        run_tree(top(probe("a", diary)), script)

    def test_is_suspended_before_its_next_message_in_the_middle_of_a_batch(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", 1, Do(lambda probe: tree.cell("top/a").suspend()), 2)
            await tree.settle()
            assert diary.received("top/a") == [1]

        run_tree(top(probe("a", diary)), script)

    def test_keeps_the_order_of_what_it_hears_of_others(self) -> None:
        diary = Diary()
        diary.on_start["top/a"] = lambda probe: probe.monitor("top/b")

        async def script(tree: Tree) -> None:
            tree.cell("top/a").suspend()
            await tree.settle()
            tree.tell("top/a", "ordinary")
            for _ in range(2):
                tree.tell("top/b", Crash())
                await tree.advance(SECOND)
            assert diary.received("top/a") == []
            tree.cell("top/a").resume()
            await tree.settle()
            heard = diary.received("top/a")
            assert [each.generation for each in heard[:2] if isinstance(each, Down)] == [1, 2]
            assert heard[2] == "ordinary"

        run_tree(top(probe("a", diary), probe("b", diary)), script)

    def test_obeys_a_stop(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.cell("top/a").suspend()
            await tree.settle()
            tree.tell("top/a", "waits")

        tree = run_tree(top(probe("a", diary)), script)
        assert diary.order("stopping") == ["a stopping"]
        assert diary.received("top/a") == []
        assert isinstance(tree.cell("top/a").last_exit, Shutdown)

    def test_can_be_killed_and_its_next_life_is_not_suspended(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.cell("top/a").suspend()
            await tree.settle()
            tree.tell("top/a", "kept")
            tree.kill("top/a")
            await tree.advance(SECOND)
            assert diary.received("top/a") == ["kept"]
            assert tree.cell("top/a").state is ChildState.RUNNING

        run_tree(top(probe("a", diary)), script)

    @pytest.mark.parametrize("overflow", list(Overflow))
    def test_overflows_by_its_own_rule(self, overflow: Overflow) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            cell = tree.cell("top/a")
            cell.suspend()
            await tree.settle()
            tree.tell("top/a", 1, 2, 3)
            await tree.settle()
            assert tree.runtime.dead_letter_count == 1
            cell.resume()
            await tree.advance(SECOND)
            assert [each for each in diary.received("top/a") if isinstance(each, int)] == [1, 2]
            assert isinstance(cell.last_exit, Crashed) == (overflow is Overflow.CRASH)

        run_tree(top(probe("a", diary, mailbox=MailboxSpec(capacity=2, overflow=overflow))), script)

    def test_goes_on_after_a_pause_by_itself_and_not_before_the_operator_agrees(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            cell = tree.cell("top/a")
            cell.pause(2 * SECOND)
            tree.tell("top/a", 1)
            await tree.advance(SECOND)
            assert diary.received("top/a") == []
            await tree.advance(SECOND)
            assert diary.received("top/a") == [1]
            cell.pause(SECOND)
            cell.suspend()
            tree.tell("top/a", 2)
            await tree.advance(10 * SECOND)
            assert diary.received("top/a") == [1]
            cell.resume()
            await tree.settle()
            assert diary.received("top/a") == [1, 2]

        run_tree(top(probe("a", diary)), script)


class TestASlowedActor:
    def test_takes_longer_for_each_message_and_blocks_nobody_else(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.cell("top/a").slow_down(100 * MILLISECOND)
            await tree.settle()
            began_ns = tree.clock.now_ns()
            tree.tell("top/a", 1, 2, 3)
            tree.tell("top/b", 1, 2, 3)
            await tree.advance(SECOND)
            received = [line for line in diary.lines if line.event == "received"]
            slow, fast = ([line.at_ns - began_ns for line in received if line.path == f"top/{name}"] for name in "ab")
            assert slow == [0, 100 * MILLISECOND, 200 * MILLISECOND]
            assert fast == [0, 0, 0]

        run_tree(top(probe("a", diary), probe("b", diary)), script)

    def test_stays_slow_through_a_restart_until_it_is_let_go(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            cell = tree.cell("top/a")
            cell.slow_down(SECOND)
            tree.kill("top/a")
            await tree.advance(SECOND)
            assert cell.generation == 2
            tree.tell("top/a", 1, 2, 3)
            await tree.settle()
            assert diary.received("top/a") == [1]
            cell.slow_down(0)
            await tree.advance(SECOND)
            assert diary.received("top/a") == [1, 2, 3]

        run_tree(top(probe("a", diary)), script)


class Twice:
    """Handles everything twice, and counts what is sent."""

    def __init__(self, name: str, seen: list[str]) -> None:
        self.name = name
        self.seen = seen

    def around(self, handle: Handle, cell: Cell) -> Handle:
        def twice(envelope: Envelope) -> None:
            self.seen.append(f"{self.name} in")
            handle(envelope)
            handle(envelope)

        return twice

    def sent(self, cell: Cell, envelope: Envelope, to: str, delivered: bool) -> None:
        self.seen.append(f"{self.name} out {to} {delivered}")


class TestInterceptors:
    def test_nest_in_the_order_of_their_coming_and_leave_no_trace_when_released(self) -> None:
        diary = Diary()
        seen: list[str] = []
        outer, inner = Twice("outer", seen), Twice("inner", seen)

        async def script(tree: Tree) -> None:
            cell = tree.cell("top/a")
            cell.intercept(outer)
            cell.intercept(inner)
            tree.tell("top/a", 1)
            await tree.settle()
            assert diary.received("top/a") == [1] * 4
            assert seen == ["outer in", "inner in", "inner in"]
            cell.release(outer)
            tree.tell("top/a", 2)
            await tree.settle()
            assert diary.received("top/a")[4:] == [2, 2]
            cell.release(inner)
            tree.tell("top/a", 3)
            await tree.settle()
            assert diary.received("top/a")[6:] == [3]

        run_tree(top(probe("a", diary)), script)

    def test_hear_what_is_sent_and_keep_its_correlation(self) -> None:
        diary = Diary()
        seen: list[str] = []

        async def script(tree: Tree) -> None:
            tree.cell("top/a").intercept(Twice("i", seen))
            tree.tell("top/a", Do(lambda probe: probe.tell(tree.address("top/b"), probe.correlation)))
            tree.tell("top/b", Do(lambda probe: None))
            await tree.settle()
            assert seen == ["i in", "i out top/b True", "i out top/b True"]
            (first, second) = diary.received("top/b")
            assert first == second > 0

        run_tree(top(probe("a", diary), probe("b", diary)), script)

    def test_last_through_restarts(self) -> None:
        diary = Diary()
        seen: list[str] = []

        async def script(tree: Tree) -> None:
            tree.cell("top/a").intercept(Twice("i", seen))
            tree.kill("top/a")
            await tree.advance(SECOND)
            tree.tell("top/a", 1)
            await tree.settle()
            assert diary.received("top/a") == [1, 1]

        run_tree(top(probe("a", diary)), script)


class TestRestartingByHand:
    def test_stops_in_good_order_and_starts_again_with_the_mailbox_and_counts_no_restart(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", "before")
            for _ in range(20):
                await tree.run(lambda: tree.runtime.restart("top/a", "a test"))
                assert tree.is_up("top/a")
            assert tree.cell("top/a").generation == 21
            assert tree.supervisor("top").which_children()[0].generation == 21

        run_tree(top(probe("a", diary)), script)
        assert diary.order("stopping") == ["a stopping"] * 21

    def test_concerns_the_siblings_that_the_end_would_concern(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            diary.forget()
            await tree.run(lambda: tree.runtime.restart("top/b", "a test"))
            assert diary.order("stopping", "started") == ["c stopping", "b stopping", "b started", "c started"]

        children = (probe("a", diary), probe("b", diary), probe("c", diary))
        run_tree(top(*children, strategy=Strategy.REST_FOR_ONE), script)

    def test_of_a_temporary_child_is_refused_and_of_the_root_too(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            with pytest.raises(WouldBeGone, match="top/a is temporary"):
                await tree.run(lambda: tree.runtime.restart("top/a", "a test"))
            assert tree.is_up("top/a")
            with pytest.raises(UnknownActor, match="root"):
                await tree.run(lambda: tree.runtime.restart("top", "a test"))

        run_tree(top(probe("a", diary, restart=Restart.TEMPORARY)), script)


def test_a_kill_by_hand_is_a_kill_like_any_other() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        tree.runtime.kill("top/a", "an operator said so")
        await tree.advance(SECOND)
        assert tree.cell("top/a").last_exit == Killed("an operator said so")
        assert tree.is_up("top/a")

    run_tree(top(probe("a", diary)), script)
    assert diary.order("stopping") == ["a stopping"]


def test_a_monitor_hears_of_a_supervisor_too() -> None:
    diary = Diary()
    diary.on_start["top/a"] = lambda probe: probe.monitor("top/inner")
    inner = SupervisorSpec(name="inner", strategy=Strategy.ONE_FOR_ONE, children=(probe("b", diary),))

    async def script(tree: Tree) -> None:
        tree.runtime.kill("top/inner", "a test")
        await tree.advance(SECOND)
        assert diary.received("top/a") == [Down("top/inner", Killed("a test"), 1)]

    run_tree(top(probe("a", diary), inner), script)

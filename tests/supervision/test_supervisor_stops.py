"""R9, R10, R12 and what happens when a supervisor itself is cancelled."""

import pytest
import trio

from supervision.child import Ended
from supervision.reasons import Crashed, ExitReason, Killed, Shutdown
from supervision.specs import SECOND, Restart, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Crash, Diary, Do, Probe, ProbeError, Tree, probe, run_tree


def one_for_one(*children: object, name: str = "top") -> SupervisorSpec:
    return SupervisorSpec(name=name, strategy=Strategy.ONE_FOR_ONE, children=children)  # type: ignore[arg-type]


def does_not_react(duration_ns: int) -> Do:
    """Gives the probe a worker that a cancellation does not reach for so long."""

    async def work() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(duration_ns / SECOND)

    return Do(lambda probe: probe.work("stubborn", work))


def reasons(tree: Tree) -> dict[str, str]:
    return {str(line.fields["child"]): str(line.fields["reason"]) for line in tree.logged("child ended")}


async def settle(tree: Tree) -> None:
    await tree.settle()


def test_the_whole_tree_stops_strictly_in_reverse() -> None:
    diary = Diary()
    inner = one_for_one(probe("b", diary), probe("c", diary), name="inner")
    run_tree(one_for_one(probe("a", diary), inner, probe("d", diary)), settle)
    assert diary.order("stopping") == ["d stopping", "c stopping", "b stopping", "a stopping"]


def test_each_stops_to_its_end_before_the_next_is_asked() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        tree.tell("top/b", does_not_react(3 * SECOND))
        await tree.settle()

    run_tree(one_for_one(probe("a", diary), probe("b", diary)), script)
    times = {line.path: line.at_ns for line in diary.lines if line.event == "stopping"}
    assert 3 * SECOND <= times["top/a"] - times["top/b"] < 4 * SECOND


def test_a_stop_overtakes_what_waits_in_the_mailbox_and_leaves_it_there() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        tree.tell("top/a", *range(10))
        tree.runtime.stop("now")
        tree.cell("top/a").ask_to_stop("now")
        await tree.settle()
        assert diary.received("top/a") == []
        assert tree.cell("top/a").mailbox.depth == 10

    run_tree(one_for_one(probe("a", diary, restart=Restart.TRANSIENT)), script)


class TestADeadline:
    def test_ends_in_a_kill_and_the_prompt_sibling_s_end_is_a_shutdown(self) -> None:
        """Case 17."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", does_not_react(30 * SECOND))
            await tree.settle()

        tree = run_tree(one_for_one(probe("a", diary, stop_within_ns=SECOND), probe("b", diary)), script)
        assert tree.cell("top/a").last_exit == Killed("not stopped in time, the test is over")
        assert tree.cell("top/b").last_exit == Shutdown("the test is over")

    def test_of_no_time_is_a_kill_without_asking(self) -> None:
        """Case 19."""
        diary = Diary()
        tree = run_tree(one_for_one(probe("a", diary, stop_within_ns=0)), settle)
        assert tree.cell("top/a").last_exit == Killed("the test is over")
        assert diary.order("stopping") == []


class TestAChildThatDiesWhileItIsStopped:
    def test_keeps_its_own_reason_and_is_not_restarted(self) -> None:
        class Clumsy(Probe):
            def stopping(self, reason: ExitReason) -> None:
                raise ProbeError("stumbled")

        diary = Diary()
        spec = probe("a", diary)
        clumsy = type(spec)(name="a", create=lambda: Clumsy(diary))
        tree = run_tree(one_for_one(clumsy, probe("b", diary)), settle)
        assert isinstance(tree.cell("top/a").last_exit, Crashed)
        assert tree.cell("top/a").generation == 1
        assert reasons(tree)["top/a"] == "crashed: ProbeError: stumbled"

    @pytest.mark.parametrize("seed", range(5))
    def test_twelve_that_end_by_themselves_do_not_disturb_a_stop(self, seed: int) -> None:
        """Case 21."""
        diary = Diary()
        children = [
            probe(f"{restart.name.lower()}-{how}", diary, restart=restart)
            for restart in Restart
            for how in ("crash", "kill", "stop", "work")
        ]

        async def fail() -> None:
            raise ProbeError("worker")

        async def script(tree: Tree) -> None:
            tree.tell("top/last", does_not_react(2 * SECOND))
            await tree.settle()
            tree.runtime.stop("race")
            await tree.settle()
            for child in children:
                path = f"top/{child.name}"
                match child.name.rpartition("-")[2]:
                    case "crash":
                        tree.tell(path, Crash())
                    case "kill":
                        tree.kill(path)
                    case "stop":
                        tree.cell(path).ask_to_stop("by itself")
                    case _:
                        tree.tell(path, Do(lambda probe: probe.work("w", fail)))
            await tree.advance(3 * SECOND)
            assert tree.reason == Shutdown("race")

        tree = run_tree(one_for_one(*children, probe("last", diary)), script, seed)
        told = reasons(tree)
        for child in children:
            assert tree.cell(f"top/{child.name}").generation == 1
            expected = {
                "crash": "crashed: ProbeError: told to",
                "kill": "killed: a test killed it",
                "stop": "shutdown: by itself",
                "work": "crashed: ProbeError: worker",
            }[child.name.rpartition("-")[2]]
            assert told[f"top/{child.name}"] == expected


def test_late_news_of_a_former_incarnation_is_ignored() -> None:
    """R12."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        former = tree.child("top/a").life
        tree.kill("top/a")
        await tree.settle()
        assert tree.runtime.root is not None
        tree.runtime.root.post(Ended(tree.child("top/a"), former))
        await tree.settle()
        assert tree.cell("top/a").generation == 2
        assert tree.is_up("top/a")

    run_tree(one_for_one(probe("a", diary)), script)


class TestASupervisorThatIsCancelled:
    def test_takes_its_children_with_it_unasked_and_is_restarted(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.kill("top/inner")
            await tree.settle()
            assert diary.order("stopping") == []
            assert tree.is_up("top/inner", "top/inner/a")
            assert tree.cell("top/inner/a").generation == 2
            assert tree.cell("top/inner/a").last_exit == Killed("top/inner did not end in good order")

        run_tree(one_for_one(one_for_one(probe("a", diary), name="inner")), script)

    def test_forgets_the_restarts_it_had_planned(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            for _ in range(2):
                tree.tell("top/inner/a", Crash())
                await tree.settle()
            assert tree.runtime.timers.pending_count == 1
            tree.kill("top/inner")
            await tree.settle()
            assert tree.runtime.timers.pending_count == 0
            await tree.advance(10 * SECOND)
            assert tree.cell("top/inner/a").generation == 3

        run_tree(one_for_one(one_for_one(probe("a", diary), name="inner")), script)

    def test_in_the_middle_of_a_restart_leaves_nothing_behind(self) -> None:
        diary = Diary()

        async def load(probe: Probe) -> None:
            if probe.generation == 2:
                await trio.sleep(5)

        diary.on_load["top/inner/a"] = load

        async def script(tree: Tree) -> None:
            tree.tell("top/inner/a", Crash())
            await tree.advance(100 * MILLISECOND)
            tree.kill("top/inner")
            await tree.settle()
            assert tree.is_up("top/inner/a")
            assert tree.cell("top/inner/a").generation == 3

        run_tree(one_for_one(one_for_one(probe("a", diary), name="inner")), script)


def test_a_tree_whose_task_is_cancelled_from_outside_leaves_nothing_behind() -> None:
    from supervision.clock import SteadyClock
    from supervision.runtime import Runtime
    from supervision.testing import demand_nothing_left

    diary = Diary()

    async def main() -> None:
        runtime = Runtime(SteadyClock())
        runtime.describe(one_for_one(probe("a", diary), probe("b", diary)))
        async with trio.open_nursery() as nursery:
            await nursery.start(runtime.run)
            nursery.cancel_scope.cancel()
        demand_nothing_left(runtime)

    trio.run(main)
    assert diary.order("stopping") == []

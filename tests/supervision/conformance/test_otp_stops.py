"""Counterparts of OTP's supervisor suite, rows 16 to 22, 49, 53 and 71: how children are stopped."""

import pytest
import trio

from supervision.reasons import ExitReason, Killed, Shutdown
from supervision.specs import SECOND, ActorSpec, Restart, Strategy
from supervision.testing import Crash, Diary, Do, Probe, ProbeError, Tree, probe, run_tree
from tests.supervision.conformance.otp_trees import (
    WAYS,
    Top,
    end,
    ends,
    nothing,
    stubborn,
    supervisor,
)

OVER = "the test is over"


class Clumsy(Probe):
    """Ends in its own way when it is asked to stop."""

    def stopping(self, reason: ExitReason) -> None:
        raise ProbeError("stumbled")


def clumsy(name: str, diary: Diary) -> ActorSpec:
    return ActorSpec(name=name, create=lambda: Clumsy(diary))


def test_a_worker_may_be_waited_for_for_ever() -> None:
    """Row 16. sup_stop_infinity."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        tree.tell("top/a", stubborn(1000 * SECOND))
        await tree.settle()

    tree = run_tree(supervisor(probe("a", diary, stop_within_ns=None), probe("b", diary)), script)
    assert tree.cell("top/a").last_exit == tree.cell("top/b").last_exit == Shutdown(OVER)


class TestAChildThatDoesNotReact:
    def test_is_killed_at_its_deadline_and_its_prompt_sibling_is_shut_down(self) -> None:
        """Row 17. sup_stop_timeout."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", stubborn(2 * SECOND))
            await tree.settle()

        tree = run_tree(supervisor(probe("a", diary, stop_within_ns=SECOND), probe("b", diary)), script)
        assert tree.cell("top/a").last_exit == Killed(f"not stopped in time, {OVER}")
        assert tree.cell("top/b").last_exit == Shutdown(OVER)

    def test_among_dynamic_ones_is_killed_at_its_deadline_while_the_others_are_shut_down(self) -> None:
        """Row 18. sup_stop_timeout_dynamic."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            for name in "abc":
                await Top(tree).start(probe(name, diary, stop_within_ns=SECOND))
            tree.tell("top/a", stubborn(2 * SECOND))
            tree.tell("top/b", stubborn(2 * SECOND))
            await tree.settle()

        tree = run_tree(supervisor(is_dynamic=True), script)
        assert tree.reason == Shutdown(OVER)
        told = dict(ends(tree))
        assert told == {
            "top/a": f"killed: not stopped in time, {OVER}",
            "top/b": f"killed: not stopped in time, {OVER}",
            "top/c": f"shutdown: {OVER}",
        }


class TestAChildWithoutTimeToStop:
    def test_is_killed_and_its_sibling_is_shut_down(self) -> None:
        """Row 19. sup_stop_brutal_kill."""
        diary = Diary()
        tree = run_tree(supervisor(probe("a", diary, stop_within_ns=0), probe("b", diary)), nothing)
        assert tree.cell("top/a").last_exit == Killed(OVER)
        assert tree.cell("top/b").last_exit == Shutdown(OVER)
        assert diary.order("stopping") == ["b stopping"]

    def test_is_killed_among_ten_dynamic_ones(self) -> None:
        """Row 20. sup_stop_brutal_kill_dynamic."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            for number in range(10):
                await Top(tree).start(probe(f"n{number}", diary, stop_within_ns=0))

        tree = run_tree(supervisor(is_dynamic=True), script)
        assert sorted(ends(tree)) == [(f"top/n{number}", f"killed: {OVER}") for number in range(10)]
        assert diary.order("stopping") == []


@pytest.mark.parametrize("seed", range(4))
def test_twelve_that_end_by_themselves_while_a_slow_one_is_stopped_keep_their_reasons(seed: int) -> None:
    """Row 21. sup_stop_race."""
    diary = Diary()
    racing = {
        f"top/{restart.name.lower()}-{way}": (restart, way)
        for restart in Restart
        for way in WAYS
    }  # fmt: skip
    children = [probe(path.removeprefix("top/"), diary, restart=restart) for path, (restart, _) in racing.items()]

    async def script(tree: Tree) -> None:
        tree.tell("top/last", stubborn(2 * SECOND))
        await tree.settle()
        tree.runtime.stop("race")
        await tree.settle()
        for path, (_, way) in racing.items():
            end(tree, path, way)
        await tree.advance(3 * SECOND)

    tree = run_tree(supervisor(*children, probe("last", diary)), script, seed)
    assert tree.reason == Shutdown("race")
    told = dict(ends(tree))
    for path, (_, way) in racing.items():
        assert tree.cell(path).generation == 1
        assert told[path] == WAYS[way]
    assert told["top/last"] == "shutdown: race"


def test_dynamic_children_that_end_in_odd_ways_do_not_disturb_a_stop() -> None:
    """Row 22. sup_stop_non_shutdown_exit_dynamic."""
    diary = Diary()

    class Odd(Probe):
        def stopping(self, reason: ExitReason) -> None:
            self._life.runtime.kill(self.path, "by itself")

    async def script(tree: Tree) -> None:
        top = Top(tree)
        await top.start(clumsy("clumsy", diary))
        await top.start(ActorSpec(name="odd", create=lambda: Odd(diary)))
        await top.start(probe("good", diary))

    tree = run_tree(supervisor(is_dynamic=True), script)
    assert tree.reason == Shutdown(OVER)
    told = dict(ends(tree))
    assert told["top/clumsy"] == "crashed: ProbeError: stumbled"
    assert told["top/odd"] in {"killed: by itself", f"shutdown: {OVER}"}
    assert told["top/good"] == f"shutdown: {OVER}"


class TestAStopOfManySlowDynamicChildren:
    def test_takes_as_long_as_the_slowest_one(self) -> None:
        """Row 49. simple_one_for_one_shutdown."""
        diary = Diary()
        asked_ns: list[int] = []

        async def script(tree: Tree) -> None:
            for number in range(5):
                await Top(tree).start(probe(f"n{number}", diary, stop_within_ns=10 * SECOND))
                tree.tell(f"top/n{number}", stubborn((1 + number) * SECOND))
            await tree.settle()
            asked_ns.append(tree.clock.now_ns())

        tree = run_tree(supervisor(is_dynamic=True), script)
        assert 5 * SECOND <= tree.clock.now_ns() - asked_ns[0] < 6 * SECOND
        assert {reason for _, reason in ends(tree)} == {f"shutdown: {OVER}"}

    def test_kills_one_that_is_too_slow_at_its_own_deadline(self) -> None:
        """Row 49. simple_one_for_one_shutdown."""
        diary = Diary()
        ended_ns: dict[str, int] = {}

        async def script(tree: Tree) -> None:
            async def work() -> None:
                try:
                    await trio.sleep_forever()
                finally:
                    ended_ns["slow"] = tree.clock.now_ns()

            class Slow(Probe):
                async def unload(self) -> None:
                    ended_ns.setdefault("asked", tree.clock.now_ns())
                    await trio.sleep(1000)

            await Top(tree).start(probe("good", diary))
            await Top(tree).start(ActorSpec(name="slow", create=lambda: Slow(diary), stop_within_ns=SECOND))

        before_ns = run_tree(supervisor(is_dynamic=True), script).clock.now_ns()
        assert SECOND <= before_ns - ended_ns["asked"] < 3 * SECOND


class TestAChildThatDetachesItself:
    def test_with_a_shield_that_never_ends_cannot_hang_whoever_terminates_it(self) -> None:
        """Row 53. child_unlink."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", stubborn(10**6 * SECOND))
            await tree.settle()
            before_ns = tree.clock.now_ns()
            await Top(tree).terminate("a")
            assert tree.clock.now_ns() - before_ns <= 10 * SECOND
            assert tree.runtime.zombies == []
            assert Top(tree).counts() == (1, 0, 0, 1)
            assert len(tree.logged("shields were lifted")) == 1

        tree = run_tree(supervisor(probe("a", diary)), script)
        assert isinstance(tree.cell("top/a").last_exit, Killed)

    def test_by_swallowing_each_cancellation_is_given_up_and_replaced(self) -> None:
        """Row 53. child_unlink."""
        diary = Diary()
        may_go = trio.Event()

        async def work() -> None:
            while not may_go.is_set():
                try:
                    with trio.CancelScope(shield=True):
                        await trio.sleep(1)
                except trio.Cancelled:
                    pass

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(lambda probe: probe.work("deaf", work)))
            await tree.settle()
            tree.kill("top/a")
            await tree.advance(20 * SECOND)
            assert tree.runtime.zombies == ["top/a"]
            assert tree.is_up("top/a")
            tree.tell("top/a", "to the next life")
            await tree.settle()
            assert diary.received("top/a") == ["to the next life"]
            may_go.set()
            await tree.advance(2 * SECOND)
            assert tree.runtime.zombies == []

        run_tree(supervisor(probe("a", diary, stop_within_ns=SECOND)), script)


class TestTheOrder:
    def test_of_a_stop_is_the_reverse_of_that_of_the_start(self) -> None:
        """Row 71. order_of_children."""
        diary = Diary()
        run_tree(supervisor(*(probe(name, diary) for name in "abcde")), nothing)
        assert diary.order("started") == [f"{name} started" for name in "abcde"]
        assert diary.order("stopping") == [f"{name} stopping" for name in "edcba"]

    def test_holds_for_a_part_and_for_the_rest_after_it(self) -> None:
        """Row 71. order_of_children."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            diary.forget()
            tree.tell("top/c", Crash())
            await tree.settle()
            assert diary.order("stopping", "started") == [
                "e stopping",
                "d stopping",
                "c started",
                "d started",
                "e started",
            ]
            diary.forget()

        run_tree(supervisor(*(probe(name, diary) for name in "abcde"), strategy=Strategy.REST_FOR_ONE), script)
        assert diary.order("stopping") == [f"{name} stopping" for name in "edcba"]

    def test_of_children_that_were_added_is_that_of_their_coming(self) -> None:
        """Row 71. order_of_children."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            for name in "xy":
                await Top(tree).start(probe(name, diary))
            assert [child.name for child in Top(tree).handle.which_children()] == ["y", "x", "a"]

        run_tree(supervisor(probe("a", diary)), script)
        assert diary.order("stopping") == ["y stopping", "x stopping", "a stopping"]

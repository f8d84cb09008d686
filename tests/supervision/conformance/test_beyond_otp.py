"""What OTP's supervisor suite has no case for, since OTP has no such feature, or Erlang no such danger."""

import pytest
import trio
import trio.testing

from supervision.child import ChildFailedToStart, ChildState
from supervision.clock import SteadyClock
from supervision.mailbox import MailboxSpec, OnRestart
from supervision.questions import ActorDown
from supervision.reasons import Crashed, Killed
from supervision.runtime import Runtime
from supervision.specs import SECOND, ActorSpec, Backoff, Restart, Strategy
from supervision.testing import MILLISECOND, Crash, Diary, Do, Probe, Tree, demand_nothing_left, probe, run_tree
from tests.supervision.conformance.otp_trees import (
    Top,
    end_and_settle,
    ends,
    generations,
    stubborn,
    supervisor,
)

LONG = Backoff(initial_ns=4 * SECOND, maximum_ns=100 * SECOND, quiet_ns=1000 * SECOND)


async def wait_for_its_restart(tree: Tree, path: str) -> None:
    for _ in range(2):
        await end_and_settle(tree, path, "crash")
    assert tree.child(path).state is ChildState.BACKING_OFF


class TestABackoff:
    @pytest.mark.parametrize("what", ["terminate", "stop", "kill the supervisor"])
    def test_does_not_delay_who_calls_it_off(self, what: str) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            await wait_for_its_restart(tree, "top/inner/a")
            before_ns = tree.clock.now_ns()
            match what:
                case "terminate":
                    await Top(tree, "top/inner").terminate("a")
                case "stop":
                    await Top(tree).terminate("inner")
                case _:
                    tree.kill("top/inner")
                    await tree.settle()
                    assert tree.is_up("top/inner/a")
            assert tree.clock.now_ns() == before_ns
            assert tree.runtime.timers.pending_count == 0

        run_tree(supervisor(supervisor(probe("a", diary), name="inner", backoff=LONG)), script)

    @pytest.mark.parametrize("is_same", [True, False])
    def test_waits_a_random_time_of_the_run_s_seed(self, is_same: bool) -> None:
        def waited_ns(seed: int) -> int:
            diary = Diary()

            async def script(tree: Tree) -> None:
                await wait_for_its_restart(tree, "top/a")
                await tree.advance(10 * SECOND)

            run_tree(supervisor(probe("a", diary), backoff=LONG), script, seed)
            starts = [line.at_ns for line in diary.lines if line.event == "started"]
            return starts[-1] - starts[-2]

        assert (waited_ns(1) == waited_ns(1 if is_same else 2)) is is_same


class TestTheMessagesOfAnActorThatCrashes:
    def test_wait_in_order_for_its_next_life_and_the_one_in_hand_is_one_dead_letter(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", 1, Crash("in hand"), 2, 3)
            await tree.settle()
            assert tree.child("top/a").is_up
            tree.tell("top/a", 4)
            await tree.settle()
            assert diary.received("top/a") == [1, 2, 3, 4]
            (letter,) = tree.runtime.dead_letters
            assert (letter.to, letter.message, letter.why) == ("top/a", Crash("in hand"), "its handler failed")
            assert "ProbeError: in hand" in letter.trace
            assert tree.runtime.dead_letter_count == 1

        run_tree(supervisor(probe("a", diary)), script)

    def test_wait_through_a_restart_that_fails_and_a_backoff(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            await wait_for_its_restart(tree, "top/a")
            tree.tell("top/a", *range(20))
            await tree.advance(10 * SECOND)
            assert diary.received("top/a") == list(range(20))

        run_tree(supervisor(probe("a", diary), backoff=LONG), script)

    @pytest.mark.parametrize("on_restart", [OnRestart.KEEP, OnRestart.DISCARD])
    def test_none_is_lost_twice(self, on_restart: OnRestart) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", 1, Crash(), 2, Crash(), 3)
            await tree.settle()
            mailbox = tree.cell("top/a").mailbox
            told = len(diary.received("top/a")) + tree.runtime.dead_letter_count + mailbox.discarded
            assert told == 5

        run_tree(supervisor(probe("a", diary, mailbox=MailboxSpec(on_restart=on_restart))), script)


class TestAQuestionToAnActorThatDies:
    @pytest.mark.parametrize("way", ["crash", "kill"])
    def test_is_answered_with_the_reason(self, way: str) -> None:
        diary = Diary()
        heard: list[str] = []

        async def script(tree: Tree) -> None:
            async def ask() -> None:
                with pytest.raises(ActorDown) as down:
                    await tree.runtime.ask(tree.address("top/a"), "never answered", 100 * SECOND)
                heard.append(str(down.value))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask)
                await tree.settle()
                await end_and_settle(tree, "top/a", way)
            assert heard[0].startswith(f"top/a is down: {way}ed" if way == "crash" else "top/a is down: killed")
            assert tree.runtime.timers.pending_count == 0

        run_tree(supervisor(probe("a", diary)), script)

    def test_that_still_waits_in_the_mailbox_is_answered_by_the_next_life(self) -> None:
        diary = Diary()
        answers: list[object] = []

        async def script(tree: Tree) -> None:
            async def ask() -> None:
                question = Do(lambda probe: probe.reply(probe.generation))
                answers.append(await tree.runtime.ask(tree.address("top/a"), question, SECOND))

            async with trio.open_nursery() as nursery:
                tree.tell("top/a", Crash())
                nursery.start_soon(ask)
                await tree.settle()
            assert answers == [2]

        run_tree(supervisor(probe("a", diary)), script)

    def test_that_does_not_come_back_is_answered_at_once(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            await Top(tree).terminate("a")
            with pytest.raises(ActorDown, match="it was terminated"):
                await tree.run(lambda: tree.runtime.ask(tree.address("top/a"), "anybody?", SECOND))

        run_tree(supervisor(probe("a", diary)), script)


class TestADeadline:
    def test_of_a_start_that_hangs_is_a_failed_start(self) -> None:
        diary = Diary()

        async def load(_: Probe) -> None:
            await trio.sleep_forever()

        async def script(tree: Tree) -> None:
            diary.on_load["top/a"] = load
            before_ns = tree.clock.now_ns()
            with pytest.raises(ChildFailedToStart, match="not started within 2 s"):
                await Top(tree).start(probe("a", diary, start_within_ns=2 * SECOND))
            assert 2 * SECOND <= tree.clock.now_ns() - before_ns < 3 * SECOND

        run_tree(supervisor(), script)

    def test_of_giving_back_what_was_taken_holds_after_a_kill_as_well(self) -> None:
        diary = Diary()

        class Slow(Probe):
            async def unload(self) -> None:
                await trio.sleep(1000)

        async def script(tree: Tree) -> None:
            before_ns = tree.clock.now_ns()
            tree.kill("top/a")
            await tree.advance(5 * SECOND)
            assert tree.is_up("top/a")
            assert generations(tree, "top/a") == [2]
            assert tree.runtime.zombies == []
            assert tree.clock.now_ns() - before_ns == 5 * SECOND

        run_tree(supervisor(ActorSpec(name="a", create=lambda: Slow(diary), stop_within_ns=SECOND)), script)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("strategy", list(Strategy))
def test_two_crashes_in_one_pass_of_the_scheduler_are_both_dealt_with(strategy: Strategy, seed: int) -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        for name in "abc":
            tree.tell(f"top/{name}", Crash(name), "after it")
        await tree.settle()
        assert tree.is_up("top/a", "top/b", "top/c")
        for name in "abc":
            assert diary.received(f"top/{name}") == ["after it"]
        assert tree.runtime.dead_letter_count == 3

    run_tree(supervisor(*(probe(name, diary) for name in "abc"), strategy=strategy, intensity=20), script, seed)


class TestAnErrorInTheSupervisorItself:
    def test_is_a_crash_that_the_one_above_it_deals_with(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            node = tree.runtime.registry.supervisor("top/inner")
            # Nothing that can be asked of a supervisor makes it fail, so this is no event at all.
            node.post("nonsense")  # type: ignore[arg-type]
            await tree.settle()
            assert tree.is_up("top/inner/a")

            async def break_down(*_: object) -> None:
                del node._handle
                raise RuntimeError("a mistake in the supervisor")

            node._handle = break_down  # type: ignore[method-assign, assignment]
            # The first is handled by what was there when the supervisor began to wait.
            for _ in range(2):
                node.post("anything")  # type: ignore[arg-type]
            await tree.settle()
            assert tree.is_up("top/inner/a")
            assert generations(tree, "top/inner", "top/inner/a") == [2, 2]

        tree = run_tree(supervisor(supervisor(probe("a", diary), name="inner")), script)
        assert ("top/inner", "crashed: RuntimeError: a mistake in the supervisor") in ends(tree)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("where", ["handler", "load", "worker"])
def test_what_concerns_the_process_leaves_it_and_restarts_nobody(error: type[BaseException], where: str) -> None:
    diary = Diary()

    def leave(_: Probe) -> None:
        raise error

    async def leave_later(_: Probe) -> None:
        raise error

    async def main() -> None:
        runtime = Runtime(SteadyClock())
        runtime.describe(supervisor(probe("a", diary), probe("b", diary)))
        if where == "load":
            diary.on_load["top/b"] = leave_later
        async with trio.open_nursery() as nursery:
            await nursery.start(runtime.run)
            if where == "handler":
                runtime.registry.cell("top/b").address.tell(Do(leave))
            if where == "worker":
                runtime.registry.cell("top/b").address.tell(
                    Do(lambda probe: probe.work("leaves", lambda: leave_later(probe)))
                )

    with pytest.raises(BaseExceptionGroup) as left:
        trio.run(main)
    assert left.value.split(error)[1] is None
    assert {line.generation for line in diary.lines} == {1}


class TestACancellationFromOutside:
    @pytest.mark.parametrize("during", ["a restart", "a backoff", "a stop"])
    def test_ends_everything_and_leaves_nothing_behind(self, during: str) -> None:
        diary = Diary()

        async def load(probe: Probe) -> None:
            if probe.generation > 1:
                await trio.sleep_forever()

        async def main() -> None:
            runtime = Runtime(SteadyClock())
            runtime.describe(supervisor(probe("a", diary), probe("b", diary), backoff=LONG))
            async with trio.open_nursery() as nursery:
                await nursery.start(runtime.run)
                address = runtime.registry.cell("top/a").address
                if during == "a restart":
                    diary.on_load["top/a"] = load
                    address.tell(Crash())
                elif during == "a backoff":
                    address.tell(Crash())
                    address.tell(Crash())
                else:
                    address.tell(stubborn(SECOND // 20))
                    await trio.testing.wait_all_tasks_blocked()
                    runtime.stop("now")
                await trio.testing.wait_all_tasks_blocked()
                nursery.cancel_scope.cancel()
            demand_nothing_left(runtime)

        trio.run(main)


class TestAKillInsideAShieldedCleanup:
    def test_waits_for_it_when_it_is_done_in_time(self) -> None:
        diary = Diary()
        cleaned: list[str] = []

        async def work() -> None:
            try:
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(2)
                    cleaned.append("done")

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(lambda probe: probe.work("careful", work)))
            await tree.settle()
            tree.tell("top/a", Do(lambda probe: probe.finish()))
            await tree.advance(SECOND)
            tree.kill("top/a")
            tree.kill("top/a")
            await tree.advance(2 * SECOND)
            assert cleaned == ["done"]
            assert tree.is_up("top/a")
            assert generations(tree, "top/a") == [2]
            assert len(ends(tree)) == 1

        run_tree(supervisor(probe("a", diary)), script)

    def test_lifts_the_shield_when_it_is_not(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", stubborn(10**6 * SECOND))
            await tree.settle()
            tree.kill("top/a")
            await tree.advance(10 * SECOND)
            assert tree.is_up("top/a")
            assert generations(tree, "top/a") == [2]
            assert [line.fields["shields"] for line in tree.logged("shields were lifted")] == [1]
            assert tree.runtime.zombies == []
            assert ends(tree) == [("top/a", "killed: a test killed it")]

        run_tree(supervisor(probe("a", diary)), script)


def test_a_crash_while_a_crash_is_cleaned_up_is_one_end_of_one_life() -> None:
    """R12: each life is told of once, whatever happens to it meanwhile."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        tree.tell("top/a", stubborn(SECOND))
        await tree.settle()
        tree.tell("top/a", Crash("one"))
        await tree.settle()
        tree.kill("top/a")
        await tree.advance(5 * SECOND)
        assert generations(tree, "top/a") == [2]
        assert len(ends(tree)) == 1
        assert isinstance(tree.cell("top/a").last_exit, Crashed | Killed)

    run_tree(supervisor(probe("a", diary, restart=Restart.TRANSIENT)), script)


def test_an_operation_whose_caller_is_cancelled_is_carried_out_all_the_same() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tree.supervisor("top").start_child, probe("a", diary))
            nursery.cancel_scope.cancel()
        await tree.advance(MILLISECOND)
        # Cancelled before it could ask, or carried out: never something in between.
        assert Top(tree).counts() in {(0, 0, 0, 0), (1, 1, 0, 1)}

    run_tree(supervisor(), script)

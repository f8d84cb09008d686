"""Who hears of a death, and what happens to a question."""

import pytest
import trio

from supervision.actor import Down
from supervision.address import Path
from supervision.mailbox import MailboxSpec
from supervision.reasons import Crashed, Killed, Shutdown
from supervision.registry import PathTaken, UnknownActor
from supervision.runtime import Runtime
from supervision.specs import SECOND, BadSpec, ChildSpec, Restart, Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Do, Probe, ProbeError, Tree, probe, run_tree


def tree_of(*children: ChildSpec) -> SupervisorSpec:
    return SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=children)


def watch(path: str) -> Do:
    return Do(lambda probe: probe.monitor(path))


def answer(message: object) -> Do:
    return Do(lambda probe: probe.reply(message))


class TestAMonitor:
    def test_hears_of_each_life_and_why_it_ended(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/w", watch("top/a"), watch("top/a"))
            await tree.settle()
            tree.tell("top/a", Crash("one"))
            await tree.settle()
            tree.kill("top/a")
            await tree.advance(SECOND)
            tree.cell("top/a").ask_to_stop("three")
            await tree.advance(SECOND)
            crash, kill, stop = diary.received("top/w")
            assert (crash.path, crash.generation, crash.reason.error) == ("top/a", 1, "ProbeError: one")
            assert kill == Down("top/a", Killed("a test killed it"), 2)
            assert stop == Down("top/a", Shutdown("three"), 3)

        run_tree(tree_of(probe("a", diary), probe("w", diary)), script)

    def test_hears_before_what_waits_in_its_mailbox(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/w", watch("top/a"))
            await tree.settle()
            tree.tell("top/w", "ordinary")
            down = Down("top/a", Killed("x"), 1)
            tree.runtime.ended(tree.cell("top/a"), down.reason)
            await tree.settle()
            assert diary.received("top/w") == [down, "ordinary"]

        run_tree(tree_of(probe("a", diary), probe("w", diary)), script)

    def test_hears_at_once_when_nobody_has_the_path(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/w", watch("top/nobody"))
            await tree.settle()
            assert diary.received("top/w") == [Down("top/nobody", Killed("no actor has this path"), 0)]

        run_tree(tree_of(probe("w", diary)), script)

    @pytest.mark.parametrize("restart", [Restart.TEMPORARY, Restart.TRANSIENT])
    def test_hears_at_once_when_the_last_life_is_over(self, restart: Restart) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.cell("top/a").ask_to_stop("done")
            await tree.settle()
            tree.tell("top/w", watch("top/a"))
            await tree.settle()
            assert diary.received("top/w") == [Down("top/a", Shutdown("done"), 1)]

        run_tree(tree_of(probe("a", diary, restart=restart), probe("w", diary)), script)

    def test_hears_nothing_of_a_start_that_failed(self) -> None:
        diary = Diary()

        async def load(probe: Probe) -> None:
            if probe.generation == 2:
                raise ProbeError("not yet")

        diary.on_load["top/a"] = load

        async def script(tree: Tree) -> None:
            tree.tell("top/w", watch("top/a"))
            await tree.settle()
            tree.kill("top/a")
            await tree.advance(SECOND)
            tree.kill("top/a")
            await tree.advance(SECOND)
            assert [down.generation for down in diary.received("top/w")] == [1, 3]

        run_tree(tree_of(probe("a", diary), probe("w", diary)), script)

    def test_ends_with_the_watcher_s_life(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/w", watch("top/a"))
            await tree.settle()
            tree.tell("top/w", Crash())
            await tree.settle()
            tree.kill("top/a")
            await tree.settle()
            assert diary.received("top/w") == []

        run_tree(tree_of(probe("a", diary), probe("w", diary)), script)


class TestAQuestion:
    def test_is_answered(self) -> None:
        async def script(tree: Tree) -> None:
            assert await tree.runtime.ask(tree.address("top/a"), answer(42), SECOND) == 42
            assert tree.runtime.timers.pending_count == 0

        run_tree(tree_of(probe("a", Diary())), script)

    @pytest.mark.parametrize("what", ["silence", "full"])
    def test_without_an_answer_ends_at_its_deadline(self, what: str) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            async def ask() -> None:
                message: object = "no question"
                before_ns = tree.clock.now_ns()
                with pytest.raises(trio.TooSlowError, match=r"top/a did not answer .* within 2 s"):
                    await tree.runtime.ask(tree.address("top/a"), message, 2 * SECOND)
                assert tree.clock.now_ns() == before_ns + 2 * SECOND

            if what == "full":
                tree.cell("top/a").suspend()
                await tree.settle()
                tree.tell("top/a", "fills it")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask)
                await tree.advance(5 * SECOND)

        spec = probe("a", diary, restart=Restart.TRANSIENT, mailbox=MailboxSpec(capacity=1))
        tree = run_tree(tree_of(spec), script)
        assert tree.cell("top/a").mailbox.depth == (1 if what == "full" else 0)

    def test_that_is_cancelled_leaves_no_timer(self) -> None:
        async def script(tree: Tree) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(tree.runtime.ask, tree.address("top/a"), "no question", SECOND)
                await tree.settle()
                assert tree.runtime.timers.pending_count == 1
                nursery.cancel_scope.cancel()
            assert tree.runtime.timers.pending_count == 0

        run_tree(tree_of(probe("a", Diary())), script)

    def test_s_second_answer_is_a_dead_letter(self) -> None:
        def twice(probe: Probe) -> None:
            probe.reply(1)
            probe.reply(2)

        async def script(tree: Tree) -> None:
            assert await tree.runtime.ask(tree.address("top/a"), Do(twice), SECOND) == 1
            assert [letter.message for letter in tree.runtime.dead_letters] == [2]

        run_tree(tree_of(probe("a", Diary())), script)

    def test_can_be_answered_later_by_a_worker_that_kept_the_sender(self) -> None:
        def later(probe: Probe) -> None:
            sender = probe.sender
            assert sender is not None

            async def work() -> None:
                await trio.sleep(1)
                probe.tell(sender, "late")

            probe.work("w", work)

        async def script(tree: Tree) -> None:
            answers: list[object] = []

            async def ask() -> None:
                answers.append(await tree.runtime.ask(tree.address("top/a"), Do(later), 2 * SECOND))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask)
                await tree.advance(3 * SECOND)
            assert answers == ["late"]

        run_tree(tree_of(probe("a", Diary())), script)


class TestDeadLetters:
    def test_a_message_whose_handler_fails_is_one_and_never_comes_again(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", 1, Crash("x"), 2)
            await tree.settle()
            assert diary.received("top/a") == [1, 2]
            (letter,) = tree.runtime.dead_letters
            assert (letter.to, letter.message, letter.why) == ("top/a", Crash("x"), "its handler failed")
            assert tree.runtime.dead_letter_count == 1

        run_tree(tree_of(probe("a", diary)), script)

    def test_a_message_to_a_full_mailbox_is_one_and_crashes_a_receiver_that_says_so(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", 1, 2, 3)
            await tree.settle()
            assert [letter.message for letter in tree.runtime.dead_letters] == [3]
            exit_reason = tree.cell("top/a").last_exit
            assert isinstance(exit_reason, Crashed)
            assert exit_reason.error == "MailboxFull: 2 messages waited when one more int came"
            assert diary.received("top/a") == [1, 2]

        run_tree(tree_of(probe("a", diary, mailbox=MailboxSpec(capacity=2))), script)

    def test_a_kill_loses_no_message(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            for number in range(500):
                tree.tell("top/a", number)
                if number % 50 == 0:
                    tree.kill("top/a")
                    await tree.advance(10 * SECOND)
            await tree.advance(10 * SECOND)
            assert diary.received("top/a") == list(range(500))
            assert tree.runtime.dead_letter_count == 0

        run_tree(tree_of(probe("a", diary)), script)

    def test_a_kill_from_within_a_handler_comes_before_the_next_message(self) -> None:
        """Also before what the runtime had to say already."""
        diary = Diary()

        def die(probe: Probe) -> None:
            cell = probe._life.cell
            cell.mailbox.put_system(probe._life.runtime.new_envelope("system"))
            cell.die_now("in the middle")

        async def script(tree: Tree) -> None:
            tree.tell("top/a", 0, 1, Do(die), 2, 3)
            await tree.settle()
            assert [line.generation for line in diary.lines if line.event == "received"] == [1, 1, 2, 2]
            assert diary.received("top/a") == list(range(4))
            assert str(tree.cell("top/a").last_exit) == "killed: in the middle"
            assert tree.runtime.dead_letter_count == 0

        run_tree(tree_of(probe("a", diary)), script)


class TestTheRegistry:
    def test_knows_every_path_before_the_tree_runs(self) -> None:
        from supervision.clock import VirtualClock

        diary = Diary()
        group = SupervisorSpec(
            name="g", strategy=Strategy.ONE_FOR_ONE, children=(probe("b", diary), probe("c", diary)), is_group=True
        )
        runtime = Runtime(VirtualClock())
        runtime.describe(SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=(probe("a", diary), group)))
        assert [cell.path for cell in runtime.registry.cells()] == ["top/a", "top/b", "top/c"]
        assert [cell.path for cell in runtime.registry.matching("*/[bc]")] == ["top/b", "top/c"]
        assert runtime.registry.matching("*") == []
        with pytest.raises(UnknownActor, match="no actor is called top/x"):
            runtime.registry.address(Path[object]("top/x"))

    def test_refuses_two_of_one_name(self) -> None:
        from supervision.clock import VirtualClock

        with pytest.raises(BadSpec, match="2 children are called a"):
            tree_of(probe("a", Diary()), probe("a", Diary()))
        group = SupervisorSpec(
            name="group", strategy=Strategy.ONE_FOR_ONE, children=(probe("a", Diary()),), is_group=True
        )
        with pytest.raises(PathTaken, match="top/a"):
            Runtime(VirtualClock()).describe(tree_of(probe("a", Diary()), group))

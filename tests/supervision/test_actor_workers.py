"""Workers: they end with their actor, their errors are its crashes, and what they send begins something new."""

import threading

import trio
import trio.lowlevel

from supervision.actor import Actor
from supervision.clock import SteadyClock
from supervision.mailbox import MailboxSpec
from supervision.reasons import Crashed, ExitReason
from supervision.runtime import Runtime
from supervision.specs import SECOND, ActorSpec, Restart, Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Do, Probe, ProbeError, Tree, probe, run_tree


def tree_of(*children: ActorSpec) -> SupervisorSpec:
    return SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=children)


class Lamp:
    """A worker that tells whether it lives."""

    def __init__(self) -> None:
        self.living = 0

    async def __call__(self) -> None:
        self.living += 1
        try:
            await trio.sleep_forever()
        finally:
            self.living -= 1


class TestAWorkerCannotOutliveItsActor:
    def test_whatever_ends_it(self) -> None:
        for how in ("crash", "kill", "stop"):
            diary, lamp = Diary(), Lamp()

            async def script(tree: Tree, how: str = how, lamp: Lamp = lamp) -> None:
                tree.tell("top/a", *[Do(lambda probe: probe.work("lamp", lamp))] * 3)
                await tree.settle()
                assert lamp.living == 3
                match how:
                    case "crash":
                        tree.tell("top/a", Crash())
                    case "kill":
                        tree.kill("top/a")
                    case _:
                        tree.cell("top/a").ask_to_stop("done")
                await tree.settle()
                assert lamp.living == 0

            run_tree(tree_of(probe("a", diary, restart=Restart.TEMPORARY)), script)

    def test_nor_a_failed_start(self) -> None:
        diary, lamp = Diary(), Lamp()

        async def load(probe: Probe) -> None:
            probe.work("lamp", lamp)
            await trio.lowlevel.checkpoint()
            if probe.generation == 2:
                raise ProbeError("not yet")

        diary.on_load["top/a"] = load

        async def script(tree: Tree) -> None:
            tree.kill("top/a")
            await tree.advance(SECOND)
            assert tree.cell("top/a").generation == 3
            assert lamp.living == 1

        run_tree(tree_of(probe("a", diary)), script)

    def test_and_sets_no_timer_while_it_cleans_up(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            def start(probe: Probe) -> None:
                async def work() -> None:
                    try:
                        await trio.sleep_forever()
                    finally:
                        probe.after("late", SECOND, "late")
                        probe.every("later", SECOND, "later")
                        probe.monitor("top/b")

                probe.work("w", work)

            tree.tell("top/a", Do(start))
            await tree.settle()
            tree.tell("top/a", Crash())
            await tree.advance(5 * SECOND)
            assert tree.runtime.timers.pending_count == 0
            assert not tree.runtime.registry.watchers_of("top/b")
            assert diary.received("top/a") == []

        run_tree(tree_of(probe("a", diary), probe("b", diary)), script)


def test_a_worker_s_error_is_its_actor_s_crash_and_loses_no_message() -> None:
    diary = Diary()

    async def fail() -> None:
        raise ProbeError("socket closed")

    async def script(tree: Tree) -> None:
        tree.tell("top/a", Do(lambda probe: probe.work("socket", fail)), *range(200))
        await tree.settle()
        assert tree.cell("top/a").last_exit is not None
        assert str(tree.cell("top/a").last_exit) == "crashed: ProbeError: socket closed"
        assert diary.received("top/a") == list(range(200))
        assert tree.runtime.dead_letter_count == 0

    run_tree(tree_of(probe("a", diary)), script)


def test_what_a_worker_sends_does_not_belong_to_the_message_that_was_handled_last() -> None:
    diary = Diary()
    correlations: list[int] = []

    async def script(tree: Tree) -> None:
        def note(probe: Probe) -> None:
            correlations.append(probe.correlation)

        def start(probe: Probe) -> None:
            correlations.append(probe.correlation)
            probe.tell(tree.address("top/b"), Do(note))

            async def work() -> None:
                assert probe.sender is None
                probe.tell(tree.address("top/b"), Do(note))

            probe.work("w", work)

        tree.tell("top/a", Do(start))
        await tree.settle()
        first, caused, from_worker = correlations
        assert first == caused
        assert from_worker not in (0, first)

    run_tree(tree_of(probe("a", diary), probe("b", diary)), script)


def test_a_worker_that_sends_to_a_full_mailbox_waits_through_a_restart_of_its_owner() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        def start(probe: Probe) -> None:
            async def work() -> None:
                await tree.address("top/b").send(Crash())
                for number in range(20):
                    await tree.address("top/b").send(number)

            probe.work("w", work)

        tree.tell("top/a", Do(start))
        await tree.advance(20 * SECOND)
        assert diary.received("top/b") == list(range(20))
        assert tree.runtime.dead_letter_count == 1

    run_tree(tree_of(probe("a", diary), probe("b", diary, mailbox=MailboxSpec(capacity=1))), script)


class TestOffload:
    def test_runs_in_place_under_a_virtual_clock(self) -> None:
        diary = Diary()
        threads: list[threading.Thread] = []

        async def load(probe: Probe) -> None:
            threads.append(await probe.offload(threading.current_thread))

        diary.on_load["top/a"] = load

        async def script(tree: Tree) -> None:
            assert threads == [threading.current_thread()]

        run_tree(tree_of(probe("a", diary)), script)

    async def test_runs_in_a_thread_under_a_steady_clock(self) -> None:
        runtime = Runtime(SteadyClock())
        assert await runtime.offload(threading.current_thread) is not threading.current_thread()


class TestUnload:
    def test_comes_last_in_every_life_and_its_error_is_a_crash(self) -> None:
        events: list[str] = []

        class Holder(Actor[object]):
            def started(self) -> None:
                self.work("w", self._work)

            async def _work(self) -> None:
                try:
                    await trio.sleep_forever()
                finally:
                    events.append("worker gone")

            def receive(self, message: object) -> None:
                raise ProbeError("handler")

            def stopping(self, reason: ExitReason) -> None:
                events.append("stopping")

            async def unload(self) -> None:
                await trio.lowlevel.checkpoint()
                events.append(f"unload {self.generation}")
                if self.generation == 2:
                    raise ProbeError("disk")

        async def script(tree: Tree) -> None:
            tree.tell("top/a", "crash")
            await tree.settle()
            assert events == ["worker gone", "unload 1"]
            tree.cell("top/a").ask_to_stop("again")
            await tree.settle()
            assert tree.cell("top/a").last_exit is not None
            assert isinstance(tree.cell("top/a").last_exit, Crashed)
            await tree.advance(SECOND)
            assert tree.is_up("top/a")

        run_tree(tree_of(ActorSpec(name="a", create=Holder)), script)
        assert events[2:] == ["stopping", "worker gone", "unload 2", "stopping", "worker gone", "unload 3"]

    def test_does_not_take_longer_than_a_stop_may(self) -> None:
        class Slow(Probe):
            async def unload(self) -> None:
                await trio.sleep_forever()

        diary = Diary()
        started_ns = 0

        async def script(tree: Tree) -> None:
            nonlocal started_ns
            started_ns = tree.clock.now_ns()

        spec = ActorSpec(name="a", create=lambda: Slow(diary), stop_within_ns=SECOND)
        tree = run_tree(tree_of(spec), script)
        assert SECOND <= tree.clock.now_ns() - started_ns <= 2 * SECOND

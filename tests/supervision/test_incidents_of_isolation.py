"""What an adversarial reading of the runtime found, one test an incident."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
import trio

from supervision.lives import GRACE_NS
from supervision.questions import ActorDown
from supervision.reasons import Crashed, Killed
from supervision.specs import SECOND, ActorSpec, Backoff, Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Do, Probe, Tree, probe, run_tree

STOP_NS = SECOND
OVER_NS = 2 * STOP_NS + 3 * GRACE_NS
"""By then a life that was cancelled has ended or been given up."""


def top(*children: ActorSpec) -> SupervisorSpec:
    return SupervisorSpec(
        name="top",
        strategy=Strategy.ONE_FOR_ONE,
        children=children,
        intensity=100,
        backoff=Backoff(initial_ns=0, maximum_ns=0),
    )


class Gate:
    """Something stubborn that shields itself anew after each cancellation, until it is opened."""

    def __init__(self) -> None:
        self.is_open = False

    async def wait(self) -> None:
        while not self.is_open:
            with suppress(trio.Cancelled), trio.CancelScope(shield=True):
                await trio.sleep(0.25)


def leaked_cancellation() -> trio.Cancelled:
    async def catch() -> trio.Cancelled:
        with trio.CancelScope() as scope:
            scope.cancel()
            try:
                await trio.lowlevel.checkpoint()
            except trio.Cancelled as error:
                return error
        raise AssertionError("nothing was cancelled")

    return trio.run(catch)


def of_life(generation: int, hook: Callable[[Probe], Awaitable[None]]) -> Callable[[Probe], Awaitable[None]]:
    """The hook of one life alone."""

    async def load(probe: Probe) -> None:
        if probe.generation == generation:
            await hook(probe)

    return load


class TestAZombie:
    def test_in_its_load_that_comes_back_starts_nothing(self) -> None:
        diary, gate = Diary(), Gate()

        async def script(tree: Tree) -> None:
            async def load(probe: Probe) -> None:
                await gate.wait()
                probe.tell(tree.address("top/b"), "from beyond")

            diary.on_load["top/a"] = of_life(2, load)
            tree.kill("top/a")
            await tree.advance(SECOND + OVER_NS)
            assert tree.cell("top/a").generation == 3
            present = tree.cell("top/a").actor
            gate.is_open = True
            await tree.advance(SECOND)
            assert tree.runtime.zombies == []
            assert tree.cell("top/a").actor is present
            started = [line.generation for line in diary.lines if line.path == "top/a" and line.event == "started"]
            assert started == [1, 3]
            assert diary.received("top/b") == []
            assert tree.is_up("top/a", "top/b")

        spec = probe("a", diary, start_within_ns=SECOND, stop_within_ns=STOP_NS)
        run_tree(top(spec, probe("b", diary)), script)

    @pytest.mark.parametrize("how", ["finish", "monitor", "work", "ask"])
    def test_can_do_nothing_to_its_successor(self, how: str) -> None:
        diary, gate = Diary(), Gate()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(lambda probe: probe.work("stubborn", gate.wait)))
            await tree.settle()
            zombie = tree.cell("top/a").actor
            assert zombie is not None
            tree.kill("top/a")
            await tree.advance(OVER_NS)
            assert tree.runtime.zombies == ["top/a"]
            match how:
                case "finish":
                    zombie.finish()
                case "monitor":
                    zombie.monitor("top/b")
                    tree.tell("top/b", Crash())
                case "work":
                    zombie.work("late", gate.wait)
                case _:
                    with pytest.raises(ActorDown, match="a zombie asks nobody"):
                        await zombie.ask(tree.address("top/b"), "question", SECOND)
            await tree.advance(SECOND)
            assert tree.cell("top/a").generation == 2
            assert diary.received("top/a") == []
            assert diary.received("top/b") == []
            life = tree.cell("top/a").life
            assert life is not None and not life.workers
            # Its late end must not doom the healthy life that came after it.
            gate.is_open = True
            await tree.advance(OVER_NS)
            assert tree.runtime.zombies == []
            assert tree.cell("top/a").generation == 2
            assert tree.is_up("top/a")

        run_tree(top(probe("a", diary, stop_within_ns=STOP_NS), probe("b", diary)), script)


def test_a_start_that_was_called_off_does_not_start() -> None:
    diary, gate = Diary(), Gate()

    async def script(tree: Tree) -> None:
        diary.on_load["top/a"] = of_life(2, lambda _: gate.wait())
        tree.kill("top/a")
        await tree.advance(SECOND + SECOND // 2)
        gate.is_open = True
        await tree.advance(SECOND)
        assert [line.generation for line in diary.lines if line.event == "started"] == [1, 3]
        assert tree.is_up("top/a")

    run_tree(top(probe("a", diary, start_within_ns=SECOND, stop_within_ns=STOP_NS)), script)


class TestAnEndThatSomethingHoldsUp:
    def test_a_shielded_unload_after_a_crash_is_overseen(self) -> None:
        diary, gate = Diary(), Gate()

        class Holding(Probe):
            async def unload(self) -> None:
                if self.generation == 1:
                    await gate.wait()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Crash())
            await tree.advance(OVER_NS)
            assert tree.cell("top/a").generation == 2
            assert tree.is_up("top/a")
            gate.is_open = True
            await tree.advance(SECOND)
            assert tree.runtime.zombies == []

        run_tree(top(ActorSpec(name="a", create=lambda: Holding(diary), stop_within_ns=STOP_NS)), script)

    def test_a_worker_that_had_not_begun_at_the_crash_is_overseen(self) -> None:
        diary, gate = Diary(), Gate()

        def work_and_crash(probe: Probe) -> None:
            probe.work("first", trio.sleep_forever)
            probe.tell(probe.own_address, Do(lambda probe: probe.work("stubborn", gate.wait)))
            probe.tell(probe.own_address, Crash())

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(work_and_crash))
            await tree.advance(OVER_NS)
            assert tree.cell("top/a").generation == 2
            gate.is_open = True
            await tree.advance(SECOND)
            assert tree.is_up("top/a")

        run_tree(top(probe("a", diary, stop_within_ns=STOP_NS)), script)

    def test_a_stop_without_a_deadline_minds_a_kill(self) -> None:
        diary, gate = Diary(), Gate()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(lambda probe: probe.work("stubborn", gate.wait)))
            await tree.settle()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(tree.supervisor("top").terminate_child, "a")
                await tree.advance(60 * SECOND)
                assert not tree.child("top/a").life.is_ended
                tree.kill("top/a")
                await tree.advance(60 * SECOND)
            assert isinstance(tree.cell("top/a").last_exit, Killed)
            gate.is_open = True
            await tree.advance(SECOND)

        run_tree(top(probe("a", diary, stop_within_ns=None)), script)


def test_a_cancellation_that_a_handler_leaks_is_a_crash_and_its_message_a_dead_letter() -> None:
    diary, leaked = Diary(), leaked_cancellation()

    def leak(_: Probe) -> None:
        raise leaked

    async def script(tree: Tree) -> None:
        tree.tell("top/a", Do(leak), "after")
        await tree.settle()
        assert isinstance(tree.cell("top/a").last_exit, Crashed)
        assert [letter.why for letter in tree.runtime.dead_letters] == ["its handler failed"]
        assert diary.received("top/a") == ["after"]

    run_tree(top(probe("a", diary)), script)


def test_a_request_does_not_overtake_the_end_of_the_child_that_it_is_about() -> None:
    """It found the child down, started it, and voided the news of its end: when that start failed, nobody tried
    again."""
    diary = Diary()

    async def slow(probe: Probe) -> None:
        await trio.sleep(2)

    async def failing(probe: Probe) -> None:
        raise OSError("not now")

    async def script(tree: Tree) -> None:
        diary.on_load["top/slow"] = of_life(2, slow)
        diary.on_load["top/a"] = of_life(2, failing)
        refused: list[Exception] = []

        async def restart() -> None:
            try:
                await tree.supervisor("top").restart_child("a")
            except Exception as error:
                refused.append(error)

        async with trio.open_nursery() as nursery:
            tree.kill("top/slow")
            await tree.settle()
            nursery.start_soon(restart)
            await tree.settle()
            tree.kill("top/a")
            await tree.advance(10 * SECOND)
        assert refused
        assert tree.is_up("top/a", "top/slow")

    run_tree(top(probe("a", diary), probe("slow", diary)), script)


def test_a_stop_is_heard_while_a_start_hangs() -> None:
    diary = Diary()

    async def hang(_: Probe) -> None:
        await trio.sleep(1000)

    async def script(tree: Tree) -> None:
        diary.on_load["top/a"] = of_life(2, hang)
        tree.kill("top/a")
        await tree.settle()
        began_ns = tree.clock.now_ns()
        tree.runtime.stop("now")
        await tree.advance(SECOND)
        assert tree.reason is not None
        assert tree.clock.now_ns() - began_ns == SECOND

    run_tree(top(probe("a", diary, start_within_ns=600 * SECOND)), script)

"""What counts as a crash, what as a stop, and what passes through the whole tree."""

from collections.abc import Iterator

import pytest
import trio

from supervision.child import ChildFailedToStart
from supervision.clock import SteadyClock
from supervision.reasons import Crashed, crash_of, is_cancellation, must_pass
from supervision.runtime import Runtime
from supervision.specs import ActorSpec, Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Do, Probe, Tree, probe, run_tree


def tree_of(*children: object) -> SupervisorSpec:
    return SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=children)  # type: ignore[arg-type]


async def leak_a_cancellation() -> None:
    """What trio-websocket does (reference on actors, C6): a `Cancelled` out of a scope that is gone."""
    leaked: BaseException | None = None
    with trio.CancelScope() as scope:
        scope.cancel()
        try:
            await trio.lowlevel.checkpoint()
        except trio.Cancelled as error:
            leaked = error
    assert leaked is not None
    raise leaked


class TestALeakedCancellation:
    def test_of_a_worker_is_a_crash_and_not_a_stop(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(lambda probe: probe.work("socket", leak_a_cancellation)))
            await tree.settle()
            assert tree.cell("top/a").generation == 2
            exit_reason = tree.cell("top/a").last_exit
            assert isinstance(exit_reason, Crashed)
            assert exit_reason.error.startswith("LeakedCancellation")
            assert "leak_a_cancellation" in exit_reason.trace

        run_tree(tree_of(probe("a", diary)), script)

    @pytest.mark.parametrize("where", ["load", "worker"])
    def test_before_the_acknowledgement_is_a_failed_start(self, where: str) -> None:
        diary = Diary()

        async def load(probe: Probe) -> None:
            if where == "load":
                await leak_a_cancellation()
            probe.work("socket", leak_a_cancellation)
            await trio.sleep(1)

        async def script(tree: Tree) -> None:
            raise AssertionError("it started")

        diary.on_load["top/a"] = load
        with pytest.raises(ChildFailedToStart, match=r"top/a: LeakedCancellation"):
            run_tree(tree_of(probe("a", diary)), script)

    def test_of_the_very_end_of_a_life_is_a_crash(self) -> None:
        class Leaking(Probe):
            async def unload(self) -> None:
                await leak_a_cancellation()

        spec = ActorSpec(name="a", create=lambda: Leaking(Diary()))

        async def script(tree: Tree) -> None:
            tree.cell("top/a").ask_to_stop("done")
            await tree.settle()
            assert isinstance(tree.cell("top/a").last_exit, Crashed)

        run_tree(tree_of(spec), script)

    def test_while_the_actor_is_stopped_is_part_of_the_stop(self) -> None:
        diary = Diary()

        async def work() -> None:
            try:
                await trio.sleep_forever()
            finally:
                await leak_a_cancellation()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(lambda probe: probe.work("socket", work)))
            await tree.settle()

        tree = run_tree(tree_of(probe("a", diary)), script)
        assert str(tree.cell("top/a").last_exit) == "shutdown: the test is over"


class TestWhatConcernsTheProcess:
    @pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
    @pytest.mark.parametrize("where", ["load", "handler", "worker"])
    async def test_passes_to_the_root(self, error: type[BaseException], where: str) -> None:
        diary = Diary()

        def interrupt(_: object) -> None:
            raise error

        async def interrupted() -> None:
            raise error

        async def load(probe: Probe) -> None:
            raise error

        if where == "load":
            diary.on_load["top/inner/a"] = load
        runtime = Runtime(SteadyClock())
        inner = SupervisorSpec(name="inner", strategy=Strategy.ONE_FOR_ALL, children=(probe("a", diary),))
        runtime.describe(tree_of(probe("b", diary), inner))
        with pytest.raises(BaseExceptionGroup) as caught:
            async with trio.open_nursery() as nursery:
                await nursery.start(runtime.run)
                how = interrupt if where == "handler" else lambda probe: probe.work("w", interrupted)
                runtime.registry.cell("top/inner/a").address.tell(Do(how))
                await trio.sleep_forever()
        assert [type(leaf) for leaf in leaves(caught.value)] == [error]
        assert runtime.registry.cell("top/inner/a").generation == 1

    def test_is_seen_in_any_depth_of_groups(self) -> None:
        inside = BaseExceptionGroup("", [ValueError("x"), BaseExceptionGroup("", [KeyboardInterrupt()])])
        assert must_pass(inside)
        assert not must_pass(ExceptionGroup("", [ValueError("x")]))


def leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from leaves(each)
    else:
        yield error


class TestACrashReport:
    def test_names_each_error_once_however_deep(self) -> None:
        group = ExceptionGroup("", [ValueError("x"), ExceptionGroup("", [ValueError("x"), KeyError("y")])])
        assert crash_of(group).error == "ValueError: x; KeyError: 'y'"

    def test_survives_an_error_that_cannot_be_put_into_words(self) -> None:
        class Mute(Exception):
            def __str__(self) -> str:
                raise RuntimeError("no words")

        assert crash_of(Mute()).error == "Mute, which cannot be put into words"

    async def test_leaves_cancellations_out_unless_there_is_nothing_else(self) -> None:
        with trio.CancelScope() as scope:
            scope.cancel()
            try:
                await trio.lowlevel.checkpoint()
            except trio.Cancelled as error:
                cancelled = error
        assert is_cancellation(BaseExceptionGroup("", [cancelled]))
        assert not is_cancellation(BaseExceptionGroup("", [cancelled, ValueError("x")]))
        assert crash_of(BaseExceptionGroup("", [cancelled, ValueError("x")])).error == "ValueError: x"

    def test_has_the_traceback_in_the_log(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Crash("look here"))
            await tree.settle()
            (line,) = tree.logged("child ended")
            assert "ProbeError: look here" in str(line.fields["trace"])

        run_tree(tree_of(probe("a", diary)), script)

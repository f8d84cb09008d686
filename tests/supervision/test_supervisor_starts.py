"""R1, R2 and the start deadline."""

import pytest
import trio

from supervision.child import ChildFailedToStart
from supervision.clock import SteadyClock
from supervision.reasons import Killed
from supervision.runtime import Runtime
from supervision.specs import SECOND, Strategy, SupervisorSpec
from supervision.testing import Diary, Probe, ProbeError, Tree, probe, run_tree


def one_for_one(*children: object, **options: object) -> SupervisorSpec:
    return SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=children, **options)  # type: ignore[arg-type]


async def fail(probe: Probe) -> None:
    raise ProbeError("no file")


def sleeping(diary: Diary, path: str, duration_ns: int) -> None:
    async def load(probe: Probe) -> None:
        await trio.sleep(duration_ns / SECOND)

    diary.on_load[path] = load


async def nothing(tree: Tree) -> None:
    await tree.settle()


def test_each_child_is_started_when_the_one_before_it_has_acknowledged() -> None:
    diary = Diary()
    sleeping(diary, "top/a", SECOND)
    run_tree(one_for_one(probe("a", diary), probe("b", diary)), nothing)
    assert diary.order("load", "started") == ["a load", "a started", "b load", "b started"]
    assert diary.lines[2].at_ns >= diary.lines[0].at_ns + SECOND


def test_an_empty_supervisor_starts_and_stops() -> None:
    tree = run_tree(one_for_one(), nothing)
    assert str(tree.reason) == "shutdown: the test is over"


class TestAChildThatFailsWhenItsSupervisorStarts:
    @pytest.mark.parametrize("where", ["load", "started", "create"])
    def test_fails_the_start_and_those_before_it_are_stopped_in_reverse(self, where: str) -> None:
        diary = Diary()

        def crash(probe: Probe) -> None:
            raise ProbeError("no file")

        if where == "load":
            diary.on_load["top/c"] = fail
        if where == "started":
            diary.on_start["top/c"] = crash
        spec = probe("c", diary)
        if where == "create":

            def create() -> Probe:
                raise ProbeError("no file")

            spec = type(spec)(name="c", create=create)
        with pytest.raises(ChildFailedToStart, match=r"^top/c: ProbeError: no file$"):
            run_tree(one_for_one(probe("a", diary), probe("b", diary), spec, probe("d", diary)), nothing)
        assert diary.order("stopping") == ["b stopping", "a stopping"]
        assert "d load" not in diary.order("load")

    def test_of_a_supervisor_below_fails_the_whole_start(self) -> None:
        diary = Diary()
        diary.on_load["top/inner/b"] = fail
        inner = SupervisorSpec(name="inner", strategy=Strategy.ONE_FOR_ALL, children=(probe("b", diary),))
        with pytest.raises(ChildFailedToStart, match=r"^top/inner: top/inner/b: ProbeError: no file$"):
            run_tree(one_for_one(probe("a", diary), inner), nothing)
        assert diary.order("stopping") == ["a stopping"]

    async def test_is_a_plain_error_under_a_steady_clock_too(self) -> None:
        diary = Diary()
        diary.on_load["top/a"] = fail
        runtime = Runtime(SteadyClock())
        runtime.describe(one_for_one(probe("a", diary)))
        with pytest.raises(ChildFailedToStart, match="no file"):
            await runtime.run()

    def test_because_it_takes_too_long_has_failed(self) -> None:
        diary = Diary()
        sleeping(diary, "top/a", 2 * SECOND)
        with pytest.raises(ChildFailedToStart, match="not started within 1 s"):
            run_tree(one_for_one(probe("a", diary, start_within_ns=SECOND)), nothing)


class TestADeadlineThatPassesInTheInstantOfTheAcknowledgement:
    """trio then ignores the acknowledgement; the life must count as a failed start and as nothing else."""

    def test_is_one_failure_and_one_more_start(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            async def load(probe: Probe) -> None:
                if probe.generation == 2:
                    # Shielded, so that the deadline can only be noticed when the acknowledgement is given.
                    with trio.CancelScope(shield=True):
                        await trio.sleep(2)
                    tree.tell("top/a", "for a life that has begun")

            diary.on_load["top/a"] = load
            tree.kill("top/a")
            await tree.advance(20 * SECOND)
            assert tree.is_up("top/a")
            assert tree.cell("top/a").generation == 3
            received = [line for line in diary.lines if line.event == "received"]
            assert [(line.generation, line.detail) for line in received] == [(3, "for a life that has begun")]
            assert tree.cell("top/a").last_exit == Killed("a test killed it")
            assert len(tree.logged("child failed to start")) == 1
            assert len(tree.logged("child ended")) == 1

        run_tree(one_for_one(probe("a", diary, start_within_ns=SECOND)), script)


def test_a_stop_asked_before_the_start_is_heard_after_it() -> None:
    diary = Diary()

    async def main() -> None:
        runtime = Runtime(SteadyClock())
        runtime.describe(one_for_one(probe("a", diary)))
        runtime.stop("never mind")
        reason = await runtime.run()
        assert str(reason) == "shutdown: never mind"

    trio.run(main)
    assert diary.order("started", "stopping") == ["a started", "a stopping"]

"""Counterparts of OTP's supervisor suite, rows 64, 66 and 67: counts that are right, and work that grows with them.

Work is measured as lines of `supervision` that are executed, which is the same on every machine.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import supervision
from supervision.child import ChildState
from supervision.specs import SECOND, Backoff, Restart
from supervision.testing import Diary, Probe, ProbeError, Tree, probe, run_tree
from tests.supervision.conformance.otp_trees import Top, end_and_settle, supervisor

PACKAGE = str(Path(supervision.__file__).parent)


class TestCounts:
    def test_are_right_with_a_thousand_dynamic_children(self) -> None:
        """Row 64. count_children."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            top = Top(tree)
            for number in range(1000):
                await top.handle.start_child(probe(f"n{number}", diary))
            assert top.counts() == (1000, 1000, 0, 1000)
            for number in range(0, 1000, 2):
                tree.kill(f"top/n{number}")
            await tree.settle()
            assert top.counts() == (1000, 1000, 0, 1000)
            for number in range(0, 1000, 2):
                await top.handle.terminate_child(f"n{number}")
            assert top.counts() == (500, 500, 0, 500)

        run_tree(supervisor(is_dynamic=True, intensity=10**6), script)

    def test_tell_supervisors_from_workers(self) -> None:
        """Row 64. count_children_supervisor."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            top = Top(tree)
            assert top.counts() == (3, 3, 2, 1)
            await top.terminate("s1")
            assert top.counts() == (3, 2, 2, 1)

        children = supervisor(probe("x", diary), name="s1"), supervisor(name="s2"), probe("a", diary)
        run_tree(supervisor(*children), script)

    def test_of_those_that_live_leave_out_those_that_wait_for_a_restart(self) -> None:
        """Row 64. count_restarting_children."""
        diary = Diary()

        async def load(probe: Probe) -> None:
            if probe.generation == 2:
                raise ProbeError("not yet")

        backoff = Backoff(initial_ns=100 * SECOND, maximum_ns=100 * SECOND)

        async def script(tree: Tree) -> None:
            top = Top(tree)
            for number in range(20):
                diary.on_load[f"top/n{number}"] = load
                await top.handle.start_child(probe(f"n{number}", diary))
            for number in range(7):
                await end_and_settle(tree, f"top/n{number}", "kill")
            waiting = sum(state is ChildState.BACKING_OFF for state in top.states().values())
            assert waiting == 7
            assert top.counts() == (20, 13, 0, 20)
            await tree.advance(100 * SECOND)
            assert top.counts() == (20, 20, 0, 20)

        run_tree(supervisor(is_dynamic=True, intensity=1000, backoff=backoff), script)


class Lines:
    """Counts the lines of `supervision` that are executed while it is entered."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> "Lines":
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _call(self, frame: FrameType, _: str, __: Any) -> "Callable[[FrameType, str, Any], Any] | None":
        return self._line if frame.f_code.co_filename.startswith(PACKAGE) else None

    def _line(self, _: FrameType, event: str, __: Any) -> "Callable[[FrameType, str, Any], Any]":
        if event == "line":
            self.count += 1
        return self._line


def grows_with_the_number(work: Callable[[int], int]) -> bool:
    """Whether ten times as many take no more than fifteen times the work: OTP's suite allows fifty."""
    few, many = work(60), work(600)
    return many < 15 * few


@pytest.mark.parametrize("restart", [Restart.TEMPORARY, Restart.PERMANENT])
def test_terminating_many_dynamic_children_takes_work_by_their_number(restart: Restart) -> None:
    """Row 66. simple_one_for_one_scale_many_temporary_children."""

    def work(number: int) -> int:
        diary, lines = Diary(), Lines()

        async def script(tree: Tree) -> None:
            top = Top(tree)
            for each in range(number):
                await top.handle.start_child(probe(f"n{each}", diary, restart=restart))
            with lines:
                for each in range(number):
                    await top.handle.terminate_child(f"n{each}")

        run_tree(supervisor(is_dynamic=True), script)
        return lines.count

    assert grows_with_the_number(work)


def test_starting_and_stopping_many_children_takes_work_by_their_number() -> None:
    """Row 67. scale_start_stop_many_children."""

    def work(number: int) -> int:
        diary, lines = Diary(), Lines()

        async def script(_: Tree) -> None:
            pass

        spec = supervisor(*(probe(f"n{each}", diary) for each in range(number)))
        with lines:
            run_tree(spec, script)
        return lines.count

    assert grows_with_the_number(work)


def test_crashes_of_many_take_work_by_their_number() -> None:
    """Row 66: nor does the end of one child cost more where there are many."""

    def work(number: int) -> int:
        diary, lines = Diary(), Lines()

        async def script(tree: Tree) -> None:
            for each in range(number):
                tree.kill(f"top/n{each}")
            with lines:
                await tree.settle()

        children = [probe(f"n{each}", diary) for each in range(number)]
        run_tree(supervisor(*children, intensity=10**6), script)
        return lines.count

    assert grows_with_the_number(work)

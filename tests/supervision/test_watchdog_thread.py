"""The watchdog's thread beside a real event loop: here time is real, and whoever waits waits for what is to happen."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import trio

from supervision.clock import Clock, SteadyClock, VirtualClock
from supervision.isolation import silence
from supervision.isolation import watchdog as watchdog_module
from supervision.isolation.slowness import BlockedLoop, Report, SlowHandler
from supervision.isolation.watchdog import MILLISECOND, Watchdog
from supervision.mailbox import Envelope
from supervision.runtime import Runtime

SLOW = 20 * MILLISECOND
LONGEST_S = 20.0
PROJECT = Path(__file__).resolve().parents[2]


class Fake:
    """A runtime with one actor that the test puts to work."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.life = SimpleNamespace(current=Envelope("hello", 1, 1, 0, None, 0))
        self.cell = SimpleNamespace(path="a/b", generation=3, handled=7, life=self.life)
        self.running: object = None
        self.clock = clock or SteadyClock()
        self.said: list[Report] = []

    @property
    def runtime(self) -> Runtime:
        return cast(Runtime, self)

    def handle(self, work: Callable[[], None]) -> None:
        self.running = self.cell
        work()
        self.running = None
        self.cell.handled += 1

    def spin_until_told(self, times: int = 1) -> None:
        spin(lambda: len(self.said) >= times)


def spin(is_enough: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST_S
    while not is_enough():
        assert time.monotonic() < until, "nothing was told"


def is_watched() -> bool:
    return any(thread.name == "watchdog" for thread in threading.enumerate())


def run_watched(fake: Fake, work: Callable[[], None]) -> Watchdog:
    """`work` on the loop's thread, and the loop turning before and after it."""

    async def main() -> Watchdog:
        with Watchdog(fake.runtime, SLOW, fake.said.append) as watchdog:
            await trio.sleep(0.01)
            work()
            await trio.sleep(0.01)
        return watchdog

    watchdog = trio.run(main)
    assert not is_watched()
    return watchdog


def test_a_handler_that_does_not_return_is_told_with_its_stack_while_it_runs() -> None:
    fake = Fake()
    watchdog = run_watched(fake, lambda: fake.handle(fake.spin_until_told))
    first, *_, last = fake.said
    assert isinstance(first, SlowHandler)
    assert (first.path, first.generation, first.kind, first.is_over) == ("a/b", 3, "str", False)
    assert first.for_ns >= SLOW
    assert "spin_until_told" in first.stack
    assert last.is_over
    assert (watchdog.slow_handlers, watchdog.blocked_loops) == (1, 0)
    assert watchdog.longest_ns == last.for_ns
    assert (watchdog.by_path["a/b"].count, watchdog.by_path["a/b"].longest_ns) == (1, last.for_ns)


def test_a_handler_in_one_long_call_is_told_afterwards_with_its_time() -> None:
    """Nobody else runs while it lasts, the watchdog neither."""
    fake = Fake()
    took_ns = 0

    def one_long_call() -> None:
        nonlocal took_ns
        began_ns = time.thread_time_ns()
        sum(range(30_000_000))
        took_ns = time.thread_time_ns() - began_ns
        fake.spin_until_told()

    run_watched(fake, lambda: fake.handle(one_long_call))
    assert isinstance(fake.said[0], SlowHandler)
    assert fake.said[0].for_ns > took_ns - 3 * SLOW


def test_an_hour_of_suspension_is_not_the_handler_s() -> None:
    """A second and a half of one, of which the handler ran for next to nothing."""
    program = (
        "import sys, time, trio\n"
        "from types import SimpleNamespace as Made\n"
        "from supervision.clock import SteadyClock\n"
        "from supervision.isolation.watchdog import Watchdog\n"
        "cell = Made(path='a', generation=1, handled=0, life=Made(current=Made(message=1)))\n"
        "runtime = Made(clock=SteadyClock(), running=cell)\n"
        "async def main():\n"
        "    with Watchdog(runtime, 20_000_000, lambda report: None) as watchdog:\n"
        "        print('ready', flush=True)\n"
        "        sys.stdin.readline()\n"
        "    print(watchdog.longest_ns)\n"
        "trio.run(main)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        began_s = time.monotonic()
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        suspended_s = time.monotonic() - began_s
        process.send_signal(signal.SIGCONT)
        print(file=process.stdin, flush=True)
        longest_ns = int(process.stdout.readline())
        lived_s = time.monotonic() - began_s - suspended_s
    assert longest_ns < lived_s * 1e9 + 5 * SLOW


def test_a_loop_that_does_not_turn_is_told_with_its_stack() -> None:
    fake = Fake()
    watchdog = run_watched(fake, fake.spin_until_told)
    first, last = fake.said[0], fake.said[-1]
    assert isinstance(first, BlockedLoop) and isinstance(last, BlockedLoop)
    assert "spin_until_told" in first.stack
    assert (first.path, first.is_over, last.is_over) == ("", False, True)
    assert (watchdog.slow_handlers, watchdog.blocked_loops) == (0, 1)
    assert watchdog.longest_block_ns == last.for_ns >= SLOW


def test_many_handlers_in_one_turn_are_a_blocked_loop() -> None:
    fake = Fake()

    def handle_another() -> bool:
        fake.handle(lambda: None)
        return bool(fake.said)

    run_watched(fake, lambda: spin(handle_another))
    assert {type(each) for each in fake.said} == {BlockedLoop}


def test_nothing_is_told_of_a_loop_that_turns_and_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []
    monkeypatch.setattr(watchdog_module, "in_hand", looks.append)
    fake = Fake()

    async def main() -> None:
        with Watchdog(fake.runtime, 1000 * MILLISECOND, fake.said.append) as watchdog:
            first = watchdog._beat
            with trio.fail_after(LONGEST_S):
                while watchdog._beat is first:  # noqa: ASYNC110 - the watchdog has no event for it
                    await trio.sleep(0.01)

    trio.run(main)
    assert (fake.said, looks) == ([], [])


class TestUnderAVirtualClock:
    def test_handlers_are_watched_and_the_loop_has_no_task_more(self) -> None:
        fake = Fake(VirtualClock())
        tasks: list[int] = []

        async def main() -> None:
            before = trio.lowlevel.current_statistics().tasks_living
            with Watchdog(fake.runtime, SLOW, fake.said.append):
                tasks.append(trio.lowlevel.current_statistics().tasks_living - before)
                fake.handle(fake.spin_until_told)

        trio.run(main)
        assert {type(each) for each in fake.said} == {SlowHandler}
        assert tasks == [0]

    def test_nobody_looks_while_there_are_signs_of_life(self, monkeypatch: pytest.MonkeyPatch) -> None:
        looks: list[object] = []
        monkeypatch.setattr(watchdog_module, "in_hand", looks.append)
        fake = Fake(VirtualClock())
        with Watchdog(fake.runtime, 3000 * MILLISECOND, fake.said.append) as watchdog:
            first = watchdog._beat

            def beat() -> bool:
                watchdog.beat()
                return watchdog._beat is not first

            spin(beat)
        assert looks == []

    def test_a_loop_that_gives_none_is_not_called_blocked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        looks: list[object] = []
        monkeypatch.setattr(watchdog_module, "in_hand", looks.append)
        fake = Fake(VirtualClock())
        with Watchdog(fake.runtime, SLOW, fake.said.append):
            spin(lambda: len(looks) > 20)
        assert fake.said == []


def test_a_report_that_fails_does_not_end_the_watch() -> None:
    fake = Fake()

    def fail(report: Report) -> None:
        fake.said.append(report)
        raise RuntimeError("no room")

    async def main() -> Watchdog:
        with Watchdog(fake.runtime, SLOW, fail) as watchdog:
            fake.handle(lambda: fake.spin_until_told(2))
        return watchdog

    assert trio.run(main).reports_failed == len(fake.said) >= 3


def test_a_report_that_hangs_does_not_keep_the_rest_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog_module, "JOIN_WITHIN_S", 0.01)
    fake, hangs, go_on = Fake(), threading.Event(), threading.Event()

    def hang(_: Report) -> None:
        hangs.set()
        go_on.wait(LONGEST_S)

    async def main() -> None:
        with Watchdog(fake.runtime, SLOW, hang):
            fake.handle(lambda: spin(hangs.is_set))

    trio.run(main)
    assert is_watched()
    go_on.set()
    spin(lambda: not is_watched())


def test_it_outlives_the_event_loop() -> None:
    fake = Fake()
    watchdog = Watchdog(fake.runtime, SLOW, fake.said.append)

    async def main() -> None:
        watchdog.__enter__()

    trio.run(main)
    fake.handle(fake.spin_until_told)
    watchdog.__exit__(None, None, None)
    assert watchdog.slow_handlers == 1
    assert not is_watched()


def test_it_ends_when_what_it_watches_fails() -> None:
    with pytest.raises(ZeroDivisionError), Watchdog(Fake().runtime, SLOW):
        raise ZeroDivisionError
    assert not is_watched()


def test_a_time_that_makes_everybody_slow_is_refused() -> None:
    with pytest.raises(ValueError, match="less than a millisecond"):
        Watchdog(Fake().runtime, 5)


def test_where_there_is_no_alarm_the_thread_wakes_up_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "_Alarm", lambda: Missing.timerfd_create)
    fake = Fake()
    watchdog = run_watched(fake, lambda: fake.handle(fake.spin_until_told))
    assert watchdog._silence._alarm is None
    assert (watchdog.slow_handlers, watchdog.blocked_loops) == (1, 0)


class Missing:
    timerfd_create: object

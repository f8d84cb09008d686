"""The watchdog beside a real tree: who is blamed for what, and what is not slow."""

import time
from collections.abc import Awaitable, Callable

import trio

from supervision.clock import SteadyClock
from supervision.isolation.slowness import BlockedLoop, Report, SlowHandler
from supervision.isolation.watchdog import Watchdog
from supervision.log import Level, LogEvent
from supervision.runtime import Runtime
from supervision.specs import Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Diary, Do, Probe, probe

SLOW = 20 * MILLISECOND
LONGEST_S = 20.0


def spin(is_enough: Callable[[], object]) -> None:
    until = time.monotonic() + LONGEST_S
    while not is_enough():
        assert time.monotonic() < until, "nothing was told"


def run_watched(
    diary: Diary,
    report: Callable[[Report], None] | None,
    script: Callable[[Runtime], Awaitable[None]],
    log: Callable[[LogEvent], None] = lambda _: None,
    slow_after_ns: int = SLOW,
) -> Watchdog:
    """A tree of the probes `top/a` and `top/b` in real time."""

    async def main() -> Watchdog:
        runtime = Runtime(SteadyClock(), 0, log)
        children = (probe("a", diary), probe("b", diary))
        runtime.describe(SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=children))
        with Watchdog(runtime, slow_after_ns, report) as watchdog:
            async with trio.open_nursery() as nursery:
                await nursery.start(runtime.run)
                with trio.fail_after(LONGEST_S):
                    await script(runtime)
                runtime.stop("the test is over")
        return watchdog

    return trio.run(main)


async def do(runtime: Runtime, path: str, work: Callable[[Probe], None]) -> None:
    """Have a probe do it, and wait until it is done."""
    done = trio.Event()
    address = runtime.registry.cell(path).address
    address.tell(Do(work))
    address.tell(Do(lambda _: done.set()))
    await done.wait()


def test_a_slow_handler_is_blamed_with_its_life_and_its_message() -> None:
    said: list[Report] = []

    async def script(runtime: Runtime) -> None:
        await do(runtime, "top/b", lambda _: spin(lambda: said))

    watchdog = run_watched(Diary(), said.append, script)
    assert {(type(each), each.path) for each in said} == {(SlowHandler, "top/b")}
    first = said[0]
    assert isinstance(first, SlowHandler)
    assert (first.generation, first.kind) == (1, "Do")
    assert "in spin" in first.stack
    assert list(watchdog.by_path) == ["top/b"]


def test_without_a_report_it_is_in_the_runtime_s_log() -> None:
    log: list[LogEvent] = []

    def slow() -> list[LogEvent]:
        return [event for event in log if event.event == "slow handler"]

    async def script(runtime: Runtime) -> None:
        await do(runtime, "top/a", lambda _: spin(slow))

    run_watched(Diary(), None, script, log.append)
    first, last = slow()[0], slow()[-1]
    assert (first.level, first.actor, first.generation) == (Level.WARNING, "top/a", 1)
    assert (first.fields["message"], first.fields["is_over"], last.fields["is_over"]) == ("Do", False, True)
    assert isinstance(first.fields["for_ms"], float) and first.fields["for_ms"] >= SLOW / MILLISECOND
    assert "in spin" in str(first.fields["trace"])


def test_blocking_code_of_a_start_is_a_blocked_loop() -> None:
    said: list[Report] = []
    diary = Diary()

    async def load(_: Probe) -> None:
        spin(lambda: said)

    diary.on_load["top/b"] = load

    async def script(_: Runtime) -> None:
        """The start was it."""

    watchdog = run_watched(diary, said.append, script)
    assert {type(each) for each in said} == {BlockedLoop}
    assert "in load" in said[0].stack
    assert (watchdog.slow_handlers, watchdog.blocked_loops) == (0, 1)


def test_blocking_code_of_a_worker_is_a_blocked_loop() -> None:
    said: list[Report] = []
    is_done = trio.Event()

    async def work() -> None:
        spin(lambda: said)
        is_done.set()

    async def script(runtime: Runtime) -> None:
        await do(runtime, "top/a", lambda probe_: probe_.work("blocking", work))
        await is_done.wait()

    run_watched(Diary(), said.append, script)
    assert {type(each) for each in said} == {BlockedLoop}
    assert "in work" in said[0].stack


def test_waiting_is_not_slow() -> None:
    """An actor that was slowed down keeps nobody from anything, and a tree without messages neither."""
    said: list[Report] = []

    async def script(runtime: Runtime) -> None:
        runtime.registry.cell("top/a").slow_down(300 * MILLISECOND)
        await do(runtime, "top/a", lambda _: None)

    run_watched(Diary(), said.append, script, slow_after_ns=150 * MILLISECOND)
    assert [each for each in said if isinstance(each, SlowHandler)] == []

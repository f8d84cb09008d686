"""The two clocks, and timers on the event loop's real time. What has to wait here waits a few milliseconds."""

import time

import pytest
import trio
import trio._core._run as trio_run

from supervision.clock import SteadyClock, VirtualClock
from supervision.runtime import Runtime
from supervision.specs import Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Diary, Do, probe
from supervision.timers import Timers
from supervision.virtual_time import SchedulerChanged, drive, run_repeatably


class TestASteadyClock:
    def test_begins_at_its_origin_and_never_goes_back(self) -> None:
        clock = SteadyClock(origin_ns=5)
        times = [clock.now_ns() for _ in range(1000)]
        assert times[0] >= 5
        assert times == sorted(times)

    def test_runs_at_its_speed(self) -> None:
        clock = SteadyClock(origin_ns=0, speed=1000.0)
        before_ns = time.monotonic_ns()
        first_ns = clock.now_ns()
        while time.monotonic_ns() - before_ns < MILLISECOND:
            pass
        assert clock.now_ns() - first_ns >= 500 * MILLISECOND
        assert clock.real_seconds_until(clock.now_ns() + 10**12) <= 1.0


class TestAVirtualClock:
    def test_stands_still_and_never_goes_back(self) -> None:
        clock = VirtualClock(100)
        clock.advance_to(200)
        clock.advance_to(150)
        assert clock.now_ns() == 200
        assert clock.current_time() == pytest.approx(1e-7)
        assert clock.is_virtual


class TestSteadyTimers:
    async def test_ring_in_order_also_when_an_earlier_one_comes_later(self) -> None:
        timers = Timers(SteadyClock())
        clock = timers._clock
        rang: list[str] = []
        done = trio.Event()

        def late() -> None:
            rang.append("late")
            done.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(timers.run)
            await trio.testing.wait_all_tasks_blocked()
            now_ns = clock.now_ns()
            timers.at(now_ns + 20 * MILLISECOND, late)
            await trio.testing.wait_all_tasks_blocked()
            timers.at(now_ns + 5 * MILLISECOND, lambda: rang.append("early"))
            timers.at(now_ns - 1, lambda: rang.append("at once"))
            with trio.fail_after(5):
                await done.wait()
            nursery.cancel_scope.cancel()
        assert rang == ["at once", "early", "late"]

    async def test_that_are_made_while_others_fire_ring_too(self) -> None:
        timers = Timers(SteadyClock())
        clock = timers._clock
        done = trio.Event()

        def make_another() -> None:
            timers.at(clock.now_ns() + MILLISECOND, done.set)

        async with trio.open_nursery() as nursery:
            timers.at(0, make_another)
            nursery.start_soon(timers.run)
            with trio.fail_after(5):
                await done.wait()
            nursery.cancel_scope.cancel()

    def test_can_be_made_before_the_event_loop_runs(self) -> None:
        timers = Timers(SteadyClock())
        timers.at(1, lambda: None)
        timers.at(0, lambda: None)
        assert timers.next_deadline_ns() == 0

    async def test_wake_those_who_sleep_and_forget_those_who_were_cancelled(self) -> None:
        timers = Timers(SteadyClock())
        clock = timers._clock
        async with trio.open_nursery() as nursery:
            nursery.start_soon(timers.run)
            deadline_ns = clock.now_ns() + 3 * MILLISECOND
            with trio.fail_after(5):
                await timers.sleep_until(deadline_ns)
            assert clock.now_ns() >= deadline_ns
            with trio.move_on_after(0.001):
                await timers.sleep_until(clock.now_ns() + 10**12)
            assert timers.pending_count == 0
            nursery.cancel_scope.cancel()


async def test_an_actor_s_timer_rings_in_a_steady_tree() -> None:
    diary = Diary()
    runtime = Runtime(SteadyClock())
    spec = SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=(probe("a", diary),))
    runtime.describe(spec)
    rang = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(runtime.run)
        address = runtime.registry.cell("top/a").address
        ring = Do(lambda _: rang.set())
        address.tell(Do(lambda probe: probe.after("k", 2 * MILLISECOND, ring)))
        with trio.fail_after(5):
            await rang.wait()
        assert await runtime.ask(address, Do(lambda probe: probe.reply("yes")), 10**9) == "yes"
        runtime.stop("done")
    assert diary.order("stopping") == ["a stopping"]


class TestVirtualTime:
    def test_moves_for_trio_s_own_deadlines_and_for_the_timers(self) -> None:
        clock = VirtualClock(7)
        timers = Timers(clock)
        seen: list[tuple[str, int]] = []

        async def main() -> None:
            async def sleeps() -> None:
                await trio.sleep(2)
                seen.append(("trio", round(clock.now_ns() / 1e9)))
                await timers.sleep_until(3_000_000_007)
                seen.append(("timers", round(clock.now_ns() / 1e9)))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(sleeps)
                await drive(clock, timers, keep_going=lambda: True)

        run_repeatably(main, clock, seed=0)
        assert seen == [("trio", 2), ("timers", 3)]

    def test_leaves_trio_s_scheduler_as_it_was(self) -> None:
        before = trio_run._r.getstate()

        async def main() -> None:
            await trio.lowlevel.checkpoint()

        run_repeatably(main, VirtualClock(), seed=1)
        assert trio_run._r.getstate() == before

    def test_says_when_trio_has_changed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(trio_run, "_ALLOW_DETERMINISTIC_SCHEDULING")

        async def main() -> None:
            """Never runs."""

        with pytest.raises(SchedulerChanged):
            run_repeatably(main, VirtualClock(), seed=1)

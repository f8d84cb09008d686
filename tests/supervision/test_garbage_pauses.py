"""The collector while it is tuned: what is looked at and when, what is freed, and that all is as before afterwards."""

import gc
import weakref
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import trio

from supervision import garbage
from supervision.garbage import MILLISECOND, OLDEST, YOUNGEST, Collector, PauseMeter, keep_tidy

HOUR_NS = 3600 * 10**9
LONGEST_S = 10


class Knot:
    """Garbage that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


def knot() -> "tuple[Knot, weakref.ref[Knot]]":
    made = Knot()
    return made, weakref.ref(made)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    # The suite has set its tests aside.
    gc.unfreeze()
    before = gc.get_threshold(), len(gc.callbacks)
    yield
    assert (gc.get_threshold(), len(gc.callbacks)) == before
    assert gc.get_freeze_count() == 0
    gc.freeze()


class TestAMeter:
    def test_hears_every_collection_of_its_generation(self) -> None:
        with PauseMeter() as meter:
            for generation in (0, 1, 1, 2):
                gc.collect(generation)
        gc.collect()
        assert [meter.pauses(generation).count for generation in range(3)] == [1, 2, 1]
        for generation in range(3):
            pauses = meter.pauses(generation)
            assert len(pauses.last_ns) == pauses.count
            assert pauses.total_ns == meter.total_ns(generation) == sum(pauses.last_ns)
            assert pauses.longest_ns == max(pauses.last_ns) > 0
        assert meter.longest_ns == max(meter.pauses(generation).longest_ns for generation in range(3))

    def test_keeps_the_last_and_the_longest_of_all(self) -> None:
        with PauseMeter(kept=2) as meter:
            for _ in range(5):
                gc.collect(0)
        assert len(meter.pauses(0).last_ns) == 2
        assert meter.pauses(0).count == 5

    def test_has_percentiles_of_what_it_kept(self) -> None:
        with PauseMeter() as meter:
            for _ in range(100):
                gc.collect(0)
        pauses = meter.pauses(0)
        ordered = sorted(pauses.last_ns)
        assert [pauses.percentile_ns(percent) for percent in (0, 50, 99, 100)] == [
            ordered[0],
            ordered[50],
            ordered[99],
            ordered[99],
        ]
        assert meter.pauses(1).percentile_ns(50) is None


class TestACollector:
    def test_sets_what_exists_aside(self) -> None:
        world = [[number] for number in range(10_000)]
        with Collector():
            assert gc.get_freeze_count() > len(world)
            assert len(gc.get_objects()) < len(world)

    def test_is_as_before_after_a_failure(self) -> None:
        with pytest.raises(ZeroDivisionError), Collector():
            raise ZeroDivisionError

    def test_never_looks_at_what_is_old_by_itself(self) -> None:
        kept = []
        with Collector() as collector:
            for number in range(100_000):
                kept.append([number])
        assert collector.meter.pauses(YOUNGEST).count > 10
        assert collector.meter.pauses(1).count == collector.meter.pauses(OLDEST).count == 0

    def test_frees_garbage_that_dies_young(self) -> None:
        with Collector() as collector:
            made, is_there = knot()
            del made
            assert is_there() is not None
            collector.tidy()
            assert is_there() is None

    def test_looks_at_what_is_old_when_enough_has_come_and_frees_what_died_there(self) -> None:
        """A look that the machine interrupts for long is rightly followed by setting aside: then it is tried again."""
        for _ in range(5):
            with Collector() as collector:
                made, is_there = knot()
                collector.tidy(HOUR_NS)
                del made
                for _ in range(100_000):
                    collector.tidy(10 * MILLISECOND)
                    if is_there() is None or collector.times_set_aside:
                        break
            if not collector.times_set_aside:
                break
        assert is_there() is None
        assert collector.meter.pauses(OLDEST).count > 0
        assert collector.times_set_aside == 0

    def test_sets_aside_what_cannot_be_looked_at_in_time_and_clean_frees_it(self) -> None:
        with Collector() as collector:
            made, is_there = knot()
            kept = [[number] for number in range(100_000)]
            collector.tidy(MILLISECOND // 10)
            assert (collector.times_set_aside, collector.meter.pauses(OLDEST).count) == (1, 0)
            assert len(gc.get_objects()) < len(kept)
            del made
            for _ in range(100):
                collector.tidy()
            assert is_there() is not None
            assert collector.clean() > 0
            assert is_there() is None


class TestTidying:
    @pytest.fixture
    def runnable(self, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
        """What trio says of its tasks."""
        statistics = SimpleNamespace(tasks_runnable=0)
        monkeypatch.setattr(trio.lowlevel, "current_statistics", lambda: statistics)
        monkeypatch.setattr(garbage, "SELDOM_S", 0.001)
        return statistics

    async def tidied(self, at_least: int) -> None:
        with Collector() as collector:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(keep_tidy, collector)
                while collector.meter.pauses(YOUNGEST).count < at_least:
                    await trio.lowlevel.checkpoint()
                nursery.cancel_scope.cancel()

    async def test_goes_on_at_quiet_moments(self, runnable: SimpleNamespace) -> None:
        with trio.fail_after(LONGEST_S):
            await self.tidied(3)

    async def test_is_put_off_when_there_is_something_to_do_and_not_for_ever(self, runnable: SimpleNamespace) -> None:
        runnable.tasks_runnable = 1
        with trio.fail_after(LONGEST_S):
            await self.tidied(3)

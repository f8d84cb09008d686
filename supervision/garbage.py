"""Keeps Python's collector of cyclic garbage from stopping the event loop for long.

Most garbage is freed at once by counting references. The collector looks for cycles, and a look takes as long as there
is much to look at: 0.1 us an object, 60 ms for 600,000. So what is there at the start is set aside, and what comes
later is looked at by hand, often and hence little at a time: how long a look will take is known from what the looks at
the same objects took when they were new.
"""

import gc
import time
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Literal, Self

import trio
from attrs import define, frozen

MILLISECOND = 1_000_000
KEPT = 256
"""Pauses of each generation that can be read."""

YOUNGEST, OLDEST = 0, 2

YOUNG = 2_000
"""More objects than this that came and did not go are looked at without being asked: somebody makes many at once."""

OLD_IS_SLOWER = 1.5
"""A look at old objects takes up to so many times as long: the processor has them no longer at hand."""

OFTEN_S, SELDOM_S = 0.004, 0.064
"""Between tidying up and tidying up again."""

PATIENCE = 3
"""How often tidying is put off because there is something better to do."""

NEVER = 1 << 30


@frozen
class Pauses:
    """What the collections of one generation took. Percentiles are those of the last ones."""

    count: int
    total_ns: int
    longest_ns: int
    last_ns: tuple[int, ...]

    def percentile_ns(self, percent: float) -> int | None:
        """None when there was none."""
        if not self.last_ns:
            return None
        return sorted(self.last_ns)[min(len(self.last_ns) - 1, int(len(self.last_ns) * percent / 100))]


@define(eq=False)
class _Generation:
    last_ns: deque[int]
    count: int = 0
    total_ns: int = 0
    longest_ns: int = 0


class PauseMeter:
    """Measures every collection of this process while its `with` block lasts, whoever began it. A microsecond each."""

    def __init__(self, kept: int = KEPT) -> None:
        self._generations = [_Generation(deque(maxlen=kept)) for _ in range(OLDEST + 1)]
        self._began_ns = 0

    def __enter__(self) -> Self:
        gc.callbacks.append(self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        gc.callbacks.remove(self._hear)

    def pauses(self, generation: int) -> Pauses:
        """Generation 0 is the youngest, 2 the oldest."""
        of = self._generations[generation]
        return Pauses(of.count, of.total_ns, of.longest_ns, tuple(of.last_ns))

    def total_ns(self, generation: int) -> int:
        return self._generations[generation].total_ns

    @property
    def longest_ns(self) -> int:
        return max(of.longest_ns for of in self._generations)

    def _hear(self, phase: Literal["start", "stop"], about: Mapping[str, int]) -> None:
        if phase == "start":
            self._began_ns = time.perf_counter_ns()
            return
        took_ns = time.perf_counter_ns() - self._began_ns
        of = self._generations[about["generation"]]
        of.count += 1
        of.total_ns += took_ns
        of.longest_ns = max(of.longest_ns, took_ns)
        of.last_ns.append(took_ns)


class Collector:
    """The collector of this process, tuned for short pauses while the `with` block lasts; one at a time.

    What exists at its beginning is set aside: it is freed where counting references does it, and otherwise by `clean`.
    """

    def __init__(self) -> None:
        self.meter = PauseMeter()
        self.times_set_aside = 0
        self._thresholds = (0, 0, 0)
        self._old_ns = 0
        self._young_ns = 0

    def __enter__(self) -> Self:
        self._thresholds = gc.get_threshold()
        gc.set_threshold(YOUNG, NEVER, NEVER)
        gc.collect()
        gc.freeze()
        # The first look after that takes a millisecond whatever there is to see.
        gc.collect()
        self.meter.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.meter.__exit__(kind, error, at)
        gc.set_threshold(*self._thresholds)
        gc.unfreeze()

    def tidy(self, within_ns: int = MILLISECOND // 2) -> int:
        """Look at what is new, and at what is older when there is enough of it to be worth a look that surely takes no
        more than `within_ns`. To be called each few milliseconds, best when nothing else is to be done: the look at
        what is new takes as long as there is much of it.

        What can no longer be looked at in time is set aside. It has lived through every look so far; should it become
        cyclic garbage, only `clean` frees it. Returns how long the look at what is new took.
        """
        before_ns = self.meter.total_ns(YOUNGEST)
        gc.collect(YOUNGEST)
        took_ns = self.meter.total_ns(YOUNGEST) - before_ns
        self._look_at_what_is_old(within_ns)
        return took_ns

    def clean(self) -> int:
        """Look at everything, what was set aside too, and set what is left aside. Stops the loop for 0.1 us an object:
        for who can wait. Returns how long it took, in nanoseconds."""
        began_ns = time.perf_counter_ns()
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._begin_anew(0)
        return time.perf_counter_ns() - began_ns

    def _look_at_what_is_old(self, within_ns: int) -> None:
        come_ns = self.meter.total_ns(YOUNGEST) - self._young_ns
        if come_ns < max(self._old_ns, within_ns // 8):
            return
        if (self._old_ns + come_ns) * OLD_IS_SLOWER <= within_ns:
            before_ns = self.meter.total_ns(OLDEST)
            gc.collect()
            self._begin_anew(self.meter.total_ns(OLDEST) - before_ns)
        else:
            gc.freeze()
            self.times_set_aside += 1
            self._begin_anew(0)

    def _begin_anew(self, old_ns: int) -> None:
        """From now on a look at what is old takes `old_ns`, and for what will come no longer than the look at it when
        it was new."""
        self._old_ns = old_ns
        self._young_ns = self.meter.total_ns(YOUNGEST)


async def keep_tidy(collector: Collector, within_ns: int = MILLISECOND // 2) -> None:
    """Tidy up at moments at which no task could run, until cancelled; the more often the more there is to look at. In
    real time only."""
    wait_s, put_off = SELDOM_S, 0
    while True:
        await trio.sleep(wait_s)
        if trio.lowlevel.current_statistics().tasks_runnable and put_off < PATIENCE:
            put_off += 1
            continue
        put_off = 0
        took_ns = collector.tidy(within_ns)
        if took_ns > within_ns // 4:
            wait_s = max(wait_s / 2, OFTEN_S)
        elif took_ns < within_ns // 16:
            wait_s = min(wait_s * 2, SELDOM_S)

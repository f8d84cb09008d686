"""Notices what an event loop cannot notice about itself: a handler that does not end, a loop that does not turn."""

import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

import trio
from attrs import define, frozen

from supervision.clock import NANOSECONDS_PER_SECOND
from supervision.isolation.own_time import Moment, own_ns, this_moment
from supervision.isolation.silence import Silence
from supervision.isolation.slowness import BlockedLoop, InHand, Judge, Report, SlowHandler
from supervision.isolation.threads import cpu_clock_of, stack_of
from supervision.log import Level, LogEvent, LogValue

if TYPE_CHECKING:
    from supervision.runtime import Runtime

MILLISECOND = 1_000_000
SLOW_AFTER_NS = 100 * MILLISECOND
BEATS, LOOKS = 3, 10
"""Signs of life in the time after which something is slow, and looks in it at a loop that gives none."""

JOIN_WITHIN_S = 1.0
NEVER_NS = 1 << 63


@define(eq=False)
class Slowness:
    """How often an actor was slow, and for how long at worst."""

    count: int = 0
    longest_ns: int = 0


@frozen
class _Beat:
    """When the loop was alive, and how long its thread had computed by then."""

    at: Moment
    computed_ns: int


class Watchdog:
    """Watches the event loop of a runtime while its `with` block lasts, which is entered on the loop's thread.

    The loop gives signs of life, three in each `slow_after_ns`. While it does, nobody looks. When it does not, the
    watchdog's thread looks until it does again, and tells `report` there: once something has taken `slow_after_ns`,
    whenever that has doubled, and when it is over. The times are short by half of `slow_after_ns` at most.

    Under a virtual clock, or outside of trio, only handlers are watched: a task of ours would change the order of what
    is to be repeatable. Whoever moves the time may call `beat`, which keeps the thread from looking in vain.
    """

    def __init__(
        self, runtime: "Runtime", slow_after_ns: int = SLOW_AFTER_NS, report: Callable[[Report], None] | None = None
    ) -> None:
        """Without `report`, events go to the runtime's log."""
        if slow_after_ns < MILLISECOND:
            raise ValueError(f"slow_after_ns is {slow_after_ns}, less than a millisecond: every handler would be slow")
        self.slow_handlers = 0
        self.longest_ns = 0
        self.blocked_loops = 0
        self.longest_block_ns = 0
        self.by_path: dict[str, Slowness] = {}
        self.reports_failed = 0
        self._runtime = runtime
        self._report = report or (lambda report: runtime.log(_event(runtime, report)))
        self._period_ns = slow_after_ns // BEATS
        self._look_ns = slow_after_ns // LOOKS
        self._judge = Judge(slow_after_ns, lambda: stack_of(self._loop_thread))
        self._is_told: set[type[Report]] = set()
        self._silence = Silence()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._beating = trio.CancelScope()
        self._loop_thread = 0
        self._loop_computed_ns: Callable[[], int] = int
        self._beat = _Beat(Moment(0, 0), 0)
        self._next_beat_ns = 0
        self._is_beating = False

    def __enter__(self) -> Self:
        self._loop_thread = threading.get_ident()
        self._loop_computed_ns = cpu_clock_of(self._loop_thread)
        self.beat()
        self._is_beating = trio.lowlevel.in_trio_run() and not self._runtime.clock.is_virtual
        if self._is_beating:
            trio.lowlevel.spawn_system_task(self._keep_beating, name="the watchdog's sign of life")
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if trio.lowlevel.in_trio_run():
            self._beating.cancel(reason="nobody watches any more")
        self._next_beat_ns = NEVER_NS
        self._silence.stop()
        # A report that hangs (nobody reads our standard error) must not hang those who end.
        self._thread.join(JOIN_WITHIN_S)

    def beat(self) -> None:
        """A sign of life, from the loop's thread. Costs a tenth of a microsecond where one was given just now."""
        now_ns = time.monotonic_ns()
        if now_ns < self._next_beat_ns:
            return
        # A little early, for who comes each period.
        self._next_beat_ns = now_ns + self._period_ns // 2
        self._beat = self._moment()
        self._silence.put_off(now_ns + self._patience_ns)

    @property
    def _patience_ns(self) -> int:
        return self._period_ns + self._period_ns // 4

    async def _keep_beating(self) -> None:
        with self._beating:
            while True:
                self.beat()
                await trio.sleep(self._period_ns / NANOSECONDS_PER_SECOND)

    def _watch(self) -> None:
        try:
            while self._silence.wait():
                self._look_until_it_is_alive()
            self._tell(self._judge.finish())
        finally:
            self._silence.close()

    def _look_until_it_is_alive(self) -> None:
        last_beat = before = self._beat
        # Until the next sign of life was overdue, it was alive for all we know.
        known_ns = self._patience_ns
        while self._beat is last_beat:
            now = self._moment()
            elapsed_ns = own_ns(before.at, now.at, known_ns + 2 * self._look_ns) - known_ns
            held_us_up = elapsed_ns > 2 * self._period_ns and 2 * (now.computed_ns - before.computed_ns) > elapsed_ns
            hand, has_turned = in_hand(self._runtime), not self._is_beating
            self._tell(self._judge.look(hand, max(0, elapsed_ns), has_turned=has_turned, held_us_up=held_us_up))
            before, known_ns = now, 0
            if not self._silence.sleep(self._look_ns):
                return
        self._tell(self._judge.finish())

    def _moment(self) -> _Beat:
        return _Beat(this_moment(), self._loop_computed_ns())

    def _tell(self, reports: Iterator[Report]) -> None:
        for report in reports:
            self._count(report)
            try:
                self._report(report)
            except Exception:
                self.reports_failed += 1

    def _count(self, report: Report) -> None:
        is_first = type(report) not in self._is_told
        if report.is_over:
            self._is_told.discard(type(report))
        else:
            self._is_told.add(type(report))
        if isinstance(report, BlockedLoop):
            self.blocked_loops += is_first
            self.longest_block_ns = max(self.longest_block_ns, report.for_ns)
            return
        self.slow_handlers += is_first
        self.longest_ns = max(self.longest_ns, report.for_ns)
        slowness = self.by_path.setdefault(report.path, Slowness())
        slowness.count += is_first
        slowness.longest_ns = max(slowness.longest_ns, report.for_ns)


def in_hand(runtime: "Runtime") -> InHand | None:
    """What a runtime's actors are busy with at this moment; for any thread."""
    cell = runtime.running
    if cell is None:
        return None
    life = cell.life
    return InHand(cell, cell.generation, cell.handled, None if life is None else life.current)


def _event(runtime: "Runtime", report: Report) -> LogEvent:
    for_ms = round(report.for_ns / MILLISECOND, 1)
    fields: dict[str, LogValue] = {"for_ms": for_ms, "is_over": report.is_over, "trace": report.stack or None}
    actor, generation, event = "root", 1, "event loop blocked"
    match report:
        case SlowHandler(path, generation, kind):
            actor, event = path, "slow handler"
            fields["message"] = kind
        case BlockedLoop(path):
            fields["during"] = path or None
    return LogEvent(runtime.clock.now_ns(), Level.WARNING, actor, generation, 0, event, fields)

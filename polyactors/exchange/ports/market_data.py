"""The exchange's market data in process: the time passes on it as the feed pumps."""

from collections.abc import Iterable

import trio

from actors.feeds.ports import Deliver
from messages.identity import MarketId
from messages.market_data import MarketData, WholeBook
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.exchange.ports.book_changes import BookChanges
from polyactors.exchange.ports.timetable import Timetable
from polyactors.venues.feed_counts import FeedCounts
from supervision.clock import Clock
from supervision.log import Level, LogEvent, LogSink
from supervision.timers import Timers

CHANNEL = "exchange.market"

LATE_NS = NANOSECONDS_PER_SECOND


class ExchangeSource:
    """A `MarketDataSource` for some of the exchange's markets. It drives the exchange on the service's clock, step by
    step; while nobody pumps, our own orders alone move it, and it catches up afterwards.

    A machine that is too slow for the clock makes the exchange late, and holds up nobody else: that is logged.
    """

    def __init__(
        self,
        timetable: Timetable,
        markets: Iterable[MarketId],
        clock: Clock,
        timers: Timers,
        health: FeedCounts,
        answer_latency_ns: int,
        log: LogSink,
    ) -> None:
        self._timetable = timetable
        self._markets = tuple(markets)
        self._clock = clock
        self._timers = timers
        self._health = health
        self._answer_latency_ns = answer_latency_ns
        self._log = log
        self._is_late = False
        self._something_happened = trio.Event()
        exchange = timetable.world.exchange
        self._changes = BookChanges(exchange, self._markets, self._wake, timetable.now_ns)

    async def pump(self, deliver: Deliver) -> None:
        """Whole books, then everything that happens. Never ends, and never raises `ConnectionLost`."""
        with self._timetable.driven(self._wake):
            await self._catch_up()
            await self._pump(deliver)

    async def _pump(self, deliver: Deliver) -> None:
        books = [self._changes.whole_book(market, self._clock.now_ns()) for market in self._markets]
        await self._deliver([book for book in books if book is not None], deliver)
        while True:
            await self._pass_time(deliver)
            await self._wait()

    async def whole_book(self, market: MarketId) -> WholeBook | None:
        """The book as it is when the answer leaves, after the time that an answer takes."""
        await self._timers.sleep_until(self._clock.now_ns() + self._answer_latency_ns)
        return self._changes.whole_book(market, self._clock.now_ns())

    async def _catch_up(self) -> None:
        """With what happened while nobody pumped: whoever starts with whole books need not hear of it."""
        until_ns = self._clock.now_ns()
        while (due_ns := self._timetable.next_due_ns()) is not None and due_ns <= until_ns:
            self._timetable.advance(due_ns)
            await trio.lowlevel.checkpoint()
        self._timetable.advance(until_ns)
        self._changes.forget()

    async def _pass_time(self, deliver: Deliver) -> None:
        """Up to now, each instant by itself, so that no two batches become one."""
        timetable, clock = self._timetable, self._clock
        while True:
            due_ns = timetable.next_due_ns()
            now_ns = clock.now_ns()
            timetable.advance(now_ns if due_ns is None else min(due_ns, now_ns))
            if not self._changes.is_empty:
                await self._deliver(self._changes.take(clock.now_ns()), deliver)
            if due_ns is None or due_ns > now_ns:
                return
            self._look_at_the_clock(now_ns - due_ns)
            await trio.lowlevel.checkpoint()

    def _look_at_the_clock(self, late_ns: int) -> None:
        if not self._is_late and late_ns > LATE_NS:
            fields = {"late_ms": late_ns // NANOSECONDS_PER_MILLISECOND}
            now_ns = self._clock.now_ns()
            self._log(LogEvent(now_ns, Level.WARNING, "market-data/exchange", 0, 0, "the exchange is late", fields))
        self._is_late = late_ns > (LATE_NS // 10 if self._is_late else LATE_NS)

    async def _deliver(self, messages: Iterable[MarketData], deliver: Deliver) -> None:
        for message in messages:
            self._health.frames += 1
            self._health.by_channel[CHANNEL] += 1
            waiting = deliver(message)
            if waiting is not None:
                await waiting

    async def _wait(self) -> None:
        """Until something is due, or has happened by somebody else's doing."""
        self._something_happened = happened = trio.Event()
        if not self._changes.is_empty:
            return
        due_ns = self._timetable.next_due_ns()
        timer = None if due_ns is None else self._timers.at(due_ns, happened.set)
        try:
            await happened.wait()
        finally:
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        self._something_happened.set()

"""A recording as a venue: its frames at the times at which they were received, and its books when asked for."""

from collections.abc import Iterable

import trio

from actors.feeds.ports import Deliver
from messages.identity import MarketId
from messages.market_data import BadInput, MarketData, WholeBook
from messages.markets import Market
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.market_channel import MarketChannel
from polyactors.venues.polymarket.user_channel import UserChannel
from polyactors.venues.recording.folder import Recording
from polyactors.venues.recording.last_books import LastBooks
from polyactors.venues.recording.reference_source import is_reference_channel
from polyactors.venues.recording.tape import TapeFrame
from supervision.clock import Clock
from supervision.log import Level, LogEvent, LogSink
from supervision.timers import Timers

MARKET_CHANNEL = "clob.market"
USER_CHANNEL = "clob.user"
NOTES = "note"

FRAMES_BETWEEN_CHECKPOINTS = 64


class RecordingSource:
    """One connection for all markets of a recording. It outlives the actor that pumps it, as a venue would: whoever
    connects again goes on where the tape stands, and gets every book first, as on a real subscription.

    With `references_are_read` there are `recorded_references` of the same recording beside it: their frames are read
    there, and counted here.
    """

    def __init__(
        self,
        recording: Recording,
        clock: Clock,
        timers: Timers,
        health: FeedCounts,
        log: LogSink,
        answer_latency_ns: int,
        *,
        references_are_read: bool = False,
    ) -> None:
        self._markets: Iterable[Market] = recording.markets
        self._clock = clock
        self._timers = timers
        self._health = health
        self._log = log
        self._answer_latency_ns = answer_latency_ns
        self._references_are_read = references_are_read
        self._tape = recording.tape(self._on_bad_line)
        self._market_channel = MarketChannel(recording.markets, self._on_bad_frame)
        self._user_channel = UserChannel(self._on_bad_frame)
        self._last_books = LastBooks()
        self._held: TapeFrame | None = None
        self._line = 0

    async def pump(self, deliver: Deliver) -> None:
        """Deliver every frame at its time; ends with the tape. Never raises `ConnectionLost`."""
        await self._deliver_books(deliver)
        since_checkpoint = 0
        while (frame := self._held or next(self._tape, None)) is not None:
            self._held = frame
            at_ns = frame.at_ms * NANOSECONDS_PER_MILLISECOND
            if at_ns > self._clock.now_ns():
                await self._timers.sleep_until(at_ns)
                since_checkpoint = 0
            elif since_checkpoint == FRAMES_BETWEEN_CHECKPOINTS:
                await trio.lowlevel.checkpoint()
                since_checkpoint = 0
            since_checkpoint += 1
            self._held = None
            for message in self._read(frame, at_ns):
                self._last_books.see(message)
                waiting = deliver(message)
                if waiting is not None:
                    await waiting

    async def whole_book(self, market: MarketId) -> WholeBook | None:
        """The book as the frames so far tell it, after the time that an answer takes."""
        await self._timers.sleep_until(self._clock.now_ns() + self._answer_latency_ns)
        return self._last_books.whole_book(market, self._clock.now_ns())

    def close(self) -> None:
        self._tape.close()

    async def _deliver_books(self, deliver: Deliver) -> None:
        for market in self._markets:
            book = self._last_books.whole_book(market.market, self._clock.now_ns())
            waiting = deliver(book) if book is not None else None
            if waiting is not None:
                await waiting

    def _read(self, frame: TapeFrame, at_ns: int) -> list[MarketData]:
        health = self._health
        health.frames += 1
        health.by_channel[frame.channel] += 1
        self._line = frame.line
        if frame.channel == MARKET_CHANNEL:
            return self._market_channel.decode(frame.frame, at_ns, MARKET_CHANNEL)
        if frame.channel == USER_CHANNEL:
            # Somebody else's orders: read to see that they can be, and not acted upon.
            self._user_channel.decode(frame.frame, USER_CHANNEL)
        elif frame.channel == NOTES:
            health.notes += 1
        elif not (self._references_are_read and is_reference_channel(frame.channel)):
            health.unread[frame.channel] += 1
        return []

    def _on_bad_frame(self, bad: BadInput) -> None:
        self._count(bad, self._tape.source(self._line))

    def _on_bad_line(self, bad: BadInput) -> None:
        file, _, line = bad.source.rpartition(":")
        self._count(BadInput(bad.kind, file or bad.source, bad.detail), f"line {line}")

    def _count(self, bad: BadInput, place: str) -> None:
        if self._health.bad.count(bad, place):
            now_ns = self._clock.now_ns()
            fields = {"kind": bad.kind, "source": bad.source, "place": place, "detail": bad.detail}
            self._log(LogEvent(now_ns, Level.WARNING, "market-data/recording", 0, 0, "bad input", fields))

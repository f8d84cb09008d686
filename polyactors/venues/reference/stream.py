"""A venue's reference prices, live: one connection, subscribed to once, and made again whenever it is lost."""

import random
from collections.abc import Callable
from functools import partial

import trio

from actors.feeds.ports import ConnectionLost
from actors.feeds.reference.ports import DeliverReference
from messages.reference import ReferenceData, ReferenceMissed, ReferenceVenue, Symbol
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.reference.protocol import NOTHING_SAID, Reading, ReferenceProtocol
from polyactors.venues.refused import Refused
from polyactors.venues.streams.backoff import Backoff
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.heartbeat import Line
from polyactors.venues.streams.reconnecting import Loss, OpenWire, Reconnecting, Subscription
from polyactors.venues.streams.together import until_lost
from supervision.log import Level, LogEvent, LogSink, LogValue, discard

SILENT_LIMIT_NS = 30 * NANOSECONDS_PER_SECOND
_LOOKS_PER_LIMIT = 4


class ReferenceStream:
    """A `ReferenceSource`. `open_wire` connects to who speaks `protocol`; `now_ns` is the service's clock.

    A connection over which no price of any symbol came for `silent_limit_ns` is made again, whatever else comes over
    it. A lost connection is told as `ReferenceMissed`. A frame that cannot be read is counted and kept; what was in it
    shows as a gap in the numbers of the venue's trades.
    """

    def __init__(
        self,
        name: str,
        protocol: ReferenceProtocol,
        open_wire: OpenWire,
        now_ns: Callable[[], int],
        chance: random.Random,
        counts: FeedCounts,
        health: StreamHealth,
        silent_limit_ns: int = SILENT_LIMIT_NS,
        log: LogSink = discard,
    ) -> None:
        self._name = name
        self._protocol = protocol
        self._now_ns = now_ns
        self._counts = counts
        self._health = health
        self._silent_limit_ns = silent_limit_ns
        self._log_sink = log
        self._priced_ns = 0
        self._reconnecting = Reconnecting(open_wire, protocol.beat, Backoff(chance), health, now_ns)

    @property
    def venue(self) -> ReferenceVenue:
        return self._protocol.venue

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        return self._protocol.symbols

    @property
    def name(self) -> str:
        return self._name

    @property
    def health(self) -> StreamHealth:
        return self._health

    async def pump(self, deliver: DeliverReference) -> None:
        """Never returns, and never raises `ConnectionLost`: it connects again by itself."""
        await self._reconnecting.keep(
            Subscription(self._protocol.begin, partial(self._session, deliver), partial(self._on_loss, deliver))
        )

    async def _session(self, deliver: DeliverReference, line: Line) -> None:
        self._priced_ns = self._now_ns()
        raise ConnectionLost(await until_lost(partial(self._receive, deliver, line), self._watch_for_silence))

    async def _receive(self, deliver: DeliverReference, line: Line) -> None:
        while True:
            frame = await line.receive()
            now_ns = self._now_ns()
            said = self._read(frame, now_ns)
            if isinstance(said, Reading):
                if said is not NOTHING_SAID:
                    await self._act_on(said, deliver, line)
                continue
            self._priced_ns = now_ns
            waiting = deliver(said)
            if waiting is not None:
                await waiting

    async def _act_on(self, reading: Reading, deliver: DeliverReference, line: Line) -> None:
        for message in reading.said:
            if type(message) is not ReferenceMissed:
                self._priced_ns = self._now_ns()
            await _delivered(deliver, message)
        if reading.noted is not None:
            self._log(Level.WARNING, "the venue says", detail=reading.noted)
        if reading.answer is not None:
            await line.send(reading.answer)
        if reading.is_grant:
            self._log(Level.INFO, "subscribed")
            self._reconnecting.granted()

    def _read(self, frame: str | bytes, now_ns: int) -> ReferenceData | Reading:
        counts = self._counts
        counts.frames += 1
        counts.by_channel[self._name] += 1
        try:
            return self._protocol.read(frame, now_ns)
        except Refused as refused:
            bad = refused.as_bad_input(self._name)
            self._health.malformed.keep(bad, frame, now_ns)
            if counts.bad.count(bad):
                self._log(Level.WARNING, "bad input", kind=bad.kind, source=bad.source, detail=bad.detail)
            return NOTHING_SAID

    async def _watch_for_silence(self) -> None:
        while True:
            await trio.sleep(self._silent_limit_ns / _LOOKS_PER_LIMIT / NANOSECONDS_PER_SECOND)
            if self._now_ns() - self._priced_ns > self._silent_limit_ns:
                self._health.silences += 1
                raise ConnectionLost("no price of any symbol comes any more")

    async def _on_loss(self, deliver: DeliverReference, loss: Loss) -> None:
        self._log(Level.WARNING, "stream lost", reason=loss.reason)
        await _delivered(deliver, ReferenceMissed(self.venue, None, loss.reason, loss.at_ns))

    def _log(self, level: Level, event: str, **fields: LogValue) -> None:
        self._log_sink(LogEvent(self._now_ns(), level, f"reference/{self._name}", 0, 0, event, fields))


async def _delivered(deliver: DeliverReference, message: ReferenceData) -> None:
    waiting = deliver(message)
    if waiting is not None:
        await waiting

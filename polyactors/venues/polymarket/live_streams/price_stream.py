"""Polymarket's own stream of reference prices, old (`RtdsPrices`) or new (`RealtimePrices`), kept alive for ever."""

import random
from collections.abc import Callable
from functools import partial

import trio

from actors.feeds.ports import ConnectionLost
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_streams.credentials import without_secrets
from polyactors.venues.polymarket.live_streams.price_ticks import (
    NOTHING_SAID,
    DeliverPrice,
    PriceMessage,
    PriceProtocol,
    PriceReading,
    PricesMissed,
    PriceTick,
)
from polyactors.venues.refused import Refused
from polyactors.venues.streams.backoff import Backoff
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.heartbeat import Line
from polyactors.venues.streams.reconnecting import Loss, OpenWire, Reconnecting, Subscription
from polyactors.venues.streams.stalls import Stalls
from polyactors.venues.streams.together import until_lost
from supervision.log import Level, LogEvent, LogSink, LogValue, discard

STALL_LIMIT_NS = 10 * NANOSECONDS_PER_SECOND
"""Prices come once a second; old ones are worse than none to whoever decides on them."""

_LOOKS_PER_LIMIT = 4


class LivePriceStream:
    """`open_wire` connects to the feed that `protocol` speaks. `now_ns` is the service's clock.

    A `PricesMissed` says when prices are missing: a series that has stalled, a gap in the count, a lost connection.
    """

    def __init__(
        self,
        name: str,
        protocol: PriceProtocol,
        open_wire: OpenWire,
        now_ns: Callable[[], int],
        chance: random.Random,
        counts: FeedCounts,
        health: StreamHealth,
        stall_limit_ns: int = STALL_LIMIT_NS,
        log: LogSink = discard,
    ) -> None:
        self._name = name
        self._protocol = protocol
        self._now_ns = now_ns
        self._counts = counts
        self._health = health
        self._stall_limit_ns = stall_limit_ns
        self._log_sink = log
        self._stalls = Stalls(protocol.series, stall_limit_ns, now_ns())
        self._reconnecting = Reconnecting(open_wire, protocol.beat, Backoff(chance), health, now_ns)

    @property
    def health(self) -> StreamHealth:
        return self._health

    async def pump(self, deliver: DeliverPrice) -> None:
        """Never returns, and never raises `ConnectionLost`: it connects again by itself."""
        await self._reconnecting.keep(
            Subscription(self._protocol.begin, partial(self._session, deliver), partial(self._on_loss, deliver))
        )

    async def _session(self, deliver: DeliverPrice, line: Line) -> None:
        self._stalls.begin(self._now_ns())
        raise ConnectionLost(
            await until_lost(partial(self._receive, deliver, line), partial(self._watch_for_stalls, deliver))
        )

    async def _receive(self, deliver: DeliverPrice, line: Line) -> None:
        while True:
            reading = self._read(await line.receive())
            for message in reading.said:
                if isinstance(message, PriceTick):
                    self._stalls.hear(message.series, message.received_ns)
                await _delivered(deliver, message)
            if reading.answer is not None:
                await line.send(reading.answer)
            if reading.is_grant:
                self._reconnecting.granted()

    def _read(self, frame: str | bytes) -> PriceReading:
        self._counts.frames += 1
        self._counts.by_channel[self._name] += 1
        now_ns = self._now_ns()
        frame = without_secrets(frame, self._protocol.secrets)
        try:
            return self._protocol.read(frame, now_ns)
        except Refused as refused:
            bad = refused.as_bad_input(self._name)
            self._health.malformed.keep(bad, frame, now_ns)
            if self._counts.bad.count(bad):
                self._log(Level.WARNING, "bad input", kind=bad.kind, source=bad.source, detail=bad.detail)
            # Not told as missed: one bad frame would take every good price of the feed out of the median.
            return NOTHING_SAID

    async def _watch_for_stalls(self, deliver: DeliverPrice) -> None:
        while True:
            await trio.sleep(self._stall_limit_ns / _LOOKS_PER_LIMIT / NANOSECONDS_PER_SECOND)
            now_ns = self._now_ns()
            for series in self._stalls.newly_stalled(now_ns):
                self._health.silences += 1
                await _delivered(deliver, PricesMissed(series, now_ns, "stalled"))
            if self._stalls.are_all:
                raise ConnectionLost("no price of any series comes any more")

    async def _on_loss(self, deliver: DeliverPrice, loss: Loss) -> None:
        self._log(Level.WARNING, "stream lost", reason=loss.reason)
        await _delivered(deliver, PricesMissed(None, loss.at_ns, loss.reason))

    def _log(self, level: Level, event: str, **fields: LogValue) -> None:
        self._log_sink(LogEvent(self._now_ns(), level, f"live streams/{self._name}", 0, 0, event, fields))


async def _delivered(deliver: DeliverPrice, message: PriceMessage) -> None:
    waiting = deliver(message)
    if waiting is not None:
        await waiting

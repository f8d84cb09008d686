"""A stream of reference prices that is being pumped, and what it delivers."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import trio

from actors.feeds.reference.ports import ReferenceSource
from messages.reference import ReferenceData, ReferenceMissed, ReferenceTick, Symbol
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.reference.protocol import ReferenceProtocol
from polyactors.venues.reference.stream import SILENT_LIMIT_NS, ReferenceStream
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.reconnecting import OpenWire
from supervision.clock import SteadyClock
from tests.venues.polymarket.live_streams_world import Impatient, ScriptedVenue

BTC, ETH = Symbol("btcusd"), Symbol("ethusd")
BOTH = (BTC, ETH)
START_NS = 1_800_000_000 * NANOSECONDS_PER_SECOND

M = TypeVar("M")


class Listener:
    """`heard` is all that was delivered."""

    def __init__(self) -> None:
        self.heard: list[ReferenceData] = []
        self.health = StreamHealth()
        self.counts = FeedCounts()

    def deliver(self, message: ReferenceData) -> Awaitable[None] | None:
        self.heard.append(message)
        return None

    def of(self, kind: type[M]) -> list[M]:
        return [each for each in self.heard if isinstance(each, kind)]

    @property
    def numbers(self) -> list[int | None]:
        return [each.number for each in self.of(ReferenceTick)]

    @property
    def missed(self) -> list[str]:
        return [each.reason for each in self.of(ReferenceMissed)]

    def bad(self) -> set[tuple[str, str, int]]:
        return {(line.kind, line.source, line.count) for line in self.counts.bad.lines()}


@asynccontextmanager
async def pumped(source: ReferenceSource, listener: Listener) -> AsyncIterator[None]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(source.pump, listener.deliver)
        yield
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def listening(
    protocol: ReferenceProtocol,
    open_wire: OpenWire,
    silent_limit_ns: int = SILENT_LIMIT_NS,
    now_ns: Callable[[], int] | None = None,
    seed: int = 1,
) -> AsyncIterator[Listener]:
    listener = Listener()
    stream = ReferenceStream(
        protocol.venue.value,
        protocol,
        open_wire,
        now_ns or SteadyClock().now_ns,
        Impatient(seed),
        listener.counts,
        listener.health,
        silent_limit_ns,
    )
    with trio.fail_after(60):
        async with pumped(stream, listener):
            yield listener


PINGS = ("LIST_SUBSCRIPTIONS", "ping")


def asked(at: ScriptedVenue, connection: int) -> list[dict[str, object]]:
    """Of the venue on this connection, pings aside."""
    said = [json.loads(text) for text in at.connections[connection].said]
    return [each for each in said if each.get("method") not in PINGS]

"""Fifty market streams of a served exchange under load: how late frames are, and whether the server's memory grows.

A frame's lateness is the time from the timestamp of its oldest event, in whole milliseconds, until the client has read
it, so that it holds the way through the sockets and the client's own work as well. A frame has several events when its
connection lags.
"""

import json
import time
from collections.abc import Sequence

import trio
from attrs import define, field
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url

from polyactors.bench.measure import Line, NotMeasured, WorkNotDone, beside, percentile, spread
from polyactors.bench.served_exchange import ServedExchange, served_exchange

STREAMS = 50
FRAMES_A_SECOND = 5_000
WARM_UP_S = 20.0
PING_EVERY_S = 5.0

BUSY = """
[traders]
pace = 0.4
"""

_STAMP = '"timestamp":"'
_STAMP_DIGITS = 13


@define
class Readings:
    """What all streams together have seen while it counted."""

    counting: bool = False
    events: int = 0
    late_ms: list[float] = field(factory=list)
    round_trips_ms: list[float] = field(factory=list)
    dropped: int = 0


def exchange_streams(seconds: float) -> list[Line]:
    with served_exchange(BUSY) as exchange:
        readings, grown_kb = trio.run(_measure, exchange, seconds)
    if readings.dropped:
        raise WorkNotDone(f"{readings.dropped} of {STREAMS} streams were dropped although they read")
    if not readings.late_ms or not readings.round_trips_ms:
        raise WorkNotDone("no frames came")
    late = sorted(readings.late_ms)
    trips = sorted(readings.round_trips_ms)
    trip = spread("PING to PONG on the same streams, p99", "ms", [percentile(trips, 99)])
    rate = spread(f"events to {STREAMS} streams, all together", "events/s", [readings.events / seconds], "5,000")
    worst = spread("from the match to the frame read, p99", "ms", [percentile(late, 99)], "20 or less")
    usual = spread("from the match to the frame read, p50", "ms", [percentile(late, 50)])
    return [rate, usual, beside(worst, trip), trip, _growth(grown_kb, seconds)]


def _growth(grown_kb: int | None, seconds: float) -> Line:
    name = f"memory of the server grown in the second half of {seconds:,.0f} s"
    if grown_kb is None:
        return NotMeasured(name, "this system does not show the memory of another process")
    return spread(name, "kB", [grown_kb], "flat")


async def _measure(exchange: ServedExchange, seconds: float) -> tuple[Readings, int | None]:
    tokens = [token for line in exchange.markets().markets for token in (line.yes_token, line.no_token)]
    readings = Readings()
    async with trio.open_nursery() as nursery:
        for _ in range(STREAMS):
            nursery.start_soon(_read, exchange.url, tokens, readings)
        await trio.sleep(WARM_UP_S)
        readings.counting = True
        await trio.sleep(seconds / 2)
        before_kb = _resident_kb(exchange)
        await trio.sleep(seconds / 2)
        readings.counting = False
        after_kb = _resident_kb(exchange)
        nursery.cancel_scope.cancel()
    return readings, None if before_kb is None or after_kb is None else after_kb - before_kb


async def _read(url: str, tokens: Sequence[str], readings: Readings) -> None:
    async with open_websocket_url(url.replace("http", "ws", 1) + "/ws/market", max_message_size=1 << 26) as stream:
        await stream.send_message(json.dumps({"type": "market", "assets_ids": tokens}))
        asked_ns: list[int] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_ping, stream, asked_ns)
            try:
                while True:
                    _note(await stream.get_message(), asked_ns, readings)
            except ConnectionClosed:
                readings.dropped += 1
                nursery.cancel_scope.cancel()


async def _ping(stream: WebSocketConnection, asked_ns: list[int]) -> None:
    while True:
        asked_ns.append(time.monotonic_ns())
        await stream.send_message("PING")
        await trio.sleep(PING_EVERY_S)


def _note(frame: str | bytes, asked_ns: list[int], readings: Readings) -> None:
    text = frame if isinstance(frame, str) else frame.decode()
    if text == "PONG":
        trip_ns = time.monotonic_ns() - asked_ns.pop(0)
        if readings.counting:
            readings.round_trips_ms.append(trip_ns / 1_000_000)
        return
    if not readings.counting:
        return
    readings.events += text.count(_STAMP)
    at = text.find(_STAMP)
    if at >= 0:
        at += len(_STAMP)
        readings.late_ms.append(time.time_ns() / 1_000_000 - int(text[at : at + _STAMP_DIGITS]))


def _resident_kb(exchange: ServedExchange) -> int | None:
    try:
        return exchange.resident_kb()
    except FileNotFoundError:
        return None

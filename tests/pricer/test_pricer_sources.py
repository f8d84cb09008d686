"""The sources of a pricer process, and what is told of what they cannot read."""

import gzip
import json
from collections.abc import Awaitable
from pathlib import Path

from actors.feeds.reference.feed_health import view_of
from messages.periods import PeriodLength, Series
from messages.reference import ReferenceData, Symbol
from polyactors.pricer.sources import recorded_sources
from polyactors.venues.recording.folder import Recording, open_recording
from polyactors.venues.reference.settings import ReferenceFeedSettings
from supervision.clock import VirtualClock
from supervision.log import discard
from supervision.runtime import Runtime

START_MS = 1_777_108_200_000
SERIES = Series(Symbol("btcusd"), PeriodLength.FIVE_MINUTES)


def recording_with(folder: Path, prices: list[str]) -> Recording:
    trade = {"e": "trade", "s": "BTCUSDT", "q": "1", "T": START_MS, "m": False}
    lines = [
        {"at": START_MS, "channel": "binance.btcusdt@trade", "frame": {**trade, "t": number, "p": price}}
        for number, price in enumerate(prices)
    ]
    manifest = {"name": "bad", "start_ms": START_MS, "end_ms": START_MS, "frames": {"binance.btcusdt@trade": 1}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "markets.json").write_text("[]")
    (folder / "frames.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    found = open_recording(folder)
    assert isinstance(found, Recording), found
    return found


async def test_prices_that_could_not_be_read_once_showed_nowhere_in_the_health_of_a_pricer(tmp_path: Path) -> None:
    """The sources counted them in a tally that nobody looked at."""
    clock = VirtualClock(START_MS * 1_000_000)
    timers = Runtime(clock, 0, discard).timers
    recording = recording_with(tmp_path, ["77000", "0", "-5", "1e400", "NaN"])
    (feed,) = recorded_sources(ReferenceFeedSettings(), recording, (SERIES,), clock, timers, discard).feeds
    heard: list[ReferenceData] = []

    def deliver(message: ReferenceData) -> Awaitable[None] | None:
        heard.append(message)
        return None

    await feed.source.pump(deliver)
    bad = view_of(feed.source.name, feed.health, clock.now_ns()).bad
    assert len(heard) == 1 and [(each.kind, each.count) for each in bad] == [("bad_price", 4)]

"""Reference prices out of recordings: every frame of another venue, at its time, and nothing twice."""

import gzip
import json
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.feeds.reference.feed_health import ReferenceHealth, view_of
from actors.feeds.reference.feed_watch import FeedWatch, WatchSettings
from messages.identity import Side
from messages.market_data import MarketData
from messages.reference import (
    REFERENCE_SCALE,
    ReferenceAverage,
    ReferenceData,
    ReferenceMissed,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.recording.folder import Recording, open_recording
from polyactors.venues.recording.reference_source import recorded_references
from polyactors.venues.recording.source import RecordingSource
from supervision.clock import VirtualClock
from supervision.log import LogEvent, discard
from supervision.timers import Timers
from supervision.virtual_time import drive, run_repeatably
from tests.venues.recording.written_recording import START_MS, write_recording

BTC = Symbol("btcusd")
MILLISECOND = 1_000_000
Heard = list[tuple[int, ReferenceData]]
"""With the time at which it was delivered."""


class Replayed:
    def __init__(self, heard: dict[str, Heard], counts: FeedCounts, log: list[LogEvent]) -> None:
        self.heard = heard
        self.counts = counts
        self.log = log

    def of(self, source: str) -> list[ReferenceData]:
        return [message for _, message in self.heard[source]]


def opened(folder: Path) -> Recording:
    found = open_recording(folder)
    assert isinstance(found, Recording), found
    return found


def replayed(recording: Recording, symbols: Iterable[Symbol] = (BTC,), seed: int = 0) -> Replayed:
    """Every reference source and the markets of a recording, to the end, in virtual time."""
    clock = VirtualClock(recording.manifest.start_ms * MILLISECOND)
    timers, counts, log = Timers(clock), FeedCounts(), list[LogEvent]()
    sources = recorded_references(recording, symbols, clock, timers, counts, log.append)
    markets = RecordingSource(recording, clock, timers, counts, discard, 0, references_are_read=bool(sources))
    heard: dict[str, Heard] = {source.name: [] for source in sources}

    async def main() -> None:
        left = len(sources) + 1

        async def pump(name: str | None) -> None:
            nonlocal left
            if name is None:
                await markets.pump(ignore)
            else:
                source = next(each for each in sources if each.name == name)

                def deliver(message: ReferenceData) -> None:
                    heard[name].append((clock.now_ns(), message))

                await source.pump(deliver)
            left -= 1

        async with trio.open_nursery() as nursery:
            for name in (None, *heard):
                nursery.start_soon(pump, name)
            await drive(clock, timers, keep_going=lambda: left > 0)

    run_repeatably(main, clock, seed)
    markets.close()
    for source in sources:
        source.close()
    return Replayed(heard, counts, log)


def ignore(_: MarketData) -> Awaitable[None] | None:
    return None


def frames_of(folder: Path, channel: str) -> list[dict[str, Any]]:
    with gzip.open(folder / "frames.jsonl.gz", "rt") as lines:
        return [found for line in lines if (found := json.loads(line))["channel"] == channel]


@pytest.fixture(scope="module")
def binances(shared: Path) -> Replayed:
    return replayed(opened(shared / "recordings" / "binance-btcusdt-20240808"))


@pytest.fixture(scope="module")
def five_minutes(shared: Path) -> Replayed:
    return replayed(opened(shared / "recordings" / "btc-updown-5m-20260425"))


class TestTheRecordingOfBinance:
    def test_every_trade_and_every_quote_is_told_at_its_time(self, binances: Replayed, shared: Path) -> None:
        folder = shared / "recordings" / "binance-btcusdt-20240808"
        trades = frames_of(folder, "binance.btcusdt@trade")
        ticks = [each for each in binances.of("binance") if isinstance(each, ReferenceTick)]
        assert len(ticks) == len(trades) == 19_904
        assert [(each.number, each.exchange_ns, each.received_ns) for each in ticks] == [
            (each["frame"]["t"], each["frame"]["T"] * MILLISECOND, each["at"] * MILLISECOND) for each in trades
        ]
        assert {each.aggressor for each in ticks} == {Side.BUY, Side.SELL}
        assert sum(isinstance(each, ReferenceQuote) for each in binances.of("binance")) == 73_174
        priced = [(at_ns, each) for at_ns, each in binances.heard["binance"] if not isinstance(each, ReferenceMissed)]
        assert all(at_ns == each.received_ns for at_ns, each in priced)

    def test_nothing_of_it_is_bad_and_nothing_is_left_unread(self, binances: Replayed) -> None:
        assert binances.counts.bad.lines() == ()
        assert binances.counts.unread == {}
        assert binances.counts.frames == 93_078

    def test_its_clock_was_behind_the_venues_and_no_trade_is_missing(self, binances: Replayed) -> None:
        first_ns = binances.heard["binance"][0][0]
        watch = FeedWatch([(ReferenceVenue.BINANCE, BTC, 0)], WatchSettings(), first_ns)
        assert [finding for each in binances.of("binance") if (finding := watch.see(each)) is not None] == []
        (line,) = view_of("binance", ReferenceHealth(watch=watch), binances.heard["binance"][-1][0]).lines
        assert line.skew_ms is not None and -1_280 <= line.skew_ms <= -1_260
        assert (line.ticks, line.quotes, line.gaps, line.stalls) == (19_904, 73_174, 0, 0)


class TestTheRecordingOfFiveMinutes:
    def test_has_three_venues(self, five_minutes: Replayed) -> None:
        counted = {name: len(heard) for name, heard in five_minutes.heard.items()}
        assert counted == {"binance": 227, "coinbase": 103, "polymarket-prices": 525}
        assert five_minutes.counts.bad.lines() == ()
        assert five_minutes.counts.unread == {}

    def test_tells_the_strike_and_the_end_as_chainlink_had_them(self, five_minutes: Replayed) -> None:
        """The price to beat was 77643.36752, and the outcome Up at 77644.65."""
        prices = [each for each in five_minutes.of("polymarket-prices") if isinstance(each, ReferenceTick)]
        assert {each.venue for each in prices} == {ReferenceVenue.CHAINLINK}
        assert 77_643.36752 in {each.price / REFERENCE_SCALE for each in prices}
        assert all(each.size == 0 and each.aggressor is None and each.number is None for each in prices)

    def test_sizes_that_were_not_recorded_are_zero(self, five_minutes: Replayed) -> None:
        ticks = [each for name in ("binance", "coinbase") for each in five_minutes.of(name)]
        assert {each.size for each in ticks if isinstance(each, ReferenceTick)} == {0}


def binance(number: int, symbol: str = "BTCUSDT") -> dict[str, Any]:
    return {"e": "trade", "s": symbol, "t": number, "p": "100.5", "q": "1", "T": START_MS, "m": False}


def kraken(number: int) -> dict[str, Any]:
    trade = {"symbol": "BTC/USD", "side": "buy", "price": 100.5, "qty": 1e-5, "trade_id": number}
    return {"channel": "trade", "type": "update", "data": [{**trade, "timestamp": "2026-06-07T00:00:00Z"}]}


def rtds(topic: str, at_ms: int, symbol: str = "btc/usd") -> dict[str, Any]:
    payload = {"symbol": symbol, "timestamp": at_ms, "value": 100.5}
    return {"topic": topic, "type": "update", "timestamp": at_ms, "payload": payload}


def test_channels_that_nobody_reads_stay_unread(tmp_path: Path) -> None:
    folder = write_recording(
        tmp_path, [(0, "okx.trades", {"a": 1}), (1, "binance.btcusdt@trade", binance(1)), (2, "note", {})]
    )
    found = replayed(opened(folder))
    assert found.counts.unread == {"okx.trades": 1}
    assert len(found.heard["binance"]) == 1


def test_without_reference_sources_their_channels_are_unread_as_before(tmp_path: Path) -> None:
    recording = opened(write_recording(tmp_path, [(0, "binance.btcusdt@trade", binance(1))]))
    found = replayed(recording, symbols=())
    assert found.counts.unread == {"binance.btcusdt@trade": 1}


def test_kraken_and_all_averages_are_read_and_prices_of_binance_are_not_told_twice(tmp_path: Path) -> None:
    at_ms = START_MS + 1000
    folder = write_recording(
        tmp_path,
        [
            (0, "kraken.trade", kraken(1)),
            (1, "rtds.crypto_prices", rtds("crypto_prices", at_ms, "btcusdt")),
            (2, "rtds.crypto_prices_twap_thirty", rtds("crypto_prices_twap_thirty", at_ms)),
            (3, "rtds.crypto_prices_twap_sixty", rtds("crypto_prices_twap_sixty", at_ms)),
            (4, "rtds.crypto_prices_chainlink", rtds("crypto_prices_chainlink", at_ms)),
        ],
    )
    found = replayed(opened(folder))
    (trade,) = found.of("kraken")
    assert isinstance(trade, ReferenceTick) and (trade.price, trade.size) == (10_050_000_000, 1000)
    averages = [each.window_s for each in found.of("polymarket-prices") if isinstance(each, ReferenceAverage)]
    assert averages == [30, 60]
    assert len(found.of("polymarket-prices")) == 3


def test_what_cannot_be_read_is_counted_with_its_line_and_the_rest_is_told(tmp_path: Path) -> None:
    folder = write_recording(
        tmp_path,
        [
            (0, "binance.btcusdt@trade", binance(1)),
            (1, "binance.btcusdt@trade", {**binance(2), "p": "-5"}),
            (2, "binance.ethusdt@trade", binance(3, "ETHUSDT")),
            (3, "binance.btcusdt@trade", {"e": "nonsense"}),
            (4, "binance.btcusdt@trade", binance(4)),
        ],
    )
    found = replayed(opened(folder))
    assert [each.number for each in found.of("binance") if isinstance(each, ReferenceTick)] == [1, 4]
    lines = {(each.kind, each.source, each.count) for each in found.counts.bad.lines()}
    assert lines == {("bad_price", "binance", 1), ("unknown_type", "binance", 1)}
    assert {each.fields["place"] for each in found.log} == {"frames.jsonl.gz:2", "frames.jsonl.gz:4"}


def test_a_source_that_is_pumped_again_goes_on_where_the_tape_stands(tmp_path: Path) -> None:
    recording = opened(write_recording(tmp_path, [(0, "binance.btcusdt@trade", binance(each)) for each in range(5)]))
    clock = VirtualClock(recording.manifest.start_ms * MILLISECOND)
    (source,) = recorded_references(recording, [BTC], clock, Timers(clock), FeedCounts(), discard)
    heard: list[ReferenceData] = []

    class Enough(Exception):
        pass

    def two(message: ReferenceData) -> None:
        heard.append(message)
        if len(heard) == 2:
            raise Enough

    async def main() -> None:
        with pytest.raises(Enough):
            await source.pump(two)
        await source.pump(heard.append)

    trio.run(main)
    source.close()
    assert [each.number for each in heard if isinstance(each, ReferenceTick)] == [0, 1, 2, 3, 4]


def test_a_replay_is_the_same_each_time(shared: Path) -> None:
    recording = opened(shared / "recordings" / "btc-updown-5m-20260425")
    assert replayed(recording, seed=1).heard == replayed(recording, seed=2).heard

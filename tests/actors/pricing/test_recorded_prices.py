"""Real prices: a recorded five-minute market ends as it did, and raw frames with a skewed clock go through unharmed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.pricing.hour_context import PeriodNow
from actors.pricing.venue_history import VenueHistory
from messages.market_data import BadInput
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.reference import ReferenceData, ReferenceQuote, ReferenceTick, ReferenceVenue, Symbol
from polyactors.venues.recording.folder import Recording, open_recording
from polyactors.venues.recording.reference_source import RECORDED_VENUES
from tests.actors.pricing.pure_pricing import PurePricer

MS, SECOND = 10**6, 10**9
BTC = Symbol("btcusd")
MINUTES, HOURS = Series(BTC, PeriodLength.FIVE_MINUTES), Series(BTC, PeriodLength.HOUR)
POINT = SettlementRule(ReferenceVenue.CHAINLINK, Reading.POINT)
CANDLE = SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)
PERIOD = Period(MINUTES, 1_777_108_200_000)
STRIKE = 77_643.36752
"""As the market told it."""


def messages(shared: Path, name: str) -> Iterator[tuple[int, ReferenceData]]:
    """What the reference frames of a recording say, and when they were received."""
    recording = open_recording(shared / "recordings" / name)
    assert isinstance(recording, Recording), recording
    readers = {venue.channel: venue.reader((BTC,)) for venue in RECORDED_VENUES}
    for frame in recording.tape(_refuse):
        reader = readers.get(frame.channel.partition(".")[0])
        for message in reader(frame.frame, frame.at_ms * MS) if reader is not None else ():
            yield frame.at_ms * MS, message


def _refuse(bad: BadInput) -> None:
    raise AssertionError(bad)


def replayed(shared: Path, told: UpOrDown | None) -> tuple[PurePricer, list[tuple[int, float]], PeriodNow]:
    """The five-minute market: the pricer at the end of the recording, its fair values second by second, the period."""
    pricer = PurePricer(MINUTES, POINT)
    fair: list[tuple[int, float]] = []
    next_ns = 0
    for at_ns, message in messages(shared, "btc-updown-5m-20260425"):
        if not next_ns:
            next_ns = at_ns
            if told is not None:
                pricer.context.about(told, at_ns, pricer.histories)
        assert isinstance(message, ReferenceTick)
        assert pricer.see(message) is None
        while next_ns <= at_ns:
            look, priced = pricer.look(next_ns), pricer.price(next_ns)
            if priced is not None and look.period.period == PERIOD:
                fair.append((PERIOD.end_ms - next_ns // MS, priced.fair))
            next_ns += SECOND
    ended = next(each for each in pricer.context.ended if each.period == PERIOD)
    return pricer, fair, ended


def test_the_recorded_five_minute_market_ends_up_as_it_did(shared: Path) -> None:
    _, fair, ended = replayed(shared, UpOrDown(PERIOD, POINT, STRIKE))
    assert ended.open is not None and (ended.open.price, ended.open.origin) == (STRIKE, "told by the market")
    assert ended.is_up is True
    at_the_start = [each for left_ms, each in fair if left_ms > 290_000]
    at_the_end = [each for left_ms, each in fair if left_ms < 20_000]
    assert at_the_start and all(0.3 < each < 0.7 for each in at_the_start)
    assert at_the_end and all(each > 0.5 for each in at_the_end)
    assert sum(at_the_end) / len(at_the_end) > 0.9


def test_it_ends_up_as_well_where_its_strike_is_read_from_the_ticks(shared: Path) -> None:
    _, _, ended = replayed(shared, None)
    assert ended.open is not None and ended.open.origin == "the price that held"
    assert ended.open.price == pytest.approx(STRIKE, abs=0.05)
    assert ended.is_up is True


def test_raw_frames_of_a_recorder_whose_clock_ran_behind_are_all_taken(shared: Path) -> None:
    pricer, count, quotes, next_ns = PurePricer(HOURS, CANDLE), 0, 0, 0
    last: ReferenceTick | None = None
    for at_ns, message in messages(shared, "binance-btcusdt-20240808"):
        assert isinstance(message, ReferenceTick | ReferenceQuote)
        assert pricer.see(message) is None
        count, quotes = count + 1, quotes + isinstance(message, ReferenceQuote)
        last = message if isinstance(message, ReferenceTick) else last
        if at_ns >= next_ns:
            next_ns = at_ns + SECOND
            snapshot = pricer.snapshot(at_ns)
            assert not snapshot.stale and snapshot.age_ms <= 1000
            assert snapshot.bbo_bid is None or snapshot.bbo_ask is None or snapshot.bbo_bid <= snapshot.bbo_ask
    assert (count, quotes) == (93_078, 73_174)
    assert last is not None and last.exchange_ns - last.received_ns > SECOND
    history: VenueHistory = pricer.histories[ReferenceVenue.BINANCE]
    assert history.last == last.price
    found = pricer.snapshot(at_ns)
    assert found.features.is_ready and found.median.is_uncertain
    volatility = pricer.engine.features(at_ns).value(next(each.name for each in found.features.values))
    assert volatility is not None and 0 < volatility < 1e-3

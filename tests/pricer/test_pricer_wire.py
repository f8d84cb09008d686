"""What goes over the wire between a pricer and who polls it: nothing is lost, nothing impossible is believed."""

import json
import math
from collections.abc import Callable

import pytest
from attrs import evolve, fields
from hypothesis import given
from hypothesis import strategies as st

from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.pricing import Feature, FeatureName, Features, PriceSnapshot
from messages.reference import ReferenceVenue, Symbol
from messages.serial import BadDocument
from polyactors.pricer.wire import (
    entity_tag,
    read_about,
    read_snapshot,
    series_named,
    write_about,
    write_snapshot,
)
from tests.pricer.snapshots import SERIES, SOUND, START_MS

Plain = dict[str, object]

FINITE = st.floats(allow_nan=False, allow_infinity=False)
PRICES = st.none() | st.floats(min_value=1e-6, max_value=1e9)
CHANCES = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted) | st.just([None, None, None])


def plain(snapshot: PriceSnapshot = SOUND) -> Plain:
    written: Plain = json.loads(write_snapshot(snapshot))
    return written


def mistakes(body: bytes) -> tuple[str, ...]:
    with pytest.raises(BadDocument) as error:
        read_snapshot(body)
    return error.value.mistakes


def test_the_names_on_the_wire_are_those_of_the_contract() -> None:
    assert set(plain()) == {field.name for field in fields(PriceSnapshot)}
    assert plain()["series"] == "btcusd-5m"


@given(
    prices=st.tuples(PRICES, PRICES, PRICES, PRICES, PRICES),
    chances=CHANCES,
    values=st.dictionaries(st.text(min_size=1), st.none() | FINITE, max_size=4),
    numbers=st.tuples(st.integers(0, 1 << 60), st.integers(1, 1 << 60), st.integers(-5, 1 << 40)),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_what_is_written_is_read_the_same(
    prices: tuple[float | None, ...],
    chances: list[float | None],
    values: dict[str, float | None],
    numbers: tuple[int, int, int],
    flags: tuple[bool, bool, bool],
) -> None:
    lo, fair, hi = chances
    snapshot = evolve(
        SOUND,
        open_price=prices[0],
        last_trade_price=prices[1],
        bbo_bid=prices[2],
        bbo_ask=prices[3],
        mid=prices[4],
        p_yes_band_lo=lo,
        p_yes_fair=fair,
        p_yes_band_hi=hi,
        epoch=numbers[0],
        seq=numbers[1],
        age_ms=numbers[2],
        stale=flags[0],
        uncertain=flags[1],
        features=Features(tuple(Feature(FeatureName(name), value) for name, value in values.items()), flags[2]),
    )
    assert read_snapshot(write_snapshot(snapshot)) == snapshot


@pytest.mark.parametrize("field", ["open_price", "p_yes_fair", "mid"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_not_written(field: str, value: float) -> None:
    with pytest.raises(BadDocument):
        write_snapshot(evolve(SOUND, **{field: value}))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_number_that_is_not_finite_is_not_read(text: str) -> None:
    body = write_snapshot(SOUND).replace(b'"mid":77650.0', f'"mid":{text}'.encode())
    assert text.encode() in body
    assert "no JSON" in mistakes(body)[0]


@pytest.mark.parametrize("field", [field.name for field in fields(PriceSnapshot)])
def test_a_field_that_is_missing_or_of_another_type_is_named(field: str) -> None:
    without = plain()
    del without[field]
    assert mistakes(json.dumps(without).encode())[0].startswith(field)
    for wrong in ([1], "x y", True if field not in ("stale", "uncertain") else 1):
        if wrong == "x y" and field == "hour_id":
            continue
        assert mistakes(json.dumps({**plain(), field: wrong}).encode())[0].startswith(field), wrong


def test_every_mistake_is_named_at_once() -> None:
    body = json.dumps({**plain(), "seq": 0, "stale": None, "p_yes_fair": 1.01, "bbo_bid": -1}).encode()
    assert [mistake.split(" ")[0] for mistake in mistakes(body)] == ["seq", "stale", "bbo_bid", "p_yes_fair"]


def test_what_a_newer_pricer_says_besides_is_no_mistake() -> None:
    written = plain()
    written["colour"] = {"deep": [1]}
    median = written["median"]
    assert isinstance(median, dict)
    median["new"] = None
    assert read_snapshot(json.dumps(written).encode()) == SOUND


IMPOSSIBLE: dict[str, Plain] = {
    "a band that is upside down": {"p_yes_band_lo": 0.6, "p_yes_band_hi": 0.5},
    "a fair value outside of its band": {"p_yes_fair": 0.61},
    "a band without a fair value": {"p_yes_fair": None},
    "a fair value without a band": {"p_yes_band_hi": None},
    "a period of another length": {"hour_end_ts_ms": START_MS + 3_600_000},
    "a period that ends before it begins": {"hour_end_ts_ms": START_MS - 300_000},
    "a symbol of another world": {"series": "BTC/USD-5m"},
    "a length that there is not": {"series": "btcusd-2h"},
    "a venue that there is not": {"median": {**plain()["median"], "counted": ["mtgox"]}},  # type: ignore[dict-item]
    "time that is left below nothing": {"t_remaining_ms": -1},
}


@pytest.mark.parametrize("change", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_is_refused(change: Plain) -> None:
    assert mistakes(json.dumps({**plain(), **change}).encode())


@given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nonsense_is_a_bad_document_and_nothing_else(body: bytes) -> None:
    for read in (read_snapshot, read_about):
        with pytest.raises(BadDocument):
            read(body)


HOSTILE = [b"[" * 100_000, b'{"seq":' + b"9" * 6000 + b"}", b'{"series":' * 50_000, b"\xff\xfe", b"null", b"[]", b"{}"]


@pytest.mark.parametrize("read", [read_snapshot, read_about])
@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_documents_are_refused(read: Callable[[bytes], object], body: bytes) -> None:
    with pytest.raises(BadDocument):
        read(body)


def test_tags_are_of_one_publication_of_one_life_of_one_series() -> None:
    several = [
        SOUND,
        evolve(SOUND, seq=18),
        evolve(SOUND, epoch=4),
        evolve(SOUND, series=Series(Symbol("ethusd"), PeriodLength.FIVE_MINUTES)),
    ]
    assert len({entity_tag(each) for each in several}) == len(several)
    assert entity_tag(SOUND) == entity_tag(evolve(SOUND, stale=True))


ABOUT = UpOrDown(Period(SERIES, START_MS), SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60), 77_643.36752)


@pytest.mark.parametrize(
    "about",
    [
        ABOUT,
        evolve(ABOUT, strike=None),
        UpOrDown(
            Period(Series(Symbol("solusd"), PeriodLength.HOUR), START_MS),
            SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE),
        ),
    ],
)
def test_what_a_market_says_is_read_as_it_was_written(about: UpOrDown) -> None:
    assert read_about(write_about(about)) == about


@pytest.mark.parametrize(
    "change",
    [
        {"start_ts_ms": START_MS + 1},
        {"strike": 0},
        {"strike": "77643"},
        {"rule": {"source": "chainlink", "reading": "MEAN", "window_s": 0}},
        {"rule": {"source": "binance", "reading": "CANDLE", "window_s": 60}},
        {"rule": {"source": "binance", "reading": "HOPE", "window_s": 0}},
        {"rule": None},
        {"series": "btcusd"},
    ],
)
def test_what_no_market_says_is_refused(change: Plain) -> None:
    body = json.dumps({**json.loads(write_about(ABOUT)), **change}).encode()
    with pytest.raises(BadDocument):
        read_about(body)


def test_series_are_named_as_in_the_configuration() -> None:
    for length in PeriodLength:
        series = Series(Symbol("xrpusd"), length)
        assert series_named(series.name) == series
    for wrong in ("", "-5m", "btcusd", "btcusd-", "btcusd-5M", "BTCUSD-5m", "btc usd-5m", "btcusd-5m\n", "btcusd-4h"):
        assert series_named(wrong) is None

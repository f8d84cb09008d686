"""What Polymarket tells of oracles: each price once, however often a history is told, and each oracle by its name."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from messages.reference import ReferenceAverage, ReferenceTick, ReferenceVenue
from polyactors.venues.polymarket.live_streams.price_ticks import VALUE_SCALE, PricesMissed, PriceTick, Series
from polyactors.venues.polymarket.reference.ticks import OracleTicks
from polyactors.venues.refused import Refused
from tests.venues.reference.reference_world import BTC

NOW_MS = 1_800_000_000_000
SPOT, TWAP = Series("btcusd", "chainlink", 0), Series("btcusd", "chainlink", 60)


def told(series: Series, at_ms: int, value_e18: int = 61_035 * VALUE_SCALE, *, is_history: bool = False) -> PriceTick:
    return PriceTick(series, value_e18, at_ms, NOW_MS * 1_000_000, is_history)


@given(st.lists(st.tuples(st.sampled_from([SPOT, TWAP]), st.integers(NOW_MS - 50, NOW_MS + 50)), max_size=80))
def test_each_price_is_said_once_in_the_order_of_its_time(points: list[tuple[Series, int]]) -> None:
    oracles = OracleTicks([BTC])
    said: dict[int, list[int]] = {0: [], 60: []}
    refused = 0
    for series, at_ms in points:
        try:
            found = oracles.read(told(series, at_ms))
        except Refused as error:
            assert error.kind == "told_twice"
            refused += 1
            continue
        if isinstance(found, ReferenceTick | ReferenceAverage):
            said[series.window_s].append(found.exchange_ns // 1_000_000)
    assert refused == len(points) - sum(map(len, said.values()))
    for series in (SPOT, TWAP):
        newest: list[int] = []
        for each, at_ms in points:
            if each == series and (not newest or at_ms > newest[-1]):
                newest.append(at_ms)
        assert said[series.window_s] == newest


def test_a_history_fills_what_a_lost_connection_left_out() -> None:
    oracles = OracleTicks([BTC])
    oracles.read(told(SPOT, NOW_MS))
    history = [told(SPOT, NOW_MS + 1000 * second, is_history=True) for second in range(-3, 3)]
    said = [found.exchange_ns for each in history if (found := oracles.read(each)) is not None]
    assert said == [(NOW_MS + 1000) * 1_000_000, (NOW_MS + 2000) * 1_000_000]


def test_a_time_far_in_the_future_does_not_keep_out_what_follows() -> None:
    """It is said, for the watch to refuse, and the next is said as well."""
    oracles = OracleTicks([BTC])
    assert oracles.read(told(SPOT, NOW_MS + 3_600_000)) is not None
    assert oracles.read(told(SPOT, NOW_MS)) is not None


def test_a_time_of_a_minute_ahead_once_silenced_the_oracle_for_that_minute() -> None:
    """The watch refused the tick, and what followed was passed over as older, without being counted."""
    oracles = OracleTicks([BTC])
    assert oracles.read(told(SPOT, NOW_MS + 59_000)) is not None
    assert oracles.read(told(SPOT, NOW_MS)) is not None


@pytest.mark.parametrize("at_ms", [NOW_MS, NOW_MS - 1000])
def test_a_repeated_or_late_tick_of_an_oracle_once_went_uncounted(at_ms: int) -> None:
    oracles = OracleTicks([BTC])
    oracles.read(told(SPOT, NOW_MS))
    with pytest.raises(Refused, match="told_twice"):
        oracles.read(told(SPOT, at_ms))
    assert oracles.read(told(SPOT, at_ms, is_history=True)) is None
    assert oracles.read(evolve(told(SPOT, at_ms), is_carried=True)) is None


def test_what_is_finer_than_the_unit_is_cut_off() -> None:
    found = OracleTicks([BTC]).read(told(SPOT, NOW_MS, 65_026_457_815_999_999_999_999))
    assert found is not None and found.price == 6_502_645_781_599


def test_an_average_names_its_window_and_pyth_is_no_chainlink() -> None:
    oracles = OracleTicks([BTC])
    average = oracles.read(told(Series("btcusd", "chainlink", 30), NOW_MS))
    assert isinstance(average, ReferenceAverage) and average.window_s == 30
    pyth = oracles.read(told(Series("btcusd", "pyth", 0), NOW_MS))
    assert pyth is not None and pyth.venue is ReferenceVenue.PYTH


@pytest.mark.parametrize(
    "series", [Series("btcusdt", "binance", 0), Series("btcusd", "binance", 0), Series("ethusd", "pyth", 0)]
)
def test_what_nobody_wants_is_not_said(series: Series) -> None:
    oracles = OracleTicks([BTC])
    assert oracles.read(told(series, NOW_MS)) is None
    assert oracles.missed(PricesMissed(series, NOW_MS, "stalled")) == ()


@pytest.mark.parametrize(
    ("value_e18", "at_ms", "kind"),
    [
        (1, NOW_MS, "bad_price"),
        (VALUE_SCALE * 10**10, NOW_MS, "bad_price"),
        (VALUE_SCALE, 10**15, "bad_timestamp"),
        (VALUE_SCALE, 0, "bad_timestamp"),
    ],
)
def test_what_is_no_price_or_no_time_is_refused(value_e18: int, at_ms: int, kind: str) -> None:
    with pytest.raises(Refused, match=kind):
        OracleTicks([BTC]).read(told(SPOT, at_ms, value_e18))


def test_a_lost_connection_is_told_of_every_oracle_and_a_stall_of_its_symbol() -> None:
    oracles = OracleTicks([BTC])
    lost = oracles.missed(PricesMissed(None, 5, "reset"))
    assert {(each.venue, each.symbol) for each in lost} == {
        (ReferenceVenue.CHAINLINK, None),
        (ReferenceVenue.PYTH, None),
    }
    (stalled,) = oracles.missed(PricesMissed(TWAP, 5, "stalled"))
    assert (stalled.venue, stalled.symbol, stalled.reason) == (ReferenceVenue.CHAINLINK, BTC, "stalled")


def test_an_oracle_that_nobody_listens_to_is_not_missed() -> None:
    oracles = OracleTicks([BTC], ["chainlink", "binance"])
    assert [each.venue for each in oracles.missed(PricesMissed(None, 5, "reset"))] == [ReferenceVenue.CHAINLINK]
    assert oracles.read(told(Series("btcusd", "pyth", 0), NOW_MS)) is None

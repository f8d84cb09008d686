"""What an up-or-down market is about, from real objects and from objects in which something does not fit."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.markets import Market
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.reference import ReferenceVenue, Symbol
from messages.serial import from_json, to_json
from polyactors.venues.polymarket.finding.up_or_down import NotUnderstood, read_about
from polyactors.venues.polymarket.gamma import read_markets
from tests.venues.polymarket.market_texts import HOUR, HOUR_SOURCE, MEAN, MEAN_SOURCE, POINT_SOURCE

BTC_FIVE = Series(Symbol("btcusd"), PeriodLength.FIVE_MINUTES)
BTC_HOURS = Series(Symbol("btcusd"), PeriodLength.HOUR)
POINT_RULE = SettlementRule(ReferenceVenue.CHAINLINK, Reading.POINT)
MEAN_RULE = SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60)
CANDLE_RULE = SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)

FIVE: dict[str, Any] = {
    "conditionId": "0x" + "ab" * 32,
    "slug": "btc-updown-5m-1791144600",
    "question": "Bitcoin Up or Down",
    "outcomes": '["Up", "Down"]',
    "clobTokenIds": '["11", "22"]',
    "orderPriceMinTickSize": 0.01,
    "eventStartTime": "2026-10-04T20:10:00Z",
    "endDate": "2026-10-04T20:15:00Z",
    "description": MEAN,
    "resolutionSource": MEAN_SOURCE,
}
HOURLY: dict[str, Any] = {
    **FIVE,
    "slug": "bitcoin-up-or-down-october-6-2026-12am-et",
    "eventStartTime": "2026-10-06T04:00:00Z",
    "endDate": "2026-10-06T05:00:00Z",
    "description": HOUR,
    "resolutionSource": HOUR_SOURCE,
}
YEARLESS = {**HOURLY, "slug": "bitcoin-up-or-down-october-6-12am-et"}


def about(plain: dict[str, Any], **changes: Any) -> UpOrDown:
    found = read_about({**plain, **changes})
    assert isinstance(found, UpOrDown), found
    return found


def refused(plain: dict[str, Any], **changes: Any) -> str:
    found = read_about({**plain, **changes})
    assert isinstance(found, NotUnderstood), found
    (market,) = read_markets([{**plain, **changes}])
    assert market.about is None
    return found.reason


def test_the_real_market_of_march(shared: Path) -> None:
    path = shared / "fixtures" / "polymarket_frames" / "nautilus" / "gamma_market.json"
    (market,) = read_markets([json.loads(path.read_bytes())])
    assert market.about == UpOrDown(Period(BTC_FIVE, 1_773_307_200_000), POINT_RULE)


def test_the_recorded_market_with_its_price_to_beat(shared: Path) -> None:
    path = shared / "recordings" / "btc-updown-5m-20260425" / "markets.json"
    (market,) = read_markets(json.loads(path.read_bytes()))
    assert market.about == UpOrDown(Period(BTC_FIVE, 1_777_108_200_000), POINT_RULE, 77_643.36752)


def test_real_markets_of_other_kinds_are_about_no_period(shared: Path) -> None:
    found = 0
    for path in sorted((shared / "fixtures" / "gamma").glob("*market.json")):
        assert read_about(json.loads(path.read_bytes())) is None
        found += 1
    assert found


def test_five_minutes_and_hours() -> None:
    assert about(FIVE) == UpOrDown(Period(BTC_FIVE, 1_791_144_600_000), MEAN_RULE)
    assert about(HOURLY) == UpOrDown(Period(BTC_HOURS, 1_791_259_200_000), CANDLE_RULE)
    assert about(HOURLY, eventStartTime=None).period == about(HOURLY).period
    assert about(FIVE, events=[{"slug": "e", "startTime": "2026-10-04T20:10:00Z"}]) == about(FIVE)


def test_a_name_without_a_year_is_of_the_year_of_its_dates() -> None:
    assert about(YEARLESS).period == about(HOURLY).period
    earlier = about(YEARLESS, eventStartTime="2025-10-06T04:00:00Z", endDate="2025-10-06T05:00:00Z").period
    assert earlier.start_ms == about(HOURLY).period.start_ms - 365 * 24 * 3_600_000


def test_the_two_hours_of_the_autumn_night_are_told_apart_by_their_dates() -> None:
    night = {**HOURLY, "slug": "bitcoin-up-or-down-november-1-2026-1am-et"}
    first = about(night, eventStartTime="2026-11-01T05:00:00Z", endDate="2026-11-01T06:00:00Z").period
    second = about(night, eventStartTime="2026-11-01T06:00:00Z", endDate="2026-11-01T07:00:00Z").period
    assert first.following == second
    assert "does not name" in refused(night, eventStartTime="2026-11-01T07:00:00Z", endDate="2026-11-01T08:00:00Z")
    assert "3600 s long" in refused(night, eventStartTime="2026-11-01T05:00:00Z", endDate="2026-11-01T07:00:00Z")


@pytest.mark.parametrize(
    "told",
    [
        {"priceToBeat": 77643.36752},
        {"priceToBeat": "77643.36752"},
        {"eventMetadata": {"priceToBeat": 77643.36752}},
        {"eventMetadata": '{"priceToBeat": 77643.36752}'},
        {"events": [{"eventMetadata": {"priceToBeat": 77643.36752}}]},
        {"priceToBeat": 77643.36752, "events": [{"eventMetadata": {"priceToBeat": "77643.36752", "finalPrice": 1}}]},
    ],
)
def test_the_strike_is_read_wherever_it_is_told(told: dict[str, Any]) -> None:
    assert about(FIVE, **told).strike == 77643.36752


@pytest.mark.parametrize(
    "told", [{}, {"priceToBeat": None}, {"priceToBeat": ""}, {"eventMetadata": {}}, {"events": []}]
)
def test_there_need_not_be_a_strike(told: dict[str, Any]) -> None:
    assert about(FIVE, **told).strike is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"slug": "btc-updown-4h-1791144600"}, "no coin and period"),
        ({"slug": "doge-updown-5m-1791144600"}, "no coin and period"),
        ({"slug": "btc-updown-15m-1791144600"}, "no coin and period"),
        ({"slug": "btc-updown-5m-1791144900"}, "does not name"),
        ({"outcomes": '["Down", "Up"]'}, "not Up and Down"),
        ({"outcomes": '["Yes", "No"]'}, "not Up and Down"),
        ({"outcomes": None}, "not Up and Down"),
        ({"endDate": None}, "end is not told"),
        ({"endDate": "2026-10-04T20:20:00Z"}, "300 s long"),
        ({"endDate": "2026-10-04T20:15:01Z", "eventStartTime": None}, "no end of a period"),
        ({"eventStartTime": "2026-10-04T20:10:00.5Z"}, "300 s long"),
        ({"eventStartTime": "soon"}, "eventStartTime is 'soon'"),
        ({"eventStartTime": 7}, "eventStartTime is 7"),
        ({"events": [{"startTime": "2026-10-04T20:05:00Z"}]}, "300 s long"),
        ({"priceToBeat": 0}, "price to beat"),
        ({"priceToBeat": -1.5}, "price to beat"),
        ({"priceToBeat": True}, "price to beat"),
        ({"priceToBeat": "NaN"}, "price to beat"),
        ({"priceToBeat": 1.5, "eventMetadata": {"priceToBeat": 2.5}}, "1.5 and 2.5"),
        ({"resolutionSource": POINT_SOURCE, "description": MEAN.replace("60s", "30s")}, "30 s"),
        ({"events": [{"resolutionSource": "https://www.binance.com/en/trade/BTC_USDT"}]}, "binance and chainlink"),
        ({"events": [{"description": MEAN.replace("BTC", "ETH")}]}, "eth/usd"),
        ({"cryptoMarketConfig": {"twapEnabled": False}}, "differ"),
        ({"cryptoMarketConfig": {"twapEnabled": True, "twapLookbackSeconds": 30}}, "30 s and 60 s"),
        ({"cryptoMarketConfig": {"twapEnabled": True, "twapLookbackSeconds": "60"}}, "average is over"),
        ({"description": "", "resolutionSource": ""}, "nothing says"),
        ({"description": None, "resolutionSource": None}, "nothing says"),
        ({"description": HOUR, "resolutionSource": HOUR_SOURCE}, "candle of 3600 s"),
    ],
)
def test_what_does_not_fit_together_is_refused_with_the_reason(changes: dict[str, Any], told: str) -> None:
    assert told in refused(FIVE, **changes)


def test_a_market_that_is_not_understood_spoils_no_other() -> None:
    markets = read_markets([{**FIVE, "conditionId": "0x1", "clobTokenIds": '["1", "2"]', "endDate": None}, FIVE])
    assert [market.about is None for market in markets] == [True, False]


def test_what_it_is_about_survives_the_journal() -> None:
    (market,) = read_markets([{**FIVE, "priceToBeat": 77643.36752}])
    assert from_json(to_json(market), Market) == market


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([FIVE, HOURLY, YEARLESS]), st.dictionaries(st.sampled_from([*sorted(FIVE), "events"]), JSON))
def test_any_object_is_answered(plain: dict[str, Any], spoiled: dict[str, Any]) -> None:
    found = read_about({**plain, **spoiled})
    assert found is None or isinstance(found, UpOrDown | NotUnderstood)


@given(st.datetimes())
def test_any_end_is_answered(end: object) -> None:
    for plain in (FIVE, HOURLY, YEARLESS):
        found = read_about({**plain, "eventStartTime": None, "endDate": f"{end}"})
        assert isinstance(found, UpOrDown | NotUnderstood)

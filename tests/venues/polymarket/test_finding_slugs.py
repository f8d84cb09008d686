"""What the market of a period is called, and what a name may mean; by New York's clock, also when it changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.periods import Period, PeriodLength, Series
from messages.reference import Symbol
from polyactors.exchange.listings.up_down import Period as ListedPeriod
from polyactors.exchange.listings.up_down import UpDown
from polyactors.venues.polymarket.finding.slugs import (
    COINS,
    PeriodName,
    is_like_up_or_down,
    read_slug,
    series_slug_of,
    slugs_of,
)

HOUR_MS = 3_600_000
SYMBOLS = st.sampled_from([coin.symbol for coin in COINS])
LENGTHS = st.sampled_from(PeriodLength)
TIMES_MS = st.integers(1_700_000_000_000, 2_000_000_000_000)
BTC_HOURS = Series(Symbol("btcusd"), PeriodLength.HOUR)

AUTUMN_NIGHTS = {
    2024: 1_730_610_000_000,
    2025: 1_762_059_600_000,
    2026: 1_793_509_200_000,
    2027: 1_825_563_600_000,
    2028: 1_857_013_200_000,
}
"""The start of the first of the two hours from one to two o'clock."""

SPRING_NIGHTS = {
    2025: 1_741_503_600_000,
    2026: 1_772_953_200_000,
    2027: 1_805_007_600_000,
}
"""The start of the hour after one o'clock, which is called three."""


def name_of(slug: str) -> PeriodName:
    name = read_slug(slug)
    assert name is not None, slug
    return name


def hour(start_ms: int) -> Period:
    return Period(BTC_HOURS, start_ms)


@given(SYMBOLS, LENGTHS, TIMES_MS)
def test_every_name_of_a_period_reads_back_as_its(symbol: Symbol, length: PeriodLength, at_ms: int) -> None:
    period = Series(symbol, length).period_at(at_ms)
    names = slugs_of(period)
    assert len(names) == (2 if length is PeriodLength.HOUR else 1)
    for slug in names:
        assert is_like_up_or_down(slug)
        assert name_of(slug).fits(period)


@given(SYMBOLS, LENGTHS, TIMES_MS, TIMES_MS)
def test_no_two_periods_have_a_name_but_the_hours_of_the_autumn_night(
    symbol: Symbol, length: PeriodLength, at_ms: int, other_ms: int
) -> None:
    series = Series(symbol, length)
    period, other = series.period_at(at_ms), series.period_at(other_ms)
    is_night = period.start_ms in AUTUMN_NIGHTS.values() or other.start_ms in AUTUMN_NIGHTS.values()
    if name_of(slugs_of(period)[0]).fits(other):
        assert period == other or (is_night and abs(period.start_ms - other.start_ms) == HOUR_MS)


@given(SYMBOLS, st.sampled_from(ListedPeriod), TIMES_MS)
def test_the_names_are_those_of_the_embedded_exchange(symbol: Symbol, length: ListedPeriod, at_ms: int) -> None:
    lengths = {ListedPeriod.FIVE_MINUTES: "5m", ListedPeriod.FIFTEEN_MINUTES: "15m", ListedPeriod.HOUR: "1h"}
    period = Series(symbol, PeriodLength(lengths[length])).period_at(at_ms)
    listed = UpDown(symbol, length, period.start_ms * 1_000_000)
    assert slugs_of(period)[0] == listed.slug
    assert series_slug_of(period.series) == listed.series_slug


@pytest.mark.parametrize("year", AUTUMN_NIGHTS)
def test_in_the_autumn_night_two_hours_have_one_name(year: int) -> None:
    first = hour(AUTUMN_NIGHTS[year])
    (slug, yearless), second, third = slugs_of(first), first.following, first.following.following
    assert "-1am-et" in slug
    assert slugs_of(second) == (slug, yearless)
    assert [name_of(slug).fits(each) for each in (first, second, third)] == [True, True, False]
    assert "-2am-et" in slugs_of(third)[0]


@pytest.mark.parametrize("year", SPRING_NIGHTS)
def test_in_the_spring_night_the_clock_leaps_over_an_hour(year: int) -> None:
    before, after = hour(SPRING_NIGHTS[year] - HOUR_MS), hour(SPRING_NIGHTS[year])
    assert "-1am-et" in slugs_of(before)[0]
    assert "-3am-et" in slugs_of(after)[0]
    skipped = name_of(slugs_of(after)[0].replace("-3am-", "-2am-"))
    assert not any(skipped.fits(each) for each in (before, after))


def test_a_name_without_a_year_is_that_of_every_year() -> None:
    name = name_of("bitcoin-up-or-down-january-22-9am-et")
    assert name.fits(hour(1_769_090_400_000))
    assert name.fits(hour(1_769_090_400_000 - 365 * 24 * HOUR_MS))
    assert not name.fits(hour(1_769_090_400_000 + HOUR_MS))


def test_names_as_the_venue_writes_them() -> None:
    assert slugs_of(hour(1_791_259_200_000)) == (
        "bitcoin-up-or-down-october-6-2026-12am-et",
        "bitcoin-up-or-down-october-6-12am-et",
    )
    five = Series(Symbol("ethusd"), PeriodLength.FIVE_MINUTES)
    assert slugs_of(Period(five, 1_784_850_900_000)) == ("eth-updown-5m-1784850900",)
    assert series_slug_of(five) == "eth-up-or-down-5m"
    assert series_slug_of(BTC_HOURS) == "btc-up-or-down-hourly"
    assert slugs_of(Period(Series(Symbol("dogeusd"), PeriodLength.HOUR), 0)) == ()


@pytest.mark.parametrize(
    "slug",
    [
        "btc-updown-4h-1784850900",
        "doge-updown-5m-1784850900",
        "btc-updown-5m-1784850901",
        "btc-updown-15m-1784850600",
        "bitcoin-up-or-down-on-march-13",
        "bitcoin-up-or-down-on-march-13-2026",
        "bitcoin-up-or-down-octember-6-2026-12am-et",
        "bitcoin-up-or-down-october-6-2026-13am-et",
        "bitcoin-up-or-down-october-6-2026-0pm-et",
        "dogecoin-up-or-down-october-6-2026-1pm-et",
        "btc-updown-5m-178485090\uff10",
        "btc-updown",
    ],
)
def test_names_of_markets_that_we_do_not_know_are_seen_and_not_read(slug: str) -> None:
    assert read_slug(slug) is None
    assert is_like_up_or_down(slug)


@pytest.mark.parametrize(
    "slug", ["will-it-rain", "bitcoin-above-on-october-6-2026-12am-et", "", "iran-nuke-before-2027"]
)
def test_other_names_are_not_like_those_of_up_or_down_markets(slug: str) -> None:
    assert not is_like_up_or_down(slug)
    assert read_slug(slug) is None


@given(st.text(max_size=60))
def test_any_text_can_be_asked_about(slug: str) -> None:
    assert read_slug(slug) is None or is_like_up_or_down(slug)

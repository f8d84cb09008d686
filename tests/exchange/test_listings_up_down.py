"""Up/down markets: the venue's names for their periods, by New York's clock, and who wins them."""

from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.periods import PeriodLength, Reading
from polyactors.exchange.listings.new_york import new_york_time
from polyactors.exchange.listings.reference_price import USUAL_MODELS, PriceModel, ReferencePrices, ReferenceTick
from polyactors.exchange.listings.up_down import Period, UpDown, periods_from, up_down_listings

SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
NOON = 1_800_000_000 // 3600 * 3600 * SECOND_NS


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_NS


def hour(text: str) -> UpDown:
    return UpDown("btcusd", Period.HOUR, at(text))


def test_five_minutes_are_named_by_the_second_in_which_they_begin() -> None:
    about = UpDown("btcusd", Period.FIVE_MINUTES, at("2026-07-23T23:55"))
    assert about.slug == "btc-updown-5m-1784850900"
    assert about.title == "Bitcoin Up or Down - July 23, 7:55PM-8:00PM ET"


def test_fifteen_minutes_are_named_in_the_same_way() -> None:
    about = UpDown("ethusd", Period.FIFTEEN_MINUTES, at("2026-07-24T03:45"))
    assert about.slug == "eth-updown-15m-1784864700"
    assert about.title == "Ethereum Up or Down - July 23, 11:45PM-12:00AM ET"


def test_hours_are_named_by_new_yorks_clock_and_the_year() -> None:
    assert hour("2026-10-06T04:00").slug == "bitcoin-up-or-down-october-6-2026-12am-et"
    assert hour("2026-10-06T16:00").slug == "bitcoin-up-or-down-october-6-2026-12pm-et"
    assert hour("2027-01-01T04:00").slug == "bitcoin-up-or-down-december-31-2026-11pm-et"


def test_an_hour_is_skipped_when_clocks_go_forward() -> None:
    before, after = hour("2026-03-08T06:00"), hour("2026-03-08T07:00")
    assert before.slug.endswith("march-8-2026-1am-et")
    assert after.slug.endswith("march-8-2026-3am-et")


def test_two_hours_have_one_name_when_clocks_go_back() -> None:
    first, second, third = (hour(f"2026-11-01T{clock}") for clock in ("05:00", "06:00", "07:00"))
    assert first.slug == second.slug
    assert first.slug.endswith("november-1-2026-1am-et")
    assert third.slug.endswith("november-1-2026-2am-et")


@given(st.integers(0, 4_102_444_800))
def test_new_yorks_clock_is_that_of_the_time_zone_files_since_2007(at_s: int) -> None:
    try:
        zone = ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        pytest.skip("there are no time zone files on this machine")
    at_s = 1_173_700_000 + at_s % (4_102_444_800 - 1_173_700_000)
    assert new_york_time(at_s * 1000).replace(tzinfo=None) == datetime.fromtimestamp(at_s, zone).replace(tzinfo=None)


@given(st.integers(1_700_000_000, 1_900_000_000), st.sampled_from(Period), st.integers(1, 20))
def test_periods_follow_each_other_without_a_gap_from_the_present_one_on(
    now_s: int, period: Period, count: int
) -> None:
    periods = periods_from("btcusd", period, now_s * SECOND_NS, count)
    assert len(periods) == count
    assert periods[0].start_ns <= now_s * SECOND_NS < periods[0].end_ns
    for one, following in pairwise(periods):
        assert one.end_ns == following.start_ns
    assert all(each.start_ns % period.length_ns == 0 for each in periods)


@pytest.mark.parametrize(
    ("period", "written"),
    [(Period.FIVE_MINUTES, "5m"), (Period.FIFTEEN_MINUTES, "15m"), (Period.HOUR, "hourly")],
)
def test_a_listing_tells_when_its_period_begins_and_ends(period: Period, written: str) -> None:
    about = UpDown("btcusd", period, at("2026-07-23T23:00"))
    event, listing = up_down_listings(1, about, 5, 6, about.start_ns - HOUR_NS)
    assert listing.labels == ("Up", "Down")
    assert (listing.opens_ms, listing.market.end_ms) == (about.start_ns // 10**6, about.end_ns // 10**6)
    assert listing.accepts_from_ms == (about.start_ns - HOUR_NS) // 10**6
    assert (event.event, event.series_slug, event.recurrence) == (
        about.slug,
        f"btc-up-or-down-{written}",
        written,
    )
    assert listing.market.fees.rate_ppm == 70_000


@pytest.mark.parametrize("period", Period)
@pytest.mark.parametrize("symbol", USUAL_MODELS)
def test_every_symbol_is_listed_in_every_length_by_the_lengths_own_rule(symbol: str, period: Period) -> None:
    about = UpDown(symbol, period, NOON)
    event, listing = up_down_listings(1, about, 5, 6, NOON - HOUR_NS)
    told = listing.market.about
    assert told is not None
    length = {300: PeriodLength.FIVE_MINUTES, 900: PeriodLength.FIFTEEN_MINUTES, 3600: PeriodLength.HOUR}[period.value]
    assert (told.period.series.symbol, told.period.series.length) == (symbol, length)
    assert (told.period.start_ms, told.period.end_ms) == (listing.opens_ms, listing.market.end_ms)
    assert (told.rule.reading, told.rule.window_s) == (
        (Reading.CANDLE, 0) if period is Period.HOUR else (Reading.MEAN, 60)
    )
    assert event.title == listing.market.question and event.event == listing.market.slug


class Heard:
    """Prices, and all their ticks from the beginning on."""

    def __init__(self, seed: int, model: PriceModel = USUAL_MODELS["btcusd"]) -> None:
        self.prices = ReferencePrices(seed, NOON, {"btcusd": model})
        self.ticks: list[ReferenceTick] = []
        self.prices.listeners.append(self.ticks.append)

    def between(self, after_ns: int, until_ns: int) -> list[Fraction]:
        """The end included, the beginning not."""
        return [Fraction(tick.price) for tick in self.ticks if after_ns < tick.at_ns <= until_ns]


@pytest.mark.parametrize("period", [Period.FIVE_MINUTES, Period.FIFTEEN_MINUTES])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_minutes_are_up_when_the_last_minutes_mean_is_not_below_that_before_the_start(
    period: Period, seed: int
) -> None:
    heard = Heard(seed)
    about = UpDown("btcusd", period, NOON + period.length_ns)
    heard.prices.advance(about.end_ns + 20 * SECOND_NS)

    def mean(until_ns: int) -> Fraction:
        prices = heard.between(until_ns - 60 * SECOND_NS, until_ns)
        assert len(prices) == 120
        return sum(prices, Fraction(0)) / len(prices)

    assert about.is_up(heard.prices) is (mean(about.end_ns) >= mean(about.start_ns))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_an_hour_is_up_when_its_last_price_is_not_below_its_first(seed: int) -> None:
    heard = Heard(seed)
    about = UpDown("btcusd", Period.HOUR, NOON + HOUR_NS)
    heard.prices.advance(about.end_ns + 20 * SECOND_NS)
    within = heard.between(about.start_ns - 1, about.end_ns - 1)
    assert about.is_up(heard.prices) is (within[-1] >= within[0])


@pytest.mark.parametrize("period", Period)
def test_what_ends_where_it_began_is_up(period: Period) -> None:
    heard = Heard(1, PriceModel(65_000.0, 2, 0.0, jumps_an_hour=0.0))
    about = UpDown("btcusd", period, NOON + HOUR_NS)
    heard.prices.advance(about.end_ns)
    assert len(set(heard.between(0, about.end_ns))) == 1
    assert about.is_up(heard.prices)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(Period))
def test_the_chance_of_up_is_a_half_before_and_the_answer_at_the_end(seed: int, period: Period) -> None:
    prices = ReferencePrices(seed, NOON)
    about = UpDown("btcusd", period, NOON + HOUR_NS)
    assert about.chance_of_up(prices, NOON) == 0.5
    for second in range(0, period.value, 7):
        prices.advance(about.start_ns + second * SECOND_NS)
        assert 0 <= about.chance_of_up(prices, about.start_ns + second * SECOND_NS) <= 1
    prices.advance(about.end_ns)
    assert about.chance_of_up(prices, about.end_ns) == float(about.is_up(prices))


def test_chances_come_true_as_often_as_they_say() -> None:
    """Of all the periods whose chance of Up is said to be near p two minutes before the end, about p become Up."""
    said, came = 0.0, 0
    judged = 0
    prices = ReferencePrices(5, NOON, step_ns=5 * SECOND_NS)
    for about in periods_from("btcusd", Period.FIVE_MINUTES, NOON + HOUR_NS, 400):
        prices.advance(about.end_ns - 120 * SECOND_NS)
        chance = about.chance_of_up(prices, about.end_ns - 120 * SECOND_NS)
        prices.advance(about.end_ns)
        if chance > 0.6:
            judged, said, came = judged + 1, said + chance, came + about.is_up(prices)
        elif chance < 0.4:
            judged, said, came = judged + 1, said + 1 - chance, came + (not about.is_up(prices))
    assert judged > 150
    assert abs(came - said) < 4 * (judged * 0.16) ** 0.5

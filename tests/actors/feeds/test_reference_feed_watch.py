"""What the watch over a venue's prices notices: missing trades, repeated ones, times that cannot be, silence."""

import random
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from actors.feeds.reference.clock_skew import WINDOW, ClockSkew
from actors.feeds.reference.feed_watch import FROM_THE_FUTURE, TOLD_TWICE, FeedWatch, Line, WatchSettings
from messages.reference import (
    CoinSize,
    ReferenceAverage,
    ReferencePrice,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)

BTC, ETH = Symbol("btcusd"), Symbol("ethusd")
BINANCE = ReferenceVenue.BINANCE
SECOND = 1_000_000_000
NOW_NS = 1_800_000_000 * SECOND
SETTINGS = WatchSettings(stall_limit_ns=10 * SECOND, future_limit_ns=5 * SECOND)


def watch(*symbols: Symbol) -> FeedWatch:
    return FeedWatch([(BINANCE, symbol, 0) for symbol in symbols or (BTC,)], SETTINGS, NOW_NS)


def tick(number: int | None, exchange_ns: int = NOW_NS, way_ns: int = 0, symbol: Symbol = BTC) -> ReferenceTick:
    received_ns = exchange_ns + way_ns
    return ReferenceTick(BINANCE, symbol, ReferencePrice(10**8), CoinSize(1), None, number, exchange_ns, received_ns)


def quote(received_ns: int, exchange_ns: int | None = None) -> ReferenceQuote:
    price, size = ReferencePrice(10**8), CoinSize(1)
    return ReferenceQuote(BINANCE, BTC, price, size, price, size, exchange_ns, received_ns)


def line(of: FeedWatch, symbol: Symbol = BTC, window_s: int = 0) -> Line:
    return next(each for each in of.lines if each.name[1:] == (symbol, window_s))


class TestNumbers:
    @given(st.lists(st.integers(1, 5), min_size=1, max_size=60), st.integers(0, 10**15))
    def test_every_number_that_is_passed_over_is_missing_and_told_once(self, steps: list[int], first: int) -> None:
        looking = watch()
        told = 0
        for place, number in enumerate(accumulate([first, *steps])):
            finding = looking.see(tick(number, NOW_NS + place))
            if finding is not None:
                assert finding.bad is None and finding.missed is not None
                told += 1
        seen = line(looking)
        assert seen.missing == sum(steps) - len(steps)
        assert seen.gaps == told == sum(step > 1 for step in steps)
        assert seen.ticks == len(steps) + 1

    @given(st.lists(st.integers(0, 30), max_size=60))
    def test_no_trade_is_passed_on_twice(self, numbers: list[int]) -> None:
        """However the venue repeats itself: the time of a trade goes with its number."""
        looking = watch()
        heard = []
        for number in numbers:
            finding = looking.see(tick(number, NOW_NS + number, way_ns=SECOND))
            if finding is None or finding.bad is None:
                heard.append(number)
        assert heard == sorted(set(heard))
        assert line(looking).told_twice == len(numbers) - len(heard)

    def test_a_venue_that_counts_anew_is_heard_and_its_count_followed(self) -> None:
        looking = watch()
        looking.see(tick(1000, NOW_NS))
        finding = looking.see(tick(1, NOW_NS + 1))
        assert (
            finding is not None
            and finding.bad is None
            and finding.missed == "the venue counts anew: trade 1 after 1000"
        )
        assert looking.see(tick(2, NOW_NS + 2)) is None
        repeated = looking.see(tick(2, NOW_NS + 2))
        assert repeated is not None and repeated.bad == TOLD_TWICE

    def test_an_oracle_has_no_numbers_to_miss(self) -> None:
        looking = watch()
        assert [looking.see(tick(None, NOW_NS + place)) for place in range(5)] == [None] * 5

    def test_each_symbol_has_numbers_of_its_own(self) -> None:
        looking = watch(BTC, ETH)
        assert [looking.see(tick(10, symbol=BTC)), looking.see(tick(500, symbol=ETH)), looking.see(tick(11))] == [
            None
        ] * 3


class TestTimes:
    @given(st.integers(5 * SECOND + 1, 10**6 * SECOND))
    def test_what_happens_after_it_is_received_is_not_passed_on(self, ahead_ns: int) -> None:
        looking = watch()
        for number in range(100):
            looking.see(tick(number, NOW_NS + number, way_ns=50_000_000))
        finding = looking.see(tick(100, NOW_NS, way_ns=-ahead_ns))
        assert finding is not None and finding.bad == FROM_THE_FUTURE
        assert line(looking).from_the_future == 1
        assert line(looking).last_number == 99

    @given(st.integers(-5 * SECOND, 10**6 * SECOND))
    def test_what_is_late_or_a_little_early_is_passed_on(self, way_ns: int) -> None:
        assert watch().see(tick(1, NOW_NS, way_ns)) is None

    @given(st.integers(-3000 * SECOND, 3000 * SECOND), st.integers(0, 2**32))
    def test_a_clock_that_is_wrong_is_soon_known_and_costs_few_prices(self, skew_ns: int, seed: int) -> None:
        chance, looking = random.Random(seed), watch()
        findings = [
            looking.see(tick(None, NOW_NS + number, skew_ns + chance.randrange(SECOND // 2))) for number in range(200)
        ]
        assert all(finding is None for finding in findings[WINDOW:])
        least_ns = line(looking).skew.least_ns
        assert least_ns is not None and 0 <= least_ns - skew_ns < SECOND // 2

    @given(st.integers(-60 * SECOND, 0), st.integers(6 * SECOND, 60 * SECOND))
    def test_the_future_is_that_of_the_venues_clock_where_ours_is_behind(self, skew_ns: int, ahead_ns: int) -> None:
        looking = watch()
        for number in range(2 * WINDOW):
            looking.see(tick(None, NOW_NS + number, skew_ns))
        assert looking.see(tick(None, NOW_NS, skew_ns - ahead_ns)) is not None
        assert looking.see(tick(None, NOW_NS, skew_ns)) is None

    @given(st.lists(st.integers(0, 3000 * SECOND), min_size=16, max_size=200))
    @example([60 * SECOND] * WINDOW)
    def test_old_news_never_make_what_is_new_look_early(self, ways_ns: list[int]) -> None:
        """A history of two minutes, the last trade of a quiet market: only what is early can be from the future."""
        looking = watch()
        for way_ns in [*ways_ns, 0]:
            assert looking.see(tick(None, NOW_NS, way_ns)) is None

    def test_times_in_the_wrong_unit_are_never_believed_however_often_they_are_told(self) -> None:
        looking = watch()
        findings = [looking.see(tick(number, NOW_NS, way_ns=-NOW_NS)) for number in range(500)]
        assert all(finding is not None and finding.bad == FROM_THE_FUTURE for finding in findings)

    def test_the_recorder_whose_clock_was_behind(self) -> None:
        """binance-btcusdt-20240808: 1.27 s behind the venue's."""
        skew = ClockSkew(5 * SECOND)
        for way_ms in (-1255, -1271, -1277, -1272):
            skew.see(way_ms * 1_000_000)
        assert skew.least_ns == -1_277_000_000
        assert skew.usual_ns in (-1_271_000_000, -1_272_000_000)

    def test_quotes_and_averages_are_looked_at_as_well(self) -> None:
        looking = watch()
        average = ReferenceAverage(
            ReferenceVenue.CHAINLINK, BTC, ReferencePrice(10**8), 60, NOW_NS + 6 * SECOND, NOW_NS
        )
        for message in (quote(NOW_NS, NOW_NS + 6 * SECOND), average):
            finding = looking.see(message)
            assert finding is not None and finding.bad == FROM_THE_FUTURE
        assert looking.see(quote(NOW_NS)) is None


class TestSilence:
    def test_is_noticed_a_symbol_and_told_once_until_it_speaks_again(self) -> None:
        looking = watch(BTC, ETH)
        looking.see(tick(1, NOW_NS + 8 * SECOND, symbol=ETH))
        assert looking.newly_stalled(NOW_NS + 10 * SECOND) == ()
        (missed,) = looking.newly_stalled(NOW_NS + 11 * SECOND)
        assert (missed.venue, missed.symbol, missed.reason) == (BINANCE, BTC, "stalled: nothing came for 11 s")
        assert looking.newly_stalled(NOW_NS + 12 * SECOND) == ()
        looking.see(tick(1, NOW_NS + 13 * SECOND))
        assert not line(looking).is_stalled
        stalled = looking.newly_stalled(NOW_NS + 30 * SECOND)
        assert {each.symbol for each in stalled} == {BTC, ETH}
        assert line(looking).stalls == 2

    def test_quotes_are_a_sign_of_life(self) -> None:
        looking = watch()
        looking.see(quote(NOW_NS + 9 * SECOND))
        assert looking.newly_stalled(NOW_NS + 15 * SECOND) == ()

    def test_an_average_that_stops_is_noticed_while_prices_go_on(self) -> None:
        looking = watch()
        looking.see(ReferenceAverage(BINANCE, BTC, ReferencePrice(10**8), 60, NOW_NS, NOW_NS))
        looking.see(tick(1, NOW_NS + 20 * SECOND))
        (missed,) = looking.newly_stalled(NOW_NS + 20 * SECOND)
        assert missed.reason == "stalled: the average over 60 s: nothing came for 20 s"

    def test_who_begins_to_listen_waits_the_full_time(self) -> None:
        looking = watch()
        looking.newly_stalled(NOW_NS + 20 * SECOND)
        looking.begin(NOW_NS + 30 * SECOND)
        assert looking.newly_stalled(NOW_NS + 40 * SECOND) == ()
        assert len(looking.newly_stalled(NOW_NS + 41 * SECOND)) == 1


@pytest.mark.parametrize("limits", [{"stall_limit_ns": 0}, {"future_limit_ns": -1}])
def test_limits_are_above_zero(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be > 0"):
        WatchSettings(**limits)

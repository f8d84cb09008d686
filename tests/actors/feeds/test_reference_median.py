"""The median over venues: honest whatever a minority says, the same in any order, untouched by what cannot be true."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.feeds.reference.median import MedianBoard, RefusedCount
from actors.feeds.reference.median_settings import MedianSettings
from actors.feeds.reference.venue_price import Refused
from messages.pricing import LeftOut
from messages.reference import (
    CoinSize,
    ReferenceAverage,
    ReferenceMissed,
    ReferencePrice,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from supervision.testing import MILLISECOND, ORIGIN_NS

SECOND = 1000 * MILLISECOND
BTC = Symbol("btcusd")
BINANCE, COINBASE, KRAKEN, CHAINLINK, PYTH = ReferenceVenue
CENTRE = 77_640 * 10**8

honest_prices = st.integers(CENTRE * 995 // 1000, CENTRE * 1005 // 1000)
"""Within a hundredth of each other."""

any_prices = st.one_of(honest_prices, st.integers(1, 10**18), st.sampled_from([1, CENTRE // 2, CENTRE * 9 // 10]))


def tick(venue: ReferenceVenue, price: int, at_ns: int = ORIGIN_NS, received_ns: int | None = None) -> ReferenceTick:
    received_ns = at_ns if received_ns is None else received_ns
    return ReferenceTick(venue, BTC, ReferencePrice(price), CoinSize(1), None, None, at_ns, received_ns)


def quote(venue: ReferenceVenue, bid: int, ask: int, at_ns: int = ORIGIN_NS) -> ReferenceQuote:
    size = CoinSize(1)
    return ReferenceQuote(venue, BTC, ReferencePrice(bid), size, ReferencePrice(ask), size, None, at_ns)


def board(*ticks: ReferenceTick | ReferenceQuote) -> MedianBoard:
    board = MedianBoard(BTC, MedianSettings())
    for each in ticks:
        board.see(each)
    return board


def median(board: MedianBoard, now_ns: int = ORIGIN_NS) -> float:
    price = board.look(now_ns).median.price
    assert price is not None
    return price


@given(st.data(), st.integers(2, 5))
def test_a_minority_of_liars_never_moves_it_outside_the_range_of_the_honest(data: st.DataObject, count: int) -> None:
    venues = data.draw(st.permutations(list(ReferenceVenue)))[:count]
    liars = venues[: (count - 1) // 2]
    honest = {venue: data.draw(honest_prices) for venue in venues if venue not in liars}
    said = [tick(venue, price) for venue, price in honest.items()]
    said += [tick(liar, price) for liar in liars for price in data.draw(st.lists(any_prices, max_size=4))]
    found = median(board(*data.draw(st.permutations(said))))
    assert min(honest.values()) - 1 <= found * 10**8 <= max(honest.values()) + 1


@given(st.dictionaries(st.sampled_from(list(ReferenceVenue)), st.lists(honest_prices, min_size=1)), st.randoms())
def test_in_which_order_the_venues_speak_does_not_matter(said: dict[ReferenceVenue, list[int]], random: Random) -> None:
    in_turn = [tick(venue, price) for venue, prices in said.items() for price in prices]
    shuffled: list[ReferenceTick] = []
    left = {venue: list(prices) for venue, prices in said.items()}
    while any(left.values()):
        venue = random.choice([venue for venue, prices in left.items() if prices])
        shuffled.append(tick(venue, left[venue].pop(0)))
    one, other = board(*in_turn).look(ORIGIN_NS).median, board(*shuffled).look(ORIGIN_NS).median
    assert (one.price, one.spread_bps, set(one.counted)) == (other.price, other.spread_bps, set(other.counted))


def _bad(venue: ReferenceVenue, price: int, at_ns: int) -> list[tuple[ReferenceTick, Refused]]:
    size = CoinSize(1)
    return [
        (tick(venue, 0, at_ns), Refused.ZERO),
        (tick(venue, -price, at_ns), Refused.NEGATIVE),
        (
            ReferenceTick(venue, Symbol("ethusd"), ReferencePrice(price), size, None, None, at_ns, at_ns),
            Refused.WRONG_SYMBOL,
        ),
        (tick(venue, price + 1, at_ns + 4 * SECOND, at_ns), Refused.FUTURE),
        (tick(venue, price + 1, at_ns + 3600 * SECOND, at_ns), Refused.FUTURE),
        (tick(venue, price * 11 // 10 + 1, at_ns), Refused.STEP),
        (tick(venue, price * 9 // 10 - 1, at_ns), Refused.STEP),
        (tick(venue, price * 100, at_ns), Refused.STEP),
        (tick(venue, price + 1, at_ns - SECOND, at_ns), Refused.LATE),
    ]


@given(
    st.dictionaries(st.sampled_from(list(ReferenceVenue)), honest_prices, min_size=1),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 8)), min_size=1, max_size=20),
)
def test_bad_ticks_never_move_it_and_are_counted_by_venue(
    prices: dict[ReferenceVenue, int], picks: list[tuple[int, int]]
) -> None:
    seen = board(*(tick(venue, price) for venue, price in prices.items()))
    before = seen.look(ORIGIN_NS)
    expected: dict[tuple[ReferenceVenue, Refused], int] = {}
    for which, kind in picks:
        venue = list(prices)[which % len(prices)]
        bad, reason = _bad(venue, prices[venue], ORIGIN_NS)[kind]
        assert seen.see(bad) is reason
        expected[venue, reason] = expected.get((venue, reason), 0) + 1
    assert seen.look(ORIGIN_NS) == before
    assert set(seen.refused) == {RefusedCount(*key, count) for key, count in expected.items()}


def test_after_2000_ms_a_tick_counts_no_more() -> None:
    seen = board(tick(BINANCE, CENTRE), tick(KRAKEN, CENTRE + 10**8, ORIGIN_NS + SECOND))
    assert seen.look(ORIGIN_NS + 2000 * MILLISECOND).median.counted == (BINANCE, KRAKEN)
    later = seen.look(ORIGIN_NS + 2001 * MILLISECOND).median
    assert later.counted == (KRAKEN,) and later.is_uncertain
    assert later.left_out == (LeftOut(BINANCE, "stale for 2001 ms"),)
    assert seen.look(ORIGIN_NS + 4 * SECOND).median.price is None


def test_an_outlier_of_more_than_200_bps_is_left_out_and_named() -> None:
    off = CENTRE * 10_201 // 10_000
    found = board(tick(BINANCE, CENTRE), tick(COINBASE, CENTRE + 2), tick(KRAKEN, off)).look(ORIGIN_NS).median
    assert found.counted == (BINANCE, COINBASE) and not found.is_uncertain
    assert found.left_out == (LeftOut(KRAKEN, "outlier: +201 bps from the median"),)
    assert found.price == (CENTRE + 1) / 10**8


def test_two_venues_that_are_far_apart_are_both_left_out_for_nobody_knows_which_is_right() -> None:
    found = board(tick(BINANCE, CENTRE), tick(COINBASE, CENTRE * 105 // 100)).look(ORIGIN_NS).median
    assert found.price is None and found.is_uncertain and len(found.left_out) == 2


@pytest.mark.parametrize(("venues", "is_uncertain"), [((BINANCE,), True), ((BINANCE, CHAINLINK), False)])
def test_fewer_than_two_venues_are_uncertain(venues: Sequence[ReferenceVenue], is_uncertain: bool) -> None:
    assert board(*(tick(venue, CENTRE) for venue in venues)).look(ORIGIN_NS).median.is_uncertain is is_uncertain


def test_the_spread_is_between_the_lowest_and_the_highest_that_count() -> None:
    low, high = CENTRE, CENTRE * 10_010 // 10_000
    found = board(tick(BINANCE, low), tick(COINBASE, high), tick(KRAKEN, 2 * CENTRE)).look(ORIGIN_NS).median
    assert found.spread_bps == pytest.approx(10, rel=0.01)


def test_an_average_is_judged_but_never_enters_it() -> None:
    seen = board(tick(CHAINLINK, CENTRE))
    price = ReferencePrice(CENTRE + 10**8)
    assert seen.judge_average(ReferenceAverage(CHAINLINK, BTC, price, 60, ORIGIN_NS, ORIGIN_NS)) is None
    assert median(seen) == CENTRE / 10**8
    absurd = ReferenceAverage(CHAINLINK, BTC, ReferencePrice(2 * CENTRE), 60, ORIGIN_NS, ORIGIN_NS)
    assert seen.judge_average(absurd) is Refused.STEP
    assert seen.refused == (RefusedCount(CHAINLINK, Refused.STEP, 1),)


def test_a_real_step_of_all_venues_is_followed_once_the_others_are_there_or_the_old_price_is_forgotten() -> None:
    crashed = CENTRE * 85 // 100
    seen = board(tick(BINANCE, CENTRE), tick(COINBASE, CENTRE))
    assert seen.see(tick(BINANCE, crashed, ORIGIN_NS + SECOND)) is Refused.STEP
    assert seen.see(tick(KRAKEN, crashed, ORIGIN_NS + 3 * SECOND)) is None
    assert seen.see(tick(BINANCE, crashed, ORIGIN_NS + 3 * SECOND)) is None
    assert seen.see(tick(COINBASE, crashed, ORIGIN_NS + 3 * SECOND)) is None
    alone = board(tick(BINANCE, CENTRE))
    assert alone.see(tick(BINANCE, crashed, ORIGIN_NS + 59 * SECOND)) is Refused.STEP
    assert alone.see(tick(BINANCE, crashed, ORIGIN_NS + 61 * SECOND)) is None


def test_an_honest_venue_is_not_refused_because_liars_spoke_first() -> None:
    seen = board(tick(BINANCE, 2 * CENTRE), tick(KRAKEN, 2 * CENTRE))
    assert [seen.see(tick(venue, CENTRE)) for venue in (COINBASE, CHAINLINK, PYTH)] == [None] * 3
    assert median(seen) == CENTRE / 10**8


def test_a_venue_that_missed_something_is_left_out_until_it_speaks_again() -> None:
    seen = board(tick(BINANCE, CENTRE), tick(KRAKEN, CENTRE))
    seen.missed(ReferenceMissed(BINANCE, None, "the connection was lost", ORIGIN_NS))
    seen.missed(ReferenceMissed(KRAKEN, Symbol("ethusd"), "not our symbol", ORIGIN_NS))
    found = seen.look(ORIGIN_NS).median
    assert found.counted == (KRAKEN,)
    assert found.left_out == (LeftOut(BINANCE, "missed: the connection was lost"),)
    seen.see(tick(BINANCE, CENTRE))
    assert seen.look(ORIGIN_NS).median.counted == (BINANCE, KRAKEN)


def test_a_venue_that_is_expected_and_silent_is_named() -> None:
    seen = MedianBoard(BTC, MedianSettings(), (BINANCE, PYTH))
    seen.see(tick(BINANCE, CENTRE))
    assert seen.look(ORIGIN_NS).median.left_out == (LeftOut(PYTH, "nothing heard"),)


@given(honest_prices, honest_prices, st.integers(0, 10**8))
def test_a_newer_quote_keeps_a_quiet_venue_fresh_and_moves_its_price_only_where_it_left_it_behind(
    traded: int, bid: int, width: int
) -> None:
    seen = board(tick(BINANCE, traded), quote(BINANCE, bid, bid + width, ORIGIN_NS + 5 * SECOND))
    assert median(seen, ORIGIN_NS + 6 * SECOND) * 10**8 == pytest.approx(min(max(traded, bid), bid + width))


def test_a_quote_that_cannot_be_true_changes_nothing() -> None:
    seen = board(tick(BINANCE, CENTRE), quote(BINANCE, CENTRE, CENTRE + 10**6))
    before = seen.look(ORIGIN_NS)
    for bid, ask, reason in (
        (CENTRE + 2, CENTRE + 1, Refused.CROSSED),
        (0, CENTRE, Refused.ZERO),
        (-1, CENTRE, Refused.NEGATIVE),
        (CENTRE * 8 // 10, CENTRE, Refused.WIDE),
        (CENTRE * 2, CENTRE * 2 + 1, Refused.STEP),
    ):
        assert seen.see(quote(BINANCE, bid, ask)) is reason
    assert seen.look(ORIGIN_NS) == before


def test_a_clock_that_runs_behind_the_venue_by_less_than_three_seconds_refuses_nothing() -> None:
    """The recording of Binance was made by a clock 1.27 s behind."""
    seen = MedianBoard(BTC, MedianSettings())
    assert seen.see(tick(BINANCE, CENTRE, ORIGIN_NS + 1270 * MILLISECOND, ORIGIN_NS)) is None
    assert median(seen) == CENTRE / 10**8


def test_a_feed_that_lags_is_stale_though_it_speaks_and_an_oracle_is_given_its_usual_lag() -> None:
    now_ns, said_ns = ORIGIN_NS + 3 * SECOND, ORIGIN_NS + 500 * MILLISECOND
    found = board(tick(BINANCE, CENTRE, said_ns, now_ns), tick(CHAINLINK, CENTRE, said_ns, now_ns)).look(now_ns).median
    assert found.counted == (CHAINLINK,)

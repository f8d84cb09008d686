"""What markets are truly worth: the chances of an event's outcomes sum to one, move without a drift, and end true."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.identity import MarketId
from messages.units import ONE, Price
from polyactors.exchange.listings.hidden_value import HiddenValues
from polyactors.exchange.listings.information import InformationWalk
from polyactors.exchange.listings.reference_price import ReferencePrices

SECOND_NS = 1_000_000_000
START_NS = 1_800_000_000 * SECOND_NS
LENGTH_NS = 3600 * SECOND_NS
END_NS = START_NS + LENGTH_NS

chances = st.lists(st.floats(0.01, 1), min_size=2, max_size=10).map(lambda found: [each / sum(found) for each in found])
times = st.lists(st.integers(START_NS - LENGTH_NS, END_NS + LENGTH_NS), min_size=1, max_size=8).map(sorted)


def hidden(seed: int, first: list[float], half_payout_ppm: int = 0) -> tuple[HiddenValues, list[MarketId]]:
    values = HiddenValues(ReferencePrices(seed, START_NS, step_ns=60 * SECOND_NS))
    markets = [MarketId(str(index)) for index in range(1 if half_payout_ppm else len(first))]
    values.add_question(markets, first, START_NS, END_NS, random.Random(seed), half_payout_ppm)
    return values, markets


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), chances, times)
def test_the_values_of_an_events_markets_sum_to_one_at_any_time(seed: int, first: list[float], when: list[int]) -> None:
    values, markets = hidden(seed, first)
    for now_ns in when:
        assert math.isclose(sum(values.fair_value(market, now_ns) for market in markets), 1, abs_tol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), chances)
def test_exactly_one_market_of_an_event_pays_and_its_value_ends_there(seed: int, first: list[float]) -> None:
    values, markets = hidden(seed, first)
    payouts = [values.payout(market) for market in markets]
    assert sorted(payouts) == [0] * (len(markets) - 1) + [ONE]
    assert [values.fair_value(market, END_NS) * ONE for market in markets] == payouts


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), chances, times)
def test_values_do_not_depend_on_how_often_they_are_asked_for(seed: int, first: list[float], when: list[int]) -> None:
    often, markets = hidden(seed, first)
    once, _ = hidden(seed, first)
    for now_ns in when:
        found = [often.fair_value(market, now_ns) for market in markets]
    assert [once.fair_value(market, when[-1]) for market in markets] == found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), chances, st.data())
def test_an_outcome_that_is_out_leaves_its_chance_to_the_others(
    seed: int, first: list[float], data: st.DataObject
) -> None:
    values, markets = hidden(seed, first)
    out = data.draw(st.sampled_from(markets))
    middle_ns = START_NS + LENGTH_NS // 2
    values.settle(out, Price(0), middle_ns)
    left = [market for market in markets if market != out]
    assert values.fair_value(out, middle_ns) == 0
    assert math.isclose(sum(values.fair_value(market, middle_ns) for market in left), 1, abs_tol=1e-9)
    assert sum(values.payout(market) for market in left) == ONE


def test_values_have_no_drift_and_the_answer_comes_as_often_as_its_first_chance_says() -> None:
    walks = [InformationWalk(random.Random(seed), [0.3, 0.7], START_NS, END_NS) for seed in range(600)]
    half_way = [walk.chances(START_NS + LENGTH_NS // 2)[0] for walk in walks]
    answers = sum(walk.answer == 0 for walk in walks)
    assert abs(sum(half_way) / len(walks) - 0.3) < 0.05
    assert abs(answers / len(walks) - 0.3) < 0.06
    assert max(half_way) > 0.9 and min(half_way) < 0.1, "something has come out by then"


def test_a_question_without_an_answer_pays_a_half() -> None:
    values, (market,) = hidden(3, [0.4, 0.6], half_payout_ppm=1_000_000)
    assert values.payout(market) == ONE // 2


@pytest.mark.parametrize("first", [[], [1.0], [0.5, 0.0], [0.5, -1.0]])
def test_a_question_needs_two_outcomes_that_are_possible(first: list[float]) -> None:
    with pytest.raises(ValueError, match="two possible outcomes"):
        InformationWalk(random.Random(1), first, START_NS, END_NS)


def test_what_was_forgotten_is_not_known_any_more() -> None:
    values, markets = hidden(1, [0.5, 0.5])
    values.forget(markets[0])
    with pytest.raises(KeyError):
        values.fair_value(markets[0], START_NS)

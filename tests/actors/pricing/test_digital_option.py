"""The fair value behaves: at the strike, far from it, near the end, at the edge of a mean's window, and in its band."""

import math
from random import Random
from statistics import fmean

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.pricing.digital_option import NO_IDEA, DigitalOption, variance_seconds
from actors.pricing.features import RETURNS_SEEN, volatility_of
from actors.pricing.pricer import Priced, PricerInput
from actors.pricing.settings import DigitalOptionSettings
from actors.pricing.volatility_blend import blended, yearly_to_seconds
from messages.periods import Reading, SettlementRule
from messages.pricing import Feature, Features
from messages.reference import ReferenceVenue

CANDLE = SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)
POINT = SettlementRule(ReferenceVenue.CHAINLINK, Reading.POINT)
MEAN = SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60)
STRIKE = 77_643.36752
SETTINGS = DigitalOptionSettings()
OPTION = DigitalOption(SETTINGS)


def features(volatility: float | None, seen: float = 1800.0) -> Features:
    """`volatility` by the square root of a second, in all windows."""
    values = tuple(Feature(volatility_of(window_s), volatility) for window_s in (60, 300, 1800))
    return Features((*values, Feature(RETURNS_SEEN, seen)), seen >= 60)


NONE_SEEN = Features((), False)

rules = st.sampled_from([CANDLE, POINT, MEAN])
lefts = st.floats(0.5, 3600)
distances = st.floats(-0.02, 0.02)
volatilities = st.floats(1e-6, 1e-2)


@st.composite
def inputs(draw: st.DrawFn) -> PricerInput:
    """All of it may be missing, and any of it may be wild."""
    price = draw(st.none() | st.floats(1e-3, 1e7))
    seen = draw(st.floats(0, 1800))
    return PricerInput(
        rule=draw(rules),
        has_begun=draw(st.booleans()),
        price=price,
        left_s=draw(st.floats(-10, 4000)),
        strike=draw(st.none() | st.floats(1e-3, 1e7)),
        features=draw(st.sampled_from([NONE_SEEN, features(None, seen), features(draw(st.floats(0, 1)), seen)])),
        known_mean=draw(st.none() | st.floats(1e-3, 1e7)),
        price_doubt=draw(st.floats(0, 0.1)),
        price_error=draw(st.floats(0, 0.1)),
        strike_doubt_s=draw(st.floats(0, 100)),
        strike_doubt=draw(st.floats(0, 0.1)),
    )


def given_of(
    rule: SettlementRule, distance: float, left_s: float, volatility: float = 1e-4, known: float | None = STRIKE
) -> PricerInput:
    return PricerInput(rule, True, STRIKE * math.exp(distance), left_s, STRIKE, features(volatility), known)


def price(given: PricerInput) -> Priced:
    found = OPTION.price(given)
    assert found is not None
    return found


@given(inputs())
def test_whatever_is_given_the_band_is_within_0_and_1_and_around_the_fair_value(given: PricerInput) -> None:
    found = OPTION.price(given)
    assert (found is None) == (given.price is None)
    if found is not None:
        assert 0 <= found.lo <= found.fair <= found.hi <= 1


@given(inputs())
def test_a_band_of_no_width_has_the_fair_value_in_it(given: PricerInput) -> None:
    found = DigitalOption(DigitalOptionSettings(band_deviations=0.0)).price(given)
    assert found is None or found.lo <= found.fair <= found.hi


@given(inputs(), st.floats(1.0, 2.0))
def test_it_never_falls_where_the_price_rises(given: PricerInput, factor: float) -> None:
    if given.price is None:
        return
    lower, higher = price(given), price(evolve(given, price=given.price * factor))
    assert higher.fair >= lower.fair - 1e-12
    assert higher.hi >= lower.hi - 1e-12 and higher.lo >= lower.lo - 1e-12


@given(rules, lefts, volatilities, st.floats(0, 0.01))
def test_at_the_strike_it_is_one_half(rule: SettlementRule, left_s: float, volatility: float, error: float) -> None:
    found = price(evolve(given_of(rule, 0.0, left_s, volatility), price_error=error))
    assert found.fair == pytest.approx(0.5, abs=1e-9)
    assert found.lo - 1e-9 <= 0.5 <= found.hi + 1e-9


@given(rules, st.floats(60, 3600), distances, volatilities)
def test_up_and_down_are_symmetric(rule: SettlementRule, left_s: float, distance: float, volatility: float) -> None:
    up = price(given_of(rule, distance, left_s, volatility))
    down = price(given_of(rule, -distance, left_s, volatility))
    assert up.fair + down.fair == pytest.approx(1, abs=1e-9)
    assert up.lo + down.hi == pytest.approx(1, abs=1e-9)


@given(rules, st.floats(1e-4, 0.05), volatilities)
def test_at_the_end_it_is_0_or_1(rule: SettlementRule, distance: float, volatility: float) -> None:
    for sign in (1, -1):
        known = STRIKE * math.exp(sign * distance)
        near = [price(given_of(rule, sign * distance, left_s, volatility, known)).fair for left_s in (60, 1, 1e-9, 0)]
        assert near[-1] == (1.0 if sign > 0 else 0.0)
        assert near[-2] == pytest.approx(near[-1], abs=1e-6)
        towards = [abs(each - near[-1]) for each in near]
        assert towards == sorted(towards, reverse=True)


@pytest.mark.parametrize("rule", [CANDLE, POINT, MEAN])
def test_at_the_end_what_is_where_it_began_is_up(rule: SettlementRule) -> None:
    assert price(given_of(rule, 0.0, 0.0)).fair == 1.0


@given(distances, volatilities, st.floats(1e-9, 1e-3))
def test_it_is_continuous_at_the_edge_of_the_window(distance: float, volatility: float, step_s: float) -> None:
    before = price(given_of(MEAN, distance, 60 + step_s, volatility, None)).fair
    after = price(given_of(MEAN, distance, 60 - step_s, volatility, STRIKE * math.exp(distance))).fair
    assert after == pytest.approx(before, abs=1e-3)


@given(st.floats(0.1, 59), st.floats(1e-4, 0.01))
def test_in_the_window_what_is_known_of_the_mean_counts(left_s: float, distance: float) -> None:
    low = price(given_of(MEAN, 0.0, left_s, known=STRIKE * (1 - distance))).fair
    high = price(given_of(MEAN, 0.0, left_s, known=STRIKE * (1 + distance))).fair
    assert low <= high and (low < high or low in (0.0, 1.0))


@pytest.mark.parametrize("left_s", [200.0, 60.0, 30.0, 5.0, 1.0])
def test_the_variance_of_a_mean_is_that_of_simulated_paths(left_s: float) -> None:
    """Of the mean over the last 60 prices, one a second, seen `left_s` before the end."""
    random, ends = Random(7), []
    for _ in range(4000):
        walked, total = 0.0, 0.0
        for second in range(1, int(left_s) + 1):
            walked += random.gauss(0, 1)
            if second > left_s - 60:
                total += walked
        ends.append((total / 60) ** 2)
    error = 4 * math.sqrt(2 / len(ends))
    assert fmean(ends) == pytest.approx(variance_seconds(MEAN, left_s, 1.0), rel=error)


def test_before_the_start_and_without_a_strike_there_is_no_idea() -> None:
    known = given_of(CANDLE, 0.01, 60)
    assert price(evolve(known, has_begun=False)) == price(evolve(known, strike=None)) == NO_IDEA
    assert NO_IDEA.is_uncertain and NO_IDEA.fair == 0.5


def test_without_a_price_there_is_nothing() -> None:
    assert OPTION.price(evolve(given_of(CANDLE, 0, 60), price=None)) is None


@given(rules, lefts, st.floats(1e-6, 0.02), volatilities, st.floats(1.01, 3))
def test_more_volatility_brings_it_nearer_to_one_half(
    rule: SettlementRule, left_s: float, distance: float, volatility: float, factor: float
) -> None:
    calm = price(given_of(rule, distance, left_s, volatility))
    wild = price(given_of(rule, distance, left_s, volatility * factor))
    assert abs(wild.fair - 0.5) <= abs(calm.fair - 0.5) + 1e-9


@given(rules, lefts, distances, st.floats(0, 0.01), st.floats(0, 0.01))
def test_less_certain_prices_make_the_band_no_narrower(
    rule: SettlementRule, left_s: float, distance: float, error: float, more: float
) -> None:
    sure = price(evolve(given_of(rule, distance, left_s), price_error=error))
    unsure = price(evolve(given_of(rule, distance, left_s), price_error=error + more))
    assert unsure.lo <= sure.lo + 1e-12 and unsure.hi >= sure.hi - 1e-12


def test_it_is_uncertain_before_the_features_are_ready_and_where_price_or_strike_are_doubtful() -> None:
    sure = given_of(CANDLE, 0.001, 60)
    assert not price(sure).is_uncertain
    assert price(evolve(sure, features=NONE_SEEN)).is_uncertain
    assert price(evolve(sure, price_doubt=0.001)).is_uncertain
    assert price(evolve(sure, strike_doubt_s=1.0)).is_uncertain
    assert price(evolve(sure, strike_doubt=0.001)).is_uncertain
    assert price(evolve(sure, rule=MEAN, left_s=30, known_mean=None)).is_uncertain


def test_before_anything_is_seen_the_volatility_is_the_default_and_its_error_is_large() -> None:
    found = blended(NONE_SEEN, SETTINGS)
    assert found.value == yearly_to_seconds(0.5) and found.error > 0.7


@given(st.floats(0, 1e-2), st.floats(0, 1800))
def test_the_volatility_is_between_what_was_believed_and_what_is_seen_and_not_below_the_floor(
    seen: float, count: float
) -> None:
    found = blended(features(seen, count), SETTINGS)
    default, floor = yearly_to_seconds(SETTINGS.default_volatility), yearly_to_seconds(SETTINGS.floor_volatility)
    assert max(min(seen, default), floor) * (1 - 1e-9) <= found.value <= max(seen, default) * (1 + 1e-9)
    assert found.error >= SETTINGS.volatility_error


def test_with_half_an_hour_of_returns_it_is_what_is_seen() -> None:
    found = blended(features(3e-5), SETTINGS)
    assert found.value == pytest.approx(3e-5, rel=0.05)
    assert found.error == pytest.approx(SETTINGS.volatility_error, rel=0.05)


def test_for_a_known_volatility_it_is_the_formula_of_the_docstring() -> None:
    exact = DigitalOption(DigitalOptionSettings(volatility_error=0.0, prior_s=1e-9))
    found = exact.price(given_of(CANDLE, 1e-3, 100, 1e-4))
    assert found is not None
    assert found.fair == pytest.approx(0.5 * math.erfc(-1 / math.sqrt(2)), abs=1e-3)

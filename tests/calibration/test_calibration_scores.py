"""Scores, tables and verdicts: what holds whatever the forecasts, and what is known of some."""

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyactors.calibration.report import LEAST_FOR_A_VERDICT, AtTimeLeft, Better, Calibration, calibrate
from polyactors.calibration.scores import CLIPPED_AT, mean_and_error, paired, scores_of, surprise
from polyactors.calibration.words import Forecast, JudgedMarket, Looked, MarketLeftOut, Played

CHANCES = st.floats(0, 1)
FORECASTS = st.lists(st.builds(Forecast, CHANCES, st.booleans(), st.integers(0, 9)), max_size=60)


def judged(
    number: int, is_up: bool, fair: float | None, market: float | None, end_ms: int | None = None
) -> JudgedMarket:
    band = (None, None) if fair is None else (max(0.0, fair - 0.1), min(1.0, fair + 0.1))
    look = Looked(60, fair, band[0], band[1], market)
    return JudgedMarket(f"m{number}", number if end_ms is None else end_ms, is_up, "a test", (look,))


def at_sixty(markets: Sequence[JudgedMarket]) -> AtTimeLeft:
    (at,) = calibrate("test", [Played(tuple(markets), ())], [60]).by_time_left
    return at


@given(forecasts=FORECASTS, bins=st.integers(1, 20))
def test_the_counts_of_a_table_add_up(forecasts: list[Forecast], bins: int) -> None:
    scores = scores_of(forecasts, bins)
    assert sum(each.count for each in scores.bins) == scores.count == len(forecasts)
    ups = sum((each.frequency or 0.0) * each.count for each in scores.bins)
    assert ups == pytest.approx(sum(each.is_up for each in forecasts))
    sums = sum((each.forecast or 0.0) * each.count for each in scores.bins)
    assert sums == pytest.approx(sum(each.chance for each in forecasts))
    for each in scores.bins:
        assert (each.forecast is None) == (each.count == 0)
        if each.forecast is not None:
            assert each.low - 1e-9 <= each.forecast <= each.high + 1e-9


@given(forecasts=FORECASTS.filter(bool))
def test_scores_are_within_their_bounds(forecasts: list[Forecast]) -> None:
    scores = scores_of(forecasts, 10)
    assert scores.brier is not None and scores.log_loss is not None
    assert 0 <= scores.brier <= 1
    assert 0 <= scores.log_loss <= -math.log(CLIPPED_AT) + 1e-9


@given(outcomes=st.lists(st.booleans(), min_size=1))
def test_a_perfect_forecast_costs_nothing_and_a_perfectly_wrong_one_everything(outcomes: list[bool]) -> None:
    right = scores_of([Forecast(float(is_up), is_up, index) for index, is_up in enumerate(outcomes)], 10)
    wrong = scores_of([Forecast(float(not is_up), is_up, index) for index, is_up in enumerate(outcomes)], 10)
    assert (right.brier, wrong.brier) == (0.0, 1.0)
    assert right.log_loss == pytest.approx(-math.log(1 - CLIPPED_AT))
    assert wrong.log_loss == pytest.approx(-math.log(CLIPPED_AT))


def test_who_knows_nothing_scores_a_quarter() -> None:
    scores = scores_of([Forecast(0.5, index % 2 == 0, index) for index in range(10)], 10)
    assert scores.brier == 0.25
    assert scores.log_loss == pytest.approx(math.log(2))


def test_the_clip_bounds_what_one_mistake_costs() -> None:
    assert surprise(Forecast(0.0, True, 0)) == surprise(Forecast(CLIPPED_AT / 2, True, 0)) == -math.log(CLIPPED_AT)
    assert surprise(Forecast(0.3, True, 0)) == -math.log(0.3)


@given(values=st.lists(st.floats(-1, 1), min_size=2, max_size=40))
def test_without_anything_in_common_the_error_is_the_usual_one(values: list[float]) -> None:
    mean, error = mean_and_error(values, range(len(values)))
    usual = math.sqrt(sum((each - sum(values) / len(values)) ** 2 for each in values) / (len(values) - 1) / len(values))
    assert error == pytest.approx(usual, abs=1e-12)
    assert mean == pytest.approx(sum(values) / len(values), abs=1e-12)


def test_the_same_market_twice_is_no_more_evidence() -> None:
    values = [random.Random(3).gauss(0, 1) for _ in range(1)] + [0.3, -0.2, 0.9, 0.4]
    moments = list(range(len(values)))
    once = mean_and_error(values, moments)
    twice = mean_and_error(values * 2, moments * 2)
    assert twice == pytest.approx(once)


def test_the_error_of_a_mean_is_what_means_scatter_by() -> None:
    """Of 400 samples of 50 moments with 3 correlated values each, two thirds of the means lie within one error."""
    chance, inside = random.Random(11), 0
    for _ in range(400):
        values, moments = [], []
        for moment in range(50):
            common = chance.gauss(0, 1)
            values += [common + chance.gauss(0, 0.5) for _ in range(3)]
            moments += [moment] * 3
        mean, error = mean_and_error(values, moments)
        assert mean is not None and error is not None
        inside += abs(mean) <= error
    assert 0.60 <= inside / 400 <= 0.76


def test_one_market_gives_no_verdict_whoever_was_nearer() -> None:
    at = at_sixty([judged(1, True, 0.9, 0.4)])
    assert not at.verdict.is_clear
    assert "1 market: no verdict" in at.verdict.text and "fair value was nearer" in at.verdict.text
    assert at.brier_difference.error is None


def test_few_markets_give_no_verdict_however_clear() -> None:
    markets = [judged(number, True, 0.99, 0.01) for number in range(LEAST_FOR_A_VERDICT - 1)]
    assert "no verdict" in at_sixty(markets).verdict.text
    at_the_same_time = [judged(number, True, 0.99, 0.01, end_ms=number % 5) for number in range(100)]
    assert not at_sixty(at_the_same_time).verdict.is_clear
    assert "100 markets at 5 different times" in at_sixty(at_the_same_time).verdict.text


@pytest.mark.parametrize(("fair", "market", "better"), [(0.8, 0.6, Better.FAIR_VALUE), (0.6, 0.8, Better.MARKET)])
def test_a_difference_beyond_noise_is_called_one(fair: float, market: float, better: Better) -> None:
    """Eight of ten come true: who says so is better than who says six."""
    markets = [judged(number, number % 5 != 0, fair, market) for number in range(400)]
    verdict = at_sixty(markets).verdict
    assert verdict.is_clear and verdict.better is better


def test_a_difference_within_noise_is_none() -> None:
    chance = random.Random(5)
    markets = []
    for number in range(200):
        truth = chance.random()
        fair, market = (min(1.0, max(0.0, truth + chance.gauss(0, 0.05))) for _ in range(2))
        markets.append(judged(number, chance.random() < truth, fair, market))
    verdict = at_sixty(markets).verdict
    assert not verdict.is_clear and "no difference beyond noise" in verdict.text


def test_a_difference_that_is_always_the_same_is_no_noise() -> None:
    assert at_sixty([judged(number, True, 1.0, 0.9) for number in range(40)]).verdict.is_clear
    both = at_sixty([judged(number, True, 0.9, 0.9) for number in range(40)]).verdict
    assert not both.is_clear and both.better is Better.NEITHER


def test_pairs_are_of_those_markets_alone_of_which_both_said_something() -> None:
    markets = [judged(1, True, 0.9, 0.5), judged(2, True, None, 0.1), judged(3, False, 0.2, None)]
    at = at_sixty(markets)
    assert (at.fair.count, at.market.count, at.both) == (2, 2, 1)
    assert at.brier_difference.difference == pytest.approx(0.01 - 0.25)
    assert at_sixty([markets[1], markets[2]]).verdict.text == "no market in which both said something: no verdict"


def test_the_band_holds_the_market_as_often_as_it_does() -> None:
    markets = [judged(number, True, 0.5, market) for number, market in enumerate((0.41, 0.59, 0.61, 0.39))]
    assert at_sixty(markets).in_band == 0.5


@given(
    markets=st.lists(
        st.builds(judged, st.integers(0, 99), st.booleans(), st.none() | CHANCES, st.none() | CHANCES), max_size=40
    )
)
def test_every_table_of_a_calibration_adds_up(markets: list[JudgedMarket]) -> None:
    result: Calibration = calibrate(
        "test", [Played(tuple(markets), (MarketLeftOut("x", "why"),), 2), Played((), (), 1)], [60, 30, 60]
    )
    assert [at.left_s for at in result.by_time_left] == [60, 30]
    assert result.up == sum(each.is_up for each in markets) and result.bad_inputs == 3 and len(result.left_out) == 1
    sixty, thirty = result.by_time_left
    assert sixty.fair.count == sum(each.looks[0].fair is not None for each in markets)
    assert sum(each.count for each in sixty.market.bins) == sixty.market.count
    assert sixty.both <= min(sixty.fair.count, sixty.market.count)
    assert thirty.both == thirty.fair.count == 0


@given(first=st.lists(CHANCES, max_size=20))
def test_nobody_is_better_than_himself(first: list[float]) -> None:
    found = paired(first, first, range(len(first)))
    assert found.difference in (0.0, None)

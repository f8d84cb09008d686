"""What is believed of prices, and what a strategy may aim at."""

import math

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.risk.session_allowance import OVERDUE_NS
from actors.strategies.stance import Aim, Fair, NoFair, fair_of, stance
from messages.periods import PeriodLength, Series
from messages.pricing import NoPrices, PriceSnapshot
from messages.reference import Symbol
from messages.sessions import SessionState
from supervision.specs import SECOND
from supervision.testing import ORIGIN_NS
from tests.actors.session_world import PERIOD, SERIES, prices, told

BOOT, ACTIVE, WIND_DOWN, FLATTEN, DONE = SessionState
FAIR = Fair(5000, 4700, 5300, False)
NONE = NoFair("stale")
NOT_BELIEVED: dict[str, PriceSnapshot | NoPrices | None] = {
    "never heard": None,
    "nobody has any": NoPrices(SERIES, "no ticks"),
    "stale": prices(stale=True),
    "no fair value": prices(None),
    "of the next period": prices(period=PERIOD.following),
    "of another length": evolve(prices(), series=Series(Symbol("btcusd"), PeriodLength.HOUR)),
    "of another coin": evolve(prices(), series=Series(Symbol("ethusd"), PeriodLength.FIVE_MINUTES)),
    "no band": evolve(prices(), p_yes_band_lo=None),
    "above 1": prices(1.2, 0.9, 1.3),
    "below 0": prices(-0.1, -0.2, 0.0),
    "no number": prices(math.nan, 0.1, 0.2),
    "outside of its band": prices(0.5, 0.6, 0.7),
    "a band inside out": prices(0.5, 0.6, 0.4),
}


@pytest.mark.parametrize("why", NOT_BELIEVED)
def test_is_not_believed(why: str) -> None:
    assert isinstance(fair_of(NOT_BELIEVED[why], 0, SECOND, PERIOD), NoFair)


def test_prices_that_stop_are_believed_for_as_long_as_was_said() -> None:
    assert isinstance(fair_of(prices(), SECOND, SECOND, PERIOD), Fair)
    assert isinstance(fair_of(prices(), SECOND + 1, SECOND, PERIOD), NoFair)


def test_a_fair_value_is_in_price_units_with_its_band() -> None:
    fair = fair_of(prices(0.25, 0.125, 0.5, uncertain=True), 0, SECOND, PERIOD)
    assert fair == Fair(2500, 1250, 5000, True)
    assert isinstance(fair, Fair)
    assert fair.cautious == Fair(2500, 0, 7500, True)
    assert (fair.worth(False), fair.least_worth(False), fair.least_worth(True)) == (7500, 5000, 1250)
    assert evolve(fair, is_uncertain=False).cautious.low == 1250


def test_only_a_session_and_a_fair_value_together_let_trade() -> None:
    for state in SessionState:
        aim = stance(told(state), FAIR, ORIGIN_NS, 50).aim
        assert (aim is Aim.TRADE) == (state in (ACTIVE, WIND_DOWN))
        assert stance(told(state), NONE, ORIGIN_NS, 50).aim is not Aim.TRADE
    assert stance(None, FAIR, ORIGIN_NS, 50).aim is Aim.REDUCE
    assert stance(told(ACTIVE), NONE, ORIGIN_NS, 50).aim is Aim.REDUCE
    assert stance(told(BOOT), NONE, ORIGIN_NS, 50).aim is Aim.NOTHING
    assert stance(told(DONE), FAIR, ORIGIN_NS, 50).aim is Aim.NOTHING


def test_flatten_offers_first_and_takes_then_with_or_without_a_fair_value() -> None:
    for fair in (FAIR, NONE):
        aims = [stance(told(FLATTEN), fair, ORIGIN_NS + seconds * SECOND, 50).aim for seconds in (0, 29, 30, 59)]
        assert aims == [Aim.FLATTEN_RESTING, Aim.FLATTEN_RESTING, Aim.FLATTEN_TAKING, Aim.FLATTEN_TAKING]
    assert stance(told(FLATTEN), FAIR, ORIGIN_NS, 0).aim is Aim.FLATTEN_TAKING
    assert stance(told(FLATTEN), FAIR, ORIGIN_NS + 59 * SECOND, 100).aim is Aim.FLATTEN_RESTING


def test_a_session_that_hangs_means_reduce_only() -> None:
    word = told(ACTIVE)
    assert word.until_ns is not None
    assert stance(word, FAIR, word.until_ns + OVERDUE_NS, 50).aim is Aim.REDUCE


@given(st.sampled_from(SessionState), st.floats(0, 1), st.integers(0, 200), st.booleans(), st.integers(0, 100))
def test_share_is_all_in_active_and_nothing_from_flatten_on(
    state: SessionState, wound_down: float, seconds: int, has_fair: bool, percent: int
) -> None:
    word = told(state, wound_down if state is WIND_DOWN else None)
    found = stance(word, FAIR if has_fair else NONE, ORIGIN_NS + seconds * SECOND, percent)
    assert 0.0 <= found.share <= 1.0
    assert found.aim.is_flattening <= (state is FLATTEN)
    if found.aim is Aim.TRADE:
        assert found.share == 1.0 if state is ACTIVE else found.share <= 1.0 - wound_down
    elif state in (BOOT, FLATTEN, DONE):
        assert found.share == 0.0

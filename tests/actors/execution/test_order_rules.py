"""The order state machine: every state, everything that can be heard, in any order."""

from functools import reduce
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.execution.order_rules import after_fill, step
from messages.orders import OrderState
from messages.units import Shares

STATES = tuple(OrderState)
FINAL = tuple(state for state in STATES if state.is_final)
OPEN = tuple(state for state in STATES if not state.is_final)
RESTING = (OrderState.LIVE, OrderState.PARTIALLY_FILLED)
PROGRESS = {
    OrderState.WRITTEN: 0,
    OrderState.SENT: 1,
    OrderState.UNKNOWN: 2,
    OrderState.LIVE: 3,
    OrderState.PARTIALLY_FILLED: 4,
    OrderState.CANCELLING: 5,
}


@pytest.mark.parametrize(("state", "heard"), [*product(STATES, STATES)])
def test_every_pair_has_an_answer_and_hearing_it_again_changes_nothing(state: OrderState, heard: OrderState) -> None:
    then = step(state, heard)
    assert step(then, heard) is then


@pytest.mark.parametrize(("state", "heard"), [*product(FINAL, STATES)])
def test_a_final_state_stays_final_a_late_live_is_ignored(state: OrderState, heard: OrderState) -> None:
    assert step(state, heard) is state


@pytest.mark.parametrize(("state", "heard"), [*product(OPEN, OPEN)])
def test_an_open_order_only_goes_on_and_what_it_has_passed_is_late(state: OrderState, heard: OrderState) -> None:
    assert step(state, heard) is max(state, heard, key=PROGRESS.__getitem__)


@given(st.lists(st.sampled_from(OPEN), max_size=8), st.randoms(use_true_random=False))
def test_news_of_an_open_order_may_come_in_any_order(news: list[OrderState], chance: Random) -> None:
    shuffled = chance.sample(news, len(news))
    assert reduce(step, shuffled, OrderState.WRITTEN) is reduce(step, news, OrderState.WRITTEN)


@pytest.mark.parametrize("news", [*RESTING, *FINAL])
def test_real_news_resolves_an_unknown_outcome(news: OrderState) -> None:
    assert step(OrderState.UNKNOWN, news) is news


@pytest.mark.parametrize("heard", [OrderState.WRITTEN, OrderState.SENT])
def test_that_it_was_sent_does_not_resolve_it(heard: OrderState) -> None:
    assert step(OrderState.UNKNOWN, heard) is OrderState.UNKNOWN


@pytest.mark.parametrize("state", RESTING)
@pytest.mark.parametrize("late", [OrderState.UNKNOWN, OrderState.REJECTED])
def test_an_order_that_rests_was_neither_lost_nor_rejected(state: OrderState, late: OrderState) -> None:
    assert step(state, late) is state


@pytest.mark.parametrize("end", FINAL)
def test_a_cancel_under_way_may_still_end_in_any_way(end: OrderState) -> None:
    assert step(OrderState.CANCELLING, end) is end


@given(st.lists(st.sampled_from(STATES), max_size=12))
def test_the_first_end_heard_decides_unless_it_was_refused_while_resting(news: list[OrderState]) -> None:
    state = OrderState.WRITTEN
    for heard in news:
        before, state = state, step(state, heard)
        is_late = before in RESTING and heard is OrderState.REJECTED
        if heard.is_final and not before.is_final and not is_late:
            assert state is heard
    assert state.is_final or not any(heard.is_final and heard is not OrderState.REJECTED for heard in news)


@pytest.mark.parametrize("state", OPEN)
def test_an_order_that_is_filled_whole_is_filled(state: OrderState) -> None:
    assert after_fill(state, Shares(5), Shares(5)) is OrderState.FILLED


@pytest.mark.parametrize("state", [state for state in OPEN if state is not OrderState.CANCELLING])
def test_a_fill_in_part_proves_that_the_order_came_to_rest(state: OrderState) -> None:
    assert after_fill(state, Shares(1), Shares(5)) is OrderState.PARTIALLY_FILLED


def test_a_fill_in_part_does_not_call_off_the_cancel() -> None:
    assert after_fill(OrderState.CANCELLING, Shares(1), Shares(5)) is OrderState.CANCELLING


def test_that_it_rests_is_no_news_after_a_fill() -> None:
    """The answer to the order may be overtaken by its first fill."""
    assert step(after_fill(OrderState.SENT, Shares(1), Shares(5)), OrderState.LIVE) is OrderState.PARTIALLY_FILLED


@pytest.mark.parametrize("state", FINAL)
def test_a_fill_after_the_end_does_not_bring_the_order_back(state: OrderState) -> None:
    assert after_fill(state, Shares(1), Shares(5)) is state
    assert after_fill(state, Shares(5), Shares(5)) is state

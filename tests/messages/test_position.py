"""What a position says of itself sums up, whatever is in it."""

from hypothesis import given
from hypothesis import strategies as st

from messages.identity import Outcome
from messages.portfolio import Position
from messages.units import PRICE_SCALE, SHARE_SCALE, Price

prices = st.integers(0, PRICE_SCALE).map(Price)


@given(st.from_type(Position), prices)
def test_realised_and_unrealised_are_the_whole_profit(position: Position, middle: Price) -> None:
    paid = position.rebates + position.rewards - position.fees
    assert position.realised + position.unrealised(middle) == position.cash + position.value(middle) + paid


@given(st.from_type(Position), st.sampled_from(Outcome))
def test_the_average_cost_of_a_share_is_the_cost_of_all_by_the_shares(position: Position, outcome: Outcome) -> None:
    average, held = position.average_cost(outcome), position.shares(outcome)
    if average is None:
        assert held == 0
    else:
        assert abs(average * held - position.cost(outcome) * SHARE_SCALE) < abs(held)


@given(st.from_type(Position))
def test_each_fill_was_made_or_taken(position: Position) -> None:
    assert position.maker_fills + position.taker_fills == position.fills

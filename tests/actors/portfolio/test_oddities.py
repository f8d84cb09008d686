"""What is strange about a fill is told, and what is ordinary is not."""

import pytest
from attrs import evolve

from actors.portfolio.booking import Oddity
from actors.portfolio.oddities import oddities
from messages.fills import Fill
from messages.markets import NO_FEES, FeeSchedule
from messages.orders import OrderState
from messages.units import Cash, Shares
from tests.actors.samples import ARBITRAGE, TAKER_FEES, changed, fill_of, order_of, place

MAY_TAKE = order_of(place(post_only=False))
ONLY_RESTS = order_of(place(post_only=True))
FEE = TAKER_FEES.taker_fee(MAY_TAKE.price, MAY_TAKE.size)


def told(fill: Fill, post_only: bool = False, fees: FeeSchedule = TAKER_FEES) -> list[Oddity]:
    known = changed(ONLY_RESTS if post_only else MAY_TAKE)
    return [each.oddity for each in oddities(fill, known, fees)]


@pytest.mark.parametrize("fee", [0, FEE])
def test_a_fee_up_to_that_of_the_schedule_is_ordinary(fee: int) -> None:
    assert told(fill_of(MAY_TAKE, fee=fee)) == []


def test_a_fee_beyond_the_schedule_is_told() -> None:
    assert told(fill_of(MAY_TAKE, fee=FEE + 1)) == [Oddity.FEE]
    assert told(fill_of(MAY_TAKE, fee=1), fees=NO_FEES) == [Oddity.FEE]


def test_a_fee_of_an_order_that_takes_nothing_is_told() -> None:
    assert told(fill_of(ONLY_RESTS, fee=FEE), post_only=True) == [Oddity.FEE]


def test_a_rebate_is_ordinary() -> None:
    assert told(evolve(fill_of(ONLY_RESTS), fee=Cash(-5)), post_only=True) == []


def test_a_part_of_a_lot_is_told() -> None:
    assert told(fill_of(MAY_TAKE, size=Shares(10_001))) == [Oddity.NO_WHOLE_LOTS]


def test_what_belongs_to_another_order_is_not_compared_with_this_one() -> None:
    stray = evolve(fill_of(MAY_TAKE, size=Shares(10**12), fee=FEE * 9), strategy=ARBITRAGE)
    assert told(stray) == [Oddity.ANOTHER_ORDER]


def test_the_detail_has_the_amounts() -> None:
    ended = changed(MAY_TAKE, OrderState.CANCELLED)
    (late,) = oddities(fill_of(MAY_TAKE), ended, TAKER_FEES)
    assert late.detail == (
        "trade t1 of order o1, BUY 100 YES at 0.4 for a fee of 0; before it was CANCELLED, 0 filled of 100, limit 0.4"
    )

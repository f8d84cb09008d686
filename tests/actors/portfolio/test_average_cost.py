"""What shares have cost, in amounts that can be reckoned by hand, and what it has to hold for all others."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.portfolio.average_cost import cost_after
from actors.portfolio.ledger import Ledger
from messages.fills import FillReversed
from messages.identity import Outcome, Side
from messages.portfolio import Position
from messages.units import Cash, Price
from tests.actors.samples import GAME, MAKER, dollars, fill_of, market, order_of, place, shares

amounts = st.integers(1, 10**9)


@pytest.mark.parametrize(
    ("held", "cost", "came", "paid", "after"),
    [
        (0, 0, 100, 40, 40),
        (100, 40, 100, 60, 100),
        (200, 100, -50, -45, 75),
        (200, 100, -200, -180, 0),
        (3, 10, -1, -9, 6),
        (0, 0, -100, -60, -60),
        (-100, -60, 40, 20, -36),
        (-3, -10, 1, 4, -7),
        (-100, -60, 100, 70, 0),
        (100, 40, -300, -150, -100),
        (-100, -60, 300, 150, 100),
    ],
    ids=[
        "the first bought",
        "bought dearer",
        "a quarter sold",
        "all sold",
        "what stays is rounded down",
        "sold before it was bought",
        "a part of what was owed",
        "and rounded down too",
        "all that was owed",
        "sold beyond what there was",
        "bought beyond what was owed",
    ],
)
def test_what_is_held_costs(held: int, cost: int, came: int, paid: int, after: int) -> None:
    assert cost_after(held, cost, came, paid) == after


@given(held=amounts, cost=amounts, sold=amounts, price=amounts)
def test_selling_leaves_the_average_as_it_is_to_a_unit(held: int, cost: int, sold: int, price: int) -> None:
    if sold < held:
        left = cost_after(held, cost, -sold, -price)
        assert 0 <= cost * (held - sold) - left * held < held


@given(held=st.integers(-(10**9), 10**9), cost=st.integers(-(10**9), 10**9), paid=amounts)
def test_nothing_held_costs_nothing(held: int, cost: int, paid: int) -> None:
    if held:
        assert cost_after(held, cost, -held, -paid if held > 0 else paid) == 0


class TestInTheLedger:
    def position(self, ledger: Ledger) -> Position:
        return ledger.view().markets[0].position_of(MAKER)

    def test_two_purchases_and_a_sale(self) -> None:
        """100 at 0.40 and 100 at 0.60 are 200 at 0.50; 50 of them sold at 0.80 earn 15."""
        ledger = Ledger(dollars(200), [market()])
        buy = order_of(place(price=6000, size=shares(200)))
        sell = order_of(place("i2", Side.SELL, price=8000, size=shares(50)), "o2")
        ledger.write(buy)
        ledger.fill(fill_of(buy, "t1", shares(100), 4000))
        ledger.fill(fill_of(buy, "t2", shares(100), 6000, fee=10))
        position = self.position(ledger)
        assert (position.cost(Outcome.YES), position.average_cost(Outcome.YES)) == (dollars(100), 500_000)
        assert (position.realised, position.unrealised(Price(5500))) == (-10, dollars(10))
        ledger.write(sell)
        ledger.fill(fill_of(sell, "t3"))
        position = self.position(ledger)
        assert (position.cost(Outcome.YES), position.average_cost(Outcome.YES)) == (dollars(75), 500_000)
        assert (position.realised, position.unrealised(Price(5500))) == (dollars(15) - 10, 7_500_000)
        assert (position.maker_fills, position.maker_volume) == (2, dollars(80))
        assert (position.taker_fills, position.taker_volume) == (1, dollars(60))

    def test_a_purchase_that_failed_after_others_came_leaves_the_average_of_the_others(self) -> None:
        ledger = Ledger(dollars(200), [market()])
        buy = order_of(place(price=6000, size=shares(300)))
        ledger.write(buy)
        ledger.fill(fill_of(buy, "t1", shares(100), 4000, at_ns=1))
        failing = evolve(fill_of(buy, "t2", shares(100), 6000, at_ns=2), provisional=True)
        ledger.fill(failing)
        ledger.fill(fill_of(buy, "t3", shares(100), 2000, at_ns=3))
        assert self.position(ledger).average_cost(Outcome.YES) == 400_000
        ledger.reverse(FillReversed(failing.trade, failing.order, failing.market, 4))
        assert self.position(ledger).average_cost(Outcome.YES) == 300_000
        assert self.position(ledger).cost(Outcome.YES) == dollars(60)

    def test_of_no_shares_there_is_no_average(self) -> None:
        position = Position(GAME, MAKER, yes=shares(3), cost_yes=Cash(1_000_000))
        assert position.average_cost(Outcome.NO) is None
        assert position.average_cost(Outcome.YES) == 333_333

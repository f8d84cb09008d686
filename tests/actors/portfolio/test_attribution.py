"""Where profit came from, in amounts that can be reckoned by hand."""

import pytest

from actors.portfolio.attribution import NoMiddle, ProfitLine, attribute
from actors.portfolio.ledger import Ledger
from messages.identity import Side
from messages.portfolio import Position
from messages.units import Cash, Price
from tests.actors.samples import GAME, MAKER, dollars, fill_of, market, order_of, place, shares


def test_bought_below_the_middle_and_the_middle_rises() -> None:
    ledger = Ledger(dollars(100), [market()])
    buy = order_of(place(price=4000, size=shares(100)))
    ledger.write(buy)
    ledger.fill(fill_of(buy, middle=4200))
    profit = ledger.profit({GAME: Price(5000)})
    line = ProfitLine(GAME, MAKER, spread=dollars(2), fees=Cash(0), inventory=dollars(8), unrealised=dollars(10))
    assert profit.lines == (line,)
    assert profit.realised == 0
    assert profit.total == dollars(10)


def test_a_round_trip_at_a_middle_that_stands_still_is_all_spread() -> None:
    ledger = Ledger(dollars(100), [market()])
    buy, sell = order_of(place(price=4000)), order_of(place("i2", Side.SELL, price=4400), "o2")
    ledger.write(buy)
    ledger.fill(fill_of(buy, middle=4200))
    ledger.write(sell)
    ledger.fill(fill_of(sell, "t2", middle=4200))
    profit = ledger.profit({})
    assert (profit.spread, profit.fees, profit.inventory) == (dollars(4), 0, 0)


def test_fees_are_a_cause_of_their_own() -> None:
    held = Position(GAME, MAKER, yes=shares(10), cash=Cash(-5_000_000), fees=Cash(175), edge_at_fill=Cash(0))
    (line,) = attribute([held], {GAME: Price(5000)}).lines
    assert (line.fees, line.inventory, line.total) == (-175, 0, -175)


def test_shares_without_a_middle_have_no_value_that_could_be_guessed() -> None:
    with pytest.raises(NoMiddle):
        attribute([Position(GAME, MAKER, yes=shares(1))], {})

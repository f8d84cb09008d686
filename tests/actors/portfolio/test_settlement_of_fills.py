"""Fills are provisional until they settle: what they brought cannot be used, and one that fails has never been."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.portfolio.booking import Booked, InvariantBroken, Oddity
from actors.portfolio.ledger import Ledger
from actors.records.money_check import MoneyCheck
from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import OrderId, Outcome, Side, TradeId
from messages.orders import Order, OrderState
from messages.portfolio import Position
from tests.actors.samples import GAME, MAKER, dollars, fill_of, market, order_of, place, shares

DEPOSIT = dollars(1_000)


def provisional(order: Order, size: int, trade: str) -> Fill:
    return evolve(fill_of(order, size=shares(size)), trade=TradeId(trade), provisional=True)


def settled(fill: Fill) -> FillSettled:
    return FillSettled(fill.trade, fill.order, fill.market, 9)


def reversed_(fill: Fill) -> FillReversed:
    return FillReversed(fill.trade, fill.order, fill.market, 9)


BUY = order_of(place("i1", Side.BUY, price=4000, size=shares(100)), "buy")
SELL = order_of(place("i2", Side.SELL, price=6000, size=shares(50)), "sell")
BOUGHT = provisional(BUY, 100, "t1")
SOLD = provisional(SELL, 50, "t2")


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger(DEPOSIT, [market()])
    assert isinstance(ledger.write(BUY), Booked)
    ledger.fill(BOUGHT)
    return ledger


def position(ledger: Ledger) -> Position:
    portfolio = ledger.view().market(GAME)
    assert portfolio is not None
    return portfolio.position_of(MAKER)


def test_bought_shares_are_owned_at_once_and_can_be_sold_once_settled(ledger: Ledger) -> None:
    assert (position(ledger).yes, position(ledger).settled(Outcome.YES)) == (shares(100), 0)
    with pytest.raises(InvariantBroken):
        ledger.write(SELL)
    ledger.settle(settled(BOUGHT))
    assert position(ledger).settled(Outcome.YES) == shares(100)
    assert isinstance(ledger.write(SELL), Booked)


def test_what_a_sale_brought_can_be_spent_once_settled(ledger: Ledger) -> None:
    ledger.settle(settled(BOUGHT))
    ledger.write(SELL)
    ledger.fill(SOLD)
    assert ledger.wallet().cash == dollars(1_000 - 40 + 30)
    assert ledger.wallet().free == dollars(1_000 - 40)
    ledger.settle(settled(SOLD))
    assert ledger.wallet().free == dollars(1_000 - 40 + 30)


def test_a_fill_that_fails_leaves_nothing_behind_but_its_order_s_end(ledger: Ledger) -> None:
    ledger.reverse(reversed_(BOUGHT))
    assert ledger.wallet().cash == DEPOSIT
    assert position(ledger) == Position(GAME, MAKER)
    changed = ledger.order(OrderId("buy"))
    assert changed is not None
    assert changed.state is OrderState.FILLED
    assert ledger.shortfalls() == ()


def test_a_settled_fill_that_is_said_to_have_failed_is_told_and_kept(ledger: Ledger) -> None:
    ledger.settle(settled(BOUGHT))
    booked = ledger.reverse(reversed_(BOUGHT))
    assert booked is not None
    assert [each.oddity for each in booked.irregularities] == [Oddity.REVERSED_LATE]
    assert position(ledger).yes == shares(100)


def test_a_reservation_that_a_failed_sale_had_freed_is_told_as_a_shortfall() -> None:
    ledger = Ledger(DEPOSIT, [market()])
    ledger.write(BUY)
    ledger.fill(evolve(BOUGHT, provisional=False))
    ledger.write(SELL)
    ledger.fill(SOLD)
    ledger.reverse(reversed_(SOLD))
    assert ledger.shortfalls() == ()
    assert position(ledger).yes == shares(100)


Heard = Fill | FillSettled | FillReversed
fates = st.sampled_from(["settled", "reversed", "open"])


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Heard], dict[TradeId, tuple[Fill, str]]]:
    """Everything that is heard of some trades of one order, in any order, some of it twice."""
    trades: dict[TradeId, tuple[Fill, str]] = {}
    heard: list[Heard] = []
    for number in range(draw(st.integers(1, 5))):
        fill = provisional(draw(st.sampled_from([BUY, SELL])), draw(st.integers(1, 20)), f"t{number}")
        fate = draw(fates)
        trades[fill.trade] = (fill, fate)
        heard.append(fill)
        if fate == "settled":
            heard.append(settled(fill))
        elif fate == "reversed":
            heard.append(reversed_(fill))
    heard += draw(st.lists(st.sampled_from(heard), max_size=5))
    return draw(st.permutations(heard)), trades


@given(histories())
def test_whatever_order_it_is_heard_in_only_what_did_not_fail_counts(
    history: tuple[list[Heard], dict[TradeId, tuple[Fill, str]]],
) -> None:
    heard, trades = history
    journal: list[object] = [BUY, SELL]
    ledger = Ledger.replay(DEPOSIT, [market()], journal)
    check = MoneyCheck(DEPOSIT)
    broken = [text for record in journal for number, text in check.see(record) if number == 5]
    for message in heard:
        booked = _tell(ledger, message)
        if booked is not None and booked.portfolio is not None:
            journal.append(message)
            broken += [text for number, text in check.see(message) if number == 5 and "beyond its size" not in text]
    expected = Ledger.replay(DEPOSIT, [market()], [BUY, SELL])
    for fill, fate in trades.values():
        if fate != "reversed":
            expected.fill(evolve(fill, provisional=fate == "open"))
    assert _facts(ledger) == _facts(expected)
    assert _facts(Ledger.replay(DEPOSIT, [market()], journal)) == _facts(ledger)
    assert broken == []
    assert (check.cash, check.held(GAME, Outcome.YES)) == (ledger.cash, position(ledger).yes)


def _tell(ledger: Ledger, message: Heard) -> Booked | None:
    match message:
        case Fill():
            try:
                return ledger.fill(message)
            except InvariantBroken:
                raise AssertionError("an honest fill broke an invariant") from None
        case FillSettled():
            return ledger.settle(message)
        case FillReversed():
            return ledger.reverse(message)


def _facts(ledger: Ledger) -> tuple[object, ...]:
    where = position(ledger)
    return (
        ledger.wallet().cash,
        ledger.wallet().provisional,
        where.yes,
        where.settled(Outcome.YES),
        where.cash,
        where.edge_at_fill,
        where.bought,
        where.sold,
        where.fills,
    )

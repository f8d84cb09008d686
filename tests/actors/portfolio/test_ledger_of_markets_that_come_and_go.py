"""Markets join and leave a ledger in any order, between orders and fills: nothing that is owned is lost."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.portfolio.booking import Booked, InvariantBroken, UnknownMarket
from actors.portfolio.ledger import Ledger
from messages.fills import Fill
from messages.identity import MarketId, Outcome
from messages.markets import FeeSchedule, Market
from messages.orders import Order, OrderMoved, OrderState
from messages.portfolio import PortfolioView
from messages.sessions import MarketJoined, MarketLeft
from messages.units import LOT, Cash, Price, Shares
from tests.actors.samples import GAME, dollars, fill_of, market, moved, order_of, place

DEPOSIT = dollars(50)
FIXED = market()
COMING = {
    name: market(name, FeeSchedule(rate))
    for name, rate in ((MarketId("0x" + "c" * 64), 70_000), (MarketId("0x" + "d" * 64), 0))
}
Heard = MarketJoined | MarketLeft | Order | OrderMoved | Fill

names = st.sampled_from(sorted(COMING))
anywhere = st.sampled_from([GAME, *sorted(COMING)])


class ComingAndGoing(RuleBasedStateMachine):
    """A ledger that lives through it, and one that knew all markets from the beginning and never heard of their coming.
    Fills take, so that fees are reserved and paid."""

    @initialize()
    def open_an_account(self) -> None:
        self.ledger = Ledger(DEPOSIT, [FIXED])
        self.knew_all = Ledger(DEPOSIT, [FIXED, *COMING.values()])
        self.records: list[Heard] = []
        self.ever: set[MarketId] = {GAME}
        self.orders: list[Order] = []

    @rule(name=names)
    def join(self, name: MarketId) -> None:
        self._hear(MarketJoined(COMING[name], 1))
        self.ever.add(name)
        self.ledger.add_market(COMING[name])

    @rule(name=names)
    def leave(self, name: MarketId) -> None:
        self._hear(MarketLeft(name, 1))
        self.ledger.leave_market(name)

    @rule(where=anywhere, price=st.integers(1, 9999), lots=st.integers(1, 3000), outcome=st.sampled_from(Outcome))
    def write(self, where: MarketId, price: int, lots: int, outcome: Outcome) -> None:
        number = len(self.records)
        wish = place(f"i{number}", outcome=outcome, price=price, size=Shares(lots * LOT), where=where, post_only=False)
        order = order_of(wish, f"o{number}")
        if where not in self.ever:
            with pytest.raises(UnknownMarket):
                self.ledger.write(order)
            return
        try:
            assert isinstance(self.ledger.write(order), Booked)
        except InvariantBroken:
            with pytest.raises(InvariantBroken):
                self.knew_all.write(order)
            return
        self.knew_all.write(order)
        self.orders.append(order)
        self._hear(order)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), state=st.sampled_from([OrderState.LIVE, OrderState.CANCELLED]))
    def move(self, data: st.DataObject, state: OrderState) -> None:
        news = moved(data.draw(st.sampled_from(self.orders)), state)
        self.ledger.move(news)
        self.knew_all.move(news)
        self._hear(news)

    @precondition(lambda self: self._fillable())
    @rule(data=st.data())
    def fill(self, data: st.DataObject) -> None:
        order, left = data.draw(st.sampled_from(self._fillable()))
        size = Shares(data.draw(st.integers(1, left // LOT)) * LOT)
        fees = COMING[order.market].fees if order.market in COMING else FIXED.fees
        fee = fees.taker_fee(order.price, size)
        fill = evolve(fill_of(order, f"t{len(self.records)}", size, fee=fee), fee=fee)
        booked = self.ledger.fill(fill)
        assert booked is not None
        assert booked.irregularities == ()
        self.knew_all.fill(fill)
        self._hear(fill)

    @invariant()
    def it_owns_owes_and_reserves_what_a_ledger_does_that_knew_all_from_the_beginning(self) -> None:
        ours, theirs = self.ledger.view(), self.knew_all.view()
        assert ours.wallet == theirs.wallet
        assert sorted(self._traded(ours)) == sorted(self._traded(theirs))
        assert self.ledger.shortfalls() == ()

    @invariant()
    def replay_is_the_same(self) -> None:
        assert Ledger.replay(DEPOSIT, [FIXED], self.records) == self.ledger

    @invariant()
    def what_was_never_traded_is_shown_while_it_is_there_and_no_longer(self) -> None:
        present: set[MarketId] = {GAME}
        for record in self.records:
            if isinstance(record, MarketJoined):
                present.add(record.market.market)
            elif isinstance(record, MarketLeft):
                present.discard(record.market)
        traded = {order.market for order in self.orders}
        assert {each.market for each in self.ledger.view().markets} == present | traded

    def _hear(self, record: Heard) -> None:
        self.records.append(record)

    def _fillable(self) -> list[tuple[Order, int]]:
        known = (self.ledger.order(order.order) for order in self.orders)
        return [
            (each.order, each.order.size - each.filled)
            for each in known
            if each is not None and not each.state.is_final and each.order.size > each.filled
        ]

    def _traded(self, view: PortfolioView) -> list[str]:
        return [str(each) for each in view.markets if each.version]


ComingAndGoing.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestComingAndGoing = ComingAndGoing.TestCase


@given(st.lists(st.tuples(names, st.booleans()), max_size=12), names)
def test_however_often_a_market_comes_its_fees_are_those_that_it_came_with_first(
    steps: list[tuple[MarketId, bool]], name: MarketId
) -> None:
    """An order that was written keeps what it reserves."""
    ledger = Ledger(DEPOSIT)
    ledger.add_market(COMING[name])
    wish = place("i", price=5000, size=Shares(10 * 10**6), where=name, post_only=False)
    ledger.write(order_of(wish))
    reserved = ledger.wallet().reserved
    dearer: Market = evolve(COMING[name], fees=FeeSchedule(900_000))
    for other, joins in steps:
        if joins:
            ledger.add_market(dearer if other == name else COMING[other])
        else:
            ledger.leave_market(other)
    ledger.move(moved(order_of(wish), OrderState.CANCELLED))
    assert reserved >= Cash(5_000_000 + COMING[name].fees.taker_fee(Price(5000), wish.size))
    assert ledger.wallet().reserved == 0

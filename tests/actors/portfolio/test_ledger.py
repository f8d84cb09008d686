"""The ledger, by the incidents that it has to stand."""

import pytest
from attrs import evolve

from actors.portfolio.booking import AlreadyWritten, Booked, InvariantBroken, Oddity, UnknownMarket
from actors.portfolio.ledger import Ledger
from messages.identity import OrderId, Outcome, Side
from messages.orders import Order, OrderState
from messages.units import Cash, Shares
from tests.actors.samples import (
    ARBITRAGE,
    MAKER,
    OTHER_GAME,
    TAKER_FEES,
    dollars,
    fill_of,
    market,
    moved,
    order_of,
    place,
    shares,
)


def a_ledger(deposit: int = 100) -> Ledger:
    return Ledger(dollars(deposit), [market(), market(OTHER_GAME, TAKER_FEES)])


def with_order(order: Order, deposit: int = 100) -> Ledger:
    ledger = a_ledger(deposit)
    assert isinstance(ledger.write(order), Booked)
    return ledger


def what_is_odd(booked: Booked | None) -> set[Oddity]:
    assert booked is not None
    return {each.oddity for each in booked.irregularities}


BUY = order_of(place())
SELL = order_of(place("i2", Side.SELL, price=6000, size=shares(50)), "o2")


class TestAnOrderIsWritten:
    def test_with_its_cash_reserved(self) -> None:
        ledger = with_order(BUY)
        assert ledger.wallet().reserved == dollars(40)
        assert ledger.wallet().free == dollars(60)
        assert [each.state for each in ledger.open_orders()] == [OrderState.WRITTEN]

    def test_and_the_change_can_be_told_on(self) -> None:
        booked = a_ledger().write(BUY)
        assert isinstance(booked, Booked)
        assert booked.order is not None
        assert booked.portfolio is not None
        assert booked.portfolio.portfolio.open_orders == (booked.order,)
        assert booked.portfolio.portfolio.reserved_cash == booked.portfolio.wallet.reserved == dollars(40)

    def test_with_the_worst_fee_if_it_may_take(self) -> None:
        wish = place(where=OTHER_GAME, post_only=False)
        ledger = with_order(order_of(wish))
        assert ledger.wallet().reserved >= dollars(40) + TAKER_FEES.taker_fee(wish.price, wish.size)

    @pytest.mark.parametrize("again", [BUY, evolve(BUY, order=OrderId("o9"))])
    def test_once_an_order_and_once_an_intent(self, again: Order) -> None:
        ledger = with_order(BUY)
        before = ledger.view()
        assert ledger.write(again) == AlreadyWritten(again.order, BUY.intent, BUY.order)
        assert ledger.view() == before

    def test_but_not_beyond_the_wallet_and_the_report_says_by_how_much(self) -> None:
        ledger = a_ledger(deposit=39)
        with pytest.raises(InvariantBroken, match=r"needs 40 pUSD.*free are 39 pUSD"):
            ledger.write(BUY)
        assert ledger == a_ledger(deposit=39)

    def test_down_to_the_last_unit_of_cash(self) -> None:
        assert isinstance(Ledger(dollars(40), [market()]).write(BUY), Booked)
        with pytest.raises(InvariantBroken):
            Ledger(Cash(dollars(40) - 1), [market()]).write(BUY)

    def test_nor_beyond_the_shares_held(self) -> None:
        ledger = with_order(BUY)
        ledger.fill(fill_of(BUY, size=shares(49)))
        with pytest.raises(InvariantBroken, match=r"50 YES; free are .* 49 YES"):
            ledger.write(SELL)

    def test_nor_in_a_market_that_nobody_told_of(self) -> None:
        with pytest.raises(UnknownMarket):
            Ledger(dollars(100)).write(BUY)


class TestAFill:
    def test_heard_twice_is_booked_once(self) -> None:
        ledger = with_order(BUY)
        assert ledger.fill(fill_of(BUY)) is not None
        before = ledger.view()
        assert ledger.fill(fill_of(BUY)) is None
        assert ledger.fill(evolve(fill_of(BUY), at_ns=99, middle=fill_of(BUY).price)) is None
        assert ledger.view() == before

    def test_of_a_trade_with_other_contents_is_told_and_not_booked(self) -> None:
        ledger = with_order(BUY)
        ledger.fill(fill_of(BUY, size=shares(10)))
        before = ledger.view()
        assert what_is_odd(ledger.fill(fill_of(BUY, size=shares(20)))) == {Oddity.CONTRADICTION}
        assert ledger.view() == before

    def test_after_the_cancel_is_still_a_fill(self) -> None:
        ledger = with_order(BUY)
        ledger.move(moved(BUY, OrderState.CANCELLED))
        booked = ledger.fill(fill_of(BUY, size=shares(30)))
        assert what_is_odd(booked) == {Oddity.AFTER_THE_END}
        assert booked is not None
        assert booked.order is not None
        assert (booked.order.state, booked.order.filled) == (OrderState.CANCELLED, shares(30))
        assert ledger.view().markets[0].yes == shares(30)
        assert ledger.wallet().cash == dollars(88)

    def test_of_an_unknown_order_is_booked_to_the_strategy_that_it_names(self) -> None:
        ledger = a_ledger()
        assert what_is_odd(ledger.fill(fill_of(BUY))) == {Oddity.UNKNOWN_ORDER}
        assert ledger.view().markets[0].position_of(MAKER).yes == shares(100)

    def test_of_an_unknown_market_is_booked_too(self) -> None:
        ledger = Ledger(dollars(100))
        assert ledger.fill(fill_of(BUY)) is not None
        assert ledger.view().markets[0].yes == shares(100)

    def test_that_names_another_strategy_leaves_the_order_alone(self) -> None:
        ledger = with_order(BUY)
        stray = evolve(fill_of(BUY, size=shares(10)), strategy=ARBITRAGE)
        assert what_is_odd(ledger.fill(stray)) == {Oddity.ANOTHER_ORDER}
        assert ledger.view().markets[0].position_of(ARBITRAGE).yes == shares(10)
        known = ledger.order(BUY.order)
        assert known is not None
        assert known.filled == 0

    def test_beyond_the_size_of_the_order_is_booked_and_told(self) -> None:
        ledger = with_order(BUY)
        booked = ledger.fill(fill_of(BUY, size=shares(101)))
        assert what_is_odd(booked) == {Oddity.OVERFILL}
        assert ledger.view().markets[0].yes == shares(101)
        assert ledger.wallet().reserved == 0

    def test_worse_than_the_limit_is_booked_and_told(self) -> None:
        ledger = with_order(BUY)
        assert what_is_odd(ledger.fill(fill_of(BUY, price=4100))) == {Oddity.BEYOND_LIMIT}
        assert ledger.wallet().cash == dollars(59)

    def test_of_nothing_is_no_fill(self) -> None:
        ledger = with_order(BUY)
        assert what_is_odd(ledger.fill(fill_of(BUY, size=Shares(0)))) == {Oddity.NO_FILL}

    def test_in_part_releases_its_part_of_the_reservation(self) -> None:
        ledger = with_order(BUY)
        ledger.fill(fill_of(BUY, size=shares(25)))
        assert ledger.wallet().reserved == dollars(30)
        assert ledger.wallet().cash == dollars(90)

    def test_that_leaves_too_little_for_what_is_reserved_is_booked_and_told(self) -> None:
        ledger = with_order(BUY)
        ledger.move(moved(BUY, OrderState.CANCELLED))
        ledger.write(order_of(place("i3", price=9000), "o3"))
        assert what_is_odd(ledger.fill(fill_of(BUY))) == {Oddity.AFTER_THE_END, Oddity.SHORTFALL}
        (shortfall,) = ledger.shortfalls()
        assert shortfall.detail == "90 pUSD reserved of 60"


class TestAnOrderMoves:
    def test_to_its_end_and_its_reservation_is_released(self) -> None:
        ledger = with_order(BUY)
        booked = ledger.move(moved(BUY, OrderState.EXPIRED))
        assert booked is not None
        assert booked.portfolio is not None
        assert booked.portfolio.portfolio.open_orders == ()
        assert ledger.wallet().reserved == 0

    def test_and_hearing_it_again_is_no_change(self) -> None:
        ledger = with_order(BUY)
        assert ledger.move(moved(BUY, OrderState.LIVE)) is not None
        assert ledger.move(moved(BUY, OrderState.LIVE)) is None
        assert ledger.move(moved(BUY, OrderState.SENT)) is None

    def test_that_nobody_knows_and_it_is_told(self) -> None:
        assert what_is_odd(a_ledger().move(moved(BUY, OrderState.LIVE))) == {Oddity.UNKNOWN_ORDER}

    def test_to_filled_before_its_fills_came_and_the_money_stays_reserved(self) -> None:
        ledger = with_order(BUY)
        ledger.move(moved(BUY, OrderState.FILLED))
        assert list(ledger.open_orders()) == []
        assert ledger.wallet().reserved == dollars(40)
        assert what_is_odd(ledger.fill(fill_of(BUY))) == set()
        assert (ledger.wallet().reserved, ledger.wallet().cash) == (0, dollars(60))


class TestPositions:
    def test_of_both_tokens_are_kept_apart(self) -> None:
        no = order_of(place("i2", outcome=Outcome.NO, price=5500), "o2")
        ledger = with_order(BUY)
        ledger.write(no)
        ledger.fill(fill_of(BUY))
        ledger.fill(fill_of(no, "t2"))
        position = ledger.view().markets[0].position_of(MAKER)
        assert (position.yes, position.no) == (shares(100), shares(100))
        assert position.cash == -dollars(95)

    def test_the_edge_of_a_fill_is_counted_in_the_terms_of_its_token(self) -> None:
        no = order_of(place("i2", outcome=Outcome.NO, price=5500), "o2")
        ledger = a_ledger()
        ledger.write(no)
        ledger.fill(fill_of(no, middle=4400))
        assert ledger.view().markets[0].position_of(MAKER).edge_at_fill == dollars(1)

    def test_a_sale_at_more_than_the_middle_has_edge(self) -> None:
        ledger = with_order(BUY)
        ledger.fill(fill_of(BUY, middle=4000))
        ledger.write(SELL)
        ledger.fill(fill_of(SELL, "t2", middle=5800))
        assert ledger.view().markets[0].position_of(MAKER).edge_at_fill == dollars(1)

    def test_an_open_sale_reserves_its_shares_until_it_is_filled(self) -> None:
        ledger = with_order(BUY)
        ledger.fill(fill_of(BUY))
        ledger.write(SELL)
        assert ledger.view().markets[0].reserved_yes == shares(50)
        ledger.fill(fill_of(SELL, "t2", size=shares(20)))
        assert ledger.view().markets[0].reserved_yes == shares(30)
        assert ledger.view().markets[0].yes == shares(80)


def test_a_change_in_one_market_leaves_the_others_as_they_are() -> None:
    ledger = with_order(BUY)
    before = ledger.view()
    ledger.write(order_of(place("i2", where=OTHER_GAME, size=shares(5)), "o2"))
    after = ledger.view()
    assert after.markets[0] is before.markets[0]
    assert after.markets[1] is not before.markets[1]
    assert after.version == before.version + 1


def test_an_order_that_the_journal_has_is_booked_at_replay_though_nothing_covers_it() -> None:
    ledger = Ledger.replay(dollars(39), [market()], [BUY])
    assert ledger.order(BUY.order) is not None
    assert [each.oddity for each in ledger.shortfalls()] == [Oddity.SHORTFALL]


def test_replaying_twice_what_the_journal_holds_twice_books_it_once() -> None:
    records = [BUY, fill_of(BUY, size=shares(10)), moved(BUY, OrderState.CANCELLED)]
    once = Ledger.replay(dollars(100), [market()], records)
    assert Ledger.replay(dollars(100), [market()], records * 2) == once
    assert once.wallet().cash == Cash(dollars(100) - dollars(4))

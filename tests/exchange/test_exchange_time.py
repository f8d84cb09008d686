"""The exchange has no clock: what it does depends on the times of the calls alone, and not on who asked how often."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messages.identity import OrderId, Outcome
from polyactors.exchange.settings import ExchangeSettings, SelfTrade
from polyactors.exchange.words import (
    BookChanged,
    ExchangeEvent,
    OrderReported,
    OrderStatus,
    OrderType,
    TradeReported,
    TradingMode,
    Transferred,
)
from tests.exchange.trading_floor import (
    ALICE,
    BOB,
    BUY,
    CAROL,
    DELAYED,
    NO,
    PLAIN,
    SECOND_NS,
    SELL,
    START_NS,
    WITH_FEES,
    YES,
    Floor,
)

START_S = START_NS // SECOND_NS


def status(floor: Floor, order: OrderId) -> OrderStatus:
    view = floor.exchange.order(order)
    assert view is not None
    return view.status


def test_an_order_that_has_expired_is_not_met_even_if_nobody_moved_the_exchange_on() -> None:
    floor = Floor()
    expiring = floor.placed(ALICE, BUY, NO, 0.50, 10, order_type=OrderType.GTD, expiration_s=START_S + 90).order
    floor.now_ns += 30 * SECOND_NS
    assert floor.placed(BOB, BUY, YES, 0.50, 10).status is OrderStatus.LIVE
    assert status(floor, expiring) is OrderStatus.CANCELED_EXPIRED_ORDER


def test_a_delayed_taker_goes_before_who_comes_after_its_delay() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, NO, 0.50, 10, on=DELAYED)
    first = floor.placed(BOB, BUY, YES, 0.50, 10, on=DELAYED).order
    floor.now_ns += 2 * SECOND_NS
    assert floor.placed(CAROL, BUY, YES, 0.50, 10, on=DELAYED).status is OrderStatus.LIVE
    assert status(floor, first) is OrderStatus.MATCHED


def test_a_delayed_taker_that_expires_meanwhile_takes_nothing() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, NO, 0.50, 10, on=DELAYED)
    taker = floor.placed(BOB, BUY, YES, 0.50, 10, on=DELAYED, order_type=OrderType.GTD, expiration_s=START_S + 61).order
    floor.wait(1)
    assert status(floor, taker) is OrderStatus.CANCELED_EXPIRED_ORDER
    assert not [event for event in floor.news if isinstance(event, TradeReported)]


def test_a_delayed_taker_does_not_rest_across_an_order_of_its_wallet_that_came_meanwhile() -> None:
    floor = Floor(ExchangeSettings(self_trade=SelfTrade.REFUSE))
    maker = floor.placed(ALICE, BUY, NO, 0.50, 10, on=DELAYED).order
    taker = floor.placed(BOB, BUY, YES, 0.50, 10, on=DELAYED).order
    floor.exchange.cancel((maker,), floor.exchange.open_orders()[0].order.owner, floor.now_ns)
    floor.placed(BOB, BUY, NO, 0.50, 10, on=DELAYED)
    floor.wait(1)
    assert status(floor, taker) is OrderStatus.UNMATCHED
    best = [floor.exchange.best_bid(DELAYED.market, outcome) for outcome in Outcome]
    assert best == [0, 5_000]


@pytest.mark.parametrize("mode", [mode for mode in TradingMode if mode is not TradingMode.NORMAL])
def test_a_delayed_taker_takes_nothing_while_nobody_may_take(mode: TradingMode) -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, NO, 0.50, 10, on=DELAYED)
    taker = floor.placed(BOB, BUY, YES, 0.50, 10, on=DELAYED).order
    floor.exchange.set_mode(mode, floor.now_ns)
    floor.wait(1)
    assert status(floor, taker) is OrderStatus.UNMATCHED
    assert floor.exchange.promised_cash(BOB, DELAYED.market) == 0


def test_the_two_minutes_after_a_restart_begin_anew_with_the_next_one() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, YES, 0.20, 10, order_type=OrderType.GTD, expiration_s=START_S + 160)
    for _ in range(2):
        floor.exchange.set_mode(TradingMode.RESTARTING, floor.now_ns)
        floor.exchange.set_mode(TradingMode.NORMAL, floor.now_ns)
        floor.wait(60)
    floor.wait(59.999)
    assert floor.refused(ALICE, BUY, YES, 0.30, 10).startswith("post-only mode")
    floor.wait(0.001)
    floor.placed(ALICE, BUY, YES, 0.30, 10)
    assert floor.exchange.post_only_until_ns is None


def test_a_delayed_taker_whose_cash_went_elsewhere_is_cancelled_at_the_end_of_its_delay() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, NO, 0.50, 10_000, on=DELAYED)
    taker = floor.placed(BOB, BUY, YES, 0.50, 10_000, on=DELAYED).order
    floor.split(BOB, 6_000)
    assert status(floor, taker) is OrderStatus.DELAYED
    floor.wait(1)
    assert status(floor, taker) is OrderStatus.CANCELED_NOT_ENOUGH_BALANCE


def test_a_delayed_taker_with_a_budget_promises_no_more_than_that() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, NO, 0.50, 1_000, on=DELAYED)
    resting = floor.placed(BOB, BUY, YES, 0.40, 20_000, on=DELAYED).order
    floor.placed(BOB, BUY, YES, 0.50, 10_000, on=DELAYED, order_type=OrderType.FAK, budget=2_000)
    assert floor.exchange.promised_cash(BOB, DELAYED.market) == 10_000_000_000
    floor.split(BOB, 1)
    assert status(floor, resting) is OrderStatus.CANCELED_NOT_ENOUGH_BALANCE


def test_a_wallet_has_to_have_all_that_its_order_offers_though_less_would_be_taken() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, NO, 0.50, 10)
    text = floor.refused(BOB, BUY, YES, 0.50, 20_001, order_type=OrderType.FAK)
    assert text.endswith("balance: 10000000000, order amount: 10000500000")
    floor.split(BOB, 10)
    text = floor.refused(BOB, SELL, YES, 0.40, 11)
    assert text.endswith("balance: 10000000, order amount: 11000000")


def test_an_order_that_rests_has_no_budget() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, NO, 0.50, 10)
    assert floor.refused(BOB, BUY, YES, 0.50, 10, budget=2) == "Invalid order payload"
    floor.split(BOB, 10)
    refused = floor.refused(BOB, SELL, YES, 0.50, 10, budget=2, order_type=OrderType.FAK)
    assert refused == "Invalid order payload"


def test_what_a_listener_does_is_told_after_everything_that_made_it_do_so() -> None:
    """And each operation's news stay together: its books, its orders, its trades."""
    floor = Floor()
    floor.placed(ALICE, BUY, NO, 0.50, 10)

    def answer_the_trade(event: ExchangeEvent) -> None:
        if isinstance(event, BookChanged) and event.by_trade:
            floor.placed(CAROL, BUY, YES, 0.30, 10)

    floor.exchange.cash(CAROL, floor.now_ns)
    floor.exchange.cash(BOB, floor.now_ns)
    floor.exchange.listeners.insert(0, answer_the_trade)
    floor.news.clear()
    floor.placed(BOB, BUY, YES, 0.50, 10)
    assert [type(event) for event in floor.news] == [
        BookChanged,
        OrderReported,
        OrderReported,
        TradeReported,
        BookChanged,
        OrderReported,
    ]


def test_who_trades_on_news_of_a_first_credit_does_not_make_the_book_rest_crossed() -> None:
    floor = Floor()
    floor.exchange.cash(CAROL, floor.now_ns)

    def welcome(event: ExchangeEvent) -> None:
        if isinstance(event, Transferred) and event.wallet == BOB:
            floor.placed(CAROL, BUY, NO, 0.50, 10)

    floor.exchange.listeners.append(welcome)
    assert floor.placed(BOB, BUY, YES, 0.50, 10).status is OrderStatus.MATCHED
    assert not floor.exchange.open_orders()


def busy_floor(chance: random.Random, step_ns: int) -> list[ExchangeEvent]:
    """A random quarter of an hour; between the calls the exchange is moved on in steps, or not at all with 0."""
    floor = Floor()
    for wallet in (ALICE, BOB, CAROL):
        for each in (PLAIN, WITH_FEES, DELAYED):
            floor.split(wallet, 500, each)
    for _ in range(60):
        until_ns = floor.now_ns + chance.choice((0, 1, 300, 1_000, 2_000, 30_000)) * 10**6
        if step_ns:
            while floor.now_ns < until_ns:
                floor.now_ns = min(until_ns, floor.now_ns + step_ns)
                floor.exchange.advance(floor.now_ns)
        floor.now_ns = until_ns
        expires = chance.randrange(3) == 0
        floor.give(
            chance.choice((ALICE, BOB, CAROL)),
            chance.choice((BUY, SELL)),
            chance.choice((YES, NO)),
            chance.choice((0.49, 0.50, 0.51)),
            chance.choice((5, 10, 20)),
            on=chance.choice((PLAIN, WITH_FEES, DELAYED)),
            order_type=OrderType.GTD if expires else OrderType.GTC,
            expiration_s=floor.now_ns // SECOND_NS + 75 if expires else 0,
        )
        if chance.randrange(10) == 0:
            floor.exchange.fail_next_trades(1)
    floor.wait(200)
    return floor.news


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), step_ns=st.sampled_from((10**8, 777_777_777, 10**10)))
def test_the_news_are_the_same_however_often_the_exchange_is_moved_on(seed: int, step_ns: int) -> None:
    seldom, often = busy_floor(random.Random(seed), 0), busy_floor(random.Random(seed), step_ns)
    assert seldom == often
    times = [event.at_ns for event in seldom]
    assert times == sorted(times)


def test_settled_trades_leave_nothing_to_do_but_to_pay_rebates() -> None:
    floor = Floor()
    floor.exchange.fail_next_trades(1)
    for _ in range(2):
        floor.placed(ALICE, BUY, NO, 0.50, 10)
        floor.placed(BOB, BUY, YES, 0.50, 10)
    floor.wait(10)
    assert floor.exchange.next_due_ns() == START_NS + 24 * 3600 * SECOND_NS

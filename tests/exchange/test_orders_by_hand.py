"""What becomes of an order, rule by rule (polymarket.md 3.1 to 3.4); the texts are the venue's (2.6)."""

import pytest

from messages.identity import OrderId
from messages.units import TickSize
from polyactors.exchange.settings import ExchangeSettings, SelfTrade
from polyactors.exchange.words import (
    ApiKey,
    OrderEvent,
    OrderReported,
    OrderStatus,
    OrderType,
    TradeReported,
    TradingMode,
)
from tests.exchange.trading_floor import ALICE, BOB, BUY, CAROL, DELAYED, NO, PLAIN, SELL, START_NS, YES, Floor

START_S = START_NS // 1_000_000_000


def statuses(floor: Floor, order: OrderId) -> list[tuple[OrderEvent, OrderStatus]]:
    news = (event for event in floor.news if isinstance(event, OrderReported) and event.view.order.order == order)
    return [(event.event, event.view.status) for event in news]


def test_a_buy_of_no_meets_the_buy_of_yes_that_it_makes_a_set_with() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, YES, 0.60, 10)
    assert floor.exchange.best_bid(PLAIN.market, YES) == 6_000
    taken = floor.placed(BOB, BUY, NO, 0.45, 10)
    assert (taken.status, taken.paid, taken.received) == (OrderStatus.MATCHED, 4_000_000, 10_000_000)
    floor.wait(10)
    assert floor.shares(ALICE, YES) == floor.shares(BOB, NO) == 10
    assert (floor.cash(ALICE), floor.cash(BOB)) == (9_994, 9_996)


def test_two_sellers_of_the_two_tokens_merge_and_are_paid_by_the_set() -> None:
    floor = Floor()
    floor.split(ALICE, 10)
    floor.split(BOB, 10)
    floor.placed(ALICE, SELL, YES, 0.60, 10)
    floor.placed(BOB, SELL, NO, 0.40, 10)
    floor.wait(10)
    assert (floor.cash(ALICE), floor.cash(BOB)) == (9_996, 9_994)
    floor.check_cash()


def test_who_came_first_at_the_best_price_is_filled_first() -> None:
    floor = Floor()
    worse = floor.placed(ALICE, BUY, YES, 0.49, 10)
    first = floor.placed(ALICE, BUY, YES, 0.50, 10)
    second = floor.placed(BOB, BUY, YES, 0.50, 10)
    floor.split(CAROL, 100)
    taken = floor.placed(CAROL, SELL, YES, 0.40, 15)
    assert taken.received == 7_500_000
    matched = [floor.exchange.order(placed.order) for placed in (first, second, worse)]
    assert [view.matched for view in matched if view is not None] == [10_000_000, 5_000_000, 0]


def test_a_sweep_makes_one_trade_a_price() -> None:
    floor = Floor()
    floor.split(ALICE, 100)
    for price in (0.50, 0.51, 0.51, 0.52):
        floor.placed(ALICE, SELL, YES, price, 10)
    taken = floor.placed(BOB, BUY, YES, 0.55, 35)
    trades = [event.trade for event in floor.news if isinstance(event, TradeReported)]
    assert [(trade.bucket, trade.price, trade.size, len(trade.makers)) for trade in trades] == [
        (0, 5_000, 10_000_000, 1),
        (1, 5_100, 20_000_000, 2),
        (2, 5_200, 5_000_000, 1),
    ]
    assert taken.trades == tuple(trade.trade for trade in trades)
    assert floor.exchange.last_trade_price(PLAIN.market) == "0.520"


def test_gtd_ends_sixty_seconds_before_its_expiration() -> None:
    floor = Floor()
    placed = floor.placed(ALICE, BUY, YES, 0.30, 10, order_type=OrderType.GTD, expiration_s=START_S + 180)
    floor.wait(119)
    assert floor.exchange.best_bid(PLAIN.market, YES) == 3_000
    floor.wait(1)
    assert floor.exchange.best_bid(PLAIN.market, YES) == 0
    assert statuses(floor, placed.order)[-1] == (OrderEvent.CANCELLATION, OrderStatus.CANCELED_EXPIRED_ORDER)
    text = floor.refused(ALICE, BUY, YES, 0.30, 10, order_type=OrderType.GTD, expiration_s=START_S + 180)
    assert text == "invalid expiration"


def test_fok_is_all_or_nothing_and_fak_is_what_there_is() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, NO, 0.50, 10)
    refused = floor.refused(BOB, BUY, YES, 0.50, 11, order_type=OrderType.FOK)
    assert refused == "order couldn't be fully filled. FOK orders are fully filled or killed."
    taken = floor.placed(BOB, BUY, YES, 0.50, 11, order_type=OrderType.FAK)
    assert taken.received == 10_000_000
    assert not floor.exchange.open_orders()
    refused = floor.refused(BOB, BUY, YES, 0.50, 11, order_type=OrderType.FAK)
    assert refused.startswith("no orders found to match with FAK order.")


def test_a_market_buy_stops_at_its_budget() -> None:
    floor = Floor()
    floor.split(ALICE, 100)
    floor.placed(ALICE, SELL, YES, 0.50, 5)
    floor.placed(ALICE, SELL, YES, 0.60, 50)
    taken = floor.placed(BOB, BUY, YES, 0.60, 100, order_type=OrderType.FOK, budget=5.50)
    assert (taken.paid, taken.received) == (5_500_000, 10_000_000)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"price": 0.505}, "breaks minimum tick size rule: 0.01"),
        ({"price": 1.0}, "breaks minimum tick size rule: 0.01"),
        ({"shares": 4.99}, "Size (4.99) lower than the minimum: 5"),
        ({"shares": 50_000}, "not enough balance / allowance"),
        ({"post_only": True, "price": 0.60}, "invalid post-only order: order crosses book"),
        ({"post_only": True, "order_type": OrderType.FOK}, "Invalid order payload"),
        ({"order_type": OrderType.FOK, "shares": 1, "price": 0.60}, "($0.6), min size: $1"),
        ({"expiration_s": START_S + 1_000}, "invalid expiration"),
    ],
)
def test_refused_orders_change_nothing(given: dict[str, object], text: str) -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, NO, 0.45, 100)
    floor.exchange.cash(BOB, floor.now_ns)
    floor.news.clear()
    assert text in floor.refused(BOB, BUY, YES, **{"price": 0.50, "shares": 10, **given})
    assert not floor.news and floor.cash(BOB) == 10_000


def test_the_same_order_twice_is_a_duplicate_whatever_became_of_the_first() -> None:
    floor = Floor()
    order = OrderId("0xaa")
    floor.placed(ALICE, BUY, YES, 0.30, 10, order=order)
    assert floor.refused(ALICE, BUY, YES, 0.30, 10, order=order) == "order 0xaa is invalid. Duplicated."
    assert floor.exchange.cancel((order,), ApiKey(ALICE), floor.now_ns).canceled == (order,)
    assert floor.refused(ALICE, BUY, YES, 0.30, 10, order=order) == "order 0xaa is invalid. Duplicated."


def test_only_its_owner_cancels_an_order_and_only_once() -> None:
    floor = Floor()
    order = floor.placed(ALICE, BUY, YES, 0.30, 10).order
    assert floor.exchange.cancel((order,), ApiKey(BOB), floor.now_ns).not_canceled[0][0] == order
    assert floor.exchange.cancel((order, order), ApiKey(ALICE), floor.now_ns).canceled == (order,)
    assert floor.exchange.cancel((order,), ApiKey(ALICE), floor.now_ns).canceled == ()


def test_a_delayed_taker_cannot_be_cancelled_and_meets_the_book_as_it_is_then() -> None:
    floor = Floor()
    maker = floor.placed(ALICE, BUY, NO, 0.50, 10, on=DELAYED).order
    taker = floor.placed(BOB, BUY, YES, 0.50, 10, on=DELAYED)
    killed = floor.placed(CAROL, BUY, YES, 0.50, 10, on=DELAYED, order_type=OrderType.FOK)
    assert taker.status is killed.status is OrderStatus.DELAYED
    assert not floor.exchange.cancel((taker.order,), ApiKey(BOB), floor.now_ns).canceled
    floor.exchange.cancel((maker,), ApiKey(ALICE), floor.now_ns)
    floor.wait(1)
    assert statuses(floor, taker.order)[-1] == (OrderEvent.UPDATE, OrderStatus.LIVE)
    assert statuses(floor, killed.order)[-1] == (OrderEvent.CANCELLATION, OrderStatus.UNMATCHED)
    assert floor.exchange.best_bid(DELAYED.market, YES) == 5_000


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        (TradingMode.RESTARTING, "matching engine restarting"),
        (TradingMode.POST_ONLY, "post-only mode: only post-only orders and cancels are allowed"),
        (TradingMode.CANCEL_ONLY, "Trading is currently cancel-only."),
        (TradingMode.DISABLED, "Trading is currently disabled."),
    ],
)
def test_restricted_modes_refuse_orders(mode: TradingMode, text: str) -> None:
    floor = Floor()
    floor.exchange.set_mode(mode, floor.now_ns)
    assert floor.refused(ALICE, BUY, YES, 0.30, 10).startswith(text)


def test_after_a_restart_there_are_two_minutes_of_post_only() -> None:
    floor = Floor()
    floor.exchange.set_mode(TradingMode.RESTARTING, floor.now_ns)
    floor.exchange.set_mode(TradingMode.NORMAL, floor.now_ns)
    assert floor.refused(ALICE, BUY, YES, 0.30, 10).startswith("post-only mode")
    floor.placed(ALICE, BUY, YES, 0.30, 10, post_only=True)
    floor.wait(120)
    floor.placed(ALICE, BUY, YES, 0.30, 10)


@pytest.mark.parametrize("rule", SelfTrade)
def test_an_order_that_meets_its_own_wallet(rule: SelfTrade) -> None:
    floor = Floor(ExchangeSettings(self_trade=rule))
    resting = floor.placed(ALICE, BUY, NO, 0.50, 10).order
    match rule:
        case SelfTrade.ALLOW:
            assert floor.placed(ALICE, BUY, YES, 0.50, 10).status is OrderStatus.MATCHED
        case SelfTrade.CANCEL_RESTING:
            assert floor.placed(ALICE, BUY, YES, 0.50, 10).status is OrderStatus.LIVE
            assert statuses(floor, resting)[-1] == (OrderEvent.CANCELLATION, OrderStatus.CANCELED)
        case SelfTrade.REFUSE:
            assert floor.refused(ALICE, BUY, YES, 0.50, 10) == "order crosses an open order of the same wallet"
    floor.wait(10)
    floor.check_cash()


def test_orders_stay_when_the_tick_changes_under_them() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, YES, 0.97, 10)
    floor.exchange.change_tick_size(PLAIN.market, TickSize(10), floor.now_ns)
    floor.placed(ALICE, BUY, YES, 0.975, 10)
    floor.exchange.change_tick_size(PLAIN.market, TickSize(100), floor.now_ns)
    assert floor.exchange.bids(PLAIN.market, YES) == [(9_750, 10_000_000), (9_700, 10_000_000)]
    assert "breaks minimum tick size" in floor.refused(ALICE, BUY, YES, 0.975, 10)

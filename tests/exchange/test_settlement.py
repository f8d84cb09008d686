"""Trades settle, or fail and give everything back; wallets split, merge, convert and redeem (polymarket.md 3.5, 4)."""

import pytest

from messages.units import Price, Shares
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import (
    OrderReported,
    OrderStatus,
    Refused,
    TradeReported,
    TradeStatus,
    TransferKind,
    Transferred,
)
from tests.exchange.trading_floor import ALICE, BOB, BUY, GROUP, NO, PLAIN, SELL, WITH_FEES, YES, Floor


def trade_statuses(floor: Floor) -> list[TradeStatus]:
    return [event.trade.status for event in floor.news if isinstance(event, TradeReported)]


def test_what_was_bought_can_be_sold_only_once_it_is_mined() -> None:
    floor = Floor()
    floor.split(ALICE, 10)
    floor.placed(ALICE, SELL, YES, 0.50, 10)
    floor.placed(BOB, BUY, YES, 0.50, 10)
    assert (floor.shares(BOB, YES), floor.cash(BOB)) == (0, 9_995)
    assert floor.refused(BOB, SELL, YES, 0.60, 10).startswith("not enough balance")
    floor.wait(2)
    assert floor.shares(BOB, YES) == 10
    floor.placed(BOB, SELL, YES, 0.60, 10)
    floor.wait(2)
    assert trade_statuses(floor) == [TradeStatus.MATCHED, TradeStatus.MINED, TradeStatus.CONFIRMED]


def test_a_failed_trade_gives_everything_back() -> None:
    floor = Floor()
    floor.exchange.fail_next_trades(1)
    floor.split(ALICE, 10)
    floor.placed(ALICE, SELL, YES, 0.50, 10)
    floor.placed(BOB, BUY, YES, 0.50, 10)
    floor.wait(10)
    assert trade_statuses(floor) == [TradeStatus.MATCHED, TradeStatus.RETRYING, TradeStatus.FAILED]
    assert (floor.shares(ALICE, YES), floor.shares(BOB, YES), floor.cash(BOB)) == (10, 0, 10_000)
    assert floor.exchange.totals().in_escrow == 0
    floor.check_cash()


def test_the_taker_pays_the_fee_and_the_maker_gets_its_part_at_the_end_of_the_day() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, NO, 0.50, 1_000, on=WITH_FEES)
    floor.placed(BOB, BUY, YES, 0.50, 1_000, on=WITH_FEES)
    floor.wait(10)
    assert (floor.cash(ALICE), floor.cash(BOB)) == (9_500, 10_000 - 500 - 12.5)
    floor.wait(24 * 3600)
    assert floor.cash(ALICE) == 9_500 + 12.5 * 0.15
    paid = [event for event in floor.news if isinstance(event, Transferred)]
    assert paid[-1].kind is TransferKind.MAKER_REBATE
    floor.check_cash()


def test_the_seller_pays_the_fee_out_of_what_it_gets() -> None:
    floor = Floor()
    floor.split(BOB, 100, WITH_FEES)
    floor.placed(ALICE, BUY, YES, 0.50, 100, on=WITH_FEES)
    floor.placed(BOB, SELL, YES, 0.50, 100, on=WITH_FEES)
    floor.wait(10)
    assert floor.cash(BOB) == 10_000 - 100 + 50 - 1.25


def test_orders_that_lose_their_backing_are_cancelled_newest_first() -> None:
    floor = Floor()
    old = floor.placed(ALICE, BUY, YES, 0.50, 10_000).order
    new = floor.placed(ALICE, BUY, YES, 0.40, 10_000).order
    other_market = floor.placed(ALICE, BUY, YES, 0.50, 10_000, on=WITH_FEES).order
    floor.split(ALICE, 4_000)
    ended = [event.view for event in floor.news if isinstance(event, OrderReported) and not event.view.status.is_open]
    assert [(view.order.order, view.status) for view in ended] == [(new, OrderStatus.CANCELED_NOT_ENOUGH_BALANCE)]
    assert {view.order.order for view in floor.exchange.open_orders()} == {old, other_market}


@pytest.mark.parametrize("yes_payout", [0, 5_000, 10_000])
def test_a_whole_set_is_worth_one_whoever_wins(yes_payout: int) -> None:
    floor = Floor()
    floor.split(ALICE, 7)
    floor.exchange.merge(ALICE, PLAIN.market, Shares(1), floor.now_ns)
    floor.split(BOB, 3)
    floor.placed(ALICE, SELL, NO, 0.30, 5)
    resting = floor.exchange.open_orders()[0].order.order
    floor.exchange.resolve(PLAIN.market, Price(yes_payout), floor.now_ns)
    view = floor.exchange.order(resting)
    assert view is not None and view.status is OrderStatus.CANCELED_MARKET_RESOLVED
    assert floor.refused(ALICE, BUY, YES, 0.50, 10) == "No orderbook exists for the requested token id"
    before = floor.cash(BOB)
    assert floor.exchange.redeem(BOB, PLAIN.market, floor.now_ns) == 3_000_000
    assert floor.cash(BOB) - before == 3
    assert floor.exchange.redeem(BOB, PLAIN.market, floor.now_ns) == 0
    floor.check_cash()


def test_a_winner_alone_is_paid() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, YES, 0.60, 10)
    floor.placed(BOB, BUY, NO, 0.40, 10)
    floor.wait(10)
    floor.exchange.resolve(PLAIN.market, Price(0), floor.now_ns)
    assert floor.exchange.redeem(ALICE, PLAIN.market, floor.now_ns) == 0
    assert floor.exchange.redeem(BOB, PLAIN.market, floor.now_ns) == 10_000_000
    assert floor.exchange.totals().locked == 0


def test_half_a_pusd_a_share_when_nobody_won() -> None:
    floor = Floor()
    floor.placed(ALICE, BUY, YES, 0.60, 10)
    floor.placed(BOB, BUY, NO, 0.40, 10)
    floor.wait(10)
    floor.exchange.resolve(PLAIN.market, Price(5_000), floor.now_ns)
    assert floor.exchange.redeem(ALICE, PLAIN.market, floor.now_ns) == 5_000_000
    assert floor.exchange.redeem(BOB, PLAIN.market, floor.now_ns) == 5_000_000


def test_nothing_is_redeemed_before_the_market_is_resolved() -> None:
    assert isinstance(Floor().exchange.redeem(ALICE, PLAIN.market, 0), Refused)


@pytest.mark.parametrize("winner", range(3))
def test_converted_no_shares_are_worth_the_same_whoever_wins(winner: int) -> None:
    floor = Floor(ExchangeSettings())
    for market in GROUP[:2]:
        floor.split(ALICE, 10, market)
    given = [market.market for market in GROUP[:2]]
    before = floor.cash(ALICE)
    assert floor.exchange.convert(ALICE, GROUP[0].event, given, Shares(10_000_000), floor.now_ns) is None
    assert floor.cash(ALICE) - before == 10
    assert floor.shares(ALICE, YES, GROUP[2]) == 10
    for number, market in enumerate(GROUP):
        floor.exchange.resolve(market.market, Price(10_000 if number == winner else 0), floor.now_ns)
        floor.exchange.redeem(ALICE, market.market, floor.now_ns)
    assert floor.cash(ALICE) == 10_000
    assert floor.exchange.totals().locked == 0


def test_who_has_too_little_cannot_merge_split_or_convert() -> None:
    floor = Floor()
    too_many = Shares(10**11)
    assert isinstance(floor.exchange.merge(ALICE, PLAIN.market, too_many, floor.now_ns), Refused)
    assert isinstance(floor.exchange.split(ALICE, PLAIN.market, too_many, floor.now_ns), Refused)
    given = [GROUP[0].market]
    assert isinstance(floor.exchange.convert(ALICE, GROUP[0].event, given, too_many, floor.now_ns), Refused)
    floor.check_cash()


def test_a_market_is_forgotten_once_nobody_holds_any_of_it() -> None:
    floor = Floor()
    floor.split(ALICE, 10)
    floor.exchange.resolve(PLAIN.market, Price(10_000), floor.now_ns)
    assert not floor.exchange.forget_market(PLAIN.market)
    floor.exchange.redeem(ALICE, PLAIN.market, floor.now_ns)
    assert floor.exchange.forget_market(PLAIN.market)
    assert floor.exchange.listing_of(PLAIN.yes_token) is None
    assert floor.refused(ALICE, BUY, YES, 0.50, 10) == "No orderbook exists for the requested token id"

"""Every type of order, by the SDK and by the second client."""

# The SDK's ids and amounts are types of its own; comparing them with ours is what is meant.
# The second client ships no types.
# mypy: disable-error-code="comparison-overlap,import-untyped"

import time
from decimal import Decimal

import pytest
from polymarket import RequestRejectedError
from py_clob_client_v2 import MarketOrderArgs, OrderArgs, OrderPayload, OrderType
from py_clob_client_v2.exceptions import PolyApiException

from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange
from tests.exchange_clients.waiting import until

NOT_FILLED = "order couldn't be fully filled. FOK orders are fully filled or killed."
NOBODY_THERE = (
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
)


def test_a_gtc_order_of_the_sdk_rests_shows_and_is_cancelled(exchange: ServedExchange, new_account: NewAccount) -> None:
    client, token = new_account(exchange).sdk, exchange.untouched().yes_token
    placed = client.place_limit_order(token_id=token, price="0.43", size="12.34", side="BUY")
    assert placed.ok and placed.status == "live" and not placed.trade_ids
    (shown,) = client.list_open_orders(token_id=token).first_page().items
    assert (shown.id, shown.order_type, shown.status) == (placed.order_id, "GTC", "LIVE")
    assert (shown.price, shown.original_size, shown.size_matched) == (Decimal("0.43"), Decimal("12.34"), 0)
    book = client.get_order_book(token_id=token)
    assert [(level.price, level.size) for level in book.bids] == [(Decimal("0.43"), Decimal("12.34"))]
    assert client.cancel_order(order_id=placed.order_id).canceled == (placed.order_id,)
    assert client.list_open_orders().first_page().items == ()
    assert client.get_order_book(token_id=token).bids == ()


def test_a_gtc_order_of_the_second_client_takes_what_it_can_and_rests_with_the_remainder(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    maker, taker, market = new_account(exchange), new_account(exchange).v2, exchange.untouched()
    maker.rest(market.no_token, 0.6, 10)
    placed = taker.create_and_post_order(OrderArgs(token_id=market.yes_token, price=0.45, size=25, side="BUY"))
    assert placed["success"] and placed["tradeIDs"]
    assert (placed["makingAmount"], placed["takingAmount"]) == ("4", "10")
    (shown,) = taker.get_open_orders()
    assert (shown["original_size"], shown["size_matched"], shown["price"]) == ("25", "10", "0.45")
    assert taker.cancel_order(OrderPayload(orderID=shown["id"]))["canceled"] == [shown["id"]]


def test_a_gtd_order_of_the_second_client_ends_sixty_seconds_early(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    client, token = new_account(exchange).v2, exchange.untouched().yes_token
    ends_s = int(time.time()) + 63
    args = OrderArgs(token_id=token, price=0.3, size=10, side="BUY", expiration=ends_s)
    order = client.create_and_post_order(args, order_type=OrderType.GTD)["orderID"]
    (shown,) = client.get_open_orders()
    assert (shown["order_type"], shown["expiration"]) == ("GTD", str(ends_s))
    until(client.get_open_orders, lambda orders: orders == [])
    assert time.time() >= ends_s - 60
    assert client.get_order(order)["status"] == "CANCELED_EXPIRED_ORDER"


def test_a_gtd_order_that_has_ended_already_is_refused(exchange: ServedExchange, new_account: NewAccount) -> None:
    client, token = new_account(exchange).v2, exchange.untouched().yes_token
    args = OrderArgs(token_id=token, price=0.3, size=10, side="BUY", expiration=int(time.time()) + 59)
    with pytest.raises(PolyApiException) as refused:
        client.create_and_post_order(args, order_type=OrderType.GTD)
    assert (refused.value.status_code, refused.value.error_msg) == (400, {"error": "invalid expiration"})
    assert client.get_open_orders() == []


def test_a_gtd_order_of_the_sdk_ends_early(unusual_exchange: ServedExchange, new_account: NewAccount) -> None:
    """The SDK wants three minutes at least; this exchange ends orders 178 seconds before."""
    client, token = new_account(unusual_exchange).sdk, unusual_exchange.untouched().yes_token
    ends_s = int(time.time()) + 181
    placed = client.place_limit_order(token_id=token, price="0.3", size="10", side="BUY", expiration=ends_s)
    assert placed.ok and placed.status == "live"
    shown = client.get_order(order_id=placed.order_id)
    assert shown.order_type == "GTD" and shown.expires_at is not None and shown.expires_at.timestamp() == ends_s
    until(lambda: client.list_open_orders().first_page().items, lambda orders: orders == ())
    assert time.time() >= ends_s - 178


def test_a_fok_order_of_the_sdk_is_filled_whole_and_pays_the_better_price(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    maker, taker, market = new_account(exchange), new_account(exchange), exchange.untouched()
    maker.rest(market.no_token, 0.6, 20)
    taken = taker.sdk.place_market_order(
        token_id=market.yes_token, side="BUY", amount="8", max_price="0.5", order_type="FOK"
    )
    assert taken.ok and taken.status == "matched"
    assert taken.making_amount <= 8 and taken.taking_amount * Decimal("0.4") == taken.making_amount
    assert taken.taking_amount >= 16, "at 0.5 it would have been 16 shares"


def test_a_fok_order_of_the_sdk_that_cannot_be_filled_changes_nothing(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    maker, taker, market = new_account(exchange), new_account(exchange), exchange.untouched()
    maker.rest(market.no_token, 0.6, 5)
    cash = taker.sdk.get_balance_allowance(asset_type="COLLATERAL").balance
    with pytest.raises(RequestRejectedError, match="FOK orders are fully filled or killed") as refused:
        taker.sdk.place_market_order(
            token_id=market.yes_token, side="BUY", amount="8", max_price="0.4", order_type="FOK"
        )
    assert (refused.value.status, str(refused.value)) == (400, NOT_FILLED)
    (bid,) = taker.sdk.get_order_book(token_id=market.no_token).bids
    assert bid.size == 5
    assert taker.sdk.get_balance_allowance(asset_type="COLLATERAL").balance == cash


def test_a_fok_order_of_the_second_client_that_cannot_be_filled_is_killed(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    taker, market = new_account(exchange).v2, exchange.untouched()
    args = MarketOrderArgs(token_id=market.yes_token, amount=10, side="BUY", price=0.4)
    with pytest.raises(PolyApiException) as refused:
        taker.create_and_post_market_order(args, order_type=OrderType.FOK)
    assert (refused.value.status_code, refused.value.error_msg) == (400, {"error": NOT_FILLED})


def test_a_fak_order_of_the_sdk_takes_a_part_and_the_rest_is_killed(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    maker, taker, market = new_account(exchange), new_account(exchange), exchange.untouched()
    maker.rest(market.no_token, 0.6, 5)
    taken = taker.sdk.place_market_order(
        token_id=market.yes_token, side="BUY", amount="8", max_price="0.4", order_type="FAK"
    )
    assert taken.ok and taken.status == "matched"
    assert (taken.making_amount, taken.taking_amount) == (2, 5)
    assert taker.sdk.list_open_orders().first_page().items == ()


def test_a_fak_order_of_the_second_client_sells_what_it_can(exchange: ServedExchange, new_account: NewAccount) -> None:
    maker, taker, market = new_account(exchange), new_account(exchange), exchange.untouched()
    taker.sdk.split_position(condition_id=market.market, amount=30_000_000).wait()
    maker.rest(market.yes_token, 0.4, 20)
    args = MarketOrderArgs(token_id=market.yes_token, amount=30, side="SELL", price=0.35)
    taken = taker.v2.create_and_post_market_order(args, order_type=OrderType.FAK)
    assert (taken["status"], taken["makingAmount"], taken["takingAmount"]) == ("matched", "20", "8")
    assert taker.v2.get_open_orders() == []


@pytest.mark.parametrize("by", ["sdk", "v2"])
def test_a_fak_order_that_meets_nobody_is_refused(by: str, exchange: ServedExchange, new_account: NewAccount) -> None:
    taker, market = new_account(exchange), exchange.untouched()
    if by == "sdk":
        with pytest.raises(RequestRejectedError) as refused:
            taker.sdk.place_market_order(token_id=market.yes_token, side="BUY", amount="8", max_price="0.4")
        assert (refused.value.status, str(refused.value)) == (400, NOBODY_THERE)
        return
    args = MarketOrderArgs(token_id=market.yes_token, amount=10, side="BUY", price=0.4)
    with pytest.raises(PolyApiException) as failed:
        taker.v2.create_and_post_market_order(args, order_type=OrderType.FAK)
    assert (failed.value.status_code, failed.value.error_msg) == (400, {"error": NOBODY_THERE})


@pytest.mark.parametrize("by", ["sdk", "v2"])
def test_a_post_only_order_rests_beside_the_other_side(
    by: str, exchange: ServedExchange, new_account: NewAccount
) -> None:
    other, maker, market = new_account(exchange), new_account(exchange), exchange.untouched()
    other.rest(market.no_token, 0.5, 10)
    if by == "sdk":
        placed = maker.sdk.place_limit_order(
            token_id=market.yes_token, price="0.49", size="10", side="BUY", post_only=True
        )
        assert placed.ok and placed.status == "live"
    else:
        args = OrderArgs(token_id=market.yes_token, price=0.49, size=10, side="BUY")
        assert maker.v2.create_and_post_order(args, post_only=True)["status"] == "live"
    book = maker.sdk.get_order_book(token_id=market.yes_token)
    assert (book.bids[-1].price, book.asks[-1].price) == (Decimal("0.49"), Decimal("0.5"))


@pytest.mark.parametrize("by", ["sdk", "v2"])
def test_a_post_only_order_that_would_cross_is_refused(
    by: str, exchange: ServedExchange, new_account: NewAccount
) -> None:
    other, maker, market = new_account(exchange), new_account(exchange), exchange.untouched()
    other.rest(market.no_token, 0.5, 10)
    text = "invalid post-only order: order crosses book"
    if by == "sdk":
        with pytest.raises(RequestRejectedError) as refused:
            maker.sdk.place_limit_order(token_id=market.yes_token, price="0.5", size="10", side="BUY", post_only=True)
        assert (refused.value.status, str(refused.value)) == (400, text)
    else:
        args = OrderArgs(token_id=market.yes_token, price=0.5, size=10, side="BUY")
        with pytest.raises(PolyApiException) as failed:
            maker.v2.create_and_post_order(args, post_only=True)
        assert (failed.value.status_code, failed.value.error_msg) == (400, {"error": text})
    assert maker.sdk.list_open_orders().first_page().items == ()
    (ask,) = maker.sdk.get_order_book(token_id=market.yes_token).asks
    assert ask.size == 10


def test_an_order_that_takes_in_a_market_with_a_delay_is_matched_a_moment_later(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    """As in markets about crypto and sports."""
    maker, taker, market = new_account(exchange), new_account(exchange), exchange.untouched(delays=True)
    maker.rest(market.no_token, 0.6, 20)
    taken = taker.sdk.place_limit_order(token_id=market.yes_token, price="0.4", size="20", side="BUY")
    assert taken.ok
    assert (taken.status, taken.making_amount, taken.trade_ids) == ("delayed", 0, ())
    trades = until(lambda: taker.sdk.list_account_trades().first_page().items, bool)
    assert [(each.taker_order_id, each.size) for each in trades] == [(taken.order_id, 20)]

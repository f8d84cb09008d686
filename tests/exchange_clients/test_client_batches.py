"""Several orders in one request."""

# The second client ships no types.
# mypy: disable-error-code="import-untyped"

from decimal import Decimal
from typing import Any

import pytest
from polymarket import UserInputError
from py_clob_client_v2 import OrderArgs, OrderType
from py_clob_client_v2.clob_types import PostOrdersV2Args
from py_clob_client_v2.exceptions import PolyApiException

from tests.exchange_clients.client_account import ClientAccount
from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange

MOST = 15


def sdk_orders(account: ClientAccount, token: str, count: int) -> list[Any]:
    """Each at a price of its own."""
    prices = [f"0.{10 + index}" for index in range(count)]
    return [account.sdk.create_limit_order(token_id=token, price=each, size="10", side="BUY") for each in prices]


def v2_orders(account: ClientAccount, token: str, count: int) -> list[Any]:
    many = [OrderArgs(token_id=token, price=0.1 + index / 100, size=10, side="BUY") for index in range(count)]
    return [PostOrdersV2Args(order=account.v2.create_order(each), orderType=OrderType.GTC) for each in many]


def test_fifteen_orders_of_the_sdk_rest(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, token = new_account(exchange), exchange.untouched().yes_token
    placed = account.sdk.post_orders(sdk_orders(account, token, MOST))
    assert [each.ok and each.status for each in placed] == ["live"] * MOST
    ids = [each.order_id for each in placed if each.ok]
    shown = list(account.sdk.list_open_orders().iter_items())
    assert [each.id for each in shown] == ids
    assert [each.price for each in shown] == [Decimal(10 + index) / 100 for index in range(MOST)]
    assert set(account.sdk.cancel_orders(order_ids=ids[:10]).canceled) == set(ids[:10])
    assert set(account.sdk.cancel_all().canceled) == set(ids[10:])


def test_sixteen_orders_never_leave_the_sdk(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, token = new_account(exchange), exchange.untouched().yes_token
    with pytest.raises(UserInputError, match="cannot exceed 15"):
        account.sdk.post_orders(sdk_orders(account, token, MOST + 1))
    assert account.sdk.list_open_orders().first_page().items == ()


def test_fifteen_orders_of_the_second_client_rest_and_sixteen_do_not(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    account, token = new_account(exchange), exchange.untouched().yes_token
    with pytest.raises(PolyApiException) as refused:
        account.v2.post_orders(v2_orders(account, token, MOST + 1))
    assert refused.value.status_code == 400
    assert refused.value.error_msg == {"error": "Too many orders in payload: 16, max allowed: 15"}
    assert account.v2.get_open_orders() == []
    placed = account.v2.post_orders(v2_orders(account, token, MOST))
    assert [each["status"] for each in placed] == ["live"] * MOST
    assert len({each["orderID"] for each in placed}) == MOST
    assert len(account.v2.get_open_orders()) == MOST


def test_each_order_of_a_batch_has_its_own_answer(exchange: ServedExchange, new_account: NewAccount) -> None:
    """What is wrong with one does not keep the others back, and the SDK knows what it is."""
    account, market = new_account(exchange), exchange.untouched()
    new_account(exchange).rest(market.no_token, 0.5, 10)
    client, token = account.sdk, market.yes_token

    def limit(price: str, size: str, *, post_only: bool = False) -> Any:
        return client.create_limit_order(token_id=token, price=price, size=size, side="BUY", post_only=post_only)

    def at_once(amount: str, price: str, order_type: Any) -> Any:
        return client.create_market_order(
            token_id=token, side="BUY", amount=amount, max_price=price, order_type=order_type
        )

    good, best = limit("0.4", "10"), limit("0.49", "10", post_only=True)
    placed = client.post_orders(
        [
            good,
            limit("0.5", "10", post_only=True),
            limit("0.4", "99999"),
            at_once("50", "0.5", "FOK"),
            at_once("50", "0.45", "FAK"),
            good,
            limit("0.4", "1"),
            best,
        ]
    )
    told = [each.status if each.ok else each.code for each in placed]
    assert told == [
        "live",
        "post_only_would_cross",
        "not_enough_balance",
        "fok_not_filled",
        "fak_not_filled",
        "unknown",
        "unknown",
        "live",
    ]
    duplicate, too_small = placed[5], placed[6]
    assert not duplicate.ok and duplicate.message.endswith("is invalid. Duplicated.")
    assert not too_small.ok and "lower than the minimum: 5" in too_small.message
    assert [each.price for each in client.list_open_orders().iter_items()] == [Decimal("0.4"), Decimal("0.49")]


def test_cancelling_what_is_not_there_is_told_without_an_error(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    account, other, market = new_account(exchange), new_account(exchange), exchange.untouched()
    mine, theirs = account.rest(market.yes_token, 0.3, 10), other.rest(market.yes_token, 0.3, 10)
    unknown = "0x" + "ab" * 32
    told = account.v2.cancel_orders([mine, theirs, unknown])
    assert told["canceled"] == [mine]
    assert set(told["not_canceled"]) == {theirs, unknown} and all(told["not_canceled"].values())
    assert [each["id"] for each in other.v2.get_open_orders()] == [theirs]


def test_the_orders_of_one_market_or_of_one_token_are_cancelled_alone(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    account, first, second = new_account(exchange), exchange.untouched(), exchange.untouched()
    yes, no = account.rest(first.yes_token, 0.3, 10), account.rest(first.no_token, 0.3, 10)
    other = account.rest(second.yes_token, 0.3, 10)
    assert account.sdk.cancel_market_orders(token_id=first.no_token).canceled == (no,)
    assert account.sdk.cancel_market_orders(market=first.market).canceled == (yes,)
    assert [each["id"] for each in account.v2.get_open_orders()] == [other]

"""An order was taken and the answer never came: it is found by the id that its giver can calculate."""

# The SDK's ids and amounts are types of its own; comparing them with ours is what is meant.
# The second client ships no types.
# mypy: disable-error-code="comparison-overlap,import-untyped"

import pytest
from polymarket import RequestRejectedError, TransportError
from py_clob_client_v2 import ClobClient, OrderArgs, OrderPayload
from py_clob_client_v2.exceptions import PolyApiException

from tests.exchange_clients.client_account import CHAIN
from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.order_digest import digest_of
from tests.exchange_clients.served_exchange import ServedExchange


def test_the_sdk_finds_the_order_and_does_not_give_it_twice(exchange: ServedExchange, new_account: NewAccount) -> None:
    client, market = new_account(exchange).sdk, exchange.untouched()
    signed = client.create_limit_order(token_id=market.yes_token, price="0.3", size="10", side="BUY")
    with exchange.fault("lose-answer", path="/order", method="POST", times=1), pytest.raises(TransportError):
        client.post_order(signed)
    order = digest_of(signed)
    found = client.get_order(order_id=order)
    assert (found.id, found.status, found.size_matched) == (order, "LIVE", 0)
    with pytest.raises(RequestRejectedError, match="Duplicated"):
        client.post_order(signed)
    assert [each.id for each in client.list_open_orders().iter_items()] == [order]


def test_the_second_client_finds_the_trades_of_an_order_whose_answer_was_lost(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    account, market = new_account(exchange), exchange.untouched()
    new_account(exchange).rest(market.no_token, 0.6, 10)
    order = account.v2.create_order(OrderArgs(token_id=market.yes_token, price=0.4, size=25, side="BUY"))
    with (
        exchange.fault("lose-answer", path="/order", method="POST", times=1),
        pytest.raises(PolyApiException) as lost,
    ):
        account.v2.post_order(order)
    assert lost.value.status_code is None
    found = account.v2.get_order(digest_of(order))
    assert (found["status"], found["size_matched"]) == ("LIVE", "10")
    (trade,) = account.v2.get_trades()
    assert found["associate_trades"] == [trade["id"]] and trade["taker_order_id"] == found["id"]


def test_an_answer_of_500_does_not_mean_that_the_order_is_not_there(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    client, market = new_account(exchange).sdk, exchange.untouched()
    signed = client.create_limit_order(token_id=market.yes_token, price="0.3", size="10", side="BUY")
    with (
        exchange.fault("fail-afterwards", times=1),
        pytest.raises(RequestRejectedError, match="order timed out") as failed,
    ):
        client.post_order(signed)
    assert failed.value.status == 500
    assert client.get_order(order_id=digest_of(signed)).status == "LIVE"


def test_a_client_that_sends_again_by_itself_is_told_that_its_order_is_there(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    account, market = new_account(exchange), exchange.untouched()
    client = ClobClient(exchange.place.url, CHAIN, key=account.key, creds=account.v2.creds, retry_on_error=True)
    order = client.create_order(OrderArgs(token_id=market.yes_token, price=0.3, size=10, side="BUY"))
    with (
        exchange.fault("lose-answer", path="/order", method="POST", times=1),
        pytest.raises(PolyApiException) as refused,
    ):
        client.post_order(order)
    assert refused.value.error_msg == {"error": f"order {digest_of(order)} is invalid. Duplicated."}
    assert [each["id"] for each in client.get_open_orders()] == [digest_of(order)]


def test_a_cancel_whose_answer_was_lost_has_cancelled(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market = new_account(exchange), exchange.untouched()
    order = account.rest(market.yes_token, 0.3, 10)
    with exchange.fault("lose-answer", path="/order", method="DELETE", times=1), pytest.raises(PolyApiException):
        account.v2.cancel_order(OrderPayload(orderID=order))
    assert account.v2.get_order(order)["status"] == "CANCELED"
    again = account.v2.cancel_order(OrderPayload(orderID=order))
    assert again["canceled"] == [] and set(again["not_canceled"]) == {order}

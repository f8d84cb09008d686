"""Heartbeats as the clients send them. The exchange of these tests misses one after one and a half seconds."""

# The second client ships no types.
# mypy: disable-error-code="import-untyped"

import pytest
from polymarket import OrderHeartbeatMismatchError
from py_clob_client_v2.exceptions import PolyApiException

from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange
from tests.exchange_clients.waiting import until


def test_each_heartbeat_of_the_sdk_brings_the_id_of_the_last(exchange: ServedExchange, new_account: NewAccount) -> None:
    client = new_account(exchange).sdk
    ids = [client.send_order_heartbeat().heartbeat_id]
    for _ in range(3):
        ids.append(client.send_order_heartbeat(heartbeat_id=ids[-1]).heartbeat_id)
    assert len(set(ids)) == 4


def test_a_heartbeat_out_of_the_chain_is_told_the_right_id(exchange: ServedExchange, new_account: NewAccount) -> None:
    client = new_account(exchange).sdk
    first = client.send_order_heartbeat().heartbeat_id
    second = client.send_order_heartbeat(heartbeat_id=first).heartbeat_id
    for wrong in (first, "", "nonsense"):
        with pytest.raises(OrderHeartbeatMismatchError) as mismatch:
            client.send_order_heartbeat(heartbeat_id=wrong)
        assert mismatch.value.heartbeat_id == second
    assert client.send_order_heartbeat(heartbeat_id=mismatch.value.heartbeat_id).heartbeat_id not in (first, second)


def test_an_id_before_the_first_heartbeat_is_told_that_there_is_none(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    account = new_account(exchange)
    with pytest.raises(PolyApiException) as mismatch:
        account.v2.post_heartbeat("from another life")
    assert mismatch.value.status_code == 400
    assert mismatch.value.error_msg == {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": ""}


def test_orders_are_cancelled_when_heartbeats_stop_and_others_orders_stay(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    account, other = new_account(exchange), new_account(exchange)
    first, second = exchange.untouched(), exchange.untouched()
    mine = [account.rest(first.yes_token, 0.3, 10), account.rest(second.no_token, 0.2, 10)]
    theirs = other.rest(first.yes_token, 0.3, 10)
    heartbeat = account.v2.post_heartbeat("")["heartbeat_id"]
    heartbeat = account.v2.post_heartbeat(heartbeat)["heartbeat_id"]
    assert [each["id"] for each in account.v2.get_open_orders()] == mine
    until(account.v2.get_open_orders, lambda orders: orders == [])
    assert [account.v2.get_order(each)["status"] for each in mine] == ["CANCELED", "CANCELED"]
    assert [each["id"] for each in other.v2.get_open_orders()] == [theirs]
    with pytest.raises(PolyApiException):
        account.v2.post_heartbeat(heartbeat)
    assert account.v2.post_heartbeat("")["heartbeat_id"], "the chain can begin anew"


def test_a_wrong_heartbeat_does_not_keep_orders_alive(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market = new_account(exchange), exchange.untouched()
    account.rest(market.yes_token, 0.3, 10)
    account.v2.post_heartbeat("")

    def orders_after_a_wrong_one() -> object:
        with pytest.raises(PolyApiException):
            account.v2.post_heartbeat("wrong")
        return account.v2.get_open_orders()

    until(orders_after_a_wrong_one, lambda orders: orders == [])


def test_who_sends_no_heartbeats_keeps_its_orders(exchange: ServedExchange, new_account: NewAccount) -> None:
    """Beside somebody whose heartbeats stop."""
    quiet, stopping, market = new_account(exchange), new_account(exchange), exchange.untouched()
    kept = quiet.rest(market.yes_token, 0.3, 10)
    stopping.rest(market.yes_token, 0.3, 10)
    stopping.v2.post_heartbeat("")
    until(stopping.v2.get_open_orders, lambda orders: orders == [])
    assert [each["id"] for each in quiet.v2.get_open_orders()] == [kept]

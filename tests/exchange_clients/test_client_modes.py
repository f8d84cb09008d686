"""The exchange restricts what may be done, and the SDK knows what that is."""

# The second client ships no types.
# mypy: disable-error-code="import-untyped"

from collections.abc import Callable
from typing import Any

import pytest
from polymarket import RequestRejectedError
from py_clob_client_v2 import OrderArgs
from py_clob_client_v2.exceptions import PolyApiException

from polyactors.exchange.words import TradingMode
from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange
from tests.exchange_clients.waiting import until


def refusal(do: Callable[[], Any]) -> RequestRejectedError:
    with pytest.raises(RequestRejectedError) as refused:
        do()
    return refused.value


def test_a_restart_is_told_by_425_and_orders_survive_it(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market = new_account(exchange), exchange.untouched()
    client, kept = account.sdk, account.rest(market.yes_token, 0.3, 10)
    signed = client.create_limit_order(token_id=market.yes_token, price="0.31", size="10", side="BUY")
    with exchange.in_mode(TradingMode.RESTARTING):
        for do in (lambda: client.post_order(signed), lambda: client.cancel_order(order_id=kept), client.cancel_all):
            found = refusal(do)
            assert (found.status, found.restriction, found.retry_after) == (425, "restarting", 1)
            assert str(found) == "matching engine restarting"
        assert [each.id for each in client.list_open_orders().iter_items()] == [kept], "reading goes on"
    found = refusal(lambda: client.post_order(signed))
    assert (found.status, found.restriction, found.code) == (503, "post_only", "post_only_mode"), "for a while"

    def tried() -> str:
        try:
            return (client.post_order(signed).ok and "placed") or "refused"
        except RequestRejectedError as error:
            return str(error.restriction)

    assert until(tried, lambda outcome: outcome != "post_only") == "placed"
    assert len(client.list_open_orders().first_page().items) == 2


def test_in_post_only_mode_makers_go_on(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market = new_account(exchange), exchange.untouched()
    client = account.sdk

    def limit(price: str, *, post_only: bool) -> Any:
        return client.create_limit_order(
            token_id=market.yes_token, price=price, size="10", side="BUY", post_only=post_only
        )

    with exchange.in_mode(TradingMode.POST_ONLY):
        found = refusal(lambda: client.post_order(limit("0.3", post_only=False)))
        assert (found.status, found.restriction, found.code) == (503, "post_only", "post_only_mode")
        assert found.retry_after is not None and found.retry_after >= 1
        resting = client.post_order(limit("0.3", post_only=True))
        assert resting.ok and resting.status == "live"
        told = client.post_orders([limit("0.2", post_only=False), limit("0.2", post_only=True)])
        assert [each.status if each.ok else each.code for each in told] == ["post_only_mode", "live"]
        assert client.cancel_order(order_id=resting.order_id).canceled == (resting.order_id,)
    assert client.post_order(limit("0.4", post_only=False)).ok


def test_in_cancel_only_mode_orders_can_go_but_not_come(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market = new_account(exchange), exchange.untouched()
    client, order = account.sdk, account.rest(market.yes_token, 0.3, 10)
    with exchange.in_mode(TradingMode.CANCEL_ONLY):
        for post_only in (False, True):
            signed = client.create_limit_order(
                token_id=market.yes_token, price="0.2", size="10", side="BUY", post_only=post_only
            )
            for do in (
                lambda signed=signed: client.post_order(signed),
                lambda signed=signed: client.post_orders([signed]),
            ):
                found = refusal(do)
                assert (found.status, found.restriction, found.code) == (503, "cancel_only", None)
        assert client.cancel_order(order_id=order).canceled == (order,)


def test_while_trading_is_disabled_nothing_can_be_done(exchange: ServedExchange, new_account: NewAccount) -> None:
    """The SDK has no name for this one."""
    account, market = new_account(exchange), exchange.untouched()
    client, order = account.sdk, account.rest(market.yes_token, 0.3, 10)
    signed = client.create_limit_order(token_id=market.yes_token, price="0.2", size="10", side="BUY")
    with exchange.in_mode(TradingMode.DISABLED):
        for do in (lambda: client.post_order(signed), lambda: client.cancel_order(order_id=order)):
            found = refusal(do)
            assert (found.status, found.restriction) == (503, None)
            assert str(found) == "Trading is currently disabled. Check polymarket.com for updates"
    assert client.cancel_order(order_id=order).canceled == (order,)


@pytest.mark.parametrize(
    ("mode", "status", "text"),
    [
        ("restarting", 425, "matching engine restarting"),
        ("post_only", 503, "post-only mode: only post-only orders and cancels are allowed"),
        ("cancel_only", 503, "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."),
        ("disabled", 503, "Trading is currently disabled. Check polymarket.com for updates"),
    ],
)
def test_the_second_client_is_told_by_a_fault_of_some_time(
    mode: str, status: int, text: str, exchange: ServedExchange, new_account: NewAccount
) -> None:
    client, market = new_account(exchange).v2, exchange.untouched()
    order = client.create_order(OrderArgs(token_id=market.yes_token, price=0.3, size=10, side="BUY"))
    with exchange.fault("mode", mode=mode, for_s=60), pytest.raises(PolyApiException) as refused:
        client.post_order(order)
    assert refused.value.status_code == status and refused.value.error_msg["error"] == text

    def tried() -> int:
        try:
            return 200 if client.post_order(order)["status"] == "live" else 0
        except PolyApiException as error:
            return int(error.status_code)

    assert until(tried, lambda outcome: outcome != 503) == 200

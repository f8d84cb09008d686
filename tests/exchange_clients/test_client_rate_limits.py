"""Who asks too often is told so by 429 and by headers, which the SDK reads."""

# The second client ships no types.
# mypy: disable-error-code="import-untyped"

import time

import pytest
from polymarket import RateLimitError, RateLimitUpdate
from py_clob_client_v2.exceptions import PolyApiException

from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange
from tests.exchange_clients.waiting import until

BURST = 5


def test_the_sdk_is_told_how_long_to_wait_and_nothing_was_done(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    client, market = new_account(exchange).sdk, exchange.untouched()
    signed = client.create_limit_order(token_id=market.yes_token, price="0.3", size="10", side="BUY")
    with (
        exchange.fault("rate-limited", path="/order", method="POST", times=1, retry_after_s=7),
        pytest.raises(RateLimitError) as refused,
    ):
        client.post_order(signed)
    assert refused.value.retry_after == 7
    assert refused.value.rate_limit is not None
    assert refused.value.rate_limit.remaining == 0
    assert client.list_open_orders().first_page().items == ()
    assert client.post_order(signed).ok, "the same order can be sent again"


def test_the_second_client_is_refused_with_429(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market = new_account(exchange), exchange.untouched()
    assert account.v2.get_open_orders() == []
    with (
        exchange.fault("rate-limited", path="/order", method="POST", times=1),
        pytest.raises(PolyApiException) as refused,
    ):
        account.buy(market.yes_token, 0.3, 10)
    assert refused.value.status_code == 429 and refused.value.error_msg["error"] == "Too Many Requests"


def test_a_signer_that_orders_beyond_its_tier_is_refused_until_it_waited(
    unusual_exchange: ServedExchange, new_account: NewAccount
) -> None:
    """Five at once, and one a second."""
    account, other = new_account(unusual_exchange), new_account(unusual_exchange)
    market, told = unusual_exchange.untouched(), list[RateLimitUpdate]()
    client = account.sdk_that_tells(told.append)
    orders = [
        client.create_limit_order(token_id=market.yes_token, price=f"0.{10 + index}", size="10", side="BUY")
        for index in range(2 * BURST + 1)
    ]
    told.clear()
    assert all(each.ok for each in client.post_orders(orders[:BURST]))
    assert [(each.tier, each.warning) for each in told] == [("Tiny", False)]
    with pytest.raises(RateLimitError) as refused:
        client.post_orders(orders[BURST : 2 * BURST])
    limit = refused.value.rate_limit
    assert refused.value.retry_after is not None and 1 <= refused.value.retry_after <= BURST
    assert limit is not None and (limit.tier, limit.warning) == ("Tiny", False)
    assert limit.remaining is not None and limit.remaining < BURST
    assert limit.reset is not None and limit.reset >= int(time.time())
    assert other.rest(market.yes_token, 0.3, 10), "a bucket for each signer"
    assert len(client.list_open_orders().first_page().items) == BURST, "what was refused is not there"
    assert len(client.cancel_all().canceled) == BURST, "cancels are counted apart"

    def tried() -> bool:
        try:
            return client.post_order(orders[-1]).ok
        except RateLimitError:
            return False

    assert until(tried, bool)


def test_where_limits_are_not_enforced_the_sdk_is_warned(exchange: ServedExchange, new_account: NewAccount) -> None:
    """Sixty at once are allowed."""
    account, market, told = new_account(exchange), exchange.untouched(), list[RateLimitUpdate]()
    client = account.sdk_that_tells(told.append)
    orders = [
        client.create_limit_order(token_id=market.yes_token, price="0.3", size=str(10 + index), side="BUY")
        for index in range(15)
    ]
    told.clear()
    for _ in range(40):
        client.post_orders(orders)
        if told[-1].warning:
            break
    assert [each.warning for each in told[:3]] == [False] * 3
    assert told[-1].warning and told[-1].tier == "Standard"
    assert told[-1].remaining is not None and told[-1].remaining < 0

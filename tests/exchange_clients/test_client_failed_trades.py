"""Trades that fail after they matched: everything is given back, and both clients and the stream tell it."""

# The second client ships no types.
# mypy: disable-error-code="import-untyped"

from typing import Any

import pytest
from polymarket import TransactionFailedError
from py_clob_client_v2 import TradeParams

from messages.units import CASH_SCALE
from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange
from tests.exchange_clients.streamed import elsewhere, run, user_stream
from tests.exchange_clients.waiting import until

CREDIT = 10_000 * CASH_SCALE


def test_the_sdk_that_waits_for_the_settlement_is_told_that_it_failed(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    maker, taker, market = new_account(exchange), new_account(exchange), exchange.untouched()
    maker.rest(market.no_token, 0.6, 20)
    exchange.happen("fail-trades", count=1)
    taken = taker.sdk.place_market_order(token_id=market.yes_token, side="BUY", amount="8", max_price="0.4")
    assert taken.ok and taken.status == "matched"
    assert exchange.cash(taker.wallet) < CREDIT
    with pytest.raises(TransactionFailedError, match="failed execution"):
        taker.sdk.wait_for_order_fill_settlement(taken)
    for client in (maker.sdk, taker.sdk):
        (trade,) = client.list_account_trades().first_page().items
        assert (trade.status, trade.id) == ("FAILED", taken.trade_ids[0])
    assert exchange.cash(maker.wallet) == exchange.cash(taker.wallet) == CREDIT
    assert (maker.shares(market.no_token), taker.shares(market.yes_token)) == (0, 0)
    positions = taker.sdk.list_positions(user=taker.wallet).first_page().items
    assert positions == ()


def test_the_second_client_sees_no_transaction_of_a_trade_that_failed(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    maker, taker, market = new_account(exchange), new_account(exchange), exchange.untouched()
    maker.rest(market.no_token, 0.6, 20)
    exchange.happen("fail-trades", count=1)
    first = taker.buy(market.yes_token, 0.4, 10)
    second = taker.buy(market.yes_token, 0.4, 10)

    def status(answer: dict[str, Any]) -> str:
        (trade,) = taker.v2.get_trades(TradeParams(id=answer["tradeIDs"][0]))
        return str(trade["status"])

    until(lambda: status(first), lambda found: found == "FAILED")
    until(lambda: status(second), lambda found: found == "CONFIRMED")
    assert taker.shares(market.yes_token) == 10, "only the first failed"
    assert exchange.cash(maker.wallet) == CREDIT - 6 * CASH_SCALE


def test_the_user_stream_tells_that_a_trade_is_retried_and_fails(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    maker, taker = new_account(exchange), new_account(exchange)
    market, elsewhere_market = exchange.untouched(), exchange.untouched()

    async def main() -> None:
        async with user_stream(maker, elsewhere_market.yes_token) as heard:
            await elsewhere(lambda: maker.rest(market.no_token, 0.6, 20))
            await elsewhere(lambda: exchange.happen("fail-trades", count=1))
            taken = await elsewhere(lambda: taker.buy(market.yes_token, 0.4, 20))
            events = await heard.until(lambda events: "FAILED" in statuses(events))
        assert statuses(events) == ["MATCHED", "RETRYING", "FAILED"]
        assert {each.payload.id for each in events if each.type == "trade"} == set(taken["tradeIDs"])

    run(main)


def statuses(events: list[Any]) -> list[str]:
    return [each.payload.status for each in events if each.type == "trade"]

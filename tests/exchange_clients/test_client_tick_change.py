"""The tick of a market changes under resting orders, as it does near 0 and 1."""

# The SDK's ids and amounts are types of its own; comparing them with ours is what is meant.
# The second client ships no types.
# mypy: disable-error-code="comparison-overlap,import-untyped"

from decimal import Decimal

import pytest
from polymarket import UserInputError
from py_clob_client_v2 import OrderArgs
from py_clob_client_v2.exceptions import PolyApiException

from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange
from tests.exchange_clients.streamed import elsewhere, market_stream, run


def test_orders_rest_where_they_were_and_finer_prices_are_taken(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    """The SDK asks for the market anew when its price is off the tick that it knows."""
    account, market = new_account(exchange), exchange.untouched()
    first = account.sdk.place_limit_order(token_id=market.yes_token, price="0.97", size="10", side="BUY")
    with pytest.raises(UserInputError):
        account.sdk.place_limit_order(token_id=market.yes_token, price="0.975", size="10", side="BUY")
    exchange.happen("change-tick", market=market.slug, tick_size="0.001")
    second = account.sdk.place_limit_order(token_id=market.yes_token, price="0.975", size="10", side="BUY")
    assert first.ok and second.ok and second.status == "live"
    book = account.sdk.get_order_book(token_id=market.yes_token)
    assert book.tick_size == Decimal("0.001")
    assert [level.price for level in book.bids] == [Decimal("0.97"), Decimal("0.975")]
    assert [each.id for each in account.sdk.list_open_orders().iter_items()] == [first.order_id, second.order_id]


def test_an_order_off_the_new_grid_still_trades(exchange: ServedExchange, new_account: NewAccount) -> None:
    maker, taker, market = new_account(exchange), new_account(exchange), exchange.untouched()
    order = maker.rest(market.yes_token, 0.43, 10)
    exchange.happen("change-tick", market=market.slug, tick_size="0.1")
    taken = taker.sdk.place_limit_order(token_id=market.no_token, price="0.6", size="10", side="BUY")
    assert taken.ok and taken.status == "matched"
    assert (taken.making_amount, taken.taking_amount) == (Decimal("5.7"), 10)
    assert maker.v2.get_order(order)["size_matched"] == "10"


def test_a_client_that_remembers_the_old_tick_is_refused(exchange: ServedExchange, new_account: NewAccount) -> None:
    """The second client keeps the tick for as long as it lives."""
    account, market = new_account(exchange).v2, exchange.untouched()
    args = OrderArgs(token_id=market.yes_token, price=0.43, size=10, side="BUY")
    assert account.create_and_post_order(args)["status"] == "live"
    exchange.happen("change-tick", market=market.slug, tick_size="0.1")
    with pytest.raises(PolyApiException) as refused:
        account.create_and_post_order(args)
    assert refused.value.status_code == 400
    assert "Price (0.43) breaks minimum tick size rule: 0.1" in refused.value.error_msg["error"]
    assert len(account.get_open_orders()) == 1


def test_the_market_stream_tells_of_the_new_tick(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market = new_account(exchange), exchange.untouched()

    async def main() -> None:
        async with market_stream(account, [market.yes_token, market.no_token]) as heard:
            await elsewhere(lambda: exchange.happen("change-tick", market=market.slug, tick_size="0.001"))
            events = await heard.until(lambda events: sum(each.type == "tick_size_change" for each in events) == 2)
        told = [each.payload for each in events if each.type == "tick_size_change"]
        assert {each.asset_id for each in told} == {market.yes_token, market.no_token}
        assert {(each.old_tick_size, each.new_tick_size) for each in told} == {(Decimal("0.01"), Decimal("0.001"))}

    run(main)

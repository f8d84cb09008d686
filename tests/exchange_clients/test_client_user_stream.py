"""What the user stream tells both sides of an order that is filled in two parts, and of its end."""

# The SDK's ids and amounts are types of its own; comparing them with ours is what is meant.
# mypy: disable-error-code="comparison-overlap"

from decimal import Decimal
from typing import Any

from polymarket import AsyncSecureClient

from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange
from tests.exchange_clients.streamed import elsewhere, is_order, run, user_stream

LIFE = ["MATCHED", "MINED", "CONFIRMED"]


def statuses(events: list[Any], trade: str) -> list[str]:
    return [each.payload.status for each in events if each.type == "trade" and each.payload.id == trade]


def matched(events: list[Any], order: str) -> list[tuple[str, Decimal]]:
    """What was told of an order, and how much of it was matched then."""
    return [
        (each.payload.order_event_type, each.payload.size_matched)
        for each in events
        if each.type == "order" and each.payload.id == order
    ]


def test_a_resting_order_is_filled_in_two_parts_and_the_rest_cancelled(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    maker, taker = new_account(exchange), new_account(exchange)
    market, elsewhere_market = exchange.untouched(), exchange.untouched()

    async def main() -> None:
        async with user_stream(maker, elsewhere_market.yes_token) as heard:
            order = await elsewhere(lambda: maker.rest(market.yes_token, 0.4, 30))
            first = await elsewhere(lambda: taker.buy(market.no_token, 0.6, 10))
            second = await elsewhere(lambda: taker.buy(market.no_token, 0.7, 12.5))
            trades = [*first["tradeIDs"], *second["tradeIDs"]]
            assert len(trades) == 2
            await heard.until(lambda events: all(statuses(events, each) == LIFE for each in trades))
            cancelled = await elsewhere(maker.v2.cancel_all)
            assert cancelled["canceled"] == [order]
            events = await heard.until(lambda events: any(is_order(each, order, "CANCELLATION") for each in events))
        assert matched(events, order) == [
            ("PLACEMENT", 0),
            ("UPDATE", 10),
            ("UPDATE", Decimal("22.5")),
            ("CANCELLATION", Decimal("22.5")),
        ]
        told = {each.payload.id: each.payload for each in events if each.type == "trade"}
        assert set(told) == set(trades)
        for trade, size in zip(trades, (Decimal(10), Decimal("12.5")), strict=True):
            payload = told[trade]
            assert (payload.trader_side, payload.side, payload.asset_id) == ("MAKER", "BUY", market.no_token)
            assert (payload.price, payload.size) == (Decimal("0.6"), size), "both at the resting price"
            (part,) = payload.maker_orders
            assert (part.order_id, part.owner) == (order, maker.v2.creds.api_key)
            assert (part.asset_id, part.side, part.price) == (market.yes_token, "BUY", Decimal("0.4"))
            assert part.matched_amount == size and payload.transaction_hash

    run(main)


def test_the_taker_hears_of_its_trade_under_the_id_that_it_was_answered(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    maker, taker = new_account(exchange), new_account(exchange)
    market, elsewhere_market = exchange.untouched(), exchange.untouched()

    async def main() -> None:
        async with user_stream(taker, elsewhere_market.yes_token) as heard:
            resting = await elsewhere(lambda: maker.rest(market.yes_token, 0.4, 30))
            taken = await elsewhere(lambda: taker.buy(market.no_token, 0.6, 30))
            (trade,) = taken["tradeIDs"]
            events = await heard.until(lambda events: statuses(events, trade) == LIFE)
        (payload, *_) = [each.payload for each in events if each.type == "trade"]
        assert (payload.taker_order_id, payload.trader_side) == (taken["orderID"], "TAKER")
        assert (payload.owner, payload.size) == (taker.v2.creds.api_key, 30)
        assert [part.order_id for part in payload.maker_orders] == [resting]
        assert all(resting != each.payload.id for each in events if each.type == "order"), "that one is the maker's"

    run(main)


def test_what_the_asynchronous_client_does_is_heard_in_its_order(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    account = new_account(exchange)
    market, elsewhere_market = exchange.untouched(), exchange.untouched()

    async def main() -> None:
        async with user_stream(account, elsewhere_market.yes_token) as heard:
            client = await AsyncSecureClient.create(
                private_key=account.key, wallet=account.wallet, environment=account.environment
            )
            async with client:
                placed = await client.place_limit_order(token_id=market.yes_token, price="0.2", size="10", side="BUY")
                assert placed.ok
                await client.cancel_order(order_id=placed.order_id)
            order = placed.order_id
            events = await heard.until(lambda events: len(matched(events, order)) == 2)
        assert matched(events, order) == [("PLACEMENT", 0), ("CANCELLATION", 0)]

    run(main)

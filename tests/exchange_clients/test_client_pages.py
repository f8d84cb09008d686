"""More orders and more trades than go on a page, as each client reads them."""

# The second client ships no types.
# mypy: disable-error-code="import-untyped"

from decimal import Decimal

from py_clob_client_v2 import OrderArgs, OrderType, PartialCreateOrderOptions, TradeParams
from py_clob_client_v2.clob_types import PostOrdersV2Args

from tests.exchange_clients.client_account import ClientAccount
from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange, is_fine
from tests.exchange_clients.waiting import until

A_PAGE = 500
LEVELS = 525
A_BATCH = 15


def rest_at_many_prices(account: ClientAccount, token: str) -> list[str]:
    """One order at each tenth of a cent; their ids in the order of their prices."""
    known = PartialCreateOrderOptions(tick_size="0.001", neg_risk=False)
    orders = [
        PostOrdersV2Args(
            order=account.v2.create_order(OrderArgs(token_id=token, price=tick / 1000, size=5, side="BUY"), known),
            orderType=OrderType.GTC,
        )
        for tick in range(1, LEVELS + 1)
    ]
    ids: list[str] = []
    for start in range(0, LEVELS, A_BATCH):
        ids += (each["orderID"] for each in account.v2.post_orders(orders[start : start + A_BATCH]))
    return ids


def test_all_orders_and_all_trades_come_over_several_pages(exchange: ServedExchange, new_account: NewAccount) -> None:
    """One order at a level; then somebody takes them all at once, which is a trade a level."""
    maker, taker, market = new_account(exchange), new_account(exchange), exchange.untouched(is_fine)
    ids = rest_at_many_prices(maker, market.yes_token)

    pages = list(maker.sdk.list_open_orders())
    assert [len(page.items) for page in pages] == [A_PAGE, LEVELS - A_PAGE]
    assert [each.id for page in pages for each in page.items] == ids
    assert [each["id"] for each in maker.v2.get_open_orders()] == ids
    assert len(maker.v2.get_open_orders(only_first_page=True)) == A_PAGE
    assert [each["id"] for each in maker.v1.get_orders()] == ids

    taken = taker.sdk.place_limit_order(token_id=market.no_token, price="0.999", size=str(5 * LEVELS), side="BUY")
    assert taken.ok and len(taken.trade_ids) == LEVELS
    for account, side in ((maker, "MAKER"), (taker, "TAKER")):
        pages_of_trades = list(account.sdk.list_account_trades())
        assert [len(page.items) for page in pages_of_trades] == [A_PAGE, LEVELS - A_PAGE]
        trades = [each for page in pages_of_trades for each in page.items]
        assert {each.id for each in trades} == set(taken.trade_ids) and len(trades) == LEVELS
        assert {each.trader_side for each in trades} == {side}
        assert sum(each.size for each in trades) == 5 * LEVELS
        assert {each["id"] for each in account.v2.get_trades()} == set(taken.trade_ids)
        assert {each["id"] for each in account.v1.get_trades()} == set(taken.trade_ids)
    assert {part.order_id for each in trades for part in each.maker_orders} == set(ids)
    assert maker.v2.get_open_orders() == []
    first = min(trades, key=lambda each: each.price)
    assert first.price == Decimal("0.475"), "the best bid was 0.525"
    (found,) = taker.v2.get_trades(TradeParams(id=first.id))
    assert found["maker_orders"][0]["order_id"] == ids[-1]
    until(lambda: taker.shares(market.no_token), lambda shares: shares == 5 * LEVELS)

"""The first client's orders: refused as the venue refuses them, and traded where the configuration takes them."""

from decimal import Decimal

import pytest
from py_clob_client.clob_types import MarketOrderArgs, OrderArgs, OrderType
from py_clob_client.exceptions import PolyApiException

from polyactors.venues.polymarket.signing.orders import SignatureType
from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange, is_binary, is_neg_risk
from tests.exchange_clients.waiting import until

KINDS = [pytest.param(kind, id=kind.name.lower()) for kind in SignatureType if kind is not SignatureType.DEPOSIT_WALLET]
"""It has no other wallets."""


def test_an_order_of_the_first_version_is_refused(exchange: ServedExchange, new_account: NewAccount) -> None:
    client, market = new_account(exchange).v1, exchange.untouched()
    with pytest.raises(PolyApiException) as refused:
        client.create_and_post_order(OrderArgs(token_id=market.yes_token, price=0.3, size=10, side="BUY"))
    assert (refused.value.status_code, refused.value.error_msg) == (400, {"error": "order_version_mismatch"})
    assert client.get_orders() == []


@pytest.mark.parametrize("name", ["binary", "neg_risk"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_places_cancels_takes_and_its_trade_settles(
    kind: SignatureType, name: str, unusual_exchange: ServedExchange, new_account: NewAccount
) -> None:
    exchange = unusual_exchange
    market = exchange.untouched(is_binary if name == "binary" else is_neg_risk)
    account = new_account(exchange, kind)
    client = account.v1
    placed = client.create_and_post_order(OrderArgs(token_id=market.yes_token, price=0.3, size=10, side="BUY"))
    assert placed["success"] and placed["status"] == "live"
    (shown,) = client.get_orders()
    assert (shown["id"], shown["maker_address"]) == (placed["orderID"], account.wallet)
    assert client.cancel(placed["orderID"])["canceled"] == [placed["orderID"]]
    new_account(exchange).rest(market.no_token, 0.6, 20)
    order = client.create_market_order(
        MarketOrderArgs(token_id=market.yes_token, amount=8, side="BUY", price=0.4, order_type=OrderType.FOK)
    )
    taken = client.post_order(order, OrderType.FOK)
    assert (taken["status"], taken["makingAmount"], taken["takingAmount"]) == ("matched", "8", "20")
    (trade,) = until(client.get_trades, lambda trades: trades[0]["status"] == "CONFIRMED")
    assert (trade["id"], trade["trader_side"]) == (taken["tradeIDs"][0], "TAKER")


def test_it_asks_for_books_and_finds_their_hashes_right(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market = new_account(exchange), exchange.untouched()
    account.rest(market.yes_token, 0.3, 12.5)
    account.rest(market.no_token, 0.6, 7)
    book = account.v1.get_order_book(market.yes_token)
    assert [(Decimal(each.price), Decimal(each.size)) for each in book.bids] == [(Decimal("0.3"), Decimal("12.5"))]
    assert [(Decimal(each.price), Decimal(each.size)) for each in book.asks] == [(Decimal("0.4"), Decimal(7))]
    said = book.hash
    assert account.v1.get_order_book_hash(book) == said
    assert account.v1.post_heartbeat(None)["heartbeat_id"]

"""Each type of wallet places, cancels, takes and is taken from; the wallet pays and is paid, not the key."""

# The SDK's ids and amounts are types of its own; comparing them with ours is what is meant.
# The second client ships no types.
# mypy: disable-error-code="comparison-overlap,import-untyped"

from decimal import Decimal

import pytest
from py_clob_client_v2 import BalanceAllowanceParams, OrderPayload

from polyactors.venues.polymarket.signing.orders import SignatureType
from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange
from tests.exchange_clients.waiting import until

KINDS = [pytest.param(kind, id=kind.name.lower()) for kind in SignatureType]
WORDS = {
    SignatureType.EOA: "EOA",
    SignatureType.PROXY: "POLY_PROXY",
    SignatureType.SAFE: "GNOSIS_SAFE",
    SignatureType.DEPOSIT_WALLET: "DEPOSIT_WALLET",
}
CREDIT = 10_000 * 10**6


@pytest.mark.parametrize("kind", KINDS)
def test_the_sdk_places_cancels_and_takes(
    kind: SignatureType, exchange: ServedExchange, new_account: NewAccount
) -> None:
    account, other, market = new_account(exchange, kind), new_account(exchange), exchange.untouched()
    client = account.sdk
    assert (client.wallet_type, client.wallet, client.signer) == (WORDS[kind], account.wallet, account.signer)
    assert (account.wallet == account.signer) is (kind is SignatureType.EOA)
    placed = client.place_limit_order(token_id=market.yes_token, price="0.2", size="10", side="BUY")
    assert placed.ok and placed.status == "live"
    assert client.get_order(order_id=placed.order_id).maker_address == account.wallet
    assert client.cancel_order(order_id=placed.order_id).canceled == (placed.order_id,)
    other.rest(market.no_token, 0.6, 30)
    taken = client.place_market_order(token_id=market.yes_token, side="BUY", amount="10", max_price="0.4")
    assert taken.ok and (taken.making_amount, taken.taking_amount) == (10, 25)
    client.wait_for_order_fill_settlement(taken)
    (trade,) = client.list_account_trades().first_page().items
    assert (trade.status, trade.maker_address, trade.size) == ("CONFIRMED", account.wallet, 25)
    shares = client.get_balance_allowance(asset_type="CONDITIONAL", token_id=market.yes_token)
    assert shares.balance == 25 * 10**6
    assert exchange.cash(account.wallet) <= CREDIT - 10 * 10**6


@pytest.mark.parametrize("kind", KINDS)
def test_the_second_client_places_cancels_and_is_taken_from(
    kind: SignatureType, exchange: ServedExchange, new_account: NewAccount
) -> None:
    account, other, market = new_account(exchange, kind), new_account(exchange), exchange.untouched()
    client = account.v2
    cancelled = account.rest(market.yes_token, 0.2, 10)
    assert client.cancel_order(OrderPayload(orderID=cancelled))["canceled"] == [cancelled]
    order = account.rest(market.yes_token, 0.4, 25)
    assert client.get_order(order)["maker_address"] == account.wallet
    other.buy(market.no_token, 0.6, 25)
    (trade,) = client.get_trades()
    assert trade["trader_side"] == "MAKER"
    (part,) = trade["maker_orders"]
    assert (part["order_id"], part["maker_address"], part["matched_amount"]) == (order, account.wallet, "25")
    until(lambda: account.shares(market.yes_token), lambda shares: shares == 25)
    assert exchange.cash(account.wallet) == CREDIT - 10 * 10**6, "makers pay no fee"
    about = BalanceAllowanceParams(asset_type="COLLATERAL", signature_type=kind.value)
    assert client.get_balance_allowance(about)["balance"] == str(CREDIT - 10 * 10**6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wallet_splits_sells_and_merges(
    kind: SignatureType, exchange: ServedExchange, new_account: NewAccount
) -> None:
    """An EOA by transactions of its own, the others through the relayer."""
    account, other, market = new_account(exchange, kind), new_account(exchange), exchange.untouched()
    client = account.sdk
    client.split_position(condition_id=market.market, amount=40 * 10**6).wait()
    assert exchange.cash(account.wallet) == CREDIT - 40 * 10**6
    assert (account.shares(market.yes_token), account.shares(market.no_token)) == (40, 40)
    other.rest(market.yes_token, 0.5, 10)
    sold = client.place_market_order(token_id=market.yes_token, side="SELL", shares="10", min_price="0.5")
    assert sold.ok and (sold.making_amount, sold.taking_amount) == (10, Decimal(5))
    client.wait_for_order_fill_settlement(sold)
    before = exchange.cash(account.wallet)
    client.merge_positions(condition_id=market.market, amount=30 * 10**6).wait()
    assert exchange.cash(account.wallet) - before == 30 * 10**6
    assert (account.shares(market.yes_token), account.shares(market.no_token)) == (0, 10)

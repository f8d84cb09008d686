"""Markets whose tokens are traded on other contracts: negRisk events on V2 negRisk, the second protocol on V3."""

# The SDK's ids and amounts are types of its own; comparing them with ours is what is meant.
# The second client ships no types.
# mypy: disable-error-code="comparison-overlap,import-untyped"

from decimal import Decimal

import pytest
from polymarket import TransactionFailedError
from py_clob_client_v2 import OrderArgs, PartialCreateOrderOptions
from py_clob_client_v2.exceptions import PolyApiException

from messages.units import CASH_SCALE
from polyactors.exchange.server.control_words import MarketLine
from polyactors.venues.polymarket.signing.addresses import COLLATERAL
from polyactors.venues.polymarket.signing.orders import SignatureType
from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.order_digest import NEG_RISK_V2, USUAL_V2, V3, digest_of
from tests.exchange_clients.served_exchange import ServedExchange, is_binary, is_neg_risk, is_protocol_two

CONTRACTS = {
    "binary": (is_binary, "2", USUAL_V2),
    "neg_risk": (is_neg_risk, "2", NEG_RISK_V2),
    "protocol_two": (is_protocol_two, "3", V3),
}
OTHERS = pytest.mark.parametrize("name", ["neg_risk", "protocol_two"])


def named(market: MarketLine) -> dict[str, str]:
    return {"position_id" if is_protocol_two(market) else "token_id": market.yes_token}


@pytest.mark.parametrize("name", CONTRACTS)
def test_an_order_s_id_is_its_digest_under_the_market_s_contract(
    name: str, exchange: ServedExchange, new_account: NewAccount
) -> None:
    kind, version, contract = CONTRACTS[name]
    account, market = new_account(exchange), exchange.untouched(kind)
    order = account.v2.create_order(OrderArgs(price=0.4, size=10, side="BUY", **named(market)))
    assert account.v2.post_order(order)["orderID"] == digest_of(order, contract, version)


@OTHERS
def test_the_sdk_trades_and_its_trade_settles(name: str, exchange: ServedExchange, new_account: NewAccount) -> None:
    """By itself: it is told by the market or by the token what to sign."""
    market = exchange.untouched(CONTRACTS[name][0])
    maker, taker = new_account(exchange), new_account(exchange)
    resting = maker.sdk.place_limit_order(asset_id=market.no_token, price="0.6", size="20", side="BUY")
    assert resting.ok and resting.status == "live"
    assert taker.sdk.get_order_book(asset_id=market.yes_token).neg_risk is (name == "neg_risk")
    taken = taker.sdk.place_market_order(asset_id=market.yes_token, side="BUY", amount="8", max_price="0.4")
    assert taken.ok and (taken.status, taken.making_amount, taken.taking_amount) == ("matched", 8, 20)
    assert taker.sdk.wait_for_order_fill_settlement(taken)
    (trade,) = maker.sdk.list_account_trades().first_page().items
    assert (trade.status, trade.condition_id) == ("CONFIRMED", market.market)
    assert exchange.cash(maker.wallet) == (10_000 - 12) * CASH_SCALE


@OTHERS
def test_the_second_client_places_and_cancels(name: str, exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market = new_account(exchange), exchange.untouched(CONTRACTS[name][0])
    order = account.rest(market.yes_token, 0.4, 10)
    (level,) = account.v2.get_order_book(market.yes_token)["bids"]
    assert Decimal(level["price"]) == Decimal("0.4") and Decimal(level["size"]) == 10
    assert account.v2.cancel_all()["canceled"] == [order]


@OTHERS
def test_sets_are_split_and_merged(name: str, exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market = new_account(exchange), exchange.untouched(CONTRACTS[name][0])
    account.sdk.split_position(condition_id=market.market, amount=50 * 10**6).wait()
    assert exchange.cash(account.wallet) == 9_950 * CASH_SCALE
    account.sdk.merge_positions(condition_id=market.market, amount="max").wait()
    assert exchange.cash(account.wallet) == 10_000 * CASH_SCALE


def test_a_neg_risk_order_signed_for_the_usual_exchange_is_refused(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    account, market = new_account(exchange), exchange.untouched(is_neg_risk)
    wrong = PartialCreateOrderOptions(tick_size="0.01", neg_risk=False)
    order = account.v2.create_order(OrderArgs(token_id=market.yes_token, price=0.4, size=10, side="BUY"), wrong)
    with pytest.raises(PolyApiException) as refused:
        account.v2.post_order(order)
    assert (refused.value.status_code, refused.value.error_msg) == (400, {"error": "invalid signature"})


@pytest.mark.parametrize("kind", [SignatureType.EOA, SignatureType.SAFE, SignatureType.DEPOSIT_WALLET])
def test_collateral_is_sent_to_another_wallet(
    kind: SignatureType, exchange: ServedExchange, new_account: NewAccount
) -> None:
    """The newest client's `transfer_erc20` was reverted, or refused by the relayer."""
    account, friend = new_account(exchange, kind), new_account(exchange)
    assert friend.sdk.get_balance_allowance(asset_type="COLLATERAL").balance == 10_000 * CASH_SCALE
    sent = account.sdk.transfer_erc20(token_address=COLLATERAL, recipient_address=friend.wallet, amount=25 * CASH_SCALE)
    sent.wait()
    assert exchange.cash(account.wallet) == 9_975 * CASH_SCALE
    assert friend.sdk.get_balance_allowance(asset_type="COLLATERAL").balance == 10_025 * CASH_SCALE
    with pytest.raises(TransactionFailedError):
        account.sdk.transfer_erc20(
            token_address=COLLATERAL, recipient_address=friend.wallet, amount=10_000 * CASH_SCALE
        ).wait()
    assert exchange.cash(account.wallet) == 9_975 * CASH_SCALE

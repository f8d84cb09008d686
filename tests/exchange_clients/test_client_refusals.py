"""What the exchange refuses, in the venue's words, and that nothing is left of it."""

# The second client ships no types.
# mypy: disable-error-code="import-untyped"

import re
from collections.abc import Callable
from typing import Any

import pytest
from polymarket import RequestRejectedError, UserInputError
from py_clob_client_v2 import ApiCreds, MarketOrderArgs, OrderArgs, OrderType, PartialCreateOrderOptions
from py_clob_client_v2.exceptions import PolyApiException

from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange, is_protocol_two

ORDER_ID = "0x[0-9a-f]{64}"


def refused_v2(do: Callable[[], object]) -> tuple[int, str]:
    """How the second client is refused: the status and the text."""
    with pytest.raises(PolyApiException) as refused:
        do()
    assert set(refused.value.error_msg) == {"error"}
    return refused.value.status_code, refused.value.error_msg["error"]


def refused_sdk(do: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(RequestRejectedError) as refused:
        do()
    assert refused.value.restriction is None
    return refused.value.status, str(refused.value)


def bought(client: Any, token: str, price: float, size: float) -> Any:
    return client.create_and_post_order(OrderArgs(token_id=token, price=price, size=size, side="BUY"))


def test_a_price_between_the_ticks_is_refused(exchange: ServedExchange, new_account: NewAccount) -> None:
    """The second client rounds to the decimals of the tick alone, so that 0.483 passes it where the tick is 0.005."""
    market, account = exchange.untouched(), new_account(exchange)
    exchange.happen("change-tick", market=market.slug, tick_size="0.005")
    status, text = refused_v2(lambda: bought(account.v2, market.yes_token, 0.483, 10))
    assert status == 400
    assert re.fullmatch(f"order {ORDER_ID} is invalid. Price \\(0.483\\) breaks minimum tick size rule: 0.005", text)
    with pytest.raises(UserInputError, match="tick size"):
        account.sdk.place_limit_order(token_id=market.yes_token, price="0.483", size="10", side="BUY")
    assert bought(account.v2, market.yes_token, 0.485, 10)["status"] == "live"


def test_an_order_that_is_too_small_is_refused(exchange: ServedExchange, new_account: NewAccount) -> None:
    market, account = exchange.untouched(), new_account(exchange)
    expected = f"order {ORDER_ID} is invalid. Size \\(4.99\\) lower than the minimum: 5"
    status, text = refused_v2(lambda: bought(account.v2, market.yes_token, 0.5, 4.99))
    assert status == 400 and re.fullmatch(expected, text)
    status, text = refused_sdk(
        lambda: account.sdk.place_limit_order(token_id=market.yes_token, price="0.5", size="4.99", side="BUY")
    )
    assert status == 400 and re.fullmatch(expected, text)
    assert account.v2.get_open_orders() == []


def test_a_market_order_for_less_than_a_dollar_is_refused(exchange: ServedExchange, new_account: NewAccount) -> None:
    market, account = exchange.untouched(), new_account(exchange)
    new_account(exchange).rest(market.no_token, 0.5, 10)
    expected = (400, "invalid amount for a marketable BUY order ($0.99), min size: $1")
    args = MarketOrderArgs(token_id=market.yes_token, amount=0.99, side="BUY", price=0.5)
    assert refused_v2(lambda: account.v2.create_and_post_market_order(args, order_type=OrderType.FAK)) == expected
    assert (
        refused_sdk(
            lambda: account.sdk.place_market_order(
                token_id=market.yes_token, side="BUY", amount="0.99", max_price="0.5"
            )
        )
        == expected
    )


def test_an_order_that_was_given_already_is_refused(exchange: ServedExchange, new_account: NewAccount) -> None:
    market, account = exchange.untouched(), new_account(exchange)
    order = account.v2.create_order(OrderArgs(token_id=market.yes_token, price=0.4, size=10, side="BUY"))
    placed = account.v2.post_order(order)["orderID"]
    expected = (400, f"order {placed} is invalid. Duplicated.")
    assert refused_v2(lambda: account.v2.post_order(order)) == expected
    account.v2.cancel_all()
    assert refused_v2(lambda: account.v2.post_order(order)) == expected, "an order cannot come back"
    signed = account.sdk.create_limit_order(token_id=market.yes_token, price="0.41", size="10", side="BUY")
    first = account.sdk.post_order(signed)
    assert first.ok
    assert refused_sdk(lambda: account.sdk.post_order(signed)) == (
        400,
        f"order {first.order_id} is invalid. Duplicated.",
    )
    assert [each["id"] for each in account.v2.get_open_orders()] == [first.order_id]


def test_an_order_beyond_the_balance_is_refused(exchange: ServedExchange, new_account: NewAccount) -> None:
    """Ten thousand dollars are given to each wallet. What rests in other markets does not count."""
    first, second, account = exchange.untouched(), exchange.untouched(), new_account(exchange)
    short = "not enough balance / allowance: the balance is not enough -> balance: {}, order amount: {}"
    account.rest(first.yes_token, 0.5, 12_000)
    status, text = refused_v2(lambda: bought(account.v2, first.yes_token, 0.5, 9_000))
    assert (status, text) == (400, short.format(4_000_000_000, 4_500_000_000))
    status, text = refused_sdk(
        lambda: account.sdk.place_limit_order(token_id=second.yes_token, price="0.5", size="20002", side="BUY")
    )
    assert (status, text) == (400, short.format(10_000_000_000, 10_001_000_000))
    account.rest(second.yes_token, 0.5, 19_000)
    assert len(account.v2.get_open_orders()) == 2


def test_shares_that_one_does_not_have_cannot_be_sold(exchange: ServedExchange, new_account: NewAccount) -> None:
    market, account = exchange.untouched(), new_account(exchange)
    args = OrderArgs(token_id=market.yes_token, price=0.5, size=10, side="SELL")
    status, text = refused_v2(lambda: account.v2.create_and_post_order(args))
    assert status == 400 and text.startswith("not enough balance / allowance")


def test_a_token_that_is_not_listed_has_no_book(exchange: ServedExchange, new_account: NewAccount) -> None:
    account = new_account(exchange)
    known = PartialCreateOrderOptions(tick_size="0.01", neg_risk=False)
    order = OrderArgs(token_id=str(2**255 + 12345), price=0.5, size=10, side="BUY")
    built = account.v2.builder.build_order(order, known, version=2)
    assert refused_v2(lambda: account.v2.post_order(built)) == (
        404,
        "No orderbook exists for the requested token id",
    )


def test_somebody_else_s_key_cannot_give_orders(exchange: ServedExchange, new_account: NewAccount) -> None:
    market, account, other = exchange.untouched(), new_account(exchange), new_account(exchange)
    order = account.v2.create_order(OrderArgs(token_id=market.yes_token, price=0.4, size=10, side="BUY"))
    assert refused_v2(lambda: other.v2.post_order(order)) == (
        400,
        "the order signer address has to be the address of the API KEY",
    )
    assert other.v2.get_open_orders() == [] == account.v2.get_open_orders()


def test_a_wrong_secret_is_nobody(exchange: ServedExchange, new_account: NewAccount) -> None:
    market, account, other = exchange.untouched(), new_account(exchange), new_account(exchange)
    mine, theirs = account.v2.creds, other.v2.creds
    order = account.v2.create_order(OrderArgs(token_id=market.yes_token, price=0.4, size=10, side="BUY"))
    account.v2.set_api_creds(ApiCreds(mine.api_key, theirs.api_secret, mine.api_passphrase))
    assert refused_v2(lambda: account.v2.post_order(order)) == (401, "Unauthorized/Invalid api key")


@pytest.mark.parametrize("version", [2, 3])
def test_a_signature_for_another_exchange_contract_is_refused(
    version: int, exchange: ServedExchange, new_account: NewAccount
) -> None:
    """A token of the second protocol is traded on V3, the others on V2."""
    market = exchange.untouched(is_protocol_two) if version == 2 else exchange.untouched()
    account = new_account(exchange)
    order = account.v2.builder.build_order(
        OrderArgs(token_id=market.yes_token, price=0.4, size=10, side="BUY"),
        PartialCreateOrderOptions(tick_size="0.01", neg_risk=False),
        version=version,
    )
    assert refused_v2(lambda: account.v2.post_order(order)) == (400, "invalid signature")

"""A market is resolved by hand, and those who held its shares redeem them."""

# The SDK's ids and amounts are types of its own; comparing them with ours is what is meant.
# mypy: disable-error-code="comparison-overlap"

from decimal import Decimal

import pytest
from polymarket import RequestRejectedError

from messages.units import CASH_SCALE, ONE
from polyactors.exchange.server.control_words import Ruling
from polyactors.venues.polymarket.signing.orders import SignatureType
from tests.exchange_clients.client_account import ClientAccount
from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange, is_binary, is_neg_risk, is_protocol_two
from tests.exchange_clients.streamed import elsewhere, is_order, market_stream, run, user_stream
from tests.exchange_clients.waiting import until

CREDIT = 10_000 * CASH_SCALE
KINDS = [pytest.param(kind, id=kind.name.lower()) for kind in SignatureType]


def hold(yes: ClientAccount, no: ClientAccount, tokens: tuple[str, str], size: int) -> None:
    """YES at 0.4 for the one, who makes and so pays no fee, NO at 0.6 for the other."""
    yes.rest(tokens[0], 0.4, size)
    no.buy(tokens[1], 0.6, size)
    until(lambda: yes.shares(tokens[0]), lambda shares: shares == size)


@pytest.mark.parametrize("kind", KINDS)
def test_who_was_right_redeems_a_dollar_a_share(
    kind: SignatureType, exchange: ServedExchange, new_account: NewAccount
) -> None:
    winner, loser, market = new_account(exchange, kind), new_account(exchange), exchange.untouched()
    hold(winner, loser, (market.yes_token, market.no_token), 50)
    loser_s = exchange.cash(loser.wallet)
    exchange.resolve(market.slug, Ruling.YES)
    (position,) = winner.sdk.list_positions(user=winner.wallet, status="REDEEMABLE").first_page().items
    assert (position.condition_id, position.current_size) == (market.market, 50)
    winner.sdk.redeem_positions(condition_id=market.market).wait()
    assert exchange.cash(winner.wallet) == CREDIT - 20 * CASH_SCALE + 50 * CASH_SCALE
    loser.sdk.redeem_positions(condition_id=market.market).wait()
    assert exchange.cash(loser.wallet) == loser_s
    assert (winner.shares(market.yes_token), loser.shares(market.no_token)) == (0, 0)
    winner.sdk.redeem_positions(condition_id=market.market).wait()
    assert exchange.cash(winner.wallet) == CREDIT + 30 * CASH_SCALE, "once"


@pytest.mark.parametrize(
    ("name", "ruling", "paid"),
    [
        ("binary", Ruling.NO, 0),
        ("binary", Ruling.HALF, 25),
        ("neg_risk", Ruling.YES, 50),
        ("neg_risk", Ruling.NO, 0),
        ("protocol_two", Ruling.YES, 50),
        ("protocol_two", Ruling.HALF, 25),
    ],
)
def test_every_kind_of_market_pays_what_was_ruled(
    name: str, ruling: Ruling, paid: int, exchange: ServedExchange, new_account: NewAccount
) -> None:
    kinds = {"binary": is_binary, "neg_risk": is_neg_risk, "protocol_two": is_protocol_two}
    holder, other, market = new_account(exchange), new_account(exchange), exchange.untouched(kinds[name])
    hold(holder, other, (market.yes_token, market.no_token), 50)
    exchange.resolve(market.slug, ruling)
    assert exchange.market(market.market).yes_payout == ONE * paid // 50
    holder.sdk.redeem_positions(condition_id=market.market).wait()
    assert exchange.cash(holder.wallet) == CREDIT + (paid - 20) * CASH_SCALE


def test_open_orders_are_cancelled_and_both_streams_tell_it(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market, other = new_account(exchange), exchange.untouched(), exchange.untouched()

    async def main() -> None:
        async with (
            user_stream(account, other.yes_token) as mine,
            market_stream(account, [market.yes_token]) as everybody_s,
        ):
            order = await elsewhere(lambda: account.rest(market.yes_token, 0.3, 10))
            await elsewhere(lambda: exchange.resolve(market.slug, Ruling.NO))
            events = await mine.until(lambda events: any(is_order(each, order, "CANCELLATION") for each in events))
            (end,) = [each.payload for each in events if is_order(each, order, "CANCELLATION")]
            assert end.status == "CANCELED_MARKET_RESOLVED"
            told = await everybody_s.until(lambda events: any(each.type == "market_resolved" for each in events))
            (resolved,) = [each.payload for each in told if each.type == "market_resolved"]
            assert resolved.winning_token_id == market.no_token
            assert resolved.winning_outcome == "No"

    run(main)
    assert account.v2.get_open_orders() == []


def test_a_resolved_market_takes_no_orders(exchange: ServedExchange, new_account: NewAccount) -> None:
    account, market = new_account(exchange), exchange.untouched()
    signed = account.sdk.create_limit_order(token_id=market.yes_token, price="0.5", size="10", side="BUY")
    exchange.resolve(market.slug, Ruling.YES)
    with pytest.raises(RequestRejectedError) as refused:
        account.sdk.post_order(signed)
    assert (refused.value.status, str(refused.value)) == (404, "No orderbook exists for the requested token id")
    (shown,) = account.sdk.list_markets(condition_ids=[market.market], closed=True).first_page().items
    assert shown.outcomes.yes.price == Decimal(1) and shown.outcomes.no.price == 0

"""The clients among the simulated traders: somebody is there to trade with."""

# The second client ships no types.
# mypy: disable-error-code="import-untyped"

import pytest
from py_clob_client_v2 import MarketOrderArgs, OrderType

from polyactors.exchange.server.control_words import MarketLine
from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange
from tests.exchange_clients.waiting import until


def quoted(exchange: ServedExchange) -> MarketLine:
    """A market with both best prices, far from 0 and 1, where nobody who takes is held back."""

    def lines() -> list[MarketLine]:
        return [
            line
            for line in exchange.markets()
            if line.kind == "binary" and line.best_bid and line.best_ask and 1_500 < line.best_ask < 8_500
        ]

    return next(line for line in until(lines, lambda found: len(found) > 2) if not exchange.delays(line.market))


@pytest.mark.parametrize("by", ["sdk", "v2"])
def test_a_fok_order_is_filled_by_the_crowd_and_settles(
    by: str, crowded_exchange: ServedExchange, new_account: NewAccount
) -> None:
    account, market = new_account(crowded_exchange), quoted(crowded_exchange)
    if by == "sdk":
        taken = account.sdk.place_market_order(
            token_id=market.yes_token, side="BUY", amount="5", max_price="0.95", order_type="FOK"
        )
        assert taken.ok and taken.status == "matched" and taken.taking_amount > 5
        assert account.sdk.wait_for_order_fill_settlement(taken)
    else:
        args = MarketOrderArgs(token_id=market.yes_token, amount=5, side="BUY", price=0.95)
        answer = account.v2.create_and_post_market_order(args, order_type=OrderType.FOK)
        assert answer["status"] == "matched" and answer["transactionsHashes"]
    until(lambda: account.shares(market.yes_token), lambda shares: shares > 5)

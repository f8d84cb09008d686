"""What the Data API says after a trade, as the SDK reads it."""

# The SDK's ids and amounts are types of its own; comparing them with ours is what is meant.
# mypy: disable-error-code="comparison-overlap"

from decimal import Decimal

from messages.units import CASH_SCALE
from tests.exchange_clients.conftest import NewAccount
from tests.exchange_clients.served_exchange import ServedExchange
from tests.exchange_clients.waiting import until


def test_both_sides_of_a_trade_have_positions_at_what_they_paid(
    exchange: ServedExchange, new_account: NewAccount
) -> None:
    maker, taker, market = new_account(exchange), new_account(exchange), exchange.untouched()
    maker.rest(market.yes_token, 0.4, 25)
    taken = taker.sdk.place_limit_order(token_id=market.no_token, price="0.6", size="25", side="BUY")
    assert taken.ok
    taker.sdk.wait_for_order_fill_settlement(taken)
    for account, outcome, price in ((maker, "Yes", "0.4"), (taker, "No", "0.6")):
        (position,) = account.sdk.list_positions(user=account.wallet).first_page().items
        assert (position.condition_id, position.outcome) == (market.market, outcome)
        assert (position.current_size, position.avg_price) == (25, Decimal(price))
        assert position.wallet == account.wallet.lower()
        (trade,) = account.sdk.list_trades(user=account.wallet, taker_only=False).first_page().items
        assert (trade.size, trade.price) == (25, Decimal(price))


def test_what_was_sold_again_is_no_position(exchange: ServedExchange, new_account: NewAccount) -> None:
    maker, taker, market = new_account(exchange), new_account(exchange), exchange.untouched()
    taker.sdk.split_position(condition_id=market.market, amount=20 * CASH_SCALE).wait()
    maker.rest(market.yes_token, 0.5, 20)
    sold = taker.sdk.place_market_order(token_id=market.yes_token, side="SELL", shares="20", min_price="0.5")
    assert sold.ok
    taker.sdk.wait_for_order_fill_settlement(sold)
    positions = until(lambda: taker.sdk.list_positions(user=taker.wallet).first_page().items, bool)
    assert [(each.outcome, each.current_size) for each in positions] == [("No", 20)]
    kinds = [each.type for each in taker.sdk.list_activity(user=taker.wallet).iter_items()]
    assert kinds == ["TRADE", "SPLIT", "DEPOSIT"]

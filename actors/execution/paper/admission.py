"""Why the venue refuses an order on arrival, in its own words (reference polymarket.md, 2.6)."""

from collections.abc import Sequence

from actors.execution.paper.matching import Match
from messages.identity import OrderId, Side
from messages.intents import TimeInForce
from messages.market_data import Snapshot
from messages.markets import Market, Phase
from messages.orders import Order
from messages.units import (
    CASH_SCALE,
    LOT,
    PRICE_SCALE,
    Cash,
    Price,
    format_cash,
    format_price,
    format_shares,
    notional,
)

MARKET_NOT_FOUND = "market not found"
NOT_READY = "the market is not yet ready to process new orders"
INVALID_PAYLOAD = "Invalid order payload"
INVALID_EXPIRATION = "invalid expiration"
NOT_ENOUGH_BALANCE = "not enough balance / allowance"
POST_ONLY_CROSSES = "invalid post-only order: order crosses book"
FOK_NOT_FILLED = "order couldn't be fully filled. FOK orders are fully filled or killed."
FAK_NO_MATCH = (
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
)
EXPIRED = "CANCELED_EXPIRED_ORDER"
UNCOVERED = "CANCELED_NOT_ENOUGH_BALANCE"
FAK_REST = "the rest of a FAK order is killed"
MARKET_CONDITIONS = "order match delayed due to market conditions"
"""What the venue says to an order that it refuses for reasons of its own."""
CANNOT_BE_FOUND = "order can't be found - already canceled or matched"

SMALLEST_MARKETABLE_BUY = Cash(CASH_SCALE)

_NOT_TRADING = (Phase.CLOSED, Phase.RESOLVED)
_IMMEDIATE = (TimeInForce.FOK, TimeInForce.FAK)


def duplicated(order: OrderId) -> str:
    return f"order {order} is invalid. Duplicated."


def is_immediate(order: Order) -> bool:
    """FOK and FAK never rest."""
    return order.time_in_force in _IMMEDIATE


def is_ready(market: Market, last: Snapshot | None) -> bool:
    """A market takes orders when it says so, its book is known, and it is not over."""
    return market.accepting_orders and last is not None and last.phase not in _NOT_TRADING


def refusal_of_form(order: Order, market: Market, last: Snapshot) -> str | None:
    """What is wrong with the order itself, or None. The tick is the last book's, for it changes within a market's life.

    The minimum size is for orders that may rest (reference 3.2). A size that is no whole number of lots cannot be
    matched to its end, and no client of the venue can write it.
    """
    tick = last.tick_size
    if order.size <= 0 or order.size % LOT or (order.post_only and is_immediate(order)):
        return INVALID_PAYLOAD
    if order.price % tick or not tick <= order.price <= PRICE_SCALE - tick:
        price, rule = format_price(order.price), format_price(Price(tick))
        return f"order {order.order} is invalid. Price ({price}) breaks minimum tick size rule: {rule}"
    if order.size < market.minimum_size and not is_immediate(order):
        size, minimum = format_shares(order.size), format_shares(market.minimum_size)
        return f"order {order.order} is invalid. Size ({size}) lower than the minimum: {minimum}"
    return None


def refusal_of_match(order: Order, matches: Sequence[Match]) -> str | None:
    """What is wrong with meeting `matches` of the displayed book, or None.

    The amount of a marketable BUY is its limit price times its size, as the venue counts it.
    """
    if not matches:
        return FAK_NO_MATCH if order.time_in_force is TimeInForce.FAK else _killed(order, matches)
    if order.post_only:
        return POST_ONLY_CROSSES
    amount = notional(order.price, order.size)
    if order.side is Side.BUY and amount < SMALLEST_MARKETABLE_BUY:
        return f"invalid amount for a marketable BUY order (${format_cash(amount)}), min size: $1"
    return _killed(order, matches)


def _killed(order: Order, matches: Sequence[Match]) -> str | None:
    is_short = sum(match.size for match in matches) < order.size
    return FOK_NOT_FILLED if order.time_in_force is TimeInForce.FOK and is_short else None

"""The venue's form of an order: exact amounts, the contract, the stamp at which it ends.

A FOK or FAK that buys offers cash, in whole cents (polymarket_wire.md 5.4): its size is cut to what that cash buys at
the order's price, and is never above the one that was wanted. Where the book is better than the price, the venue's
documents leave open whether it spends all the cash all the same, and so buys more shares than were ordered.
"""

from collections.abc import Callable
from secrets import randbelow

from attrs import evolve, frozen

from messages.identity import Side, TokenId
from messages.intents import TimeInForce
from messages.markets import Market
from messages.orders import Order
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, TickSize, proceeds
from polyactors.venues.polymarket.live_account.owner import Owner
from polyactors.venues.polymarket.live_account.settings import ENDS_EARLY_S
from polyactors.venues.polymarket.market_exchange import exchange_of
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.order_amounts import (
    BadAmounts,
    OrderAmounts,
    limit_amounts,
    market_buy_amounts,
)
from polyactors.venues.polymarket.signing.orders import LegacyTerms, SignedOrder

SALTS = 1 << 53
"""The venue reads it as a floating-point number (polymarket_wire.md 5.3)."""

_IMMEDIATE = (TimeInForce.FOK, TimeInForce.FAK)


def random_salt() -> int:
    return randbelow(SALTS)


@frozen
class OrderMade:
    """`unsigned` is complete but for its signature; `expiration_s`, which only the first version signs, is 0 for
    none."""

    unsigned: SignedOrder
    exchange: ExchangeKind
    expiration_s: int


def make_order(
    order: Order,
    market: Market,
    tick_size: TickSize,
    owner: Owner,
    now_ns: int,
    *,
    least_lead_s: int,
    salt: Callable[[], int] = random_salt,
    fee_rate_bps: int | None = None,
) -> OrderMade:
    """An order of the first version where it names a fee rate. Raises `BadAmounts` for what the venue has no form for,
    and `NoExchange`."""
    token = market.token(order.outcome)
    expiration_s = _expiration_s(order, now_ns, least_lead_s)
    amounts = _amounts(order, tick_size)
    unsigned = _unsigned(order, token, amounts, owner, now_ns, salt())
    if fee_rate_bps is None:
        return OrderMade(unsigned, exchange_of(market), expiration_s)
    legacy = LegacyTerms(expiration_s=expiration_s, fee_rate_bps=fee_rate_bps)
    first = evolve(unsigned, timestamp_ms=0, legacy=legacy)
    return OrderMade(first, exchange_of(market, OrderVersion.V1), expiration_s)


def _amounts(order: Order, tick_size: TickSize) -> OrderAmounts:
    if order.time_in_force in _IMMEDIATE and order.post_only:
        raise BadAmounts(f"a {order.time_in_force.value} order cannot be post-only")
    amounts = limit_amounts(order.side, order.price, order.size, tick_size)
    if order.side is Side.SELL or order.time_in_force not in _IMMEDIATE:
        return amounts
    return market_buy_amounts(order.price, proceeds(order.price, order.size), tick_size)


def _expiration_s(order: Order, now_ns: int, least_lead_s: int) -> int:
    """At the last whole second that is not after `expires_ns`, or later where the venue takes no stamp so near."""
    if order.time_in_force is not TimeInForce.GTD:
        return 0
    if order.expires_ns <= now_ns:
        raise BadAmounts("a GTD order that has ended already")
    soonest_s = -(-now_ns // NANOSECONDS_PER_SECOND) + least_lead_s
    return max(order.expires_ns // NANOSECONDS_PER_SECOND + ENDS_EARLY_S, soonest_s)


def _unsigned(order: Order, token: TokenId, amounts: OrderAmounts, owner: Owner, now_ns: int, salt: int) -> SignedOrder:
    return SignedOrder(
        salt=salt,
        maker=owner.wallet,
        signer=owner.order_signer,
        token_id=token,
        maker_amount=amounts.maker,
        taker_amount=amounts.taker,
        side=order.side,
        signature_type=owner.signature_type,
        timestamp_ms=now_ns // NANOSECONDS_PER_MILLISECOND,
    )

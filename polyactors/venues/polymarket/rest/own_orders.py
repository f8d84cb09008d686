"""Our orders as the CLOB has them (polymarket_wire.md 4.5)."""

from enum import Enum

import msgspec
from attrs import frozen

from messages.identity import MarketId, OrderId, Side, TokenId, TradeId
from messages.intents import TimeInForce
from messages.units import Price, Shares
from polyactors.venues.polymarket.rest.decoding import decoded, market_of, named, order_of, side_of, token_of
from polyactors.venues.polymarket.rest.exact_numbers import milliseconds_of, price_of, size_of
from polyactors.venues.polymarket.rest.pages import Page, PageRows, end_of_page
from polyactors.venues.refused import Refused


class OrderStatus(Enum):
    """The venue's words for where an order stands (polymarket.md 3.5)."""

    LIVE = "LIVE"
    MATCHED = "MATCHED"
    DELAYED = "DELAYED"
    UNMATCHED = "UNMATCHED"
    CANCELED = "CANCELED"
    CANCELED_MARKET_RESOLVED = "CANCELED_MARKET_RESOLVED"
    CANCELED_NOT_ENOUGH_BALANCE = "CANCELED_NOT_ENOUGH_BALANCE"
    CANCELED_MARKET_NOT_FOUND = "CANCELED_MARKET_NOT_FOUND"
    CANCELED_EXPIRED_ORDER = "CANCELED_EXPIRED_ORDER"
    CANCELED_ORDER_TIMED_OUT = "CANCELED_ORDER_TIMED_OUT"
    INVALID = "INVALID"


@frozen
class Missing:
    """The venue has no such order of ours, or not any more: it forgets those that ended."""


@frozen
class OwnOrder:
    """`expires_ms` is the stamp that was sent, None for none: the order ends 60 s before it (field note 14)."""

    order: OrderId
    market: MarketId
    token: TokenId
    side: Side
    price: Price
    size: Shares
    matched: Shares
    status: OrderStatus
    time_in_force: TimeInForce
    owner: str
    maker_address: str
    created_ms: int | None
    expires_ms: int | None
    trades: tuple[TradeId, ...]


class _Order(msgspec.Struct):
    id: str
    market: str
    asset_id: str
    owner: str
    maker_address: str
    side: str
    price: str
    original_size: str
    size_matched: str
    order_type: str
    status: str
    created_at: int | str
    associate_trades: list[str] | None = None
    expiration: int | str | None = None


class _Page(PageRows):
    data: list[_Order]


_STATUSES = {status.value: status for status in OrderStatus}
_TYPES = {kind.value: kind for kind in TimeInForce}
_PREFIX = "ORDER_STATUS_"
_NOTHING = (b"", b"null", b'""', b"{}")


class _Refusal(msgspec.Struct):
    error: str


def read_order(body: bytes, asked: OrderId) -> OwnOrder | Missing:
    """Raises `Refused`."""
    if body.strip() in _NOTHING:
        return Missing()
    order = _order(decoded(body, _Order))
    if order.order != asked:
        raise Refused("wrong_order", f"the order is {order.order}")
    return order


def missing_in(status: int, body: bytes) -> Missing | None:
    """What a refusal says, if it is the CLOB's own word that there is no such order, and not some other 404."""
    if status != 404:
        return None
    try:
        text = decoded(body, _Refusal).error.lower()
    except Refused:
        return None
    return Missing() if "order" in text and "not found" in text else None


def read_order_page(body: bytes) -> Page[OwnOrder]:
    """Raises `Refused`: a page with one bad row is no page, for it would hide an order."""
    page = decoded(body, _Page)
    return Page(tuple(_order(each) for each in page.data), end_of_page(page))


def _order(order: _Order) -> OwnOrder:
    size, matched = size_of(order.original_size), size_of(order.size_matched or "0", may_be_zero=True)
    if matched > size:
        raise Refused("does_not_add_up", f"{order.size_matched} of {order.original_size} were matched")
    return OwnOrder(
        order=order_of(order.id),
        market=market_of(order.market),
        token=token_of(order.asset_id),
        side=side_of(order.side),
        price=price_of(order.price),
        size=size,
        matched=matched,
        status=_status(order.status),
        time_in_force=_time_in_force(order.order_type),
        owner=order.owner,
        maker_address=order.maker_address,
        created_ms=milliseconds_of(order.created_at),
        expires_ms=milliseconds_of(order.expiration),
        trades=tuple(TradeId(named(each, "trade")) for each in order.associate_trades or ()),
    )


def _status(text: str) -> OrderStatus:
    """Some end in a sentence that says why: "CANCELED_order couldn't be fully filled."."""
    bare = text.removeprefix(_PREFIX)
    status = _STATUSES.get(bare)
    if status is not None:
        return status
    for beginning in (OrderStatus.CANCELED, OrderStatus.INVALID):
        if bare.startswith(beginning.value + "_"):
            return beginning
    raise Refused("unknown_status", f"an order is {text[:80]!r}")


def _time_in_force(text: str) -> TimeInForce:
    found = _TYPES.get(text)
    if found is None:
        raise Refused("unknown_type", f"an order is of type {text[:80]!r}")
    return found

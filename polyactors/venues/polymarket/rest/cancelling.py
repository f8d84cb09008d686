"""What becomes of cancels (polymarket_wire.md 7.2)."""

from collections.abc import Collection

import msgspec
from attrs import frozen

from messages.identity import MarketId, OrderId, TokenId
from polyactors.venues.polymarket.rest.decoding import decoded, order_of
from polyactors.venues.refused import Refused

MOST_CANCELS = 1_000
"""So many at a time are safe by all of the venue's documents."""
LONGEST_REASON = 400


@frozen
class Cancelled:
    """`kept` has the reasons of those that were not cancelled: already gone, or never there. Of long reasons it has the
    beginning."""

    cancelled: tuple[OrderId, ...]
    kept: tuple[tuple[OrderId, str], ...]


class _Wire(msgspec.Struct):
    canceled: list[str]
    not_canceled: dict[str, str] | None = None


def cancel_body(order: OrderId) -> bytes:
    return msgspec.json.encode({"orderID": order})


def cancels_body(orders: Collection[OrderId]) -> bytes:
    return msgspec.json.encode(list(orders))


def market_body(market: MarketId | None, token: TokenId | None) -> bytes:
    named = {"asset_id": token, "market": market}
    return msgspec.json.encode({name: value for name, value in named.items() if value})


def read_cancelled(body: bytes, asked: Collection[OrderId] | None = None) -> Cancelled:
    """`asked` is None where everything of some kind was to be cancelled. Raises `Refused` where an order is missing in
    the answer, is there that nobody asked for, or was both cancelled and not."""
    wire = decoded(body, _Wire)
    cancelled = tuple(order_of(each) for each in wire.canceled)
    kept = tuple((order_of(order), reason[:LONGEST_REASON]) for order, reason in (wire.not_canceled or {}).items())
    told = [*cancelled, *(order for order, _ in kept)]
    if len(set(told)) < len(told):
        raise Refused("does_not_add_up", "an order is there twice")
    if asked is not None and set(told) != set(asked):
        raise Refused("does_not_add_up", f"{len(told)} outcomes, not those of the {len(asked)} orders asked for")
    return Cancelled(cancelled, kept)

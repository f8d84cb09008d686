"""Orders on their way to the venue, and what it answers (polymarket_wire.md 5.3 and 7.1)."""

from collections.abc import Sequence
from enum import Enum

import msgspec
from attrs import field, frozen

from messages.identity import OrderId, Side, TradeId
from messages.intents import TimeInForce
from messages.units import Cash
from polyactors.venues.polymarket.rest.decoding import decoded, named, order_of
from polyactors.venues.polymarket.rest.exact_numbers import amount_of
from polyactors.venues.polymarket.rest.failures import Rejected, RestrictedMode
from polyactors.venues.polymarket.rest.refusals import refused_row
from polyactors.venues.polymarket.rest.reject_codes import RejectCode
from polyactors.venues.polymarket.signing.orders import SignedOrder
from polyactors.venues.refused import Refused

MOST_IN_A_BATCH = 15


@frozen
class OrderToPost:
    """A signed order and how it is to be handled. `order` is its digest; `owner` the API key; `expiration_s` 0 for
    none."""

    order: OrderId
    signed: SignedOrder = field(repr=False)
    owner: str = field(repr=False)
    time_in_force: TimeInForce
    post_only: bool = False
    expiration_s: int = 0


class PlacedAs(Enum):
    LIVE = "live"
    MATCHED = "matched"
    DELAYED = "delayed"


@frozen
class Placed:
    """The venue has the order. `paid` and `received` are what was executed at once, both 0 where nothing was.

    In base units, a millionth of a pUSD or share: a BUY pays pUSD and receives shares, a SELL the other way round.
    """

    order: OrderId
    placed_as: PlacedAs
    paid: int
    received: int
    trades: tuple[TradeId, ...]
    transactions: tuple[str, ...]


class _Wire(msgspec.Struct):
    success: bool
    errorMsg: str | None = None
    orderID: str | None = None
    status: str | None = None
    makingAmount: str | None = None
    takingAmount: str | None = None
    tradeIDs: list[str] | None = None
    transactionsHashes: list[str] | None = None


_PLACED_AS = {each.value: each for each in PlacedAs}
_UNMATCHED = "unmatched"


def order_body(order: OrderToPost) -> bytes:
    """The exact bytes, keys sorted, as the venue's newest client sends them."""
    return msgspec.json.encode(_envelope(order))


def batch_body(orders: Sequence[OrderToPost]) -> bytes:
    return msgspec.json.encode([_envelope(order) for order in orders])


def read_placed(body: bytes, order: OrderToPost) -> Placed | Rejected | RestrictedMode:
    """Raises `Refused`: then the order may rest all the same."""
    return _placed(decoded(body, _Wire), order)


def read_batch(body: bytes, orders: Sequence[OrderToPost]) -> tuple[Placed | Rejected | RestrictedMode, ...]:
    """One outcome an order, in their order. Raises `Refused`: then any of them may rest."""
    rows = decoded(body, list[_Wire])
    if len(rows) != len(orders):
        raise Refused("does_not_add_up", f"{len(rows)} outcomes for {len(orders)} orders")
    return tuple(_placed(row, order) for row, order in zip(rows, orders, strict=True))


def _envelope(order: OrderToPost) -> dict[str, object]:
    signed = order.signed
    if signed.legacy is not None:
        raise ValueError("orders of the first version are posted by the venue's first client")
    envelope: dict[str, object] = {
        "deferExec": False,
        "order": {
            "builder": "0x" + signed.builder.hex(),
            "expiration": str(order.expiration_s),
            "maker": signed.maker,
            "makerAmount": str(signed.maker_amount),
            "metadata": "0x" + signed.metadata.hex(),
            "salt": signed.salt,
            "side": signed.side.value,
            "signature": "0x" + signed.signature.hex(),
            "signatureType": int(signed.signature_type),
            "signer": signed.signer,
            "takerAmount": str(signed.taker_amount),
            "timestamp": str(signed.timestamp_ms),
            "tokenId": signed.token_id,
        },
        "orderType": order.time_in_force.value,
        "owner": order.owner,
    }
    return envelope | {"postOnly": True} if order.post_only else envelope


def _placed(row: _Wire, order: OrderToPost) -> Placed | Rejected | RestrictedMode:
    if row.errorMsg or not row.success:
        return refused_row(row.errorMsg or "refused without a reason")
    if row.status == _UNMATCHED:
        return Rejected(_UNMATCHED, RejectCode.UNMATCHED, 200)
    placed_as = _PLACED_AS.get(row.status or "")
    if placed_as is None:
        raise Refused("unknown_status", f"the order is {str(row.status)[:80]!r}")
    if order_of(row.orderID or "") != order.order:
        raise Refused("wrong_order", f"the venue calls the order {str(row.orderID)[:80]!r}")
    paid, received = amount_of(row.makingAmount), amount_of(row.takingAmount)
    _check(placed_as, paid, received, order.signed)
    return Placed(
        order=order.order,
        placed_as=placed_as,
        paid=paid,
        received=received,
        trades=tuple(TradeId(named(each, "trade")) for each in row.tradeIDs or ()),
        transactions=tuple(row.transactionsHashes or ()),
    )


def _check(placed_as: PlacedAs, paid: Cash, received: Cash, signed: SignedOrder) -> None:
    """Nothing is given for nothing, and no more is sold than was offered."""
    if bool(paid) != bool(received):
        raise Refused("does_not_add_up", f"{paid} were paid and {received} received")
    if signed.side is Side.SELL and paid > signed.maker_amount:
        raise Refused("does_not_add_up", f"{paid} shares were sold, of {signed.maker_amount}")
    if placed_as is PlacedAs.MATCHED and not paid:
        raise Refused("does_not_add_up", "a match of nothing")

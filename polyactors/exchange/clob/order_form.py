"""An order as the venue's three clients send it in JSON (polymarket_wire.md 5.3)."""

from attrs import evolve, frozen

from messages.identity import Side, TokenId
from polyactors.exchange.admission import BAD_EXPIRATION, BAD_PAYLOAD
from polyactors.exchange.chain.json_bodies import BadBody, as_object, bytes_field, number_field, text_field
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.words import OrderType
from polyactors.venues.polymarket.signing.orders import LegacyTerms, SignatureType, SignedOrder

_LEGACY_FIELDS = frozenset(("taker", "nonce", "feeRateBps"))
_LATEST_S = 10**12
"""Far beyond any order's life; a later expiration is an absurd number, not a time."""


@frozen
class OrderForm:
    """What a client asks for. `owner` is the API key that the body names; `expiration_s` is 0 for none.

    `defers` is taken note of and has no effect: the documents do not say which it has.
    """

    signed: SignedOrder
    owner: str
    order_type: OrderType
    post_only: bool = False
    defers: bool = False
    expiration_s: int = 0


def order_form(plain: object) -> OrderForm:
    """Raises `Rejected`. An order of the first version is told by its legacy fields, and by having no timestamp."""
    try:
        body = as_object(plain)
        signed, expiration_s = _signed_order(as_object(body.get("order")))
        form = OrderForm(
            signed=signed,
            owner=text_field(body, "owner"),
            order_type=OrderType(text_field(body, "orderType")),
            post_only=_flag(body, "postOnly"),
            defers=_flag(body, "deferExec"),
            expiration_s=expiration_s,
        )
    except (BadBody, ValueError):
        raise Rejected(BAD_PAYLOAD) from None
    if expiration_s > _LATEST_S:
        raise Rejected(BAD_EXPIRATION)
    return form


def _signed_order(plain: dict[str, object]) -> tuple[SignedOrder, int]:
    """The order and its expiration, which only V1 signs."""
    is_legacy = "timestamp" not in plain and not _LEGACY_FIELDS.isdisjoint(plain)
    expiration_s = number_field(plain, "expiration")
    signed = SignedOrder(
        salt=_number(plain, "salt"),
        maker=text_field(plain, "maker"),
        signer=text_field(plain, "signer"),
        token_id=TokenId(text_field(plain, "tokenId")),
        maker_amount=number_field(plain, "makerAmount"),
        taker_amount=number_field(plain, "takerAmount"),
        side=Side(text_field(plain, "side")),
        signature_type=SignatureType(_number(plain, "signatureType")),
        signature=bytes_field(plain, "signature"),
    )
    if is_legacy:
        fee_rate_bps, nonce = number_field(plain, "feeRateBps"), number_field(plain, "nonce")
        legacy = LegacyTerms(text_field(plain, "taker"), expiration_s, nonce, fee_rate_bps)
        return evolve(signed, legacy=legacy), expiration_s
    timestamp_ms = number_field(plain, "timestamp")
    metadata, builder = bytes_field(plain, "metadata"), bytes_field(plain, "builder")
    return evolve(signed, timestamp_ms=timestamp_ms, metadata=metadata, builder=builder), expiration_s


def _number(plain: dict[str, object], name: str) -> int:
    """A number that clients write without quotes."""
    value = plain.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return number_field(plain, name)


def _flag(plain: dict[str, object], name: str) -> bool:
    """Clients leave out what is false."""
    value = plain.get(name, False)
    if not isinstance(value, bool):
        raise BadBody(f"{name} is neither true nor false")
    return value

"""Whether the owner of an address signed the request (L1: only keys are made and derived with it)."""

from attrs import frozen
from starlette.requests import Request

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.errors import INVALID_L1_HEADERS
from polyactors.exchange.clob.level_two import TOLERANCE_S, seconds_of
from polyactors.exchange.words import Refused
from polyactors.venues.polymarket.signing.addresses import Address, BadAddress, checksummed
from polyactors.venues.polymarket.signing.l1_auth import is_clob_auth_signed

_LONGEST_NONCE = 78
_SIGNATURE_TEXT = 2 + 2 * 65


@frozen
class SignedBy:
    """Who asks, and for which of its keys."""

    address: Address
    nonce: int


def signed_by(request: Request, now_ns: int, tolerance_s: int = TOLERANCE_S) -> SignedBy | Refused:
    """Checks the four headers of L1. Source: reference polymarket_wire.md 3."""
    headers = request.headers
    timestamp, nonce = headers.get("poly_timestamp", ""), headers.get("poly_nonce") or "0"
    signed_s = seconds_of(timestamp)
    if signed_s is None or abs(now_ns // NANOSECONDS_PER_SECOND - signed_s) > tolerance_s:
        return INVALID_L1_HEADERS
    if not (nonce.isascii() and nonce.isdecimal()) or len(nonce) > _LONGEST_NONCE:
        return INVALID_L1_HEADERS
    signature = _signature(headers.get("poly_signature", ""))
    try:
        address = checksummed(headers.get("poly_address", ""))
    except BadAddress:
        return INVALID_L1_HEADERS
    if signature is None or not is_clob_auth_signed(address, timestamp, int(nonce), signature):
        return INVALID_L1_HEADERS
    return SignedBy(address, int(nonce))


def _signature(text: str) -> bytes | None:
    if len(text) != _SIGNATURE_TEXT or not text.startswith("0x"):
        return None
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        return None

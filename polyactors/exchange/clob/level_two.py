"""Whether a request was made with an API key (L2). Source: reference polymarket_wire.md 3."""

from hmac import compare_digest

from starlette.requests import Request

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.api_keys import ApiKeys, Credentials
from polyactors.exchange.clob.errors import INVALID_API_KEY, INVALID_L2_HEADERS
from polyactors.exchange.words import Refused
from polyactors.venues.polymarket.signing.l2_auth import is_request_signed

TOLERANCE_S = 60
"""How far the time of a request may be from the venue's, either way; the venue does not say.

Clients send the headers of the first page again for all others, so that it must not be short.
"""

_LONGEST_TIMESTAMP = 15


def authenticated(
    request: Request, body: bytes, keys: ApiKeys, now_ns: int, tolerance_s: int = TOLERANCE_S
) -> Credentials | Refused:
    """Whose request it is. `body` are the bytes as they came; the path counts without its query and prefix."""
    headers = request.headers
    credentials = keys.find(headers.get("poly_api_key", ""))
    if credentials is None or not is_same(credentials.passphrase, headers.get("poly_passphrase", "")):
        return INVALID_API_KEY
    if headers.get("poly_address", "").lower() != credentials.address.lower():
        return INVALID_API_KEY
    timestamp, signature = headers.get("poly_timestamp", ""), headers.get("poly_signature", "")
    signed_s = seconds_of(timestamp)
    if signed_s is None or abs(now_ns // NANOSECONDS_PER_SECOND - signed_s) > tolerance_s:
        return INVALID_L2_HEADERS
    if not is_request_signed(signature, credentials.secret, timestamp, request.method, signed_path(request), body):
        return INVALID_API_KEY
    return credentials


def signed_path(request: Request) -> str:
    """The path as the client signed it: without what the server is mounted under."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", ""))


def seconds_of(text: str) -> int | None:
    """None for what is no plain number of seconds."""
    if len(text) > _LONGEST_TIMESTAMP or not (text.isascii() and text.isdecimal()):
        return None
    return int(text)


def is_same(known: str, told: str) -> bool:
    """In a time that does not depend on where they differ."""
    return compare_digest(known.encode(), told.encode("utf-8", "surrogatepass"))

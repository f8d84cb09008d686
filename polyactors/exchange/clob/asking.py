"""What requests ask for: tokens, markets and sides, by query or by body."""

from collections.abc import Iterator

from starlette.requests import Request

from messages.identity import MarketId, Outcome, Side, TokenId
from polyactors.exchange.admission import NO_BOOK
from polyactors.exchange.clob.answering import json_of
from polyactors.exchange.clob.errors import (
    INVALID_PAYLOAD,
    INVALID_SIDE,
    INVALID_TOKEN,
    MARKET_NOT_FOUND,
    PAYLOAD_TOO_LARGE,
    Rejected,
)
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import Listing

MOST_IN_A_BATCH = 500

_LONGEST_TOKEN = 78


def token_of(text: object) -> TokenId:
    """Raises `Rejected` for what cannot be a token."""
    if not isinstance(text, str) or len(text) > _LONGEST_TOKEN or not (text.isascii() and text.isdecimal()):
        raise Rejected(INVALID_TOKEN)
    return TokenId(text)


def listed_token(exchange: Exchange, text: object) -> tuple[Listing, Outcome]:
    """Raises `Rejected` for a token that is not listed."""
    found = exchange.listing_of(token_of(text))
    if found is None:
        raise Rejected(NO_BOOK)
    return found


def booked_token(exchange: Exchange, text: object) -> tuple[Listing, Outcome]:
    """A resolved market has no book any more. Raises `Rejected`."""
    listing, outcome = listed_token(exchange, text)
    if exchange.resolution(listing.market.market) is not None:
        raise Rejected(NO_BOOK)
    return listing, outcome


def asked_token(request: Request) -> str | None:
    return request.query_params.get("token_id")


def side_of(text: object) -> Side:
    """Raises `Rejected` for anything but BUY and SELL, in either case."""
    try:
        return Side(text.upper() if isinstance(text, str) else text)
    except ValueError:
        raise Rejected(INVALID_SIDE) from None


def listed_market(exchange: Exchange, text: str) -> Listing:
    """A market of protocol two may be named by 31 bytes, or by 32 that end in 00. Raises `Rejected`."""
    plain = text.lower()
    listing = exchange.listings.get(MarketId(plain))
    if listing is None and plain.endswith("00"):
        listing = exchange.listings.get(MarketId(plain[:-2]))
    if listing is None:
        raise Rejected(MARKET_NOT_FOUND)
    return listing


def batch(body: bytes) -> Iterator[dict[str, object]]:
    """The objects of a list that is not too long. Raises `Rejected`."""
    rows = json_of(body)
    if not isinstance(rows, list):
        raise Rejected(INVALID_PAYLOAD)
    if len(rows) > MOST_IN_A_BATCH:
        raise Rejected(PAYLOAD_TOO_LARGE)
    for row in rows:
        if not isinstance(row, dict):
            raise Rejected(INVALID_PAYLOAD)
        yield row


def booked_tokens(exchange: Exchange, body: bytes) -> Iterator[tuple[Listing, Outcome, dict[str, object]]]:
    """The tokens of a batch that have a book; the venue leaves the others out. Raises `Rejected`."""
    for row in batch(body):
        found = exchange.listing_of(token_of(row.get("token_id")))
        if found is not None and exchange.resolution(found[0].market.market) is None:
            yield *found, row

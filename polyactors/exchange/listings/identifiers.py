"""Ids that look like the venue's. What a market is called follows from the seed and its slug alone."""

import random

from attrs import frozen

from messages.identity import MarketId, TokenId

_RESERVED_BITS = ((1 << 64) - 1) << 40
"""All of these are zero in the position ids of protocol two, and only in them (polymarket_wire.md 5.1)."""

_BINARY_MODULE = "01"


@frozen
class MarketIds:
    market: MarketId
    yes_token: TokenId
    no_token: TokenId
    question_id: str


def is_position_id(token: TokenId) -> bool:
    """Whether clients take the token for one of protocol two, and sign V3 orders for it."""
    return int(token) & _RESERVED_BITS == 0


def market_ids(seed: int, slug: str) -> MarketIds:
    """A condition id of 32 bytes and two tokens of about 256 bits."""
    source = _source(seed, "market", slug)
    yes, no = _token(source), _token(source)
    return MarketIds(MarketId(_hexadecimal(source, 64)), yes, no, _hexadecimal(source, 64))


def protocol_two_ids(seed: int, slug: str) -> MarketIds:
    """A structural condition id of 31 bytes, and the two position ids that are made of it and the outcome's index."""
    source = _source(seed, "position", slug)
    condition = f"{_BINARY_MODULE}{source.getrandbits(144):036x}{'0' * 16}{source.getrandbits(16):04x}0000"
    yes, no = (TokenId(str(int(f"{condition}{index:02x}", 16))) for index in (0, 1))
    return MarketIds(MarketId(f"0x{condition}"), yes, no, f"0x{condition}00")


def neg_risk_id(seed: int, event_slug: str) -> str:
    """The id that the questions of a negRisk event have in common: it ends in a byte of zeros."""
    return f"{_hexadecimal(_source(seed, 'event', event_slug), 62)}00"


def neg_risk_question_id(neg_risk: str, index: int) -> str:
    return f"{neg_risk[:-2]}{index:02x}"


def _source(seed: int, what: str, slug: str) -> random.Random:
    return random.Random(f"{seed} {what} {slug}")


def _hexadecimal(source: random.Random, digits: int) -> str:
    return f"0x{source.getrandbits(4 * digits):0{digits}x}"


def _token(source: random.Random) -> TokenId:
    while True:
        token = TokenId(str(source.getrandbits(256) | 1 << 200))
        if not is_position_id(token):
            return token

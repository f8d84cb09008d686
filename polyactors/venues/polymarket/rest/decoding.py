"""Bodies as typed structs, strictly: unknown fields are ignored, everything else has to be as documented."""

from typing import TypeVar

import msgspec

from messages.identity import MarketId, OrderId, Side, TokenId
from polyactors.venues.refused import Refused

T = TypeVar("T")

_LONGEST_ID = 200
_SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}


def decoded(body: bytes, as_type: type[T]) -> T:
    """Raises `Refused` (not_json, not_utf8, too_deep, missing_field, wrong_type)."""
    try:
        # The decoder does not look into what it skips.
        body.decode()
        return msgspec.json.decode(body, type=as_type)
    except msgspec.ValidationError as error:
        kind = "missing_field" if "missing required field" in str(error) else "wrong_type"
        raise Refused(kind, str(error)) from None
    except msgspec.DecodeError as error:
        raise Refused("not_json", str(error)) from None
    except UnicodeError:
        raise Refused("not_utf8", "the answer is no UTF-8") from None
    except RecursionError:
        raise Refused("too_deep", "nested too deeply") from None


def side_of(text: str) -> Side:
    side = _SIDES.get(text)
    if side is None:
        raise Refused("unknown_side", f"{text[:40]!r} is no side")
    return side


def token_of(text: str) -> TokenId:
    if not (text.isascii() and text.isdecimal() and len(text) <= 78):
        raise Refused("bad_token", f"{text[:80]!r} is no token id")
    return TokenId(text)


def market_of(text: str) -> MarketId:
    return MarketId(named(text, "market"))


def order_of(text: str) -> OrderId:
    return OrderId(named(text, "order"))


def named(text: str, what: str) -> str:
    """A text that can be somebody's name. Raises `Refused` (bad_id)."""
    if not text or len(text) > _LONGEST_ID or not text.isprintable():
        raise Refused("bad_id", f"{text[:80]!r} names no {what}")
    return text

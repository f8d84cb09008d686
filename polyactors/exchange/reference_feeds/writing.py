"""Numbers and times as venues write them."""

import json
from datetime import UTC, datetime
from decimal import Decimal

MILLISECOND_NS = 1_000_000
MICROSECOND_NS = 1_000
SECOND_NS = 1_000_000_000


def frame(content: object) -> str:
    """JSON; a `Decimal` becomes a number with all its places."""
    match content:
        case dict():
            return "{" + ",".join(f"{json.dumps(name)}:{frame(value)}" for name, value in content.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(frame, content)) + "]"
        case Decimal():
            return f"{content:f}"
    return json.dumps(content)


def fixed(value: float, places: int) -> str:
    """Never in scientific notation, never minus nothing."""
    text = f"{value:.{places}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def number(value: float, places: int) -> Decimal:
    """For a number in JSON that keeps its places."""
    return Decimal(fixed(value, places))


def iso(at_ns: int) -> str:
    """`2026-11-07T08:19:27.028459Z`, to the microsecond."""
    whole_s, rest_ns = divmod(at_ns, SECOND_NS)
    moment = datetime.fromtimestamp(whole_s, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest_ns // MICROSECOND_NS:06d}Z"


def milliseconds(at_ns: int) -> int:
    return at_ns // MILLISECOND_NS

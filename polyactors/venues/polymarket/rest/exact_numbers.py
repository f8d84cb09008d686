"""The venue's numbers as integers of our units, exact or refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from messages.units import (
    LARGEST_SHARES,
    PRICE_SCALE,
    BadDecimal,
    Cash,
    Price,
    Shares,
    TickSize,
    parse_cash,
    parse_price,
    parse_shares,
    parse_tick_size,
)
from polyactors.venues.refused import Refused

_MOST_DIGITS = 60
_MOST_PLACES = 40
_LATEST_MS = 10**14
_SECONDS_END = 10**11
"""A smaller number is a time in seconds, a larger one in milliseconds (polymarket_wire.md 8.2)."""
_EPOCH = datetime.fromtimestamp(0, UTC)
_UINT256_END = 1 << 256


def price_of(text: str) -> Price:
    """A price that an order can have: above 0, below 1."""
    try:
        price = parse_price(text)
    except BadDecimal as error:
        raise Refused("bad_price", str(error)) from None
    if not 0 < price < PRICE_SCALE:
        raise Refused("bad_price", f"no order can be at {text[:40]!r}")
    return price


def size_of(text: str, *, may_be_zero: bool = False) -> Shares:
    try:
        size = parse_shares(text)
    except BadDecimal as error:
        raise Refused("bad_size", str(error)) from None
    if not size and not may_be_zero:
        raise Refused("bad_size", "a size of 0")
    return size


def amount_of(text: str | None) -> Cash:
    """An amount of shares or money; the venue writes nothing for 0."""
    try:
        amount = parse_cash(text) if text else Cash(0)
    except BadDecimal as error:
        raise Refused("bad_amount", str(error)) from None
    if amount > LARGEST_SHARES:
        raise Refused("bad_amount", f"{str(text)[:40]!r} is absurd")
    return amount


def tick_size_of(number: Decimal | str) -> TickSize:
    try:
        return parse_tick_size(number if isinstance(number, str) else plain_text(number))
    except BadDecimal as error:
        raise Refused("bad_tick_size", str(error)) from None


def whole(number: Decimal, scale: int) -> int:
    """`number` in units of 1 / `scale`, which it has to be a multiple of."""
    numerator, denominator = _ratio(number)
    units, rest = divmod(numerator * scale, denominator)
    if rest:
        raise Refused("bad_number", f"{number:.40} is no multiple of 1/{scale}")
    return units


def nearest(number: Decimal, scale: int) -> int:
    """The same to the nearest: for services that calculate in floating point."""
    numerator, denominator = _ratio(number)
    return (2 * numerator * scale + denominator) // (2 * denominator)


def plain_text(number: Decimal) -> str:
    """Without an exponent."""
    _ratio(number)
    return format(number, "f")


def base_units_of(text: str) -> int:
    """An integer of the chain, at most 2**256 - 1."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 78) or int(text) >= _UINT256_END:
        raise Refused("bad_amount", f"{text[:40]!r} is no number of base units")
    return int(text)


def milliseconds_of(value: int | str | None) -> int | None:
    """Epoch milliseconds of a time in seconds, milliseconds or ISO form; None where there is none: "", "0", null."""
    if value is None or value in ("", "0", 0):
        return None
    if isinstance(value, str) and not (value.isascii() and value.isdecimal() and len(value) <= 15):
        return _milliseconds_of_date(value)
    number = int(value)
    milliseconds = number if number >= _SECONDS_END else number * 1_000
    if not 0 < milliseconds < _LATEST_MS:
        raise Refused("bad_time", f"{number} is no time")
    return milliseconds


def _milliseconds_of_date(text: str) -> int:
    """Of "2024-01-01T00:00:00Z", as some answers have it."""
    try:
        when = datetime.fromisoformat(text[:40])
    except ValueError:
        raise Refused("bad_time", f"{text[:40]!r} is no time") from None
    since = (when if when.tzinfo else when.replace(tzinfo=UTC)) - _EPOCH
    milliseconds = since // timedelta(milliseconds=1)
    if milliseconds <= 0:
        raise Refused("bad_time", f"{text[:40]!r} is before all times")
    return milliseconds


def _ratio(number: Decimal) -> tuple[int, int]:
    """Raises `Refused` for what is not finite or absurdly long, before it takes memory."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise Refused("bad_number", "neither infinity nor nothing is a number")
    if len(digits) > _MOST_DIGITS or abs(exponent) > _MOST_PLACES:
        raise Refused("bad_number", "an absurdly long number")
    return number.as_integer_ratio()

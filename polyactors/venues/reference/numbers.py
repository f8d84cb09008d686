"""Decimals of venues as whole hundred-millionths: exact, or refused. No float in between."""

from decimal import Decimal

from messages.reference import CoinSize, ReferencePrice
from polyactors.venues.refused import Refused

PLACES = 8
LARGEST_PRICE = ReferencePrice(10**9 * 10**PLACES)
LARGEST_SIZE = CoinSize(10**12 * 10**PLACES)
"""A thousand million dollars for a coin, a million million coins in a trade: what is above is an absurd number."""

LONGEST_TEXT = 40
MOST_REMEMBERED = 1 << 14
LONGEST_REMEMBERED = 24


_TENS = tuple(int("1" + "0" * zeros) for zeros in range(PLACES + 1))


class PriceTexts(dict[str, ReferencePrice]):
    """Prices by their text: a dictionary that reads what it has not met, and forgets all when it is full.

    Raises `Refused` (bad_price) for what is no plain decimal above zero, or finer than the unit.
    """

    def __missing__(self, text: str) -> ReferencePrice:
        price = ReferencePrice(_units(text, "bad_price"))
        if not 0 < price <= LARGEST_PRICE:
            raise Refused("bad_price", f"{text!r} is no price")
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        if len(text) <= LONGEST_REMEMBERED:
            self[text] = price
        return price


class SizeTexts(dict[str, CoinSize]):
    """The same for sizes, and `Refused` (bad_size). With `takes_zero` a size may be zero: not recorded."""

    def __init__(self, *, takes_zero: bool = False) -> None:
        super().__init__()
        self._least = 0 if takes_zero else 1

    def __missing__(self, text: str) -> CoinSize:
        size = CoinSize(_units(text, "bad_size"))
        if not self._least <= size <= LARGEST_SIZE:
            raise Refused("bad_size", f"{text!r} is no size")
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        if len(text) <= LONGEST_REMEMBERED:
            self[text] = size
        return size


def price_of_number(number: Decimal) -> ReferencePrice:
    """A price that was a number in JSON. Raises `Refused` (bad_price)."""
    price = ReferencePrice(_units_of_number(number, "bad_price"))
    if not 0 < price <= LARGEST_PRICE:
        raise Refused("bad_price", f"{str(number)[:LONGEST_TEXT]} is no price")
    return price


def size_of_number(number: Decimal, *, takes_zero: bool = False) -> CoinSize:
    """The same for a size. Raises `Refused` (bad_size)."""
    size = CoinSize(_units_of_number(number, "bad_size"))
    if not (0 if takes_zero else 1) <= size <= LARGEST_SIZE:
        raise Refused("bad_size", f"{str(number)[:LONGEST_TEXT]} is no size")
    return size


def _units(text: str, kind: str) -> int:
    """Raises `Refused`."""
    whole, point, fraction = text.partition(".")
    digits = whole + fraction
    if not whole or (point and not fraction) or len(text) > LONGEST_TEXT or not (digits.isascii() and digits.isdigit()):
        raise Refused(kind, f"{text[:60]!r} is no plain decimal above zero")
    finer = len(fraction) - PLACES
    if finer > 0:
        if fraction[PLACES:].strip("0"):
            raise Refused(kind, f"{text!r} has more than {PLACES} places that count")
        return int(digits[:-finer])
    return int(digits) * _TENS[-finer]


def _units_of_number(number: Decimal, kind: str) -> int:
    """In integers, for decimal arithmetic is rounded to the digits of its context. Raises `Refused`."""
    text = str(number)
    if "E" not in text:
        return _units(text, kind)
    # Small sizes may be written with an exponent; a huge one would make a number of as many digits.
    if (
        not number.is_finite()
        or number.is_signed()
        or len(text) > LONGEST_TEXT
        or abs(number.adjusted()) > LONGEST_TEXT
    ):
        raise Refused(kind, f"{text[:60]} is no number above zero")
    numerator, denominator = number.as_integer_ratio()
    units: int
    units, rest = divmod(numerator * _TENS[PLACES], denominator)
    if rest:
        raise Refused(kind, f"{text} has more than {PLACES} places that count")
    return units

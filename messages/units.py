"""Integers for prices, shares and money, and the exact way from and to the venue's decimal strings.

| what   | unit                | 1 of it in the venue's terms |
|--------|---------------------|------------------------------|
| Price  | 1/10,000 pUSD       | "0.0001"                     |
| Shares | 1/1,000,000 share   | "0.000001"                   |
| Cash   | 1/1,000,000 pUSD    | "0.000001"                   |

Every tick of the venue (0.1, 0.01, 0.005, 0.0025, 0.001, 0.0001) is a multiple of the price unit, and a price times a
size of whole hundredths of a share is a whole number of cash units, so that ordinary trading never rounds.
"""

import re
from typing import NewType

Price = NewType("Price", int)
Shares = NewType("Shares", int)
Cash = NewType("Cash", int)
TickSize = NewType("TickSize", int)

PRICE_SCALE = 10_000
SHARE_SCALE = 1_000_000
CASH_SCALE = 1_000_000

ONE = Price(PRICE_SCALE)
"""The price of a certain outcome: what the two tokens of a market are worth together."""

LOT = Shares(10_000)
"""A hundredth of a share: the venue cuts matched quantities to it (reference polymarket.md, 3.3)."""

LARGEST_SHARES = Shares(10**12 * SHARE_SCALE)
"""More than any book has shown; a size above it is an absurd number, not a size."""

TICK_SIZES = tuple(TickSize(units) for units in (1000, 100, 50, 25, 10, 1))
"""0.1, 0.01, 0.005, 0.0025, 0.001, 0.0001, coarsest first."""

NANOSECONDS_PER_MILLISECOND = 1_000_000
NANOSECONDS_PER_SECOND = 1_000_000_000

_DECIMAL = re.compile(r"(?a:(\d{1,16})(?:\.(\d{1,18}))?)")


class BadDecimal(ValueError):
    """A text that is no plain decimal of the wanted unit; the message says which text and why."""


def parse_price(text: str) -> Price:
    """The price written as `text`, "0.46" -> 4600. The ends 0 and 1 are allowed: they stand for an empty side.

    Raises `BadDecimal` for anything but a plain decimal in [0, 1] with at most four places that count.
    """
    units = _parse(text, 4, "price")
    if units > PRICE_SCALE:
        raise BadDecimal(f"price {text!r} is above 1")
    return Price(units)


def parse_shares(text: str) -> Shares:
    """The size written as `text`, "17549.29" -> 17549290000. Zero is allowed: it removes a level.

    Raises `BadDecimal` for signs, exponents, more than six places that count, or more than `LARGEST_SHARES`.
    """
    units = _parse(text, 6, "size")
    if units > LARGEST_SHARES:
        raise BadDecimal(f"size {text!r} is above {format_shares(LARGEST_SHARES)} shares")
    return Shares(units)


def parse_cash(text: str) -> Cash:
    """The amount of pUSD written as `text`. Raises `BadDecimal` as `parse_shares` does."""
    return Cash(_parse(text, 6, "amount"))


def parse_tick_size(text: str) -> TickSize:
    """One of the venue's tick sizes. Raises `BadDecimal` for any other number."""
    units = _parse(text, 4, "tick size")
    if units not in TICK_SIZES:
        legal = ", ".join(format_price(Price(tick)) for tick in TICK_SIZES)
        raise BadDecimal(f"tick size {text!r} is none of {legal}")
    return TickSize(units)


def format_price(price: Price) -> str:
    """The shortest decimal, as the venue writes prices: 4600 -> "0.46"."""
    return _format(price, 4)


def format_shares(shares: Shares) -> str:
    """The shortest decimal, as the venue writes sizes: 17549290000 -> "17549.29"."""
    return _format(shares, 6)


def format_cash(cash: Cash) -> str:
    """The shortest decimal; losses carry a minus sign."""
    return _format(cash, 6)


def complement(price: Price) -> Price:
    """What the other token of the market costs when this one costs `price`."""
    return Price(PRICE_SCALE - price)


def notional(price: Price, shares: Shares) -> Cash:
    """What `shares` cost at `price`, rounded up: never less than what has to be paid.

    Exact for sizes of whole lots (`LOT`).
    """
    return Cash(-(-price * shares // PRICE_SCALE))


def proceeds(price: Price, shares: Shares) -> Cash:
    """What `shares` bring at `price`, rounded down: never more than what will be paid. Exact for whole lots."""
    return Cash(price * shares // PRICE_SCALE)


def whole_lots(shares: Shares) -> Shares:
    """`shares` without what is smaller than a lot."""
    return Shares(shares - shares % LOT)


def _parse(text: str, places: int, what: str) -> int:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise BadDecimal(f"{what} {text[:40]!r} is no plain decimal")
    whole, fraction = match[1], match[2] or ""
    if len(fraction) > places:
        if fraction[places:].strip("0"):
            raise BadDecimal(f"{what} {text!r} has more than {places} decimal places")
        fraction = fraction[:places]
    return int(whole + fraction.ljust(places, "0"))


def _format(units: int, places: int) -> str:
    sign, digits = ("-", -units) if units < 0 else ("", units)
    whole, fraction = divmod(digits, 10**places)
    decimals = str(fraction).rjust(places, "0").rstrip("0")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"

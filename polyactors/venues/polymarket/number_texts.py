"""The venue's decimal texts as integers, remembered by text: a day's frames hold few different ones.

What is remembered cannot grow without end: it is forgotten when it is full, and a long text is not remembered at all.
"""

from messages.units import LARGEST_SHARES, PRICE_SCALE, BadDecimal, Price, Shares, parse_price, parse_shares
from polyactors.venues.refused import Refused

MOST_PRICES = 1 << 14
MOST_SIZES = 1 << 16
LONGEST_REMEMBERED = 24


class PriceTexts:
    """Prices from 0 to 1. `known` has those met before, and `known_levels` those of them that an order can have."""

    def __init__(self) -> None:
        self.known: dict[str, Price] = {}
        self.known_levels: dict[str, Price] = {}

    def read(self, text: str) -> Price:
        """Raises `Refused` (bad_price) for a text that is no price."""
        price = self.known.get(text)
        if price is None:
            try:
                price = parse_price(text)
            except BadDecimal as error:
                raise Refused("bad_price", str(error)) from None
            self._remember(text, price)
        return price

    def read_level(self, text: str) -> Price:
        """The same for the price of a level: above 0, below 1."""
        price = self.read(text)
        if not 0 < price < PRICE_SCALE:
            raise Refused("bad_price", f"no order can be at {text[:40]!r}")
        return price

    def _remember(self, text: str, price: Price) -> None:
        if len(self.known) >= MOST_PRICES:
            self.known.clear()
            self.known_levels.clear()
        if len(text) <= LONGEST_REMEMBERED:
            self.known[text] = price
            if 0 < price < PRICE_SCALE:
                self.known_levels[text] = price


class SizeTexts(dict[str, Shares]):
    """Sizes, zero included: a dictionary that reads what it has not met. Raises `Refused` (bad_size) for no size."""

    def __missing__(self, text: str) -> Shares:
        size = _usual_size(text)
        if size is None:
            try:
                size = parse_shares(text)
            except BadDecimal as error:
                raise Refused("bad_size", str(error)) from None
        if len(self) >= MOST_SIZES:
            self.clear()
        if len(text) <= LONGEST_REMEMBERED:
            self[text] = size
        return size


def _usual_size(text: str) -> Shares | None:
    """Exact for what nearly all sizes look like, "635" or "17549.29", at a third of the cost; None for all others."""
    whole, point, fraction = text.partition(".")
    digits = whole + fraction
    if not whole or (point and not fraction) or len(whole) > 12 or len(fraction) > 6:
        return None
    if not (digits.isascii() and digits.isdecimal()):
        return None
    size = int(digits) * 10 ** (6 - len(fraction))
    return Shares(size) if size <= LARGEST_SHARES else None

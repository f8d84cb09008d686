"""Which text the venue may have in the `last_trade_price` of a book hash (field note 3).

It is one text for both tokens, with three decimals ("0.630"), and inside a batch with a trade it is already the new
price, whose trade print comes some 40 ms later. So there are candidates, the likeliest first.
"""

from collections import deque
from collections.abc import Iterator

from messages.units import Price, complement, format_price

RECENT_PRINTS = 8


class LastTradePrices:
    """The candidates for one market: the text last proven, and what has been heard since."""

    __slots__ = ("_current", "_prints", "_touched")

    def __init__(self) -> None:
        self._current: str | None = None
        self._prints: deque[str] = deque(maxlen=2 * RECENT_PRINTS)
        self._touched: dict[Price, None] = {}

    def proven(self, text: str) -> None:
        """A hash matched with `text`: whatever was touched before it cannot be news any more."""
        self._current = text
        self._touched.clear()

    def declared(self, text: str) -> None:
        """A frame of the venue says that `text` is the last trade price."""
        self._current = text

    def printed(self, text: str, price: Price) -> None:
        """A trade at `price`, written `text` by the venue."""
        self._prints.appendleft(text)
        self._prints.appendleft(_three_decimals(price))

    def touched(self, price: Price) -> None:
        """A level at `price` changed: it may have been by a trade."""
        self._touched[price] = None

    def batch_begins(self) -> None:
        self._touched.clear()

    def candidates(self) -> Iterator[str]:
        """The likeliest first, and made only when asked for; the empty one stands for a market without any trade."""
        yield "" if self._current is None else self._current
        for price in reversed(self._touched):
            for each in (price, complement(price)):
                yield _three_decimals(each)
                yield format_price(each)
        yield from self._prints


def _three_decimals(price: Price) -> str:
    """The venue's way to write a trade price; what needs a fourth decimal is written as it is."""
    if price % 10:
        return format_price(price)
    whole, fraction = divmod(price // 10, 1000)
    return f"{whole}.{fraction:03d}"

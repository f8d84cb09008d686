"""One token's bids as the JSON texts of their levels, so that a change costs one text, and a hash one join."""

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

from messages.units import PRICE_SCALE, Price, Shares, format_price, format_shares


@lru_cache(maxsize=PRICE_SCALE + 1)
def price_text(price: int) -> str:
    """`format_price`, remembered."""
    return format_price(Price(price))


class LadderTexts:
    """Bids for a token, from the worst to the best: as bids of that token, and as asks of the other one.

    Both arrays of the wire go from the worst to the best price, so that both have the same order here.
    """

    __slots__ = ("_as_asks", "_as_bids", "_asks_joined", "_bids_joined", "_prices")

    def __init__(self, levels: Iterable[tuple[Price, Shares]]) -> None:
        """`levels` in any order."""
        self._prices: list[int] = []
        self._as_bids: list[str] = []
        self._as_asks: list[str] = []
        self._bids_joined: str | None = None
        self._asks_joined: str | None = None
        for price, size in sorted(levels):
            self.set(price, size)

    @property
    def best(self) -> int:
        """The price of the best bid, 0 when nobody bids."""
        return self._prices[-1] if self._prices else 0

    def set(self, price: Price, size: Shares) -> None:
        """The bids at `price` now amount to `size`; zero means that the level is gone."""
        self._bids_joined = self._asks_joined = None
        place = bisect_left(self._prices, price)
        is_there = place < len(self._prices) and self._prices[place] == price
        if size == 0:
            if is_there:
                del self._prices[place], self._as_bids[place], self._as_asks[place]
            return
        amount = format_shares(size)
        as_bid = f'{{"price":"{price_text(price)}","size":"{amount}"}}'
        as_ask = f'{{"price":"{price_text(PRICE_SCALE - price)}","size":"{amount}"}}'
        if is_there:
            self._as_bids[place], self._as_asks[place] = as_bid, as_ask
        else:
            self._prices.insert(place, price)
            self._as_bids.insert(place, as_bid)
            self._as_asks.insert(place, as_ask)

    def as_bids(self) -> str:
        if self._bids_joined is None:
            self._bids_joined = ",".join(self._as_bids)
        return self._bids_joined

    def as_asks(self) -> str:
        if self._asks_joined is None:
            self._asks_joined = ",".join(self._as_asks)
        return self._asks_joined

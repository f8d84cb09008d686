"""The middle of a market's own book: what the market takes for the chance of Up."""

from messages.identity import MarketId, Outcome
from messages.market_data import FeedLost, MarketData
from messages.units import NANOSECONDS_PER_SECOND, PRICE_SCALE
from polyactors.venues.recording.last_books import LastBooks

HELD_FOR_NS = 5 * NANOSECONDS_PER_SECOND
"""So long the middle before stands where the book contradicts itself for a while."""

SILENT_AFTER_NS = 60 * NANOSECONDS_PER_SECOND
"""A book of which nothing was heard for so long is no forecast of anybody."""


class Middles:
    """Of all markets whose data it is shown. A side that is empty is worth what it cannot go beyond: 0 or 1."""

    def __init__(self) -> None:
        self._books = LastBooks()
        self._heard_ns: dict[MarketId, int] = {}
        self._last: dict[MarketId, tuple[int, float]] = {}

    def see(self, message: MarketData) -> None:
        self._books.see(message)
        if not isinstance(message, FeedLost):
            self._heard_ns[message.market] = message.received_ns

    def middle(self, market: MarketId, now_ns: int) -> float | None:
        """None without a book, with an empty one, and with one of which nothing is heard any more."""
        heard_ns = self._heard_ns.get(market)
        if heard_ns is None or now_ns - heard_ns > SILENT_AFTER_NS:
            return None
        book = self._books.whole_book(market, now_ns)
        if book is None:
            at_ns, middle = self._last.get(market, (0, 0.0))
            return middle if now_ns - at_ns <= HELD_FOR_NS else None
        yes = [level.price for level in book.levels if level.outcome is Outcome.YES and level.size]
        no = [level.price for level in book.levels if level.outcome is Outcome.NO and level.size]
        if not yes and not no:
            return None
        bid, ask = max(yes, default=0), PRICE_SCALE - max(no, default=0)
        middle = (bid + ask) / 2 / PRICE_SCALE
        self._last[market] = now_ns, middle
        return middle

"""What one market of a recording showed: its closed books and its trades, in the order of receipt."""

from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from actors.markets.book import Book, Closed
from messages.identity import MarketId
from messages.market_data import (
    BadInput,
    BookDelta,
    MarketData,
    Snapshot,
    TickSizeChange,
    TradePrint,
    WholeBook,
)
from messages.markets import Market, Phase
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.venues.polymarket.market_channel import MarketChannel
from polyactors.venues.recording.folder import Recording, open_recording
from polyactors.venues.recording.source import MARKET_CHANNEL

Seen = Snapshot | TradePrint


class NoComparison(Exception):
    """There is nothing to compare with, or on; the message says what is missing and how to have it."""


@frozen(eq=False)
class MarketHistory:
    """`seen` is in the order of `received_ns`, which never goes back."""

    market: Market
    seen: tuple[Seen, ...]

    @property
    def trades(self) -> int:
        return sum(isinstance(each, TradePrint) for each in self.seen)

    @property
    def begin_ns(self) -> int:
        return self.seen[0].received_ns

    @property
    def end_ns(self) -> int:
        return self.seen[-1].received_ns


def histories_of(folder: Path) -> tuple[MarketHistory, ...]:
    """Those markets of the recording in `folder` whose book closes and whose tick never changes.

    The yardstick knows one tick a market. Raises `NoComparison` if there are none.
    """
    recording = open_recording(folder)
    if not isinstance(recording, Recording):
        raise NoComparison(f"no recording in {folder}: {recording.mistakes[0]}")
    books = {market.market: _Follower(market) for market in recording.markets}
    for message in _messages(recording):
        follower = books.get(message.market)
        if follower is not None:
            follower.see(message)
    found = tuple(
        MarketHistory(each.market, tuple(each.seen)) for each in books.values() if each.seen and not each.has_new_tick
    )
    if not found:
        raise NoComparison(f"the recording {folder} shows no whole book of a market whose tick stays")
    return found


def _messages(recording: Recording) -> Iterator[MarketData]:
    decode = MarketChannel(recording.markets, _ignore).decode
    for frame in recording.tape(_ignore):
        if frame.channel == MARKET_CHANNEL:
            yield from decode(frame.frame, frame.at_ms * NANOSECONDS_PER_MILLISECOND, MARKET_CHANNEL)


class _Follower:
    """Keeps the book of one market, and every closed state of it."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.seen: list[Seen] = []
        self.has_new_tick = False
        self._book = Book(market)
        self._number = 0

    def see(self, message: MarketData) -> None:
        book = self._book
        if isinstance(message, TickSizeChange):
            book.tick_size_changed(message)
        elif isinstance(message, BookDelta | WholeBook | TradePrint):
            closed = book.apply(message)
            if isinstance(message, TradePrint):
                self.seen.append(message)
            elif isinstance(closed, Closed):
                self._number += 1
                self.seen.append(_snapshot(self.market.market, book, closed, self._number, message))
        self.has_new_tick |= book.tick_size != self.market.tick_size or book.step != self.market.tick_size


def _snapshot(market: MarketId, book: Book, closed: Closed, number: int, message: BookDelta | WholeBook) -> Snapshot:
    return Snapshot(
        market=market,
        epoch=1,
        number=number,
        yes_bids=book.yes_bids(),
        no_bids=book.no_bids(),
        tick_size=book.tick_size,
        phase=Phase.NORMAL,
        proof=closed.proof,
        exchange_ms=message.exchange_ms,
        received_ns=message.received_ns,
    )


def _ignore(_: BadInput) -> None:
    """The mistakes of a recording are counted by a replay."""

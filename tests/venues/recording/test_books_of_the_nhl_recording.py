"""Nineteen minutes of six live markets through channel and book: the venue's own best prices are the judge."""

from collections import Counter
from pathlib import Path

import pytest

from actors.markets.book import Awaiting, Book, Closed, OffGrid, Open, Regridded
from messages.identity import MarketId
from messages.market_data import BookDelta, TradePrint, WholeBook
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.venues.polymarket.market_channel import MarketChannel
from polyactors.venues.recording.folder import Recording, open_recording
from polyactors.venues.recording.last_books import LastBooks


def test_all_but_the_known_open_frames_close_and_a_missed_tick_change_is_noticed(shared: Path) -> None:
    recording = open_recording(shared / "recordings/nhl-20260607")
    assert isinstance(recording, Recording)
    channel = MarketChannel(recording.markets, on_bad=lambda bad: pytest.fail(str(bad)))
    books = {listing.market: Book(listing) for listing in recording.markets}
    last_books = LastBooks()
    outcomes: Counter[type] = Counter()
    is_open: dict[MarketId, bool] = {}
    regridded_at: list[int] = []
    for frame in recording.tape(on_bad=lambda bad: pytest.fail(str(bad))):
        received_ns = frame.at_ms * NANOSECONDS_PER_MILLISECOND
        for message in channel.decode(frame.frame, received_ns, "tape"):
            assert isinstance(message, BookDelta | WholeBook | TradePrint)
            last_books.see(message)
            book = books[message.market]
            outcome = book.apply(message)
            if isinstance(message, TradePrint):
                continue
            outcomes[type(outcome)] += 1
            if isinstance(outcome, Closed):
                is_open[message.market] = False
                if isinstance(message, BookDelta):
                    assert book.yes_bids().best == message.best_bid
                    assert 10_000 - book.no_bids().best == message.best_ask
            elif isinstance(outcome, Open):
                is_open[message.market] = True
                assert isinstance(message, BookDelta), "a book frame left the book open"
            elif isinstance(outcome, Regridded):
                regridded_at.append(frame.line)
                answer = last_books.whole_book(message.market, received_ns)
                assert answer is not None
                assert isinstance(book.apply(answer), Closed)
    assert outcomes[Open] == 216
    assert outcomes[OffGrid] == 4
    assert outcomes[Awaiting] == 0
    assert outcomes[Closed] == 172_739 + 444 - 216 - 4 - 1
    assert sum(book.crossed_instants for book in books.values()) == 42
    assert [(line > 36_153, line < 36_170) for line in regridded_at] == [(True, True)]
    assert [(book.tick_size, book.step) for book in books.values()] == [
        (100, 10 if at == 4 else 100) for at in range(6)
    ]
    assert not any(is_open.values())

"""Decode, book, close: alone in a plain loop, and through the market actors' mailboxes."""

from pathlib import Path

import trio

from actors.markets.book import Book, Closed
from actors.paths import market_path
from messages.market_data import BookDelta, MarketData, TradePrint, WholeBook
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.bench.frames import Frames, frames_of
from polyactors.bench.measure import Figure, beside, rate
from polyactors.bench.small_tree import Sink, market_tree
from polyactors.config import Configuration
from polyactors.venues.recording.source import MARKET_CHANNEL
from supervision.clock import VirtualClock
from supervision.runtime import Runtime

BURST = 64
"""Frames between two turns of the market actors, as a socket that is read in large pieces gives them."""


def ingest(recording: Path) -> list[Figure]:
    """Raises `Skipped`."""
    frames = frames_of(recording)
    count = len(frames.tape)
    decode = rate("decode alone", "frames/s", count, lambda: frames.decode_all(lambda _: None))
    books = rate("decode, book and close in a plain loop", "frames/s", count, lambda: _plain_loop(frames))
    actors = rate(
        "decode, book, close and snapshot through the market actors",
        "frames/s",
        count,
        lambda: trio.run(_through_actors, frames),
        aim="150,000 or more",
    )
    return [decode, beside(books, decode), beside(actors, books)]


def _plain_loop(frames: Frames) -> int:
    books = {market.market: Book(market) for market in frames.recording.markets}
    closed = 0

    def see(message: MarketData) -> None:
        nonlocal closed
        if isinstance(message, BookDelta | WholeBook | TradePrint):
            closed += type(books[message.market].apply(message)) is Closed

    frames.decode_all(see)
    return closed


async def _through_actors(frames: Frames) -> None:
    markets = frames.recording.markets
    runtime = Runtime(VirtualClock(frames.tape[0].at_ms * NANOSECONDS_PER_MILLISECOND))
    runtime.describe(market_tree(Configuration(), markets, Sink, with_maker=False))
    async with trio.open_nursery() as nursery:
        await nursery.start(runtime.run)
        offer = {
            market.market: runtime.registry.address(market_path(market.event, market.market)).offer
            for market in markets
        }
        decode = frames.channel().decode
        for number, frame in enumerate(frames.tape):
            for message in decode(frame.frame, frame.at_ms * NANOSECONDS_PER_MILLISECOND, MARKET_CHANNEL):
                offer[message.market](message)
            if number % BURST == 0:
                await trio.lowlevel.checkpoint()
        runtime.stop("measured")

"""The live market channel against the served exchange: whatever goes wrong, the books become right again."""

import pytest
import trio

from actors.feeds.ports import ConnectionLost
from messages.identity import Outcome
from messages.market_data import BookDelta, FeedLost, MarketResolution, Proof, TickSizeChange, TradePrint
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, ONE, TickSize
from polyactors.exchange.faults.kinds import (
    ChangeTick,
    DropConnections,
)
from polyactors.exchange.streams.market_hub import MarketHub
from polyactors.exchange.streams.settings import StreamSettings
from polyactors.venues.streams.health import StreamState
from polyactors.venues.streams.transport import WireLimits
from tests.venues.polymarket.live_streams_world import Reader, Venue, reading, venue


async def test_books_follow_the_exchange_by_hash() -> None:
    async with venue() as at, reading(at) as reader:
        await reader.until_live()
        for _ in range(100):
            at.pass_time()
            await reader.until(lambda: not reader.follower.differing())
        assert len(reader.follower.heard_of(BookDelta)) > 100
        assert reader.follower.heard_of(FeedLost) == []
        assert reader.follower.proofs() == {Proof.HASH}
        assert reader.counts.bad.total == 0


async def test_trades_tick_changes_and_resolutions_come_through() -> None:
    async with venue() as at, reading(at) as reader:
        await reader.until_live()
        changed, resolved = at.markets[0], at.markets[1]
        at.arm(ChangeTick(changed.market, "0.001" if changed.tick_size == TickSize(100) else "0.01"))
        await reader.until(lambda: bool(reader.follower.heard_of(TickSizeChange, changed.market)))
        await reader.until(lambda: not reader.follower.differing())
        while not reader.follower.heard_of(TradePrint):
            at.pass_time(NANOSECONDS_PER_SECOND)
            await trio.lowlevel.checkpoint()
        at.exchange.resolve(resolved.market, ONE, at.served.world.now_ns)
        await reader.until(lambda: bool(reader.follower.heard_of(MarketResolution, resolved.market)))
        assert [each.winner for each in reader.follower.heard if isinstance(each, MarketResolution)] == [Outcome.YES]


async def test_a_dropped_connection_is_told_to_all_and_comes_back() -> None:
    async with venue() as at, reading(at) as reader:
        await reader.until_live()
        at.arm(DropConnections("market"))
        await follow(at, reader, 5)
        await reader.until(lambda: len(reader.follower.heard_of(FeedLost)) == len(at.markets))
        await reader.until_live()
        await reader.until(lambda: not reader.follower.differing())
        assert reader.health.losses == 1
        assert reader.health.connections == 2
        assert "1011" in reader.health.last_loss


async def follow(at: Venue, reader: Reader, steps: int) -> None:
    for _ in range(steps):
        at.pass_time()
        for _ in range(5):
            await trio.lowlevel.checkpoint()


async def test_no_book_is_to_be_had_while_the_stream_is_down() -> None:
    """Else it would be right for an instant, and then quietly wrong."""
    async with venue() as at, reading(at) as reader:
        await reader.until_live()
        asked: list[str] = []

        async def ask_when_lost() -> None:
            await reader.until(lambda: reader.health.state is StreamState.WAITING)
            with pytest.raises(ConnectionLost) as caught:
                await reader.source.whole_book(at.markets[0].market)
            asked.append(str(caught.value))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask_when_lost)
            at.arm(DropConnections("market"))
            await follow(at, reader, 5)
        assert asked == ["the stream is waiting to connect again"]


async def test_a_slow_consumer_holds_up_the_socket_and_loses_nothing() -> None:
    """The queue here and the buffers of the sockets fill up; the exchange keeps what does not fit."""
    async with (
        venue(StreamSettings(most_waiting=1_000_000)) as at,
        reading(at, limits=WireLimits(queued_frames=4, receive_buffer=4096, close_s=0.2)) as reader,
    ):
        await reader.until_live()
        follower = reader.follower
        follower.room = trio.Event()
        before = len(follower.heard)
        for _ in range(200):
            at.pass_time(100 * NANOSECONDS_PER_MILLISECOND)
            await trio.lowlevel.checkpoint()
        assert len(follower.heard) <= before + 1
        follower.room.set()
        await reader.until(lambda: not follower.differing())
        assert len(follower.heard_of(BookDelta)) > 1_000
        assert follower.heard_of(FeedLost) == []
        assert reader.health.losses == 0


async def test_a_consumer_that_is_too_slow_for_the_venue_is_dropped_by_it_and_begins_anew() -> None:
    async with (
        venue(StreamSettings(most_waiting=100, most_together=1)) as at,
        reading(at, limits=WireLimits(queued_frames=1, receive_buffer=1024, close_s=0.2)) as reader,
    ):
        await reader.until_live()
        follower = reader.follower
        follower.room = trio.Event()
        while market_connections(at):
            at.pass_time(NANOSECONDS_PER_SECOND)
            await trio.lowlevel.checkpoint()
        follower.room.set()
        await reader.until(lambda: reader.health.losses > 0)
        await reader.until_live()
        await reader.until(lambda: not follower.differing())
        assert len(follower.heard_of(FeedLost)) >= len(at.markets)


def market_connections(at: Venue) -> int:
    """Those that the exchange still sends to."""
    owners = (getattr(listener, "__self__", None) for listener in at.exchange.listeners)
    return sum(len(owner) for owner in owners if isinstance(owner, MarketHub))

"""Frames of the market channel that cannot be read: counted, kept, and the books that they may have been about lost."""

import json
import random
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from actors.feeds.ports import ConnectionLost
from messages.identity import EventId, MarketId, TokenId
from messages.market_data import BookDelta, FeedLost, MarketData, WholeBook
from messages.markets import Market
from messages.units import TickSize
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_streams.market_stream import LiveMarketSource, MarketStreamSettings
from polyactors.venues.polymarket.live_streams.reading import MarketFrames
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.malformed import MalformedFrames
from supervision.clock import SteadyClock
from tests.venues.polymarket.live_streams_world import NEVER, ScriptedVenue, until


def market(number: int) -> Market:
    return Market(
        market=MarketId(f"0x{number:064x}"),
        event=EventId("event"),
        slug=f"market-{number}",
        question="?",
        yes_token=TokenId(f"{number}1" * 20),
        no_token=TokenId(f"{number}2" * 20),
        tick_size=TickSize(100),
    )


GAME, OTHER = market(1), market(2)


def book(of: Market = GAME, **changes: object) -> dict[str, object]:
    fields: dict[str, object] = {"event_type": "book", "market": of.market, "asset_id": of.yes_token}
    return fields | {"bids": [], "asks": [], "timestamp": "5", "hash": "h"} | changes


class Heard:
    def __init__(self) -> None:
        self.counts = FeedCounts()
        self.malformed = MalformedFrames()
        self.frames = MarketFrames((GAME, OTHER), "market", self.counts, self.malformed, lambda: 7, lambda bad: None)

    def read(self, frame: object) -> list[MarketData]:
        return list(self.frames.read(frame if isinstance(frame, str | bytes) else json.dumps(frame), 3))

    def losses(self, frame: object) -> list[MarketId]:
        return [each.market for each in self.read(frame) if isinstance(each, FeedLost)]


@pytest.mark.parametrize(
    "broken",
    [
        book(bids=[{"price": "2", "size": "1"}]),
        book(bids=None),
        book(timestamp="yesterday"),
        book(asset_id="777777777"),
        book(asset_id=OTHER.yes_token, market=GAME.market, bids="x"),
        json.dumps(book())[:-3],
        json.dumps(book()).encode()[:-3] + b"\xff",
    ],
)
def test_the_markets_that_a_broken_frame_names_are_lost(broken: object) -> None:
    heard = Heard()
    assert GAME.market in heard.losses(broken)
    assert len(heard.malformed) == heard.counts.bad.total == 1


def test_a_broken_element_of_an_array_casts_no_doubt_on_the_others() -> None:
    heard = Heard()
    said = heard.read([book(), book(OTHER, bids="x"), book()])
    assert [(type(each), each.market) for each in said] == [
        (WholeBook, GAME.market), (FeedLost, OTHER.market), (WholeBook, GAME.market)
    ]  # fmt: skip


def test_a_new_kind_of_event_changes_no_book() -> None:
    heard = Heard()
    assert heard.read({"event_type": "moon_phase", "market": GAME.market}) == []
    assert heard.counts.bad.total == 1


def test_markets_that_are_not_ours_cost_us_nothing() -> None:
    heard = Heard()
    assert heard.read(book(market(3))) == []
    assert heard.counts.bad.total == 1


def test_a_broken_frame_about_nobody_knows_what_costs_the_connection() -> None:
    with pytest.raises(ConnectionLost, match="could be about anything"):
        Heard().read('{"event_type":"price_change","market":"0x')
    assert Heard().read("hello") == []


def test_the_venue_that_refuses_is_left() -> None:
    with pytest.raises(ConnectionLost, match="refuses"):
        Heard().read("INVALID OPERATION")


@given(st.text() | st.binary() | st.recursive(
    st.none() | st.text() | st.integers() | st.sampled_from([GAME.market, GAME.yes_token, "price_change", "5", "BUY"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["event_type", "market", "asset_id", "price_changes", "bids", "asks", "timestamp"]), inner),
    ).map(json.dumps))  # fmt: skip
def test_every_frame_is_said_or_counted_as_bad(frame: str | bytes) -> None:
    heard = Heard()
    try:
        said = heard.read(frame)
    except ConnectionLost:
        said = []
        assert heard.counts.bad.total == 1
    assert heard.counts.frames == 1
    assert heard.counts.bad.total == len(heard.malformed) or heard.counts.bad.total > 100
    if heard.counts.bad.total == 0:
        assert not any(isinstance(each, FeedLost) for each in said)


class Pumped:
    def __init__(self) -> None:
        self.scripted = ScriptedVenue()
        self.heard: list[MarketData] = []
        self.health = StreamHealth()
        self.books: list[WholeBook | None] = []
        self.ask_for_the_book = trio.Event()
        self.source = LiveMarketSource(
            "market",
            (GAME, OTHER),
            self.scripted.open,
            self.book_of,
            SteadyClock().now_ns,
            random.Random(1),
            FeedCounts(),
            self.health,
            MarketStreamSettings(witness=NEVER),
        )

    def deliver(self, message: MarketData) -> Awaitable[None] | None:
        self.heard.append(message)
        return None

    async def book_of(self, token: TokenId) -> WholeBook | None:
        await self.ask_for_the_book.wait()
        return self.books.pop(0)

    def losses(self) -> list[MarketId]:
        return [each.market for each in self.heard if isinstance(each, FeedLost)]


@asynccontextmanager
async def pumped() -> AsyncIterator[Pumped]:
    found = Pumped()
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(found.source.pump, found.deliver)
            await until(lambda: found.health.is_live)
            yield found
            nursery.cancel_scope.cancel()


async def test_the_market_of_a_broken_frame_is_told_and_the_connection_stays() -> None:
    async with pumped() as world:
        world.scripted.say(json.dumps(book(bids="x")), json.dumps(book(OTHER)))
        await until(lambda: len(world.heard) == 2)
        assert world.losses() == [GAME.market]
        assert world.health.losses == 0
        assert len(world.health.malformed) == 1


async def test_a_refused_subscription_is_tried_again_and_told_to_all() -> None:
    async with pumped() as world:
        world.scripted.say("INVALID OPERATION")
        await until(lambda: len(world.scripted.connections) == 2 and bool(world.scripted.connections[1].said))
        assert world.losses() == [GAME.market, OTHER.market]
        assert world.scripted.connections[1].said[0] == world.scripted.connections[0].said[0]
        assert sorted(json.loads(world.scripted.connections[1].said[0])["assets_ids"]) == sorted(
            [GAME.yes_token, GAME.no_token, OTHER.yes_token, OTHER.no_token]
        )


CHANGE = {
    "event_type": "price_change",
    "market": GAME.market,
    "timestamp": "9",
    "price_changes": [
        {"asset_id": GAME.yes_token, "price": "0.4", "size": "7", "side": "BUY", "hash": "newer"},
        {"asset_id": GAME.no_token, "price": "0.6", "size": "7", "side": "SELL", "hash": "newer no"},
    ],
}


async def test_a_book_by_rest_holds_what_the_stream_said_while_it_was_asked_for() -> None:
    """Nobody would say it again, and the book would be quietly wrong."""
    async with pumped() as world:
        world.scripted.say(json.dumps(book()))
        await until(lambda: len(world.heard) == 1)
        (first,) = world.heard
        assert isinstance(first, WholeBook)
        world.books.append(first)
        found: list[WholeBook | None] = []

        async def fetch() -> None:
            found.append(await world.source.whole_book(GAME.market))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(fetch)
            await trio.testing.wait_all_tasks_blocked()
            world.scripted.say(json.dumps(CHANGE))
            await until(lambda: any(isinstance(each, BookDelta) for each in world.heard))
            world.ask_for_the_book.set()
        (whole,) = found
        assert whole is not None
        assert (whole.hash, whole.exchange_ms, len(whole.levels)) == ("newer", 9, 1)


async def test_a_book_by_rest_that_was_asked_for_on_another_connection_is_worth_nothing() -> None:
    async with pumped() as world:
        refused: list[str] = []

        async def fetch() -> None:
            with pytest.raises(ConnectionLost) as caught:
                await world.source.whole_book(GAME.market)
            refused.append(str(caught.value))

        world.books.append(None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fetch)
            await trio.testing.wait_all_tasks_blocked()
            world.scripted.is_down = True
            world.scripted.lose("reset")
            await until(lambda: world.health.losses > 0)
            world.ask_for_the_book.set()
        assert refused


async def test_a_market_of_another_shard_has_no_book_here() -> None:
    async with pumped() as world:
        assert await world.source.whole_book(MarketId("0x" + "f" * 64)) is None


async def test_a_book_that_was_asked_for_before_a_reconnection_is_asked_for_again() -> None:
    async with pumped() as world:
        world.scripted.say(json.dumps(book(hash="old")), json.dumps(book(hash="new", timestamp="8")))
        await until(lambda: len(world.heard) == 2)
        world.books += [each for each in world.heard if isinstance(each, WholeBook)]
        found: list[WholeBook | None] = []

        async def fetch() -> None:
            found.append(await world.source.whole_book(GAME.market))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(fetch)
            await trio.testing.wait_all_tasks_blocked()
            world.scripted.lose("reset")
            await until(lambda: world.health.losses == 1 and world.health.is_live)
            world.ask_for_the_book.set()
        assert [each.hash for each in found if each is not None] == ["new"]

"""A whole served exchange in the test's own loop, on a clock that the test moves, and readers of its streams.

Sockets are real ones, on the loopback interface. Nothing sleeps: the exchange's time is moved by hand, and whoever
waits, waits for something to happen.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial

import httpx
import trio

from actors.feeds.ports import ConnectionLost
from actors.markets.book import Awaiting, Book, Closed, OffGrid
from messages.identity import MarketId, Outcome, TokenId
from messages.market_data import (
    BadInput,
    BookDelta,
    FeedLost,
    MarketData,
    Proof,
    TickSizeChange,
    TradePrint,
    WholeBook,
)
from messages.markets import Market
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, Price, Shares
from polyactors.exchange.clob.rate_limits import RateSettings
from polyactors.exchange.faults.armed import Arming
from polyactors.exchange.faults.kinds import Fault
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.server.listening import open_port, port_of
from polyactors.exchange.server.served import ServedWorld
from polyactors.exchange.server.settings import ServerSettings
from polyactors.exchange.server.venue_time import SteadyClock
from polyactors.exchange.streams.settings import StreamSettings
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.words import Refused
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_streams.liveness import WitnessRule
from polyactors.venues.polymarket.live_streams.market_stream import LiveMarketSource, MarketStreamSettings
from polyactors.venues.polymarket.market_channel import MarketChannel
from polyactors.venues.streams.health import StreamHealth, StreamState
from polyactors.venues.streams.reconnecting import OpenWire
from polyactors.venues.streams.transport import WireLimits, open_wire

START_NS = 1_800_000_000 * NANOSECONDS_PER_SECOND
STEP_NS = 20 * NANOSECONDS_PER_MILLISECOND
PATIENCE_S = 90.0

FEW = ListingPlan(
    binary_markets=3,
    neg_risk_outcomes=(3,),
    augmented_events=0,
    protocol_two_markets=0,
    five_minute_symbols=(),
    hourly_symbols=(),
)
EAGER = WitnessRule(
    every_ns=2 * NANOSECONDS_PER_MILLISECOND,
    suspect_every_ns=NANOSECONDS_PER_MILLISECOND,
    grace_ns=5 * NANOSECONDS_PER_MILLISECOND,
    least_quiet_ns=50 * NANOSECONDS_PER_MILLISECOND,
)
NEVER = WitnessRule(every_ns=10**18, suspect_every_ns=10**18)


class Venue:
    """A served exchange and the way to it."""

    def __init__(self, port: int, streams: StreamSettings) -> None:
        self._clock_ns = START_NS
        settings = ServerSettings(
            listings=FEW,
            traders=TraderSettings(pace=3.0),
            limits=RateSettings(limits_addresses=False),
            streams=streams,
        )
        self.served = ServedWorld(settings, 5, SteadyClock(lambda: self._clock_ns, lambda: self._clock_ns))
        self.port = port
        self.exchange = self.served.world.exchange

    @property
    def markets(self) -> tuple[Market, ...]:
        return tuple(listing.market for listing in self.exchange.listings.values())

    def pass_time(self, length_ns: int = STEP_NS) -> None:
        """All that happens in this time happens now; what is said of it is on its way."""
        until_ns = self._clock_ns + length_ns
        while self._clock_ns < until_ns:
            self._clock_ns = min(until_ns, self._clock_ns + STEP_NS)
            self.served.time.now_ns()

    def arm(self, fault: Fault, name: str = "", times: int | None = None, for_ns: int | None = None) -> None:
        armed = self.served.faults.arm(Arming(fault, name, for_ns, times), self.served.world.now_ns)
        assert not isinstance(armed, Refused), armed

    def calm(self) -> None:
        """Nothing goes wrong any more, and what was held back is sent."""
        for armed in self.served.faults.armed():
            self.served.faults.disarm(armed.name, self.served.world.now_ns)

    def wire(self, stream: str, limits: WireLimits | None = None) -> OpenWire:
        return partial(open_wire, f"ws://127.0.0.1:{self.port}/ws/{stream}", limits or WireLimits(close_s=0.2))

    def levels(self, market: MarketId) -> dict[tuple[Outcome, Price], Shares]:
        return {(each, price): size for each in Outcome for price, size in self.exchange.bids(market, each)}


async def until(is_so: Callable[[], bool]) -> None:
    """Looks again whenever somebody else had a turn; what never comes true ends with the venue's patience."""
    while not is_so():
        await trio.lowlevel.checkpoint()


@asynccontextmanager
async def venue(streams: StreamSettings | None = None) -> AsyncIterator[Venue]:
    """Ends within `PATIENCE_S`, or the test fails."""
    listener = open_port(0)
    found = Venue(port_of(listener), streams or StreamSettings())
    found.pass_time(2 * NANOSECONDS_PER_SECOND)
    over = trio.Event()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(found.served.run, listener, over.wait)
            try:
                yield found
            finally:
                over.set()
                nursery.cancel_scope.cancel()


def book_asker(at: Venue, client: httpx.AsyncClient) -> Callable[[TokenId], Awaitable[WholeBook | None]]:
    """The book by REST, read by the service's own parser."""
    bad: list[BadInput] = []
    channel = MarketChannel(at.markets, bad.append)

    async def book_of(token: TokenId) -> WholeBook | None:
        try:
            answer = await client.get(f"http://127.0.0.1:{at.port}/book", params={"token_id": token})
        except httpx.HTTPError as error:
            raise ConnectionLost(repr(error)) from None
        if answer.status_code != 200:
            raise ConnectionLost(f"status {answer.status_code}")
        found = channel.decode(answer.content, 0, "rest")
        assert bad == []
        return found[0] if found and isinstance(found[0], WholeBook) else None

    return book_of


class Follower:
    """Keeps the books of a stream as the market actors do: a book that is lost is asked for, and so is one that stays
    open. `deliver` is what the source calls."""

    def __init__(self, at: Venue, nursery: trio.Nursery, markets: Iterable[Market]) -> None:
        self._at = at
        self._nursery = nursery
        self.books = {market.market: Book(market) for market in markets}
        self.heard: list[MarketData] = []
        self.source: LiveMarketSource | None = None
        self.room = trio.Event()
        self.room.set()
        self._news = trio.Event()
        self._asked: set[MarketId] = set()

    def deliver(self, message: MarketData) -> Awaitable[None] | None:
        self.heard.append(message)
        self.take(message)
        return None if self.room.is_set() else self.room.wait()

    def take(self, message: MarketData) -> None:
        book = self.books.get(message.market)
        if book is not None:
            match message:
                case BookDelta() | WholeBook() | TradePrint():
                    assert not isinstance(book.apply(message), OffGrid)
                case TickSizeChange():
                    if isinstance(book.tick_size_changed(message), Awaiting):
                        self.ask(message.market)
                case FeedLost(reason=reason):
                    book.lose(reason)
                    self.ask(message.market)
        self._news.set()
        self._news = trio.Event()

    def ask(self, market: MarketId) -> None:
        if self.source is not None and market not in self._asked:
            self._asked.add(market)
            self._nursery.start_soon(self._fetch, self.source, market)

    def ask_for_what_is_open(self) -> None:
        for market, book in self.books.items():
            if not book.is_closed:
                self.ask(market)

    def heard_of(self, kind: type[MarketData], market: MarketId | None = None) -> list[MarketData]:
        return [each for each in self.heard if isinstance(each, kind) and market in (None, each.market)]

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Looks again whenever something was heard."""
        while not is_so():
            await self._news.wait()

    async def _fetch(self, source: LiveMarketSource, market: MarketId) -> None:
        try:
            book = await source.whole_book(market)
        except ConnectionLost:
            book = None
        finally:
            self._asked.discard(market)
        if book is not None:
            self.take(book)

    # What the exchange has

    def differing(self) -> list[MarketId]:
        return [market for market in self.books if not self.is_right(market)]

    def is_right(self, market: MarketId) -> bool:
        book = self.books[market]
        if not isinstance(book.state, Closed):
            return False
        levels = {
            (outcome, price): size
            for outcome, depth in ((Outcome.YES, book.yes_bids()), (Outcome.NO, book.no_bids()))
            for price, size in depth.levels()
        }
        return levels == self._at.levels(market)

    def proofs(self) -> set[Proof | None]:
        return {book.proof for book in self.books.values()}


class Reader:
    """A source that is being pumped, and everything around it."""

    def __init__(self, source: LiveMarketSource, follower: Follower, health: StreamHealth, counts: FeedCounts) -> None:
        self.source = source
        self.follower = follower
        self.health = health
        self.counts = counts

    async def until(self, is_so: Callable[[], bool]) -> None:
        await self.follower.until(is_so)

    async def until_live(self) -> None:
        """Subscribed, and every first book there."""
        books = self.follower.books.values()
        await self.until(lambda: all(book.is_closed for book in books))
        while self.health.state is not StreamState.LIVE:
            await trio.lowlevel.checkpoint()


@asynccontextmanager
async def reading(
    at: Venue,
    rule: WitnessRule = NEVER,
    markets: tuple[Market, ...] | None = None,
    settings: MarketStreamSettings | None = None,
    limits: WireLimits | None = None,
    chance: random.Random | None = None,
) -> AsyncIterator[Reader]:
    chosen = at.markets if markets is None else markets
    async with httpx.AsyncClient(trust_env=False) as client, trio.open_nursery() as nursery:
        health, counts = StreamHealth(), FeedCounts()
        follower = Follower(at, nursery, chosen)
        source = LiveMarketSource(
            name="market",
            markets=chosen,
            open_wire=at.wire("market", limits),
            book_of=book_asker(at, client),
            now_ns=SteadyClock().now_ns,
            chance=chance or random.Random(3),
            counts=counts,
            health=health,
            settings=settings or MarketStreamSettings(witness=rule),
        )
        follower.source = source
        nursery.start_soon(source.pump, follower.deliver)
        yield Reader(source, follower, health, counts)
        nursery.cancel_scope.cancel()


class Impatient(random.Random):
    """Draws a thousandth of what it might: pauses pass in real time, and how many losses follow one another depends on
    how busy the machine is."""

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        return super().randrange(start, stop, step) // 1000


class ScriptedVenue:
    """Connections without a socket: says what the test puts in, and answers PING behind it."""

    def __init__(self) -> None:
        self.connections: list[ScriptedWire] = []
        self.is_down = False
        self._opened = trio.Event()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["ScriptedWire"]:
        await trio.lowlevel.checkpoint()
        if self.is_down:
            raise ConnectionLost("no route to the venue")
        self.connections.append(ScriptedWire())
        self._opened.set()
        self._opened = trio.Event()
        yield self.connections[-1]

    async def connected(self, times: int) -> None:
        """Until there have been so many connections."""
        while len(self.connections) < times:
            await self._opened.wait()

    def say(self, *frames: str | bytes) -> None:
        """On the newest connection."""
        for frame in frames:
            self.connections[-1].put(frame)

    def lose(self, reason: str) -> None:
        self.connections[-1].put(ConnectionLost(reason))


class ScriptedWire:
    def __init__(self) -> None:
        self._put, self._coming = trio.open_memory_channel[str | bytes | ConnectionLost](10_000)
        self.said: list[str] = []
        self.answers_ping = True

    async def send(self, text: str) -> None:
        await trio.lowlevel.checkpoint()
        self.said.append(text)
        if text == "PING" and self.answers_ping:
            self.put("PONG")

    async def receive(self) -> str | bytes:
        found = await self._coming.receive()
        if isinstance(found, ConnectionLost):
            raise found
        return found

    def put(self, frame: str | bytes | ConnectionLost) -> None:
        self._put.send_nowait(frame)

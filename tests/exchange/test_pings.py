"""Ping frames over real sockets: who is pinged, and what becomes of who does not answer."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest
import trio
from attrs import define, field
from starlette.applications import Starlette
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Message, Ping, Request, TextMessage

from polyactors.exchange.listings.reference_price import ReferencePrices
from polyactors.exchange.reference_feeds.feed_routes import routes
from polyactors.exchange.server.listening import listen, open_port, port_of
from polyactors.exchange.server.pinging import PINGS, PingTerms
from tests.exchange.reference_feed_world import START_NS, TWO

PATIENCE_S = 20
OFTEN = {"/binance/": PingTerms(0.01)}
IMPATIENT = {"/binance/": PingTerms(0.01, 0.05)}

E = TypeVar("E", bound=Event)


@define
class Client:
    """A websocket that answers nothing by itself."""

    stream: trio.SocketStream
    connection: WSConnection = field(factory=lambda: WSConnection(ConnectionType.CLIENT))
    heard: list[Event] = field(factory=list)

    async def say(self, event: Event) -> None:
        await self.stream.send_all(self.connection.send(event))

    async def hear(self, kind: type[E]) -> E:
        """The next event of that kind; those before it are gone."""
        while True:
            while self.heard:
                event = self.heard.pop(0)
                if isinstance(event, kind):
                    return event
            received = await self.stream.receive_some()
            self.connection.receive_data(bytes(received) or None)
            self.heard += self.connection.events()

    async def is_at_the_end(self) -> bool:
        """Whether the server has closed the socket, without waiting for the client to answer the close."""
        return not await self.stream.receive_some()


@asynccontextmanager
async def served(pings: Mapping[str, PingTerms]) -> AsyncIterator[int]:
    """The reference feeds; the port."""
    prices = ReferencePrices(7, START_NS, TWO)
    app = Starlette(routes=routes(prices, lambda feed: False, lambda: START_NS))
    listener, over = open_port(0), trio.Event()
    port = port_of(listener)
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(listen, app, listener, over.wait, pings)
            yield port
            over.set()


@asynccontextmanager
async def connected(port: int, path: str) -> AsyncIterator[Client]:
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        client = Client(stream)
        await client.say(Request(host="127.0.0.1", target=path))
        await client.hear(AcceptConnection)
        yield client


@pytest.mark.parametrize("path", ["/binance/ws/btcusdt@trade", "/binance/ws", "/binance/stream?streams=btcusdt@trade"])
async def test_who_answers_every_ping_stays_connected(path: str) -> None:
    """Nobody pinged before: a client that takes a feed without pings for dead had to give it up."""
    async with served(IMPATIENT) as port, connected(port, path) as client:
        payloads = set()
        for _ in range(12):
            ping = await client.hear(Ping)
            payloads.add(bytes(ping.payload))
            await client.say(ping.response())
        assert len(payloads) == 12
        await client.say(Message('{"method":"LIST_SUBSCRIPTIONS","id":1}'))
        assert '"id":1' in (await client.hear(TextMessage)).data


async def test_who_answers_no_ping_is_dropped_though_it_reads_and_talks() -> None:
    async with served(IMPATIENT) as port, connected(port, "/binance/ws/btcusdt@trade") as client:
        await client.say(Message('{"method":"LIST_SUBSCRIPTIONS","id":1}'))
        await client.hear(Ping)
        assert (await client.hear(CloseConnection)).code == 1008
        assert await client.is_at_the_end()


async def test_only_those_who_ping_at_their_venue_ping() -> None:
    async with served(OFTEN) as port, connected(port, "/kraken/v2") as other, connected(port, "/binance/ws") as client:
        for _ in range(5):
            await client.hear(Ping)
        await other.say(Message('{"method":"ping","req_id":42}'))
        while True:
            event = await other.hear(Event)
            assert not isinstance(event, Ping)
            if isinstance(event, TextMessage) and '"pong"' in event.data:
                break


def test_the_venues_own_terms_hold_unless_told_otherwise() -> None:
    assert PINGS["/binance/"] == PingTerms(20.0, 60.0)
    assert PINGS["/ws/live"].every_s == 25.0

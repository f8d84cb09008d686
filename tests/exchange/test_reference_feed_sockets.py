"""Every feed over real websockets, on a loopback port, and with the venue's own client."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import trio
from polymarket import PRODUCTION, AsyncPublicClient
from polymarket._internal.environment import create_environment, get_environment_config
from polymarket.streams import CryptoPricesSpec
from starlette.applications import Starlette
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from polyactors.exchange.listings.reference_price import ReferencePrices
from polyactors.exchange.reference_feeds.feed_routes import FEED_NAMES, FeedSettings, routes
from polyactors.exchange.server.listening import listen, open_port, port_of
from tests.exchange.reference_feed_world import SECOND_NS, START_NS, TWO, Frame

PATIENCE_S = 20
RTDS = {"action": "subscribe", "subscriptions": [{"topic": "crypto_prices", "type": "update", "filters": "btcusdt"}]}
AUTH = {"op": "auth", "auth": {"apiKey": "a", "secret": "b", "passphrase": "c"}, "rid": "1"}
LIVE = {"op": "subscribe", "subscriptions": [{"channel": "price.crypto", "filter": {"symbol": "btcusd"}}], "rid": "2"}


class Served:
    """Prices behind a port."""

    def __init__(self, settings: FeedSettings | None) -> None:
        self.at_ns = START_NS
        self.stalled: set[str] = set()
        self.asked: set[str] = set()
        self.was_asked = trio.Event()
        self.prices = ReferencePrices(7, START_NS, TWO)
        self.app = Starlette(routes=routes(self.prices, self.is_stalled, self.now_ns, settings=settings))
        self.port = 0
        self.token = trio.lowlevel.current_trio_token()

    def now_ns(self) -> int:
        return self.at_ns

    def is_stalled(self, feed: str) -> bool:
        self.asked.add(feed)
        self.was_asked.set()
        return feed in self.stalled

    def wait(self, seconds: float) -> None:
        self.at_ns += round(seconds * SECOND_NS)
        self.prices.advance(self.at_ns)


@asynccontextmanager
async def served(settings: FeedSettings | None = None) -> AsyncIterator[Served]:
    world = Served(settings)
    listener = open_port(0)
    world.port = port_of(listener)
    over = trio.Event()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(listen, world.app, listener, over.wait)
            yield world
            over.set()


class Client:
    def __init__(self, websocket: WebSocketConnection) -> None:
        self._websocket = websocket

    async def say(self, content: object) -> None:
        await self._websocket.send_message(content if isinstance(content, bytes) else json.dumps(content))

    async def hear(self) -> Frame:
        found: Frame = json.loads(await self._websocket.get_message())
        return found

    async def end(self) -> int:
        """Whatever is still sent, and then the code of the close."""
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                await self._websocket.get_message()
        assert caught.value.reason is not None
        return int(caught.value.reason.code)


@asynccontextmanager
async def connected(to: Served, path: str) -> AsyncIterator[Client]:
    async with await trio.open_tcp_stream("127.0.0.1", to.port) as stream, trio.open_nursery() as nursery:
        websocket = await wrap_client_stream(nursery, stream, "127.0.0.1", path, max_message_size=1 << 24)
        yield Client(websocket)
        await websocket.aclose()


async def test_binance_over_a_socket() -> None:
    async with (
        served() as world,
        connected(world, "/binance/ws/btcusdt@trade/xrpusdt@trade") as raw,
        connected(world, "/binance/stream?streams=btcusdt@trade/btcusdt@bookTicker") as combined,
    ):
        for client in (raw, combined):
            await client.say({"method": "SUBSCRIBE", "params": ["btcusdt@aggTrade"], "id": 1})
            assert await client.hear() == {"result": None, "id": 1}
        world.wait(0.5)
        frames = [await raw.hear() for _ in range(3)]
        assert [(frame["e"], frame["s"]) for frame in frames] == [
            ("trade", "BTCUSDT"), ("aggTrade", "BTCUSDT"), ("trade", "XRPUSDT"),
        ]  # fmt: skip
        assert float(frames[0]["p"]) == world.prices.price("btcusd")
        names = [(await combined.hear())["stream"] for _ in range(3)]
        assert names == ["btcusdt@trade", "btcusdt@bookTicker", "btcusdt@aggTrade"]


async def test_binance_without_a_stream_in_its_address_and_in_microseconds() -> None:
    async with served() as world, connected(world, "/binance/ws?timeUnit=microsecond") as client:
        await client.say(b'{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":null}')
        assert await client.hear() == {"result": None, "id": None}
        world.wait(0.5)
        assert (await client.hear())["T"] == world.at_ns // 1_000


async def test_coinbase_over_a_socket() -> None:
    async with served() as world, connected(world, "/coinbase") as client:
        await client.say({"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]})
        assert [(await client.hear())["type"] for _ in range(2)] == ["subscriptions", "last_match"]
        world.wait(0.5)
        match = await client.hear()
        assert (match["type"], float(match["price"])) == ("match", world.prices.price("btcusd"))
        await client.say([])
        assert await client.hear() == {"type": "error", "message": "Malformed JSON"}


async def test_kraken_over_a_socket() -> None:
    async with served() as world, connected(world, "/kraken/v2") as client:
        assert (await client.hear())["channel"] == "status"
        await client.say({"method": "subscribe", "params": {"channel": "trade", "symbol": ["BTC/USD"]}, "req_id": 1})
        assert (await client.hear())["success"] is True
        world.wait(0.5)
        assert (await client.hear())["data"][0]["price"] == world.prices.price("btcusd")


async def test_polymarkets_old_feed_over_a_socket() -> None:
    async with served() as world, connected(world, "/ws/rtds") as client:
        await client.say(RTDS)
        assert (await client.hear())["type"] == "subscribe"
        world.wait(1)
        assert (await client.hear())["payload"]["value"] == world.prices.price("btcusd")


async def test_polymarkets_newer_feed_over_a_socket() -> None:
    async with served() as world, connected(world, "/ws/live") as client:
        await client.say(AUTH)
        await client.say(LIVE)
        assert [(await client.hear())["op"] for _ in range(2)] == ["authed", "subscribed"]
        assert (await client.hear())["snapshot"] is True
        world.wait(1)
        assert (await client.hear())["payload"]["value"] == world.prices.price("btcusd")


async def test_a_stalled_feed_stays_open_answers_and_tells_of_no_price() -> None:
    """Field note: prices stop while the connection looks well."""
    async with served() as world, connected(world, "/ws/live") as client, connected(world, "/ws/rtds") as other:
        await client.say(AUTH)
        await client.say(LIVE)
        await other.say(RTDS)
        for _ in range(3):
            await client.hear()
        await other.hear()
        world.stalled.add("live")
        world.wait(30)
        await client.say({"op": "ping", "rid": "3"})
        assert await client.hear() == {"op": "pong", "rid": "3"}
        assert (await other.hear())["type"] == "update"
        world.stalled.clear()
        world.wait(1)
        assert (await client.hear())["payload"]["value"] == world.prices.price("btcusd")
        assert world.asked <= set(FEED_NAMES)


async def test_a_connection_with_too_much_waiting_is_dropped_while_the_others_hear_everything() -> None:
    async with (
        served(FeedSettings(most_waiting=50)) as world,
        connected(world, "/binance/ws/btcusdt@trade") as modest,
        connected(world, "/binance/ws/btcusdt@trade/btcusdt@aggTrade/btcusdt@bookTicker") as greedy,
    ):
        for client in (modest, greedy):
            await client.say({"method": "LIST_SUBSCRIPTIONS", "id": 1})
            await client.hear()
        first = START_NS * 2 // SECOND_NS + 1
        for burst in range(3):
            world.wait(10)
            numbers = [(await modest.hear())["t"] for _ in range(20)]
            assert numbers == list(range(first + 20 * burst, first + 20 * burst + 20))
        assert await greedy.end() == 1008


async def test_the_official_client_follows_the_old_feed() -> None:
    async with served() as world:
        found = await in_the_clients_own_loop(world, follow)
        assert found[0] < found[1]


async def in_the_clients_own_loop(world: Served, body: Callable[[Served], Any]) -> list[int]:
    """The client needs asyncio: it lives in a thread, and the prices stay here."""
    found: list[int] = await trio.to_thread.run_sync(lambda: asyncio.run(body(world)), abandon_on_cancel=True)
    return found


async def follow(world: Served) -> list[int]:
    config = dataclasses.replace(get_environment_config(PRODUCTION), rtds_ws_url=f"ws://127.0.0.1:{world.port}/ws/rtds")
    async with AsyncPublicClient(create_environment(name="local", config=config)) as client:
        stream = await client.subscribe(CryptoPricesSpec(topic="prices.crypto.binance", symbols=["btcusdt"]))
        subscribed = partial(trio.from_thread.run, world.was_asked.wait, trio_token=world.token)
        await asyncio.to_thread(subscribed)
        found = []
        for _ in range(2):
            trio.from_thread.run_sync(world.wait, 1, trio_token=world.token)
            found.append((await anext(stream)).payload.timestamp)
        await stream.close()
    return found

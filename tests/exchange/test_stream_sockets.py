"""The streams over real websockets, on a loopback port."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from starlette.applications import Starlette
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from messages.identity import Outcome
from messages.units import Cash
from polyactors.exchange.server.listening import listen, open_port, port_of
from polyactors.exchange.streams.settings import StreamSettings
from polyactors.exchange.streams.stream_routes import routes
from tests.exchange.stream_world import (
    Replica,
    StreamWorld,
    both_tokens,
    decoded,
    decoded_for_user,
    login,
    operation,
    owner,
    subscription,
)
from tests.exchange.trading_floor import ALICE, BOB, BUY, GROUP, NO, PLAIN, YES

PATIENCE_S = 20


class Served:
    """A world behind a port."""

    def __init__(self, world: StreamWorld, port: int) -> None:
        self.world = world
        self.floor = world.floor
        self.port = port
        self.token = trio.lowlevel.current_trio_token()


@asynccontextmanager
async def served(settings: StreamSettings | None = None) -> AsyncIterator[Served]:
    world = StreamWorld(settings=settings)
    app = Starlette(routes=routes(world.streams, world.keys, world.now_ns, world.settings))
    listener = open_port(0)
    port = port_of(listener)
    over = trio.Event()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(listen, app, listener, over.wait)
            yield Served(world, port)
            over.set()


class Client:
    """One end of a websocket to the exchange."""

    def __init__(self, websocket: WebSocketConnection) -> None:
        self._websocket = websocket

    async def say(self, text: str) -> None:
        await self._websocket.send_message(text)

    async def hear(self, count: int = 1) -> list[str]:
        """The frames with the next `count` events; a frame may have several."""
        frames: list[str] = []
        while count > 0:
            frames.append(str(await self._websocket.get_message()))
            count -= len(json.loads(frames[-1])) if frames[-1].startswith("[") else 1
        return frames

    async def end(self) -> int:
        """Whatever is still sent, and then the code of the close."""
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                await self._websocket.get_message()
        assert caught.value.reason is not None
        return int(caught.value.reason.code)


@asynccontextmanager
async def connected(to: Served, stream_name: str, *said: str) -> AsyncIterator[Client]:
    async with await trio.open_tcp_stream("127.0.0.1", to.port) as stream, trio.open_nursery() as nursery:
        websocket = await wrap_client_stream(
            nursery, stream, "127.0.0.1", f"/ws/{stream_name}", max_message_size=1 << 24
        )
        client = Client(websocket)
        for text in said:
            await client.say(text)
        yield client
        await websocket.aclose()


async def test_a_client_follows_the_book_over_a_socket() -> None:
    async with served() as exchange, connected(exchange, "market", subscription(both_tokens())) as client:
        replica = Replica()
        replica.apply(decoded(await client.hear()))
        for cents in (40, 30, 41):
            exchange.floor.wait(0.01)
            exchange.floor.placed(ALICE, BUY, YES, cents / 100, 10)
        replica.apply(decoded(await client.hear(3)))
        assert replica.levels == exchange.world.levels()
        assert all(said == exchange.world.hash(outcome) for outcome, said in replica.hashes.items())


async def test_ping_nonsense_and_new_subscriptions_on_one_socket() -> None:
    async with served() as exchange, connected(exchange, "market", "PING", "nonsense") as client:
        assert await client.hear(2) == ["PONG", "INVALID OPERATION"]
        await client.say(operation("subscribe", assets_ids=[PLAIN.yes_token], custom_feature_enabled=False))
        assert json.loads((await client.hear())[0])[0]["asset_id"] == PLAIN.yes_token
        await client.say(operation("unsubscribe", assets_ids=[PLAIN.yes_token]))
        await client.say(operation("subscribe", assets_ids=[GROUP[0].yes_token]))
        assert json.loads((await client.hear())[0])[0]["asset_id"] == GROUP[0].yes_token
        exchange.floor.placed(ALICE, BUY, YES, 0.4, 10)
        exchange.floor.placed(ALICE, BUY, YES, 0.3, 10, on=GROUP[0])
        assert json.loads((await client.hear())[0])["market"] == GROUP[0].market


async def test_an_owner_hears_of_its_order_over_a_socket() -> None:
    async with served() as exchange:
        mine = exchange.world.credentials(1)
        async with connected(exchange, "user", login(mine), "PING") as client:
            assert await client.hear() == ["PONG"]
            placed = exchange.floor.placed(owner(mine), BUY, YES, 0.4, 10)
            (event,) = decoded_for_user(await client.hear())
            assert event.id == placed.order


async def test_wrong_credentials_end_the_connection() -> None:
    async with served() as exchange:
        mine = exchange.world.credentials(1)
        async with connected(exchange, "user", login(mine, secret="guess")) as client:
            assert await client.end() == 1000


async def test_a_reader_that_does_not_read_is_dropped_while_the_others_hear_everything() -> None:
    async with served(StreamSettings(most_waiting=100)) as exchange:
        floor, hub = exchange.floor, exchange.world.streams.market
        for wallet in (ALICE, BOB):
            exchange.world.exchange.deposit(wallet, Cash(10**13), floor.now_ns)
        for cents in range(1, 50):
            for outcome in Outcome:
                floor.placed(ALICE, BUY, outcome, cents / 100, 100_000)
        async with (
            connected(exchange, "market", subscription(both_tokens())) as reading,
            connected(exchange, "market", subscription(both_tokens())) as stuck,
        ):
            replica, matches = Replica(), 0
            for client in (reading, stuck):
                replica.apply(decoded(await client.hear()))
            while len(hub) == 2 and matches < 10_000:
                matches += 1
                floor.placed(BOB, BUY, NO, 0.51, 5)
                replica.apply(decoded(await reading.hear(4)))
            assert len(hub) == 1
            assert replica.levels == exchange.world.levels()
            assert await stuck.end() == 1008

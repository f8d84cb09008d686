"""Whatever is sent on a websocket, or instead of one: the server goes on, forgets who left, and serves true books."""

import json
import logging
import os
import random

import pytest
import trio
from starlette.applications import Starlette
from trio_websocket import ConnectionClosed, HandshakeError, WebSocketConnection, wrap_client_stream

from messages.identity import Outcome
from polyactors.exchange.server.listening import listen, open_port, port_of
from polyactors.exchange.streams.stream_routes import routes
from tests.exchange.stream_world import (
    Replica,
    StreamWorld,
    both_tokens,
    decoded,
    login,
    operation,
    subscription,
)
from tests.exchange.trading_floor import ALICE, BOB, BUY, GROUP, NO, PLAIN, YES

CONNECTIONS = int(os.environ.get("POLYACTORS_FUZZ_CONNECTIONS", "150"))
SEED = os.environ.get("POLYACTORS_FUZZ_SEED", "0")
PATIENCE_S = 20 + CONNECTIONS / 5
JUNK = (
    "", "PING", "ping", "null", "[]", "{}", "0", '"', "\x00", "💥", "[" * 20_000, "9" * 5_000, '{"type":"market"}',
    '{"type":"user"}', '{"assets_ids":[]}', '{"type":"market","assets_ids":[1]}', '{"type":["market"],"assets_ids":[]}',
    '{"operation":"subscribe","assets_ids":["\\ud800"]}', '{"operation":{},"markets":[]}', '{"auth":[]}',
    '{"type":"user","auth":{"apiKey":"x","secret":"\\ud800","passphrase":""}}', '{"type":"user","auth":[]}',
)  # fmt: skip
RAW = (
    b"",
    b"GET",
    b"\x00" * 40,
    b"GET /ws/market HTTP/1.1\r\n\r\n",
    b"GET /ws/market HTTP/1.1\r\nHost: x\r\nUpgrade: y\r\n\r\n",
    b"GET /ws/market HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
)
FRAMES = (b"\x81\x05hello", b"\xff\xff\xff", b"\x88\x80\x00\x00\x00\x00", b"\x81\xfe\xff", b"\x89\xff" + b"\x00" * 30)
"""Bytes that are no frames of a client: without a mask, with reserved bits, too short, too long for what they are."""


class Stranger:
    """Says what comes to its mind; it has an API key, and sometimes uses it."""

    def __init__(self, world: StreamWorld, port: int, chance: random.Random) -> None:
        self.world = world
        self.port = port
        self.chance = chance

    async def visit(self) -> None:
        async with await trio.open_tcp_stream("127.0.0.1", self.port) as stream:
            if self.chance.randrange(6) == 0:
                await stream.send_all(self.chance.choice(RAW))
                with trio.move_on_after(0.02):
                    await stream.receive_some(1_000)
                return
            try:
                await self.converse(stream)
            except* (HandshakeError, ConnectionClosed, trio.BrokenResourceError, trio.ClosedResourceError):
                pass

    async def converse(self, stream: trio.SocketStream) -> None:
        path = self.chance.choice(("/ws/market", "/ws/user", "/ws/market", "/ws/user", "/ws/none"))
        async with trio.open_nursery() as nursery:
            websocket = await wrap_client_stream(nursery, stream, "127.0.0.1", path, max_message_size=1 << 24)
            nursery.start_soon(self.listen_to, websocket)
            await self.talk(websocket)
            await self.part(websocket, stream)
            nursery.cancel_scope.cancel()

    async def listen_to(self, websocket: WebSocketConnection) -> None:
        try:
            while True:
                said = await websocket.get_message()
                assert said in ("PONG", "INVALID OPERATION") or isinstance(json.loads(said), dict | list)
        except ConnectionClosed:
            pass

    async def talk(self, websocket: WebSocketConnection) -> None:
        """It does not wait for ever for answers to its pings: after a close there are none."""
        for _ in range(self.chance.randrange(16)):
            match self.chance.randrange(12):
                case 0:
                    await websocket.send_message(self.chance.randbytes(self.chance.randrange(60)))
                case 1:
                    await websocket.pong()
                    with trio.move_on_after(0.2):
                        await websocket.ping()
                case _:
                    await websocket.send_message(self.said())
            if self.chance.randrange(4) == 0:
                self.world.floor.now_ns += 10**7
                wallet, outcome = self.chance.choice((ALICE, BOB)), self.chance.choice((YES, NO))
                price, on = self.chance.choice((0.49, 0.5, 0.51)), self.chance.choice((PLAIN, GROUP[0]))
                self.world.floor.give(wallet, BUY, outcome, price, 5, on=on)

    async def part(self, websocket: WebSocketConnection, stream: trio.SocketStream) -> None:
        match self.chance.randrange(4):
            case 0:
                await stream.send_all(self.chance.choice(FRAMES))
            case 1:
                await stream.aclose()
            case 2:
                await websocket.send_message("x" * (1 << 20 | 1))
            case _:
                await websocket.aclose(1000)

    def said(self) -> str:
        chance = self.chance
        tokens = both_tokens(chance.choice((PLAIN, *GROUP)))
        sensible = (
            subscription(tokens, custom_feature_enabled=chance.choice((True, False, None))),
            subscription([*tokens, "no such token"]),
            operation(chance.choice(("subscribe", "unsubscribe")), assets_ids=tokens),
            operation(chance.choice(("subscribe", "unsubscribe")), markets=[PLAIN.market]),
            login(self.world.credentials(1)),
            login(self.world.credentials(1), PLAIN.market),
        )
        said = chance.choice(sensible)
        match chance.randrange(4):
            case 0:
                return chance.choice(JUNK)
            case 1:
                place = chance.randrange(len(said))
                return said[:place] + chance.choice('0"{}[],\\') + said[place + chance.randrange(3) :]
            case _:
                return said


async def test_strangers_on_sockets_disturb_nobody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    world, chance, over = StreamWorld(), random.Random(SEED), trio.Event()
    app = Starlette(routes=routes(world.streams, world.keys, world.now_ns, world.settings))
    listener = open_port(0)
    port = port_of(listener)
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(listen, app, listener, over.wait)
            for _ in range(CONNECTIONS // 3):
                async with trio.open_nursery() as together:
                    for _ in range(3):
                        together.start_soon(Stranger(world, port, random.Random(chance.random())).visit)
            await served_truly(world, port)
            while len(world.streams.market) or len(world.streams.user):
                await trio.lowlevel.checkpoint()
            over.set()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR and not is_of_a_leaver(record)]


def is_of_a_leaver(record: logging.LogRecord) -> bool:
    """Hypercorn ends the connection of a client that has left without waiting for what is being sent to it."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, BaseExceptionGroup):
        return error.split(trio.BusyResourceError)[1] is None
    return isinstance(error, trio.BusyResourceError)


async def served_truly(world: StreamWorld, port: int) -> None:
    """One more client, who follows the book and checks its hashes."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream, trio.open_nursery() as nursery:
        websocket = await wrap_client_stream(nursery, stream, "127.0.0.1", "/ws/market", max_message_size=1 << 24)
        await websocket.send_message(subscription(both_tokens()))
        replica = Replica()
        replica.apply(decoded([str(await websocket.get_message())]))
        world.floor.now_ns += 10**9
        world.floor.placed(ALICE, BUY, YES, 0.37, 5)
        replica.apply(decoded([str(await websocket.get_message())]))
        assert replica.levels == world.levels()
        assert replica.hashes == {outcome: world.hash(outcome) for outcome in Outcome}
        await websocket.aclose()

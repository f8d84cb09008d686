"""Bytes that no client of HTTP or websockets would send: one connection ends by them at most, never the server."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import trio

from polyactors.exchange.server.listening import LOOPBACK, open_port, port_of
from polyactors.exchange.server.served import ServedWorld
from polyactors.exchange.server.settings import ServerSettings
from polyactors.exchange.server.venue_time import SteadyClock

PATIENCE_S = 30
HOST = b"Host: exchange\r\n"
UPGRADE = HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
HANDSHAKE = UPGRADE + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
LONGEST_SILENCE_S = 0.2
STREAMS = (b"/ws/market", b"/ws/user", b"/binance/ws", b"/ws/live", b"/kraken/v2", b"/nowhere")
NONSENSE = (
    b"\x00\x01\x02\r\n\r\n",
    b"GET /time HTTP/1.1\r\n\r\n",
    b"POST /order HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\n",
    b"POST /order HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /books HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n[]",
    b"GET /time HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /book?token_id=%ff%fe&%zz HTTP/1.1\r\n" + HOST + b"\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100,
    b"GET /time HTTP/1.1\r\n" + HOST + b"Upgrade: h2c\r\nConnection: Upgrade\r\nHTTP2-Settings: !!\r\n\r\n",
    b"GET /ws/market HTTP/1.1\r\n" + UPGRADE + b"\r\n",
    b"GET /ws/market HTTP/1.1\r\n" + UPGRADE + b"Content-Length: 3\r\n\r\nabc",
    b"POST /ws/market HTTP/1.1\r\n" + UPGRADE + b"Content-Length: 3\r\n\r\nabc",
    *(b"GET " + path + b" HTTP/1.1\r\n" + HANDSHAKE + b"\xff" * 5 for path in STREAMS),
    *(b"GET " + path + b" HTTP/1.1\r\n" + HANDSHAKE + b"\x81\x04PING" for path in STREAMS),
    *(b"GET " + path + b" HTTP/1.1\r\n" + HANDSHAKE + b"\x81\x82\x00\x00\x00\x00\xff\xfe" for path in STREAMS),
)
SENSIBLE = (
    b"GET /time HTTP/1.1\r\n" + HOST + b"\r\n",
    b"POST /books HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n[]",
    b"POST /books HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
    b"GET /ws/market HTTP/1.1\r\n" + HANDSHAKE + b"\x81\x84\x00\x00\x00\x00PING",
    b"GET /binance/ws HTTP/1.1\r\n" + HANDSHAKE + b"\x8a\x80\x00\x00\x00\x00",
)


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    """A whole exchange, whose time stands still; its port."""
    world = ServedWorld(ServerSettings(), 7, SteadyClock(lambda: 1_795_000_000_000_000_000, lambda: 0))
    listener, over = open_port(0), trio.Event()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            port = port_of(listener)
            await nursery.start(world.run, listener, over.wait)
            yield port
            over.set()


async def send(port: int, nonsense: bytes) -> bytes:
    """What is answered until the connection ends, or nothing more comes."""
    answer = b""
    async with await trio.open_tcp_stream(LOOPBACK, port) as stream:
        try:
            await stream.send_all(nonsense)
            await stream.send_eof()
            with trio.move_on_after(LONGEST_SILENCE_S):
                while received := await stream.receive_some():
                    answer += received
        except trio.BrokenResourceError:
            pass
    return answer


async def is_served(port: int) -> bool:
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", trust_env=False) as client:
        return (await client.get("/time")).status_code == 200


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_data_before_the_end_of_a_handshake_ended_the_whole_exchange(caplog: pytest.LogCaptureFixture) -> None:
    """A websocket client that did not wait for its handshake made the server raise out of its nursery."""
    async with served() as port:
        for nonsense in NONSENSE:
            await send(port, nonsense)
            assert await is_served(port), nonsense[:200]
    assert [record for record in caplog.records if record.exc_info] == []


async def test_spoiled_requests_end_one_connection_at_most() -> None:
    chance = random.Random(11)
    async with served() as port:
        for number in range(60):
            text = bytearray(chance.choice(SENSIBLE))
            for _ in range(chance.choice((1, 2, 5))):
                place = chance.randrange(len(text))
                text[place : place + chance.choice((0, 1, 4))] = chance.randbytes(chance.choice((0, 1, 3)))
            await send(port, bytes(text))
            assert await is_served(port), (number, bytes(text))


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/nothing", ["error"]),
        ("/data/nothing", ["error"]),
        ("/data/v2/nothing", ["error", "code", "retryable", "trace_id"]),
        ("/gamma/nothing", ["type", "error"]),
        ("/relayer/nothing", ["error"]),
    ],
)
async def test_a_path_that_nobody_has_is_refused_in_the_shape_of_whose_it_would_be(
    path: str, fields: list[str]
) -> None:
    """The Data API and Gamma answered in the CLOB's shape."""
    async with served() as port, httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", trust_env=False) as client:
        answer = await client.get(path)
        assert (answer.status_code, list(answer.json())) == (404, fields)
        assert answer.json()["error"] == "Not Found"


async def test_a_client_that_connects_and_leaves_without_a_word_leaves_nothing_behind() -> None:
    """Its end of the connection stayed open for 75 seconds: enough of them, and nobody else could connect."""
    async with served() as port:
        assert await is_served(port)
        before = trio.lowlevel.current_statistics().tasks_living
        for _ in range(50):
            await (await trio.open_tcp_stream(LOOPBACK, port)).aclose()
        while trio.lowlevel.current_statistics().tasks_living > before:
            await trio.lowlevel.checkpoint()

"""However a websocket ends, and whatever the other side does to it, there is one `ConnectionLost` and nothing else."""

import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio

from actors.feeds.ports import ConnectionLost
from polyactors.venues.streams.transport import WireLimits, open_wire

QUICK = WireLimits(open_s=0.2, close_s=0.1)
PATIENCE_S = 10.0
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING = 0x81, 0x88, 0x89

Handler = Callable[[trio.SocketStream], Awaitable[None]]


@asynccontextmanager
async def server(handler: Handler) -> AsyncIterator[str]:
    """The address of a server that does what `handler` does with each connection."""
    with trio.fail_after(PATIENCE_S):
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listeners[0].socket.getsockname()[1]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, handler, listeners)
            yield f"ws://127.0.0.1:{port}/ws/market"
            nursery.cancel_scope.cancel()


async def shake_hands(stream: trio.SocketStream) -> None:
    request = b""
    while b"\r\n\r\n" not in request:
        request += await stream.receive_some()
    key = next(
        line.split(b":", 1)[1].strip()
        for line in request.split(b"\r\n")
        if line.lower().startswith(b"sec-websocket-key")
    )
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    await stream.send_all(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        + accept
        + b"\r\n\r\n"
    )


def frame(kind: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        return bytes((kind, length)) + payload
    return bytes((kind, 126)) + length.to_bytes(2, "big") + payload


def closing(code: int) -> bytes:
    return frame(CLOSE, code.to_bytes(2, "big"))


async def after_the_handshake(sent: bytes, stays: bool, stream: trio.SocketStream) -> None:
    await shake_hands(stream)
    if sent:
        await stream.send_all(sent)
    if stays:
        async for _ in stream:
            pass
    await stream.aclose()


async def silence(stream: trio.SocketStream) -> None:
    async for _ in stream:
        pass


async def refuse(stream: trio.SocketStream) -> None:
    await stream.receive_some()
    await stream.send_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    await stream.aclose()


async def hang_up(stream: trio.SocketStream) -> None:
    await stream.aclose()


async def ping_after_close(stream: trio.SocketStream) -> None:
    """Not a word at our CLOSE, but a ping: this breaks the reader of trio-websocket."""
    await shake_hands(stream)
    await stream.receive_some()
    with_ping = frame(PING, b"late")
    await stream.send_all(with_ping)
    async for _ in stream:
        pass


@pytest.mark.parametrize("handler", [silence, refuse, hang_up])
async def test_a_connection_that_does_not_come_about(handler: Handler) -> None:
    async with server(handler) as url:
        with pytest.raises(ConnectionLost) as caught:
            async with open_wire(url, QUICK):
                pytest.fail("it opened")
        assert str(caught.value)


async def test_a_port_at_which_nobody_listens() -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    await listeners[0].aclose()
    with pytest.raises(ConnectionLost, match=r"OSError|connect"):
        async with open_wire(f"ws://127.0.0.1:{port}/", QUICK):
            pytest.fail("it opened")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "ws:///nowhere", "nonsense"])
async def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ConnectionLost, match="no address"):
        async with open_wire(url, QUICK):
            pytest.fail("it opened")


@pytest.mark.parametrize(
    ("end", "words"), [(closing(1008), "1008"), (closing(1000), "1000"), (b"", "1006"), (b"\xff\xff\xff\xff", "10")]
)
async def test_what_came_before_the_end_is_heard_before_it(end: bytes, words: str) -> None:
    sent = frame(TEXT, b"one") + frame(TEXT, b"two") + end
    async with (
        server(partial(after_the_handshake, sent, False)) as url,
        open_wire(url, QUICK) as wire,
    ):
        assert [await wire.receive(), await wire.receive()] == ["one", "two"]
        for _ in range(2):
            with pytest.raises(ConnectionLost, match=words):
                await wire.receive()
        with pytest.raises(ConnectionLost):
            await wire.send("anybody there?")


async def test_a_frame_that_is_too_long_ends_it() -> None:
    limits = WireLimits(open_s=1, close_s=0.1, longest_frame=100)
    async with (
        server(partial(after_the_handshake, frame(TEXT, b"x" * 101), True)) as url,
        open_wire(url, limits) as wire,
    ):
        with pytest.raises(ConnectionLost):
            await wire.receive()


@pytest.mark.parametrize("handler", [partial(after_the_handshake, b"", True), ping_after_close])
async def test_leaving_waits_for_nobody_and_cancels_nobody_else(handler: Handler) -> None:
    """A close that is not answered, and a ping after it, which trio-websocket turns into a `Cancelled` of its own."""
    async with server(handler) as url:
        with trio.CancelScope() as around:
            began_s = trio.current_time()
            async with open_wire(url, QUICK) as wire:
                await wire.send("hello")
            assert trio.current_time() - began_s < 5
            await trio.lowlevel.checkpoint()
        assert not around.cancelled_caught


async def test_what_is_raised_inside_comes_out_as_it_is() -> None:
    async with server(partial(after_the_handshake, b"", True)) as url:
        with pytest.raises(ZeroDivisionError):
            async with open_wire(url, QUICK):
                raise ZeroDivisionError
        with trio.CancelScope() as scope:
            async with open_wire(url, QUICK) as wire:
                scope.cancel()
                await wire.receive()
        assert scope.cancelled_caught


async def test_frames_wait_for_a_reader_that_does_not_come() -> None:
    """None is dropped, however few may wait here."""
    count = 5_000
    sent = b"".join(frame(TEXT, str(number).encode()) for number in range(count))
    limits = WireLimits(open_s=1, close_s=0.1, queued_frames=1, receive_buffer=512)
    async with server(partial(after_the_handshake, sent, False)) as url, open_wire(url, limits) as wire:
        assert [await wire.receive() for _ in range(count)] == [str(number) for number in range(count)]

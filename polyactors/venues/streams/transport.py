"""One websocket to the venue: text frames out, frames in, and one way in which it ends, `ConnectionLost`.

trio-websocket is beneath, and has to be held at arm's length: after a close from our side a late frame of the venue can
break its reader and cancel whoever is inside, a close that nobody answers takes a minute, and a connection that the
other side has closed leaves its socket open. So it lives in a task of its own, and the socket is ours.
"""

import math
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

import trio
from attrs import frozen
from trio_websocket import ConnectionClosed, ConnectionRejected, WebSocketConnection, wrap_client_stream
from wsproto.utilities import ProtocolError

from actors.feeds.ports import ConnectionLost

_PORTS = {"ws": 80, "wss": 443}


class ConnectionForbidden(ConnectionLost):
    """The venue answered, with something else than a websocket: `status` is that of HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(f"no websocket here: status {status}")
        self.status = status


class Wire(Protocol):
    """One connection. Whatever ends it, both methods raise `ConnectionLost` from then on."""

    async def send(self, text: str) -> None: ...

    async def receive(self) -> str | bytes:
        """The next frame, in the order of the wire; what came before the end is given before it raises."""
        ...


@frozen(kw_only=True)
class WireLimits:
    """`queued_frames` wait here for the reader before the venue has to wait: with trio-websocket's own 1 a reader that
    stalls stops its pongs at once. `longest_frame` counts characters: the first books of 200 tokens are some
    megabytes."""

    open_s: float = 10.0
    close_s: float = 1.0
    queued_frames: int = 2_048
    receive_buffer: int = 64 * 1024
    longest_frame: int = 32 * 1024 * 1024


NO_LIMITS_CHANGED = WireLimits()


@asynccontextmanager
async def open_wire(url: str, limits: WireLimits = NO_LIMITS_CHANGED) -> AsyncIterator[Wire]:
    """A connection to `url`, a ws or wss address, for as long as the block lasts.

    Raises `ConnectionLost` if it does not come about within `open_s`, `ConnectionForbidden` where the venue says so.
    What is raised inside comes out as it is.
    """
    wire = _SocketWire(limits)
    raised: Exception | None = None
    async with trio.open_nursery() as nursery:
        try:
            problem = await nursery.start(wire.hold, urlsplit(url))
            if problem is not None:
                raise problem
            yield wire
        except Exception as error:
            raised = error
        finally:
            wire.leave()
    if raised is not None:
        raise raised


class _SocketWire:
    def __init__(self, limits: WireLimits) -> None:
        self._limits = limits
        self._connection: WebSocketConnection | None = None
        self._is_left = trio.Event()
        self._broken_by: str | None = None

    async def send(self, text: str) -> None:
        try:
            await self._open().send_message(text)
        except ConnectionClosed as error:
            raise ConnectionLost(self._why(error)) from None
        except ProtocolError as error:
            # The other side is closing, and trio-websocket has not noticed yet.
            raise ConnectionLost(f"the connection is closing: {error}") from None

    async def receive(self) -> str | bytes:
        try:
            return await self._open().get_message()
        except ConnectionClosed as error:
            raise ConnectionLost(self._why(error)) from None

    def leave(self) -> None:
        self._is_left.set()

    async def hold(
        self, to: SplitResult, task_status: trio.TaskStatus[ConnectionLost | None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Connects, says None or why it could not, and keeps the connection until `leave`. Never raises."""
        problem = ConnectionLost("the connection did not come about")
        try:
            await self._connect_and_stay(to, task_status)
        except* Exception as group:
            problem = _as_lost(group)
            self._broken_by = str(problem)
        if self._connection is None:
            task_status.started(problem)

    async def _connect_and_stay(self, to: SplitResult, task_status: trio.TaskStatus[ConnectionLost | None]) -> None:
        limits = self._limits
        with _deadline(limits.open_s) as opening:
            stream = await _open_stream(to)
            try:
                async with trio.open_nursery() as nursery:
                    connection = await self._shake_hands(nursery, stream, to)
                    opening.deadline = math.inf
                    self._connection = connection
                    task_status.started(None)
                    await self._is_left.wait()
                    with trio.move_on_after(limits.close_s):
                        await connection.aclose()
                    # Whatever its reader still waits for, nobody wants it any more.
                    nursery.cancel_scope.cancel()
            finally:
                await trio.aclose_forcefully(stream)
        if opening.cancelled_caught:
            raise ConnectionLost(f"no connection within {limits.open_s:g} s")

    async def _shake_hands(
        self, nursery: trio.Nursery, stream: trio.SocketStream | trio.SSLStream[trio.SocketStream], to: SplitResult
    ) -> WebSocketConnection:
        limits, path = self._limits, to.path or "/"
        return await wrap_client_stream(
            nursery,
            stream,
            to.netloc.rpartition("@")[2],
            f"{path}?{to.query}" if to.query else path,
            message_queue_size=limits.queued_frames,
            max_message_size=limits.longest_frame,
            receive_buffer_size=limits.receive_buffer,
        )

    def _open(self) -> WebSocketConnection:
        if self._connection is None:
            raise ConnectionLost("not connected")
        return self._connection

    def _why(self, closed: ConnectionClosed) -> str:
        if self._broken_by is not None:
            return f"the connection broke: {self._broken_by}"
        if closed.reason is None:
            return "the connection is closed"
        words = f": {closed.reason.reason[:100]}" if closed.reason.reason else ""
        return f"closed with {closed.reason.code} {closed.reason.name}{words}"


def _deadline(seconds: float) -> trio.CancelScope:
    return trio.CancelScope(deadline=trio.current_time() + seconds)


async def _open_stream(to: SplitResult) -> trio.SocketStream | trio.SSLStream[trio.SocketStream]:
    """Raises `OSError`, and `ValueError` for what is no address of a websocket."""
    if to.scheme not in _PORTS or not to.hostname:
        raise ValueError(f"{to.geturl()!r} is no address of a websocket")
    port = to.port or _PORTS[to.scheme]
    if to.scheme == "ws":
        return await trio.open_tcp_stream(to.hostname, port)
    return await trio.open_ssl_over_tcp_stream(
        to.hostname, port, ssl_context=ssl.create_default_context(), https_compatible=True
    )


def _as_lost(error: BaseException) -> ConnectionLost:
    """The innermost of a group of errors, in our words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, ConnectionLost):
        return error
    if isinstance(error, ConnectionRejected):
        return ConnectionForbidden(error.status_code)
    return ConnectionLost(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)

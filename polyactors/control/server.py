"""The conversations over the control socket.

Whatever a client sends, or does not read, concerns its own connection alone.
"""

import socket
from collections.abc import Callable
from itertools import count
from typing import Protocol

import trio
from attrs import define

from messages.serial import BadDocument
from polyactors.control.desk import Desk
from polyactors.control.endpoint import peer_of
from polyactors.control.following import Following
from polyactors.control.lines import Broken, Lines, TooLong
from polyactors.control.wire import (
    LONGEST_REQUEST,
    Answer,
    AnyRequest,
    Refused,
    Trace,
    TraceBegun,
    decode_request,
    encode,
)
from supervision.introspection.trace import Trace as ActorTrace
from supervision.log import Level, LogValue
from supervision.reasons import crash_of
from supervision.registry import UnknownActor

MOST_CONNECTIONS = 64
MOST_BAD_LINES = 100
"""Of one connection, before it is closed: each has its line in the log."""

EVENTS_AT_ONCE = 32


@define
class ControlHealth:
    """What happened at the socket over all lives of its actor. `bad_lines` were no requests; `lines_lost` those of
    traces that were not read fast enough."""

    open_connections: int = 0
    connections: int = 0
    requests: int = 0
    bad_lines: int = 0
    lines_lost: int = 0
    turned_away: int = 0
    failures: int = 0


class Say(Protocol):
    def __call__(self, level: Level, event: str, **fields: LogValue) -> None: ...


class ControlServer:
    def __init__(self, desk: Desk, health: ControlHealth, say: Say) -> None:
        self._desk = desk
        self._health = health
        self._say = say
        self._numbers = count(1)

    async def serve(self, listener: socket.socket) -> None:
        """Until cancelled."""
        sockets = trio.SocketListener(trio.socket.from_stdlib_socket(listener))
        await trio.serve_listeners(self._converse, [sockets])

    async def _converse(self, stream: trio.SocketStream) -> None:
        health = self._health
        source = f"connection {next(self._numbers)}, {_peer(stream)}"
        health.connections += 1
        health.open_connections += 1
        try:
            if health.open_connections > MOST_CONNECTIONS:
                health.turned_away += 1
                await stream.send_all(encode(Refused(f"there are {MOST_CONNECTIONS} connections already")))
            else:
                await _Conversation(stream, source, self._desk, health, self._say).hold()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        except Exception as error:
            health.failures += 1
            crash = crash_of(error)
            self._say(Level.ERROR, "a request failed", source=source, error=crash.error, trace=crash.trace)
        finally:
            health.open_connections -= 1
            await trio.aclose_forcefully(stream)


class _Conversation:
    """One connection: a request after the other, each answered before the next is read."""

    def __init__(self, stream: trio.SocketStream, source: str, desk: Desk, health: ControlHealth, say: Say) -> None:
        self._stream = stream
        self._lines = Lines(stream, LONGEST_REQUEST)
        self._source = source
        self._desk = desk
        self._health = health
        self._say = say
        self._bad_lines = 0

    async def hold(self) -> None:
        """Until the client closes, or has sent too much that is no request. Raises `trio.BrokenResourceError`."""
        while self._bad_lines < MOST_BAD_LINES:
            line = await self._lines.next()
            if line is None:
                return
            match self._read(line):
                case Refused() as refused:
                    await self._send(refused)
                case Trace() as request:
                    if await self._trace(request):
                        return
                case request:
                    await self._desk.carry_out(request, self._send, self._source)
        await self._send(Refused(f"{MOST_BAD_LINES} lines were no requests: the connection is closed"))

    def _read(self, line: bytes | TooLong | Broken) -> AnyRequest | Refused:
        """The request in a line; a line that has none is counted and logged."""
        match line:
            case TooLong():
                return self._no_request(f"a line of more than {LONGEST_REQUEST} bytes")
            case Broken():
                return self._no_request("the connection was closed within a line")
        try:
            request = decode_request(line)
        except BadDocument as error:
            return self._no_request(str(error))
        self._health.requests += 1
        return request

    def _no_request(self, why: str) -> Refused:
        self._bad_lines += 1
        self._health.bad_lines += 1
        self._say(Level.WARNING, "a control line is no request", why=why, source=self._source)
        return Refused(f"this is no request: {why}")

    async def _trace(self, request: Trace) -> bool:
        """Until the client closes; False says that there is nobody to follow, and the conversation goes on."""
        try:
            cell = self._desk.cell(request.path)
        except UnknownActor as error:
            await self._send(await self._desk.refusal(error, request.path))
            return False
        following = Following()
        following.put(TraceBegun(request.path))
        trace = ActorTrace(cell, following.put)
        trace.start()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._listen_on, following, nursery.cancel_scope.cancel)
                nursery.start_soon(self._send_on, following, nursery.cancel_scope.cancel)
        finally:
            trace.stop()
            self._health.lines_lost += following.lost
        return True

    async def _send_on(self, following: Following, stop: Callable[[], None]) -> None:
        try:
            while True:
                events = await following.take(EVENTS_AT_ONCE)
                await self._stream.send_all(b"".join(map(encode, events)))
        except trio.BrokenResourceError:
            stop()

    async def _listen_on(self, following: Following, stop: Callable[[], None]) -> None:
        """Nothing more is asked of a connection that follows a trace; but that it closes has to be heard."""
        try:
            while self._bad_lines < MOST_BAD_LINES and (line := await self._lines.next()) is not None:
                read = self._read(line)
                following.put(read if isinstance(read, Refused) else Refused("this connection follows a trace"))
        except trio.BrokenResourceError:
            pass
        stop()

    async def _send(self, answer: Answer) -> None:
        await self._stream.send_all(encode(answer))


def _peer(stream: trio.SocketStream) -> str:
    try:
        return str(peer_of(stream.socket))
    except OSError:
        return "an unknown process"

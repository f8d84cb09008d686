"""Ping frames: some venues send them to every connection, and drop the connection that does not answer with pongs.

Sources: Binance every 20 s, answered within a minute (reference polymarket.md 11.1); Polymarket's newer prices every
25 s (5.7), which say nothing of who does not answer.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import cast

import trio
from attrs import frozen
from hypercorn.protocol.events import Data, StreamClosed
from hypercorn.protocol.ws_stream import WSStream
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from wsproto.connection import Connection, ConnectionState
from wsproto.events import CloseConnection, Event, Ping, Pong

from polyactors.exchange.streams.outbox import POLICY_VIOLATION

_ACCEPT = "websocket.accept"


@frozen
class PingTerms:
    """A ping every `every_s`; the connection ends when the last pong, or its beginning, is `patience_s` ago."""

    every_s: float
    patience_s: float = math.inf


PINGS: Mapping[str, PingTerms] = {"/binance/": PingTerms(20.0, 60.0), "/ws/live": PingTerms(25.0)}
"""By how the path of the address begins."""


class PingingApp:
    """ASGI, to be the outermost: the server tells an app nothing of pings and pongs, so this speaks with its stream.

    Under another server than Hypercorn nobody is pinged.
    """

    def __init__(self, app: ASGIApp, pings: Mapping[str, PingTerms] = PINGS) -> None:
        self._app = app
        self._pings = pings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stream, terms = getattr(send, "__self__", None), self._terms(scope)
        if terms is None or not isinstance(stream, WSStream):
            await self._app(scope, receive, send)
            return
        async with trio.open_nursery() as nursery:

            async def accepting(message: Message) -> None:
                await send(message)
                if message["type"] == _ACCEPT and not stream.closed:
                    nursery.start_soon(_Pinger(stream, terms).run)

            await self._app(scope, receive, accepting)
            nursery.cancel_scope.cancel(reason="the connection is over")

    def _terms(self, scope: Scope) -> PingTerms | None:
        if scope["type"] != "websocket":
            return None
        path = scope["path"]
        return next((terms for start, terms in self._pings.items() if path.startswith(start)), None)


class _Pinger:
    """Of one connection that was accepted."""

    def __init__(self, stream: WSStream, terms: PingTerms) -> None:
        self._stream = stream
        self._terms = terms
        self._heard_at = trio.current_time()
        self._sent = 0
        listening = _Listening(stream.connection, self._heard)
        stream.connection = cast(Connection, listening)

    async def run(self) -> None:
        # The server reports a client that leaves while a frame is on its way as a resource that is busy.
        with suppress(trio.BusyResourceError):
            await self._ping()

    async def _ping(self) -> None:
        while not self._stream.closed:
            await trio.sleep(self._terms.every_s)
            if trio.current_time() - self._heard_at >= self._terms.patience_s:
                await self._say(CloseConnection(POLICY_VIOLATION, "no pong"))
                await self._stream.send(StreamClosed(stream_id=self._stream.stream_id))
                return
            self._sent += 1
            await self._say(Ping(str(self._sent).encode()))

    def _heard(self) -> None:
        self._heard_at = trio.current_time()

    async def _say(self, event: Event) -> None:
        connection = self._stream.connection
        if connection.state is ConnectionState.OPEN:
            await self._stream.send(Data(stream_id=self._stream.stream_id, data=connection.send(event)))


class _Listening:
    """A connection whose pongs are heard."""

    def __init__(self, connection: Connection, heard: Callable[[], None]) -> None:
        self._connection = connection
        self._heard = heard
        self.send = connection.send
        self.receive_data = connection.receive_data

    @property
    def state(self) -> ConnectionState:
        return self._connection.state

    def events(self) -> Iterator[Event]:
        for event in self._connection.events():
            if isinstance(event, Pong):
                self._heard()
            yield event

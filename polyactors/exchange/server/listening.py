"""The exchange's socket, on the loopback interface alone, and the server behind it."""

import logging
import socket
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, cast

import trio
from h11 import LocalProtocolError
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, ConnectionState
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from polyactors.exchange.server.pinging import PINGS, PingingApp, PingTerms

LOOPBACK = "127.0.0.1"

_BACKLOG = 512
_KEPT_ALIVE_S = 75
"""Longer than clients keep an idle connection, so that it is they who close it."""
_FOR_EVER = 1 << 62
_GRACE_S = 1.0
_UNREAD_FOR_MS = 10_000
_LARGEST_MESSAGE = 1 << 20


def open_port(port: int) -> socket.socket:
    """Listens on the loopback interface; 0 takes a free port. Raises `OSError`, when it is taken for example."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Connections inherit it. A client that never reads would else hold up the server's end for ever.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_FOR_MS)
        listener.bind((LOOPBACK, port))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


async def listen(
    app: Starlette,
    listener: socket.socket,
    until: Callable[[], Awaitable[None]],
    pings: Mapping[str, PingTerms] = PINGS,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves `app` on `listener`, which it owns from now on, until `until` returns. `pings` is who is pinged."""
    errors = _errors()
    config, context = _config(errors), WorkerContext(None)
    pinging = PingingApp(app, pings)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await pinging(scope, receive, send)
        except* LocalProtocolError as spoiled:
            errors.warning("a client spoiled its handshake: %r", spoiled)
        except* trio.BusyResourceError:
            # The server reports a client that leaves while it is answered as a resource that is busy.
            errors.debug("a client left while it was answered")

    wrapped = ASGIWrapper(cast(ASGIFramework, answer))

    async def serve_one(stream: trio.SocketStream) -> None:
        # Hypercorn's own `serve` lets what one connection raises end all of them; some nonsense does make it raise.
        try:
            await _Connection(wrapped, config, context, ConnectionState({}), cast(Any, stream))
        except* Exception as failed:
            errors.warning("a connection ended: %r", failed)

    accepting = trio.SocketListener(trio.socket.from_stdlib_socket(listener))
    async with trio.open_nursery() as connections:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(trio.serve_listeners, serve_one, [accepting], handler_nursery=connections))
            task_status.started()
            await until()
            nursery.cancel_scope.cancel(reason="the server ends")
        await context.terminated.set()
        connections.cancel_scope.deadline = trio.current_time() + _GRACE_S


class _Connection(TCPServer):
    """Ends when its client has gone: Hypercorn's waits first until it would have been idle for too long."""

    async def _read_data(self) -> None:
        await super()._read_data()
        await self.idle_task.stop()


def _config(errors: logging.Logger) -> Config:
    config = Config()
    config.keep_alive_timeout = _KEPT_ALIVE_S
    config.keep_alive_max_requests = _FOR_EVER
    config.websocket_max_message_size = _LARGEST_MESSAGE
    config.include_server_header = False
    config.errorlog = errors
    return config


def _errors() -> logging.Logger:
    """What the server could not do goes to standard error; that it runs is said by who started it."""
    logger = logging.getLogger("polyactors.exchange.server")
    logger.setLevel(logging.WARNING)
    return logger

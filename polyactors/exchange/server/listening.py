"""The exchange's socket, on the loopback interface alone, and the server behind it."""

import logging
import socket
from collections.abc import Awaitable, Callable
from typing import cast

import trio
from hypercorn.config import Config
from hypercorn.trio import serve
from hypercorn.typing import Framework
from starlette.applications import Starlette

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
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves `app` on `listener`, which it owns from now on, until `until` returns."""
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.backlog = _BACKLOG
    config.keep_alive_timeout = _KEPT_ALIVE_S
    config.keep_alive_max_requests = _FOR_EVER
    config.graceful_timeout = _GRACE_S
    config.websocket_max_message_size = _LARGEST_MESSAGE
    config.include_server_header = False
    config.errorlog = _errors()
    await serve(cast(Framework, app), config, shutdown_trigger=until, mode="asgi", task_status=task_status)


def _errors() -> logging.Logger:
    """What the server could not do goes to standard error; that it runs is said by who started it."""
    logger = logging.getLogger("polyactors.exchange.server")
    logger.setLevel(logging.WARNING)
    return logger

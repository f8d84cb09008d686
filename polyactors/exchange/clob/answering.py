"""Makes endpoints of functions that answer with plain JSON, or reject what they are asked."""

import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from polyactors.exchange.clob.errors import INVALID_PAYLOAD, PAYLOAD_TOO_LARGE, Rejected, answer, refused

LARGEST_BODY = 1_000_000
"""Bytes; three thousand order ids have a fifth of it."""

_CLIENT_WENT = 499

Answering = Callable[[Request, bytes], object]


def answering(respond: Answering) -> Callable[[Request], Awaitable[Response]]:
    """`respond` gets the request and its whole body; what it returns is sent as JSON, what it rejects as an error."""

    async def endpoint(request: Request) -> Response:
        try:
            body = await read_body(request)
            found = respond(request, body)
        except Rejected as error:
            return refused(error.refused)
        except ClientDisconnect:
            return Response(status_code=_CLIENT_WENT)
        return found if isinstance(found, Response) else answer(found)

    return endpoint


async def read_body(request: Request) -> bytes:
    """Raises `Rejected` for more than `LARGEST_BODY`."""
    body = bytearray()
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > LARGEST_BODY:
                raise Rejected(PAYLOAD_TOO_LARGE)
    return bytes(body)


def json_of(body: bytes) -> object:
    """Raises `Rejected` for what is no JSON."""
    try:
        plain: object = json.loads(body)
    except (ValueError, RecursionError):
        raise Rejected(INVALID_PAYLOAD) from None
    return plain

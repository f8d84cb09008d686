"""JSON from strangers: reading a body and its fields, and answering."""

import json
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response

LARGEST_BODY = 1_000_000
"""Bytes; a batch of the venue's own client has a few thousand."""


class BadBody(ValueError):
    """A body that is no JSON, or that is too large; or a field of it that is not what belongs there."""


async def read_json(request: Request) -> object:
    """Raises `BadBody`."""
    body = bytearray()
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > LARGEST_BODY:
                raise BadBody("the body is too large")
    try:
        plain: object = json.loads(body)
    except (ValueError, RecursionError):
        raise BadBody("the body is no JSON") from None
    return plain


def answer(plain: object, status: int = 200) -> Response:
    return Response(json.dumps(plain, separators=(",", ":")), status, media_type="application/json")


def as_object(plain: object) -> dict[str, object]:
    if not isinstance(plain, dict):
        raise BadBody("an object is missing")
    return plain


def text_field(plain: dict[str, object], name: str) -> str:
    value = plain.get(name)
    if not isinstance(value, str):
        raise BadBody(f"{name} is no text")
    return value


def number_field(plain: dict[str, object], name: str) -> int:
    """A number below 2^256, written as decimal text."""
    return decimal(text_field(plain, name), name)


def decimal(text: str, name: str) -> int:
    if len(text) > 78 or not (text.isascii() and text.isdecimal()):
        raise BadBody(f"{name} is no decimal number")
    return int(text)


def bytes_field(plain: dict[str, object], name: str) -> bytes:
    return hexadecimal(text_field(plain, name), name)


def hexadecimal(text: str, name: str) -> bytes:
    """Bytes in hexadecimal, with their 0x."""
    try:
        if text.startswith("0x") and text.isalnum():
            return bytes.fromhex(text[2:])
    except ValueError:
        pass
    raise BadBody(f"{name} is no hexadecimal text")

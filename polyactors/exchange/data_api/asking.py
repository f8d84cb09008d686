"""What all requests of the Data API have in common: parameters, pages, envelopes and errors."""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import TypeVar

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from polyactors.exchange.words import Wallet
from polyactors.venues.polymarket.signing.addresses import checksummed

R = TypeVar("R")

Answer = Callable[["Asked"], Response]

_LARGEST = 1e15


class BadRequest(ValueError):
    """The message says which parameter, and what is wrong with it."""


def answering(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """`BadRequest` becomes the venue's error."""

    async def endpoint(request: Request) -> Response:
        try:
            asked = Asked(request.query_params)
            if asked.text("offset") is not None:
                raise BadRequest("offset: pages are followed by cursor")
            return answer(asked)
        except BadRequest as error:
            return refusal(400, "invalid_request", str(error), request.url.query)

    return endpoint


def refusal(status: int, code: str, text: str, about: str = "") -> JSONResponse:
    trace = sha256(f"{code} {text} {about}".encode()).hexdigest()[:32]
    return JSONResponse({"error": text, "code": code, "retryable": False, "trace_id": trace}, status)


def single(data: object) -> JSONResponse:
    return JSONResponse({"data": data})


def page(
    asked: "Asked",
    rows: Sequence[R],
    key: Callable[[R], tuple[float, str]],
    document: Callable[[R], dict[str, object]],
    *,
    descending: bool = True,
    most: int = 1000,
    usual: int = 100,
) -> JSONResponse:
    """A page begins after the key of the last row of the page before; no two rows have the same key."""
    limit = asked.count("limit", usual, most)
    ordered = sorted(rows, key=key, reverse=descending)
    after = asked.cursor()
    if after is not None:
        ordered = [row for row in ordered if (key(row) < after if descending else key(row) > after)]
    shown = ordered[:limit]
    cursor = _write_cursor(key(shown[-1])) if len(ordered) > limit else None
    return JSONResponse(
        {
            "data": [document(row) for row in shown],
            "pagination": {"has_more": cursor is not None, "next_cursor": cursor},
        }
    )


class Asked:
    """The parameters. All methods raise `BadRequest`."""

    def __init__(self, query: QueryParams) -> None:
        self._query = query

    def text(self, name: str) -> str | None:
        return self._query.get(name) or None

    def texts(self, name: str, most: int = 20) -> frozenset[str] | None:
        """A list is separated by commas."""
        text = self.text(name)
        if text is None:
            return None
        found = frozenset(each.strip().lower() for each in text.split(",") if each.strip())
        if len(found) > most:
            raise BadRequest(f"{name}: at most {most} values")
        return found

    def wallet(self, name: str = "user") -> Wallet | None:
        text = self.text(name)
        if text is None:
            return None
        if len(text) != 42 or not text.startswith("0x") or not _is_hexadecimal(text[2:]):
            raise BadRequest(f"{name}: {text[:50]!r} is no address")
        return Wallet(checksummed(text))

    def needed_wallet(self) -> Wallet:
        wallet = self.wallet()
        if wallet is None:
            raise BadRequest("user: it is required")
        return wallet

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        text = self.text(name) or default
        if text not in allowed:
            raise BadRequest(f"{name}: {text[:40]!r} is none of {', '.join(allowed)}")
        return text

    def flag(self, name: str, default: bool) -> bool:
        return self.choice(name, ("true", "false", "True", "False"), str(default)).lower() == "true"

    def number(self, name: str, default: float) -> float:
        text = self.text(name)
        try:
            number = default if text is None else float(text)
        except ValueError:
            number = _LARGEST
        if not 0 <= number < _LARGEST:
            raise BadRequest(f"{name}: it is no number from 0 on")
        return number

    def count(self, name: str, default: int, most: int, least: int = 1) -> int:
        found = self.second(name)
        number = default if found is None else found
        if not least <= number <= most:
            raise BadRequest(f"{name}: {number} is not from {least} to {most}")
        return number

    def second(self, name: str) -> int | None:
        """Epoch seconds, or any other whole number."""
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal()) or len(text) > 15:
            raise BadRequest(f"{name}: {text[:40]!r} is no whole number")
        return int(text)

    def cursor(self) -> tuple[float, str] | None:
        text = self.text("cursor")
        if text is None:
            return None
        try:
            found = json.loads(base64.urlsafe_b64decode(text.encode()))
        except (ValueError, binascii.Error, RecursionError):
            found = None
        match found:
            case [int(value) | float(value), str(name)]:
                return value, name
        raise BadRequest("cursor: it is none that a page gave")


def _write_cursor(key: tuple[float, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _is_hexadecimal(text: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in text)

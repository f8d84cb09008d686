"""Stands before the whole server, and answers those who ask too often with 429 (reference polymarket_wire.md 2)."""

import json
from collections.abc import Awaitable, Callable, MutableMapping

import trio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.answering import LARGEST_BODY
from polyactors.exchange.clob.api_keys import ApiKeys
from polyactors.exchange.clob.errors import answer
from polyactors.exchange.clob.rate_limits import AddressLimits, RateSettings, SignerMeters, Standing, TooMany
from polyactors.exchange.words import Refused

TOO_MANY_REQUESTS = Refused(429, "Too Many Requests")

_ORDERS = {("POST", "/order"), ("POST", "/orders")}
_CANCELS = {("DELETE", "/order"), ("DELETE", "/orders")}
_CANCELS_UNCOUNTED = {("DELETE", "/cancel-all"), ("DELETE", "/cancel-market-orders")}
_BATCHES = ("/orders",)


class RateLimited:
    """An ASGI application around another one. `pause` holds a request back for so many seconds."""

    def __init__(
        self,
        app: ASGIApp,
        settings: RateSettings,
        keys: ApiKeys,
        now_ns: Callable[[], int],
        pause: Callable[[float], Awaitable[None]] = trio.sleep,
    ) -> None:
        self._app = app
        self._keys = keys
        self._now_ns = now_ns
        self._pause = pause
        self._addresses = AddressLimits(settings)
        self._signers = SignerMeters(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        verdict = self._addresses.admit(_address(scope), scope["method"], scope["path"], self._now_ns())
        if isinstance(verdict, TooMany):
            await _too_many(verdict, None)(scope, receive, send)
            return
        if verdict.wait_ns:
            await self._pause(verdict.wait_ns / NANOSECONDS_PER_SECOND)
        signer = self._signer(scope)
        if signer is None:
            await self._app(scope, receive, send)
        else:
            await self._signed(signer, scope, receive, send)

    def _signer(self, scope: Scope) -> str | None:
        """Whose bucket it is, by a key that only they should know; None where nothing is counted."""
        if self._signers.is_off or (scope["method"], scope["path"]) not in _ORDERS | _CANCELS | _CANCELS_UNCOUNTED:
            return None
        key = next((value for name, value in scope["headers"] if name.lower() == b"poly_api_key"), b"")
        credentials = self._keys.find(key.decode("latin-1"))
        return None if credentials is None else credentials.address

    async def _signed(self, signer: str, scope: Scope, receive: Receive, send: Send) -> None:
        asked = (scope["method"], scope["path"])
        cost = 1
        if scope["path"] in _BATCHES:
            cost, receive = await _batch(receive)
        count = self._signers.order if asked in _ORDERS else self._signers.cancel
        standing = count(signer, cost, self._now_ns())
        if standing.too_many is not None:
            await _too_many(standing.too_many, standing)(scope, receive, send)
        elif asked in _CANCELS_UNCOUNTED:
            await self._app(scope, receive, _Held(send, lambda body: self._cancelled(signer, standing, body)))
        else:
            await self._app(scope, receive, _Told(send, standing))

    def _cancelled(self, signer: str, standing: Standing, body: bytes) -> Standing:
        try:
            cancelled = len(json.loads(body)["canceled"])
        except (ValueError, KeyError, TypeError):
            return standing
        return self._signers.cancelled(signer, cancelled, self._now_ns()) if cancelled else standing


class _Told:
    """Adds the headers to an answer."""

    def __init__(self, send: Send, standing: Standing) -> None:
        self._send = send
        self._standing = standing

    async def __call__(self, message: Message) -> None:
        await self._send(_with_headers(message, self._standing))


class _Held:
    """Holds an answer back until its body tells what it cost."""

    def __init__(self, send: Send, standing: Callable[[bytes], Standing]) -> None:
        self._send = send
        self._standing = standing
        self._held: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self._held.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            standing = self._standing(b"".join(each.get("body", b"") for each in self._held))
            for each in self._held:
                await self._send(_with_headers(each, standing))


def _with_headers(message: Message, standing: Standing) -> Message:
    if message["type"] != "http.response.start":
        return message
    told: MutableMapping[str, object] = dict(message)
    told["headers"] = [*message.get("headers", ()), *standing.headers()]
    return told


def _too_many(found: TooMany, standing: Standing | None) -> ASGIApp:
    document = {"error": TOO_MANY_REQUESTS.text, "retry_after_seconds": found.retry_after_s}
    response = answer(document, TOO_MANY_REQUESTS.http_status)
    response.headers["Retry-After"] = str(found.retry_after_s)
    for name, value in () if standing is None else standing.headers():
        response.headers[name.decode()] = value.decode()
    return response


async def _batch(receive: Receive) -> tuple[int, Receive]:
    """How many rows the body has, and a `receive` that gives it again. What is no list counts as one row."""
    messages: list[Message] = []
    size, is_more = 0, True
    while is_more and size <= LARGEST_BODY:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        is_more = message["type"] == "http.request" and message.get("more_body", False)
    body = b"".join(message.get("body", b"") for message in messages)
    again = iter(messages)

    async def replayed() -> Message:
        for message in again:
            return message
        return await receive()

    return _rows(body), replayed


def _rows(body: bytes) -> int:
    try:
        rows = json.loads(body)
    except (ValueError, RecursionError):
        return 1
    return max(1, len(rows)) if isinstance(rows, list) else 1


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""

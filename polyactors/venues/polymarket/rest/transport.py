"""One pooled HTTP client a host: bytes out, bytes in, each within a deadline, and what is known when none come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import httpx
import trio
from attrs import field, frozen

from polyactors.venues.polymarket.rest.packing import ACCEPTED_PACKING, unpacked

LARGEST_ANSWER = 32 << 20
MOST_CONNECTIONS = 100
KEPT_CONNECTIONS = 20
KEPT_FOR_S = 30.0

_SENDING = ("http11.send_request_headers.started", "http2.send_request_headers.started")
Pairs = tuple[tuple[str, str], ...]


@frozen
class Request:
    """`path` and `query` are still without their escapes. Headers hold signatures, so they are not shown."""

    method: str
    path: str
    query: Pairs = ()
    body: bytes = field(default=b"", repr=False)
    headers: Pairs = field(default=(), repr=False)


@frozen
class Answer:
    """`body` is decoded, and not longer than `LARGEST_ANSWER`: `is_cut` tells that there was more of it, or that it
    could not be unpacked."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    is_cut: bool = False


@frozen
class Unsent:
    """Not a byte of the request has left."""

    reason: str


@frozen
class Unanswered:
    """The request, or a part of it, has left; a whole answer has not come."""

    reason: str


Exchanged = Answer | Unsent | Unanswered


class Transport:
    """Asks one host. Redirects are not followed, and neither proxies nor passwords are taken from the environment."""

    def __init__(self, base_url: str, client: httpx.AsyncClient) -> None:
        self.base_url = base_url
        self._client = client

    @classmethod
    @asynccontextmanager
    async def opened(cls, base_url: str, over: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[Self]:
        """Connections are made as they are needed, and closed at the end. `over` stands in for the network in tests."""
        limits = httpx.Limits(
            max_connections=MOST_CONNECTIONS, max_keepalive_connections=KEPT_CONNECTIONS, keepalive_expiry=KEPT_FOR_S
        )
        async with httpx.AsyncClient(
            base_url=base_url,
            http2=base_url.startswith("https:"),
            limits=limits,
            timeout=None,
            trust_env=False,
            headers={"Accept-Encoding": ACCEPTED_PACKING},
            transport=over,
        ) as client:
            yield cls(base_url, client)

    async def ask(self, request: Request, deadline_s: float) -> Exchanged:
        """`deadline_s` is a time of trio's clock. Raises nothing but `trio.Cancelled`."""
        is_sent = False

        async def trace(event: str, info: object) -> None:
            nonlocal is_sent
            is_sent = is_sent or event in _SENDING

        def nothing(reason: str) -> Unsent | Unanswered:
            return Unanswered(reason) if is_sent else Unsent(reason)

        try:
            built = self._build(request, trace)
        except (httpx.InvalidURL, ValueError) as error:
            return Unsent(f"{type(error).__name__}: {error}")
        with trio.move_on_at(deadline_s):
            try:
                return await self._exchange(built)
            except httpx.HTTPError as error:
                # Its text may quote the host, never headers.
                return nothing(f"{type(error).__name__}: {error}".strip(": "))
        return nothing("no answer in time" if is_sent else "no connection in time")

    def _build(self, request: Request, trace: object) -> httpx.Request:
        headers = list(request.headers)
        if request.body:
            headers.append(("Content-Type", "application/json"))
        return self._client.build_request(
            request.method,
            request.path,
            params=request.query or None,
            content=request.body or None,
            headers=headers,
            extensions={"trace": trace},
        )

    async def _exchange(self, built: httpx.Request) -> Answer:
        response = await self._client.send(built, stream=True)
        try:
            packed = bytearray()
            with trio.CancelScope() as is_enough:
                async for part in response.aiter_raw():
                    packed += part
                    if len(packed) > LARGEST_ANSWER:
                        # Not a `break`: it would leave the HTTP library's generators to the garbage collector.
                        is_enough.cancel()
        finally:
            await response.aclose()
        body, is_cut = unpacked(bytes(packed), response.headers.get("content-encoding", ""), LARGEST_ANSWER)
        return Answer(response.status_code, response.headers, body, is_cut)

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
MOST_URLS = 64

_SENDING = ("http11.send_request_headers.started", "http2.send_request_headers.started")
Pairs = tuple[tuple[str, str], ...]

_ALWAYS: Pairs = (
    ("Accept", "*/*"),
    ("Accept-Encoding", ACCEPTED_PACKING),
    ("Connection", "keep-alive"),
    ("User-Agent", f"python-httpx/{httpx.__version__}"),
)


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
    """Asks one host. Redirects are not followed, cookies are not kept, and neither proxies nor passwords are taken from
    the environment.

    It goes by httpx's transport and not by its client, of which nothing else is wanted and which takes longer to make a
    request than the rest to send it.
    """

    def __init__(self, base_url: str, over: httpx.AsyncBaseTransport) -> None:
        self.base_url = base_url
        self._over = over
        self._urls: dict[str, httpx.URL] = {}

    @classmethod
    @asynccontextmanager
    async def opened(cls, base_url: str, over: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[Self]:
        """Connections are made as they are needed, and closed at the end. `over` stands in for the network in tests."""
        limits = httpx.Limits(
            max_connections=MOST_CONNECTIONS, max_keepalive_connections=KEPT_CONNECTIONS, keepalive_expiry=KEPT_FOR_S
        )
        is_https = base_url.startswith("https:")
        async with over or httpx.AsyncHTTPTransport(http2=is_https, limits=limits, trust_env=False) as opened:
            yield cls(base_url, opened)

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
        headers = [*_ALWAYS, *request.headers]
        if request.body:
            headers.append(("Content-Type", "application/json"))
        return httpx.Request(
            request.method,
            self._url(request.path),
            params=request.query or None,
            content=request.body or None,
            headers=headers,
            extensions={"trace": trace},
        )

    def _url(self, path: str) -> httpx.URL:
        """What changes anything at the venue is asked of few paths, over and over."""
        url = self._urls.get(path)
        if url is None:
            url = httpx.URL(self.base_url.rstrip("/") + path)
            if len(self._urls) < MOST_URLS:
                self._urls[path] = url
        return url

    async def _exchange(self, built: httpx.Request) -> Answer:
        response = await self._over.handle_async_request(built)
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

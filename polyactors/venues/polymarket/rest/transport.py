"""One pooled HTTP client a host: bytes out, bytes in, each within a deadline, and what is known when none come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import httpx
import trio

from polyactors.venues.polymarket.rest.http_lines import HttpLines
from polyactors.venues.polymarket.rest.packing import ACCEPTED_PACKING, unpacked
from polyactors.venues.polymarket.rest.requests import Answer, Exchanged, Pairs, Request, Unanswered, Unsent

LARGEST_ANSWER = 32 << 20
MOST_CONNECTIONS = 100
KEPT_CONNECTIONS = 20
KEPT_FOR_S = 30.0
MOST_URLS = 64

_SENDING = ("http11.send_request_headers.started", "http2.send_request_headers.started")
_ALWAYS: Pairs = (
    ("Accept", "*/*"),
    ("Accept-Encoding", ACCEPTED_PACKING),
    ("Connection", "keep-alive"),
    ("User-Agent", f"python-httpx/{httpx.__version__}"),
)


class Transport:
    """Asks one host. Redirects are not followed, cookies are not kept, and neither proxies nor passwords are taken from
    the environment.

    It goes by httpx's transport and not by its client, of which nothing else is wanted and which takes longer to make a
    request than the rest to send it.
    """

    def __init__(self, base_url: str, over: httpx.AsyncBaseTransport, lines: HttpLines | None = None) -> None:
        self.base_url = base_url
        self._over = over
        self._lines = lines
        self._urls: dict[str, httpx.URL] = {}

    @classmethod
    @asynccontextmanager
    async def opened(cls, base_url: str, over: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[Self]:
        """Connections are made as they are needed, and closed at the end. `over` stands in for the network in tests."""
        limits = httpx.Limits(
            max_connections=MOST_CONNECTIONS, max_keepalive_connections=KEPT_CONNECTIONS, keepalive_expiry=KEPT_FOR_S
        )
        is_https = base_url.startswith("https:")
        lines = None if over else HttpLines(base_url, _ALWAYS)
        async with over or httpx.AsyncHTTPTransport(http2=is_https, limits=limits, trust_env=False) as opened:
            try:
                yield cls(base_url, opened, lines)
            finally:
                if lines is not None:
                    lines.close()

    async def ask(self, request: Request, deadline_s: float) -> Exchanged:
        """`deadline_s` is a time of trio's clock. Raises nothing but `trio.Cancelled`."""
        lines = self._lines
        if lines is not None and request.is_pressing and not request.query and not lines.are_all_busy:
            return await lines.ask(request, deadline_s, LARGEST_ANSWER)
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


__all__ = ["LARGEST_ANSWER", "Answer", "Exchanged", "Pairs", "Request", "Transport", "Unanswered", "Unsent"]

"""A `PriceService` over HTTP: a pricer on this machine, asked by port or by Unix socket."""

from collections import Counter
from collections.abc import Callable

import httpx
import trio

from actors.pricing.remote_words import NoAnswer
from messages.periods import Series, UpOrDown
from messages.pricing import PriceSnapshot
from messages.serial import BadDocument
from polyactors.pricer.place import ServicePlace, SocketPlace
from polyactors.pricer.wire import PERIOD_PATH, SNAPSHOT_PATH, entity_tag, read_snapshot, write_about

LARGEST_ANSWER = 1 << 20
_LONGEST_REASON = 200

_OK, _NO_CONTENT, _NOT_MODIFIED = 200, 204, 304
_REFUSED_FROM, _BROKEN_FROM = 400, 500

_ALWAYS = {"Accept": "application/json", "Connection": "keep-alive"}


def connected(place: ServicePlace) -> httpx.AsyncBaseTransport:
    """Connects when it is needed. Neither proxies nor passwords are taken from the environment, and redirects are not
    followed."""
    socket = str(place.path) if isinstance(place, SocketPlace) else None
    return httpx.AsyncHTTPTransport(uds=socket, trust_env=False)


class HttpPriceService:
    """Connections are kept, a series each. `unreadable` counts answers that were no snapshot, by the first field that
    was wrong."""

    def __init__(
        self, place: ServicePlace, connect: Callable[[ServicePlace], httpx.AsyncBaseTransport] = connected
    ) -> None:
        self.unreadable: Counter[str] = Counter()
        self._place = place
        self._at = str(place.path) if isinstance(place, SocketPlace) else place.url
        self._connect = connect
        self._over: httpx.AsyncBaseTransport | None = None
        self._newest: dict[Series, PriceSnapshot] = {}

    async def get_latest(self, series: Series) -> PriceSnapshot | NoAnswer:
        seen = self._newest.get(series)
        headers = {**_ALWAYS, "If-None-Match": entity_tag(seen)} if seen is not None else _ALWAYS
        query = {"symbol": series.symbol, "period": series.length.value}
        answer = await self._ask(httpx.Request("GET", self._url(SNAPSHOT_PATH), params=query, headers=headers))
        if isinstance(answer, NoAnswer):
            return answer
        status, body = answer
        if status == _NOT_MODIFIED and seen is not None:
            return seen
        if status != _OK:
            return _not_given(status, body)
        try:
            snapshot = read_snapshot(body)
        except BadDocument as error:
            self.unreadable[error.mistakes[0].split(" ", 1)[0]] += 1
            return NoAnswer("unreadable", f"no snapshot: {'; '.join(error.mistakes)}"[:_LONGEST_REASON])
        if snapshot.series != series:
            self.unreadable["series"] += 1
            return NoAnswer("unreadable", f"{series.name} was asked for and {snapshot.series.name} was given")
        self._newest[series] = snapshot
        return snapshot

    async def tell_period(self, about: UpOrDown) -> NoAnswer | None:
        headers = {**_ALWAYS, "Content-Type": "application/json"}
        answer = await self._ask(
            httpx.Request("POST", self._url(PERIOD_PATH), content=write_about(about), headers=headers)
        )
        if isinstance(answer, NoAnswer):
            return answer
        status, body = answer
        return None if status in (_OK, _NO_CONTENT) else _not_given(status, body)

    async def close(self) -> None:
        over, self._over = self._over, None
        if over is not None:
            await over.aclose()

    def _url(self, path: str) -> str:
        return self._place.url + path

    async def _ask(self, request: httpx.Request) -> tuple[int, bytes] | NoAnswer:
        """The status and the body."""
        try:
            response = await self._transport().handle_async_request(request)
            try:
                body = await _whole(response)
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.StreamError) as error:
            reason = f"{self._at}: {type(error).__name__}: {error}".strip(": ")
            return NoAnswer("unreachable", reason[:_LONGEST_REASON])
        if body is None:
            return NoAnswer("unreadable", f"an answer of more than {LARGEST_ANSWER} bytes")
        return response.status_code, body

    def _transport(self) -> httpx.AsyncBaseTransport:
        if self._over is None:
            self._over = self._connect(self._place)
        return self._over


async def _whole(response: httpx.Response) -> bytes | None:
    """None for more than anybody would send."""
    body = bytearray()
    with trio.CancelScope() as is_enough:
        async for part in response.aiter_raw():
            body += part
            if len(body) > LARGEST_ANSWER:
                # Not a `break`: it would leave the HTTP library's generators to the garbage collector.
                is_enough.cancel()
    return None if len(body) > LARGEST_ANSWER else bytes(body)


def _not_given(status: int, body: bytes) -> NoAnswer:
    said = body.decode(errors="replace").strip()[:_LONGEST_REASON]
    kind = "refused" if _REFUSED_FROM <= status < _BROKEN_FROM else "not ready"
    return NoAnswer(kind, f"status {status}: {said}")

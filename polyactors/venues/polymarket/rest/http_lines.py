"""Connections for requests that press: each is one piece of bytes, built by hand and written at one go.

A line carries one request at a time, by HTTP/1.1, and is kept open for the next. Nothing is sent again over another
one. h11 reads the answer, and hears of the request when that is on its way.
"""

import os
import ssl
from functools import partial

import h11
import httpx
import trio
from attrs import define, field

from polyactors.venues.polymarket.rest.packing import unpacked
from polyactors.venues.polymarket.rest.requests import Answer, Exchanged, Pairs, Request, Unanswered, Unsent

MOST_LINES = 32
"""At the same time; whatever presses beyond that goes another way."""

KEPT_FOR_S = 30.0
CHUNK_BYTES = 1 << 16
MOST_HEADS = 64


class NotAnHttpText(ValueError):
    """A header, or a path, that would break out of its line."""


class HttpLines:
    """Lines to the host of `base_url`; `always` are headers of every request."""

    def __init__(self, base_url: str, always: Pairs) -> None:
        self._url = httpx.URL(base_url.rstrip("/") + "/")
        self._always = always
        self._idle: list[_Line] = []
        self._lines: set[_Line] = set()
        self._heads: dict[tuple[str, str], bytes] = {}
        self._secure: ssl.SSLContext | None = None

    @property
    def are_all_busy(self) -> bool:
        return len(self._lines) - len(self._idle) >= MOST_LINES

    async def ask(self, request: Request, deadline_s: float, largest: int) -> Exchanged:
        """`deadline_s` is a time of trio's clock, `largest` of what is read of a body. Raises nothing but
        `trio.Cancelled`."""
        try:
            wire = self._wire(request)
        except (NotAnHttpText, httpx.InvalidURL) as error:
            return Unsent(f"{type(error).__name__}: {error}")
        if trio.current_time() >= deadline_s:
            return Unsent("no time left")
        line = self._take()
        # What can be written without waiting is on its way before anything else is thought of.
        rest = wire if line is None else line.write_now(wire)
        with trio.move_on_at(deadline_s):
            try:
                line = line or await self._open()
                return await self._exchange(line, request, rest, largest)
            except (trio.BrokenResourceError, trio.ClosedResourceError, h11.RemoteProtocolError, OSError) as error:
                reason = f"{type(error).__name__}: {error}".strip(": ")
                return Unsent(reason) if line is None or not line.has_written else Unanswered(reason)
        if line is None or not line.has_written:
            return Unsent("no connection in time")
        return Unanswered("no answer in time")

    def close(self) -> None:
        for line in tuple(self._lines):
            self._drop(line)

    async def _exchange(self, line: "_Line", request: Request, rest: bytes, largest: int) -> Answer:
        is_whole = False
        try:
            if rest:
                await line.write(rest)
            line.hear_of(request.method, self._url.netloc)
            answer, is_whole = await line.read(largest)
            return answer
        finally:
            if is_whole and line in self._lines:
                line.rest()
                self._idle.append(line)
            else:
                self._drop(line)

    def _wire(self, request: Request) -> bytes:
        """Raises `NotAnHttpText` and `httpx.InvalidURL`."""
        lines = [f"{name}: {value}" for name, value in request.headers]
        if request.body:
            lines += ("Content-Type: application/json", f"Content-Length: {len(request.body)}")
        elif request.method == "POST":
            lines.append("Content-Length: 0")
        text = "".join(f"{line}\r\n" for line in lines)
        if not text.isascii() or not text.count("\n") == text.count("\r") == len(lines) or "\0" in text:
            raise NotAnHttpText("a header that is not one line of ASCII")
        return b"%b%b\r\n%b" % (self._head(request), text.encode(), request.body)

    def _head(self, request: Request) -> bytes:
        """Of few paths, over and over."""
        what = (request.method, request.path)
        head = self._heads.get(what)
        if head is None:
            target = httpx.URL(str(self._url).rstrip("/") + request.path)
            lines = [f"{request.method} {target.raw_path.decode()} HTTP/1.1", f"Host: {target.netloc.decode()}"]
            lines += (f"{name}: {value}" for name, value in self._always)
            head = "\r\n".join([*lines, ""]).encode()
            if len(self._heads) < MOST_HEADS:
                self._heads[what] = head
        return head

    def _take(self) -> "_Line | None":
        """The line that was used last, unless the other side has closed it since."""
        while self._idle:
            line = self._idle.pop()
            if line.is_fresh:
                return line
            self._drop(line)
        return None

    async def _open(self) -> "_Line":
        url = self._url
        is_https = url.scheme == "https"
        socket = await trio.open_tcp_stream(url.host, url.port or (443 if is_https else 80))
        line = _Line(socket, socket)
        self._lines.add(line)
        if is_https:
            if self._secure is None:
                self._secure = httpx.create_ssl_context(trust_env=False)
                self._secure.set_alpn_protocols(["http/1.1"])
            try:
                line.stream = secure = trio.SSLStream(
                    socket, self._secure, server_hostname=url.host, https_compatible=True
                )
                await secure.do_handshake()
            except BaseException:
                self._drop(line)
                raise
        return line

    def _drop(self, line: "_Line") -> None:
        self._lines.discard(line)
        line.socket.socket.close()


@define(eq=False)
class _Line:
    """`has_written` since its last rest."""

    stream: trio.abc.Stream
    socket: trio.SocketStream
    has_written: bool = False
    _protocol: h11.Connection = field(factory=partial(h11.Connection, h11.CLIENT))
    _resting_since_s: float = 0.0

    @property
    def is_fresh(self) -> bool:
        """What can be read of a line at rest is its end."""
        return trio.current_time() - self._resting_since_s < KEPT_FOR_S and not self.socket.socket.is_readable()

    def write_now(self, wire: bytes) -> bytes:
        """Returns what the system did not take."""
        if self.stream is not self.socket:
            return wire
        try:
            written = os.write(self.socket.socket.fileno(), wire)
        except OSError:
            # Whatever it is, `write` runs into it too, and tells.
            return wire
        self.has_written = True
        return wire[written:]

    async def write(self, wire: bytes) -> None:
        self.has_written = True
        await self.stream.send_all(wire)

    def hear_of(self, method: str, host: bytes) -> None:
        """Of its body h11 need not know."""
        self._protocol.send(h11.Request(method=method, target="/", headers=[(b"Host", host)]))
        self._protocol.send(h11.EndOfMessage())

    async def read(self, largest: int) -> tuple[Answer, bool]:
        """The answer, and whether the line can be used again. Raises what `receive_some` and h11 raise."""
        response: h11.Response | None = None
        packed = bytearray()
        while True:
            event = self._protocol.next_event()
            if event is h11.NEED_DATA:
                self._protocol.receive_data(bytes(await self.stream.receive_some(CHUNK_BYTES)))
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                packed += event.data
                if len(packed) > largest:
                    break
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                break
        if response is None:
            raise h11.RemoteProtocolError("the connection was closed before there was an answer")
        headers = httpx.Headers(response.headers.raw_items())
        body, is_cut = unpacked(bytes(packed), headers.get("content-encoding", ""), largest)
        return Answer(response.status_code, headers, body, is_cut), self._is_ready_for_another

    @property
    def _is_ready_for_another(self) -> bool:
        """Whatever came behind the answer is no answer to what will be asked next."""
        protocol = self._protocol
        is_done = protocol.our_state is h11.DONE and protocol.their_state is h11.DONE
        return is_done and protocol.trailing_data == (b"", False)

    def rest(self) -> None:
        self._protocol.start_next_cycle()
        self.has_written = False
        self._resting_since_s = trio.current_time()

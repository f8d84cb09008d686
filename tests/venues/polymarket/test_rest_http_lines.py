"""Requests that press go over lines of their own: written whole at one go, never twice, and read like any other."""

import gzip
import os
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import h11
import httpx
import pytest
import trio
from attrs import define, field

from polyactors.venues.polymarket.rest import http_lines
from polyactors.venues.polymarket.rest.http_lines import HttpLines
from polyactors.venues.polymarket.rest.requests import Answer, Request, Unanswered, Unsent
from polyactors.venues.polymarket.rest.transport import Transport

ORDER = Request("POST", "/order", body=b'{"an":"order"}', headers=(("POLY_SIGNATURE", "signed"),), is_pressing=True)
CANCEL_ALL = Request("DELETE", "/cancel-all", is_pressing=True)
LARGEST = 1 << 20
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]


@define
class Server:
    """Takes requests whole, and gives the next of `answers` for each; with none left it says nothing any more.

    `closes_after` is how many it answers on a connection before it closes it.
    """

    answers: list[bytes]
    closes_after: int = 1_000
    requests: list[bytes] = field(factory=list)
    connections: int = 0
    has_closed: trio.Event = field(factory=trio.Event)

    async def serve(self, stream: Stream) -> None:
        self.connections += 1
        try:
            for _ in range(self.closes_after):
                request = await _one_request(stream)
                if not request:
                    return
                self.requests.append(request)
                if not self.answers:
                    await trio.sleep_forever()
                await stream.send_all(self.answers.pop(0))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
        finally:
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)
            self.has_closed.set()


async def _one_request(stream: Stream) -> bytes:
    whole, reader, taken = b"", h11.Connection(h11.SERVER), b""
    while True:
        event = reader.next_event()
        if event is h11.NEED_DATA:
            taken = bytes(await stream.receive_some())
            if not taken and not whole:
                return b""
            whole += taken
            reader.receive_data(taken)
        elif isinstance(event, h11.EndOfMessage):
            return whole


@asynccontextmanager
async def lines_to(
    server: Server, over: Callable[[trio.SocketStream], Awaitable[None]] | None = None, scheme: str = "http"
) -> AsyncIterator[HttpLines]:
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
            nursery.start_soon(trio.serve_listeners, over or server.serve, [listener])
            port = listener.socket.getsockname()[1]
            host = "localhost" if scheme == "https" else "127.0.0.1"
            lines = HttpLines(f"{scheme}://{host}:{port}", (("Accept", "*/*"),))
            yield lines
            lines.close()
            nursery.cancel_scope.cancel()


async def asked(lines: HttpLines, request: Request = ORDER, within_s: float = 30) -> Answer | Unsent | Unanswered:
    return await lines.ask(request, trio.current_time() + within_s, LARGEST)


async def test_a_request_is_what_http_says_it_is() -> None:
    server = Server([FINE, FINE])
    async with lines_to(server) as lines:
        port = lines._url.port
        assert isinstance(await asked(lines), Answer)
        assert isinstance(await asked(lines, CANCEL_ALL), Answer)
    assert server.requests == [
        (
            f"POST /order HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\nPOLY_SIGNATURE: signed\r\n"
            "Content-Type: application/json\r\nContent-Length: 14\r\n\r\n" + '{"an":"order"}'
        ).encode(),
        f"DELETE /cancel-all HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode(),
    ]


async def test_a_line_is_kept_for_the_next_request() -> None:
    server = Server([FINE] * 5)
    async with lines_to(server) as lines:
        for _ in range(5):
            assert await asked(lines) == Answer(200, httpx.Headers({"Content-Length": "2"}), b"{}")
    assert (server.connections, len(server.requests)) == (1, 5)


async def test_requests_at_the_same_time_have_lines_of_their_own() -> None:
    server = Server([FINE] * 10)
    async with lines_to(server) as lines:
        for _ in range(2):
            async with trio.open_nursery() as nursery:
                for _ in range(5):
                    nursery.start_soon(asked, lines)
    assert (server.connections, len(server.requests)) == (5, 10)


async def test_a_line_that_the_other_side_has_closed_since_is_not_used() -> None:
    """Else the answer would be lost of an order that the venue never had."""
    server = Server([FINE] * 2, closes_after=1)
    async with lines_to(server) as lines:
        assert isinstance(await asked(lines), Answer)
        await server.has_closed.wait()
        await _until(lines._idle[0].socket.socket.is_readable)
        assert isinstance(await asked(lines), Answer)
    assert (server.connections, len(server.requests)) == (2, 2)


async def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await trio.lowlevel.checkpoint()


async def test_a_line_at_rest_for_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_lines, "KEPT_FOR_S", 0.0)
    server = Server([FINE] * 2)
    async with lines_to(server) as lines:
        await asked(lines)
        await asked(lines)
    assert server.connections == 2


@pytest.mark.parametrize(
    "broken",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"\x00\xff\r\n\r\n"],
)
async def test_an_answer_that_breaks_off_leaves_doubt_and_nothing_is_sent_again(broken: bytes) -> None:
    server = Server([broken], closes_after=1)
    async with lines_to(server) as lines:
        assert isinstance(await asked(lines), Unanswered)
    assert len(server.requests) == 1


async def test_an_answer_that_does_not_come_in_time_leaves_doubt_and_its_line_is_gone() -> None:
    server = Server([])
    async with lines_to(server) as lines:
        assert await asked(lines, within_s=0.05) == Unanswered("no answer in time")
        assert lines._lines == set()
    assert len(server.requests) == 1


async def test_without_time_nothing_is_sent() -> None:
    server = Server([FINE])
    async with lines_to(server) as lines:
        await asked(lines)
        assert isinstance(await asked(lines, within_s=0.0), Unsent)
    assert len(server.requests) == 1


async def test_what_came_behind_an_answer_is_not_taken_for_the_next_one() -> None:
    server = Server([FINE + b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", FINE])
    async with lines_to(server) as lines:
        for _ in range(2):
            answer = await asked(lines)
            assert isinstance(answer, Answer)
            assert answer.status == 200
    assert server.connections == 2


async def test_where_nobody_listens_nothing_was_sent() -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    lines = HttpLines(f"http://127.0.0.1:{port}", ())
    assert isinstance(await asked(lines), Unsent)


async def test_what_would_break_out_of_its_line_is_not_sent() -> None:
    server = Server([FINE])
    async with lines_to(server) as lines:
        for value in ("a\r\nHost: elsewhere", "a\n", "a\rb", "\0", "é"):
            request = Request("POST", "/order", headers=(("POLY_PASSPHRASE", value),), is_pressing=True)
            assert isinstance(await asked(lines, request), Unsent), value
        assert isinstance(await asked(lines, Request("POST", "/order\r\nHost: elsewhere")), Unsent)
        assert isinstance(await asked(lines, Request("GET", "/order/a b")), Answer)
    assert server.requests[0].startswith(b"GET /order/a%20b HTTP/1.1\r\nHost: ")


async def test_answers_in_pieces_packed_and_after_a_hundred_are_read() -> None:
    packed = gzip.compress(b'{"success":true}')
    in_pieces = b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    in_one = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(packed), packed)
    server = Server(
        [
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + in_pieces,
            b"HTTP/1.1 400 Bad Request\r\n" + in_one,
        ]
    )
    async with lines_to(server) as lines:
        first, second = await asked(lines), await asked(lines)
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert (first.status, first.body) == (200, b"{}")
    assert (second.status, second.body, second.is_cut) == (400, b'{"success":true}', False)
    assert server.connections == 1


async def test_a_line_that_is_to_be_closed_is_not_kept() -> None:
    server = Server([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}"], closes_after=1)
    async with lines_to(server) as lines:
        answer = await asked(lines)
        assert isinstance(answer, Answer)
        assert answer.body == b"{}"
        assert lines._lines == set()


async def test_a_socket_that_takes_little_at_a_time_gets_the_request_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:7]))
    server = Server([FINE] * 2)
    async with lines_to(server) as lines:
        await asked(lines)
        assert isinstance(await asked(lines), Answer)
    assert server.requests[0] == server.requests[1]


async def test_what_does_not_press_and_what_presses_beyond_all_lines_goes_over_the_pool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_lines, "MOST_LINES", 0)
    server = Server([FINE] * 2)
    async with lines_to(server) as lines, Transport.opened(str(lines._url)) as transport:
        for request in (ORDER, Request("GET", "/time")):
            assert isinstance(await transport.ask(request, trio.current_time() + 30), Answer)
        assert transport._lines is not None
        assert transport._lines._lines == set()
    assert len(server.requests) == 2


async def test_over_tls_the_host_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = _certificate(tmp_path)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate, key)
    ours.set_alpn_protocols(["http/1.1", "h2"])
    server = Server([FINE] * 2)

    async def secured(stream: trio.SocketStream) -> None:
        try:
            await server.serve(trio.SSLStream(stream, ours, server_side=True, https_compatible=True))
        except trio.BrokenResourceError:
            return

    async with lines_to(server, secured, "https") as lines:
        stranger = await asked(lines)
        assert isinstance(stranger, Unsent), stranger
        trusting = partial(ssl.create_default_context, cafile=str(certificate))
        monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: trusting())
        lines._secure = None
        for _ in range(2):
            assert isinstance(await asked(lines), Answer)
    assert len(server.requests) == 2


def _certificate(folder: Path) -> tuple[Path, Path]:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no certificate can be made here: {error}")
    return key, certificate

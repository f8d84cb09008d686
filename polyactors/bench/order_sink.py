"""A venue for benchmarks, a process of its own: takes every order, lets it rest, and remembers when it came.

There are two stamps of each: the kernel's, of when the bytes reached this side's socket, and this process's own, of
when it had read them, for which it has to be woken first. One thread and no event loop: nothing else stands in between.
Both are of the monotonic clock, which all processes of a machine share. It ends when its standard input does.
"""

import json
import selectors
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable

from attrs import define, field, frozen

from messages.identity import OrderId
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.order_form import order_form
from polyactors.venues.polymarket.signing.orders import V2_DOMAIN, order_digest, order_id

CHUNK_BYTES = 1 << 16
END_OF_HEAD = b"\r\n\r\n"

KEY = {"apiKey": "00000000-0000-4000-8000-000000000000", "secret": "bWVhc3VyZWQ=", "passphrase": "measured"}
EMPTY_PAGE = {"limit": 100, "count": 0, "next_cursor": "LTE=", "data": []}
ARRIVALS = "/arrivals"
"""Those since it was last asked: the order's id, and when the first bytes of the body came that it was in, to the
socket and to the process."""

STAMPING = 35
"""SO_TIMESTAMPNS of Linux, which the socket module does not name; the stamps come under the same number."""
_SECONDS_AND_NANOSECONDS = struct.Struct("qq")
_ROOM_FOR_STAMPS = 256


@frozen
class Came:
    """When bytes came, by the monotonic clock."""

    on_socket_ns: int
    read_ns: int


@frozen
class Request:
    """`came` is of the first bytes of its body, or where it has none, of itself."""

    method: str
    path: str
    body: bytes
    came: Came


@define(eq=False)
class Connection:
    """Bytes as they come; one request at a time, as HTTP/1.1 without pipelining has it."""

    socket: socket.socket
    _buffer: bytearray = field(factory=bytearray)
    _head_bytes: int = 0
    _body_bytes: int = 0
    _came: Came | None = None

    def receive(self, now_ns: Callable[[], int]) -> bool:
        """False where the other side has closed."""
        try:
            chunk, stamps, _, _ = self.socket.recvmsg(CHUNK_BYTES, _ROOM_FOR_STAMPS)
        except ConnectionError:
            return False
        read_ns = now_ns()
        self._buffer += chunk
        if not self._head_bytes and (end := self._buffer.find(END_OF_HEAD)) >= 0:
            self._head_bytes = end + len(END_OF_HEAD)
            self._body_bytes = _length_in(bytes(self._buffer[:end]))
        if not self._came and self._head_bytes and (not self._body_bytes or len(self._buffer) > self._head_bytes):
            self._came = Came(_on_socket_ns(stamps, read_ns), read_ns)
        return bool(chunk)

    def take(self) -> Request | None:
        """The request, once it is whole."""
        whole = self._head_bytes + self._body_bytes
        if not self._came or len(self._buffer) < whole:
            return None
        method, target, _ = self._buffer[: self._buffer.index(b"\r\n")].decode().split(" ")
        body = bytes(self._buffer[self._head_bytes : whole])
        request = Request(method, target.partition("?")[0], body, self._came)
        del self._buffer[:whole]
        self._head_bytes = self._body_bytes = 0
        self._came = None
        return request


def _on_socket_ns(stamps: Iterable[tuple[int, int, bytes]], read_ns: int) -> int:
    """The kernel stamps by the clock on the wall; `read_ns` is now."""
    for level, kind, stamp in stamps:
        if (level, kind) == (socket.SOL_SOCKET, STAMPING):
            seconds, nanoseconds = _SECONDS_AND_NANOSECONDS.unpack(stamp)
            ago_ns: int = time.time_ns() - (seconds * NANOSECONDS_PER_SECOND + nanoseconds)
            return read_ns - ago_ns
    return read_ns


class OrderSink:
    def __init__(self) -> None:
        self._arrivals: list[tuple[OrderId, int, int]] = []

    def answer(self, request: Request) -> object:
        """None for what it does not know."""
        match request.method, request.path:
            case "POST", "/order":
                return self._place(json.loads(request.body), request.came)
            case "POST", "/orders":
                return [self._place(each, request.came) for each in json.loads(request.body)]
            case "POST", "/auth/api-key":
                return KEY
            case "GET", "/data/orders" | "/data/trades":
                return EMPTY_PAGE
            case "GET", path if path == ARRIVALS:
                arrivals, self._arrivals = self._arrivals, []
                return arrivals
        return None

    def _place(self, plain: object, came: Came) -> dict[str, object]:
        digest = order_id(order_digest(order_form(plain).signed, V2_DOMAIN))
        self._arrivals.append((digest, came.on_socket_ns, came.read_ns))
        return {
            "success": True,
            "errorMsg": "",
            "orderID": digest,
            "status": "live",
            "makingAmount": "",
            "takingAmount": "",
            "transactionsHashes": [],
            "tradeIDs": [],
        }


def serve(listener: socket.socket, until_end_of: int, now_ns: Callable[[], int]) -> None:
    """Whatever has come is stamped first and answered then."""
    sink = OrderSink()
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(until_end_of, selectors.EVENT_READ)
        while True:
            came = []
            for key, _ in selector.select():
                if key.fileobj == until_end_of:
                    return
                if not isinstance(key.data, Connection):
                    accepted, _ = listener.accept()
                    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    if sys.platform == "linux":
                        accepted.setsockopt(socket.SOL_SOCKET, STAMPING, 1)
                    selector.register(accepted, selectors.EVENT_READ, Connection(accepted))
                elif key.data.receive(now_ns):
                    came.append(key.data)
                else:
                    selector.unregister(key.data.socket)
                    key.data.socket.close()
            for connection in came:
                request = connection.take()
                if request is not None:
                    connection.socket.sendall(_written(sink.answer(request)))


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
        serve(listener, sys.stdin.fileno(), time.monotonic_ns)


def _length_in(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _written(answer: object) -> bytes:
    status = "404 Not Found" if answer is None else "200 OK"
    body = json.dumps(answer).encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    main()

"""What a client can learn from an answer that is lost: nothing, byte by byte, whatever it asks and however it reads."""

import http.client
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polyactors.exchange.faults.armed import Arming
from polyactors.exchange.faults.desk import FaultDesk
from polyactors.exchange.faults.kinds import FailAfterwards, Fault, LateAnswer, LoseAnswer, RateLimited
from polyactors.exchange.faults.request_middleware import FaultyRequests
from polyactors.exchange.server.listening import LOOPBACK, listen, open_port, port_of
from tests.exchange.trading_floor import START_NS, Floor

PATIENCE_S = 20
BODY = b'{"size":5}'
POST = b"POST /order HTTP/1.1\r\nhost: exchange\r\ncontent-length: 10\r\n\r\n" + BODY


class Till:
    """Takes orders and refuses those of 6."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.desk = FaultDesk(Floor().exchange)
        self.app = Starlette(
            routes=[Route("/order", self._order, methods=["POST"])],
            middleware=[Middleware(FaultyRequests, desk=self.desk, now_ns=lambda: 0)],
        )

    def arm(self, fault: Fault, times: int | None = None) -> None:
        self.desk.arm(Arming(fault, times=times), START_NS)

    async def _order(self, request: Request) -> Response:
        self.sizes.append((await request.json())["size"])
        return Response(f"taken: {self.sizes[-1]}", 400 if self.sizes[-1] == 6 else 200)


@asynccontextmanager
async def served(till: Till) -> AsyncIterator[int]:
    listener = open_port(0)
    port = port_of(listener)
    over = trio.Event()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(listen, till.app, listener, over.wait)
            yield port
            over.set()


async def heard_to_the_end(stream: trio.SocketStream) -> bytes:
    heard = b""
    while chunk := await stream.receive_some(4096):
        heard += chunk
    return heard


@pytest.mark.parametrize("size", [5, 6])
async def test_no_final_status_reaches_the_client_whether_the_order_was_taken_or_refused(size: int) -> None:
    till = Till()
    till.arm(LoseAnswer())
    async with served(till) as port, await trio.open_tcp_stream(LOOPBACK, port) as stream:
        await stream.send_all(POST.replace(b":5", b":%d" % size))
        heard = await heard_to_the_end(stream)
    assert till.sizes == [size]
    statuses = [line.split(b" ")[1] for line in heard.split(b"\r\n") if line.startswith(b"HTTP/")]
    assert all(status.startswith(b"1") for status in statuses), heard
    assert b"taken" not in heard


async def test_a_client_of_the_standard_library_sees_a_connection_that_broke() -> None:
    till = Till()
    till.arm(LoseAnswer())

    def ask(port: int) -> None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PATIENCE_S)
        try:
            connection.request("POST", "/order", BODY)
            connection.getresponse()
        finally:
            connection.close()

    async with served(till) as port:
        with pytest.raises(http.client.RemoteDisconnected):
            await trio.to_thread.run_sync(ask, port)
    assert till.sizes == [5]


async def test_on_a_kept_connection_what_was_answered_before_stays_answered() -> None:
    till = Till()
    till.arm(LoseAnswer(one_in=2))
    async with served(till) as port, await trio.open_tcp_stream(LOOPBACK, port) as stream:
        await stream.send_all(POST)
        first = await stream.receive_some(4096)
        assert first.startswith(b"HTTP/1.1 200")
        await stream.send_all(POST)
        rest = await heard_to_the_end(stream)
    assert b"taken: 5" in first + rest
    assert (first + rest).count(b"taken") == 1
    assert till.sizes == [5, 5]


FAULTS = st.one_of(
    st.builds(LoseAnswer, one_in=st.integers(1, 4)),
    st.builds(FailAfterwards, one_in=st.integers(1, 4)),
    st.builds(LateAnswer, one_in=st.integers(1, 4), delay_ms=st.just(1)),
    st.builds(RateLimited, one_in=st.integers(1, 4)),
)


@settings(max_examples=60, deadline=None)
@given(faults=st.lists(st.tuples(FAULTS, st.none() | st.integers(1, 3)), max_size=4), requests=st.integers(1, 12))
def test_every_request_is_carried_out_once_or_limited_whatever_is_armed(
    faults: list[tuple[Fault, int | None]], requests: int
) -> None:
    till = Till()
    for fault, times in faults:
        till.arm(fault, times)
    statuses: Counter[int] = Counter()

    async def ask(number: int) -> None:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": json.dumps({"size": 10 + number}).encode(), "more_body": False}

        async def send(message: object) -> None:
            assert isinstance(message, dict)
            if message["type"] == "http.response.start":
                statuses[message["status"]] += 1

        scope = {"type": "http", "method": "POST", "path": "/order", "query_string": b"", "headers": []}
        await till.app(scope, receive, send)

    async def ask_all() -> None:
        for number in range(requests):
            await ask(number)

    trio.run(ask_all, clock=trio.testing.MockClock(autojump_threshold=0))
    limited = statuses[429]
    assert till.sizes == sorted(set(till.sizes))
    assert len(till.sizes) == requests - limited
    assert sum(statuses.values()) == requests
    assert statuses[500] + statuses[200] + statuses[100] == len(till.sizes)
    struck: Counter[str] = Counter()
    for armed in till.desk.armed():
        struck[type(armed.fault).__name__] += armed.strikes
    assert limited >= struck["RateLimited"]
    assert statuses[100] >= struck["LoseAnswer"]

"""Faults of requests over real sockets: what was asked for is done, and the client is not told so."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import trio
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


class Shop:
    """Counts the orders that it was given."""

    def __init__(self) -> None:
        self.orders: list[object] = []
        self.desk = FaultDesk(Floor().exchange)
        self.app = Starlette(
            routes=[Route("/order", self._order, methods=["POST"]), Route("/exchange/status", self._status)],
            middleware=[Middleware(FaultyRequests, desk=self.desk, now_ns=lambda: START_NS)],
        )

    def arm(self, fault: Fault, times: int | None = None) -> None:
        self.desk.arm(Arming(fault, times=times), START_NS)

    async def _order(self, request: Request) -> Response:
        self.orders.append(await request.json())
        return Response(json.dumps({"orderID": len(self.orders)}), media_type="application/json")

    async def _status(self, request: Request) -> Response:
        return Response("fine")


@asynccontextmanager
async def served(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    listener = open_port(0)
    base_url = f"http://{LOOPBACK}:{port_of(listener)}"
    over = trio.Event()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(listen, shop.app, listener, over.wait)
            async with httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=PATIENCE_S) as client:
                yield client
            over.set()


async def test_a_limited_request_is_not_carried_out_and_says_when_to_come_again() -> None:
    shop = Shop()
    shop.arm(RateLimited(retry_after_s=7), times=1)
    async with served(shop) as client:
        answer = await client.post("/order", json={})
        assert (answer.status_code, answer.headers["retry-after"], shop.orders) == (429, "7", [])
        assert answer.json()["error"] == "Too Many Requests"
        assert answer.headers["poly-ratelimit-remaining"] == "0"
        assert int(answer.headers["poly-ratelimit-reset"]) == START_NS // 10**9 + 7
        assert answer.headers["poly-ratelimit-tier"] == "Standard"
        assert (await client.post("/order", json={})).status_code == 200


async def test_an_order_is_taken_although_the_answer_is_500() -> None:
    shop = Shop()
    shop.arm(FailAfterwards(), times=1)
    async with served(shop) as client:
        answer = await client.post("/order", json={"size": 5})
        assert (answer.status_code, answer.json(), shop.orders) == (500, {"error": "order timed out"}, [{"size": 5}])


async def test_an_order_is_taken_although_the_connection_breaks_and_the_next_one_is_answered() -> None:
    shop = Shop()
    shop.arm(LoseAnswer(), times=1)
    async with served(shop) as client:
        with pytest.raises(httpx.TransportError):
            await client.post("/order", json={"size": 5})
        assert shop.orders == [{"size": 5}]
        assert (await client.post("/order", json={"size": 6})).json() == {"orderID": 2}


async def test_an_order_is_taken_although_nothing_is_ever_answered() -> None:
    shop = Shop()
    shop.arm(LoseAnswer(hangs=True), times=1)
    async with served(shop) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/order", json={"size": 5}, timeout=0.2)
        assert shop.orders == [{"size": 5}]
        assert (await client.post("/order", json={"size": 6})).json() == {"orderID": 2}


async def test_a_late_answer_is_the_true_one(autojump_clock: trio.testing.MockClock) -> None:
    shop = Shop()
    shop.arm(LateAnswer(delay_ms=3_600_000))
    transport = httpx.ASGITransport(app=shop.app)
    began = trio.current_time()
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange", timeout=None) as client:
        answer = await client.post("/order", json={})
    assert (answer.json(), trio.current_time() - began) == ({"orderID": 1}, 3_600)


async def test_the_operators_door_has_no_faults() -> None:
    shop = Shop()
    shop.arm(LoseAnswer(path="", method=""))
    async with served(shop) as client:
        assert (await client.get("/exchange/status")).text == "fine"

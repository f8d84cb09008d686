"""Whatever is sent to the server: it answers, with the shape of an error where it refuses; and then nothing changed."""

import json
import os
import random
from collections import Counter

import httpx
import pytest

from messages.identity import Outcome
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import TradingMode
from tests.exchange.fuzz_world import Asked, FuzzedWorld

REQUESTS = int(os.environ.get("POLYACTORS_FUZZ_REQUESTS", "2000"))
SEED = os.environ.get("POLYACTORS_FUZZ_SEED", "0")
A_WORLD = 2_000
"""So many requests before a new world is made."""


def state_of(exchange: Exchange) -> object:
    """All that a client could have changed."""
    wallets = {name: (account.cash, dict(account.shares)) for name, account in exchange.vault.accounts.items()}
    orders = {view.order.order: (view.status, view.matched) for view in exchange.open_orders()}
    books = {
        market: (exchange.tick_size(market), exchange.resolution(market), *(exchange.bids(market, o) for o in Outcome))
        for market in exchange.listings
    }
    return exchange.totals(), exchange.mode, wallets, orders, books


async def send(client: httpx.AsyncClient, asked: Asked) -> httpx.Response | None:
    """None where it cannot even be written as a request."""
    try:
        url = httpx.URL("http://exchange", path=asked.path.encode("utf-8", "surrogatepass").decode("latin-1"))
        request = client.build_request(
            asked.method, url, params=tuple(asked.query), headers=asked.headers, content=asked.body
        )
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return None
    return await client.send(request)


def check_refusal(asked: Asked, answer: httpx.Response) -> None:
    assert answer.headers["content-type"].startswith("application/json"), asked
    if asked.method != "HEAD":
        document = json.loads(answer.content)
        shapes = ({"error"}, {"error_msg"}, {"code", "msg"} if asked.path.startswith("/binance/") else {"error"})
        assert isinstance(document, dict) and any(shape <= document.keys() for shape in shapes), (asked, document)


@pytest.mark.parametrize("world_number", range(max(1, REQUESTS // A_WORLD)))
async def test_no_request_breaks_the_server_or_slips_through_refused(world_number: int, autojump_clock: object) -> None:
    world = FuzzedWorld(random.Random(f"{SEED} {world_number}"))
    exchange = world.served.world.exchange
    seen: Counter[int] = Counter()
    transport = httpx.ASGITransport(app=world.served.app)
    async with httpx.AsyncClient(transport=transport) as client:
        before = state_of(exchange)
        for number in range(min(REQUESTS, A_WORLD)):
            asked = world.asked()
            answer = await send(client, asked)
            if answer is None:
                continue
            seen[answer.status_code] += 1
            assert answer.status_code < 500, (number, asked, answer.text)
            if answer.status_code >= 400:
                check_refusal(asked, answer)
            after = state_of(exchange)
            if answer.status_code >= 400 or asked.method in ("GET", "HEAD"):
                assert after == before, (number, asked, answer.status_code)
            before = after
            if exchange.mode is not TradingMode.NORMAL or world.served.faults.armed():
                world.calm()
                before = state_of(exchange)
            if number % 50 == 49:
                world.wait(0.1)
                before = state_of(exchange)
    assert seen[200] > 100 and seen[400] > 100 and seen[401] > 50 and seen[404] > 50, seen

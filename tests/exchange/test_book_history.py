"""GET /orderbook-history: what books looked like, a snapshot a minute in which they changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from polyactors.exchange.books import token_book
from polyactors.exchange.clob.book_history import SNAPSHOTS_KEPT, BookHistory, routes
from tests.exchange.trading_floor import ALICE, BUY, NO, PLAIN, START_NS, YES, Floor

START_S = START_NS // 10**9


@asynccontextmanager
async def _asked() -> AsyncIterator[tuple[Floor, httpx.AsyncClient]]:
    floor = Floor()
    app = Starlette(routes=routes(floor.exchange, BookHistory(floor.exchange)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://exchange") as client:
        yield floor, client


async def _rows(client: httpx.AsyncClient, **query: object) -> Any:
    answer = await client.get("/orderbook-history", params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert set(document) == {"count", "data"} and document["count"] == len(document["data"])
    return document["data"]


async def test_a_minute_in_which_a_book_changed_has_one_snapshot_that_its_hash_proves() -> None:
    """The path was not served at all."""
    async with _asked() as (floor, client):
        expected = []
        for price in (0.40, 0.41, 0.42):
            floor.placed(ALICE, BUY, YES, price, 10)
            listing = floor.exchange.listings[PLAIN.market]
            expected.append(token_book(floor.exchange, listing, NO, floor.now_ns // 1_000_000).document())
            floor.wait(1)
            floor.placed(ALICE, BUY, YES, 0.30, 10)
            floor.wait(59)
        found = await _rows(client, asset_id=PLAIN.no_token, startTs=START_S)
        assert found == expected
        assert await _rows(client, asset_id=PLAIN.no_token, startTs=START_S, limit=2) == expected[:2]
        assert await _rows(client, asset_id=PLAIN.no_token, startTs=(START_S + 60) * 1_000) == expected[1:]
        assert await _rows(client, asset_id=PLAIN.no_token, startTs=START_S, endTs=START_S) == expected[:1]
        (yes, *_) = await _rows(client, market=PLAIN.market, startTs=0)
        assert (yes["asset_id"], yes["bids"]) == (PLAIN.yes_token, [{"price": "0.4", "size": "10"}])


async def test_only_so_much_is_kept() -> None:
    async with _asked() as (floor, client):
        for minute in range(SNAPSHOTS_KEPT + 5):
            floor.placed(ALICE, BUY, YES, 0.01 + minute % 50 / 100, 5)
            floor.exchange.cancel_all(ALICE, floor.now_ns)  # type: ignore[arg-type]
            floor.wait(60)
        found = await _rows(client, asset_id=PLAIN.yes_token, startTs=0)
        assert len(found) == SNAPSHOTS_KEPT
        assert int(found[-1]["timestamp"]) // 1_000 == START_S + (SNAPSHOTS_KEPT + 4) * 60


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400), (f"asset_id={PLAIN.yes_token}", 400), ("startTs=1", 400), ("asset_id=x&startTs=1", 400),
        (f"asset_id={PLAIN.yes_token}&startTs=-1", 400), (f"asset_id={PLAIN.yes_token}&startTs={'9' * 5000}", 400),
        (f"asset_id={PLAIN.yes_token}&startTs=1&limit=0", 400), ("asset_id=123&startTs=1", 404),
        ("market=0x00&startTs=1", 404),
    ],
)  # fmt: skip
async def test_nonsense_is_refused_in_the_venues_shape(query: str, status: int) -> None:
    async with _asked() as (_, client):
        answer = await client.get(f"/orderbook-history?{query}")
        assert answer.status_code == status
        assert list(answer.json()) == ["error"]

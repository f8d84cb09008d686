"""The venue's own asynchronous client on the streams, unmodified, with the compression that it asks for."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import trio
from polymarket import PRODUCTION, AsyncPublicClient
from polymarket._internal.environment import create_environment, get_environment_config
from polymarket.streams import MarketSpec

from tests.exchange.stream_world import both_tokens
from tests.exchange.test_stream_sockets import Served, served
from tests.exchange.trading_floor import ALICE, BOB, BUY, NO, YES


def environment(port: int) -> Any:
    there = f"ws://127.0.0.1:{port}"
    config = dataclasses.replace(
        get_environment_config(PRODUCTION),
        clob_market_ws_url=f"{there}/ws/market",
        clob_user_ws_url=f"{there}/ws/user",
    )
    return create_environment(name="local", config=config)


async def in_the_clients_own_loop(body: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """The client needs asyncio: it lives in a thread, and the exchange stays here."""
    return await trio.to_thread.run_sync(lambda: asyncio.run(body()))  # type: ignore[arg-type]


async def market_events(exchange: Served, count: int) -> list[str]:
    """The types of the first events after two orders that are given when the first book has come."""
    async with AsyncPublicClient(environment(exchange.port)) as client:
        stream = await client.subscribe(MarketSpec(token_ids=both_tokens(), custom_feature_enabled=True))
        found: list[str] = [(await anext(stream)).type]
        trio.from_thread.run_sync(partial(exchange.floor.placed, ALICE, BUY, YES, 0.4, 10), trio_token=exchange.token)
        trio.from_thread.run_sync(partial(exchange.floor.placed, BOB, BUY, NO, 0.6, 5), trio_token=exchange.token)
        while len(found) < count:
            found.append((await anext(stream)).type)
        await stream.close()
    return found


async def test_the_official_client_hears_books_changes_best_prices_and_trades() -> None:
    async with served() as exchange:
        found = await in_the_clients_own_loop(partial(market_events, exchange, 9))
    assert found == [
        "book", "book", "price_change", "best_bid_ask", "best_bid_ask", "price_change", "book", "book",
        "last_trade_price",
    ]  # fmt: skip

"""A feed that is stalled on the whole exchange as it is served: it looks well, and its prices have stopped."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from trio_websocket import WebSocketConnection, wrap_client_stream

from polyactors.exchange.faults.armed import Armed, Arming
from polyactors.exchange.faults.kinds import FEEDS, StalledFeed
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.reference_feeds.feed_routes import FEED_NAMES
from polyactors.exchange.server.listening import LOOPBACK, open_port, port_of
from polyactors.exchange.server.served import ServedWorld
from polyactors.exchange.server.settings import ServerSettings
from polyactors.exchange.server.venue_time import SteadyClock
from polyactors.exchange.traders.settings import TraderSettings
from tests.exchange.trading_floor import SECOND_NS, START_NS

PATIENCE_S = 20
STALL_S = 30
QUIET = ServerSettings(
    listings=ListingPlan(
        binary_markets=0, neg_risk_outcomes=(), augmented_events=0, protocol_two_markets=0, hourly_symbols=()
    ),
    traders=TraderSettings(makers=()),
)

ASKED: dict[str, tuple[str, object, int]] = {
    "binance": ("/binance/ws", {"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1}, 1),
    "coinbase": ("/coinbase", {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]}, 2),
    "kraken": ("/kraken/v2", {"method": "subscribe", "params": {"channel": "trade", "symbol": ["BTC/USD"]}}, 2),
    "rtds": ("/ws/rtds", {"action": "subscribe", "subscriptions": [{"topic": "crypto_prices", "type": "*"}]}, 4),
}
"""Of each feed that needs no login: where, what is asked for, and how many frames come before the first new price."""


class Exchange:
    def __init__(self) -> None:
        self._clock_ns = START_NS
        self.served = ServedWorld(QUIET, 3, SteadyClock(lambda: self._clock_ns, lambda: self._clock_ns))
        self.port = 0

    def wait(self, seconds: float) -> None:
        until_ns = self._clock_ns + round(seconds * SECOND_NS)
        while self._clock_ns < until_ns:
            self._clock_ns = min(until_ns, self._clock_ns + SECOND_NS // 20)
            self.served.time.now_ns()

    def stall(self, feed: str) -> None:
        arming = Arming(StalledFeed(feed), for_ns=STALL_S * SECOND_NS)
        assert isinstance(self.served.faults.arm(arming, self.served.time.now_ns()), Armed)

    def prices_of(self, last_s: float) -> set[float]:
        """Those of the trades of the last seconds."""
        since_ns = self.served.world.now_ns - round(last_s * SECOND_NS)
        return {price for _, price in self.served.world.prices.recent("btcusd", since_ns)}


def price_in(feed: str, frame: str) -> float | None:
    """The bitcoin price that a frame tells of."""
    content: dict[str, Any] = json.loads(frame)
    match feed:
        case "binance" if content.get("e") == "trade":
            return float(content["p"])
        case "coinbase" if content["type"] == "match":
            return float(content["price"])
        case "kraken" if content["channel"] == "trade":
            return float(content["data"][0]["price"])
        case "rtds" if content["type"] == "update" and content["payload"]["symbol"] == "btcusdt":
            return float(content["payload"]["value"])
    return None


async def next_price(feed: str, websocket: WebSocketConnection) -> float:
    while (price := price_in(feed, str(await websocket.get_message()))) is None:
        pass
    return price


@asynccontextmanager
async def running() -> AsyncIterator[Exchange]:
    exchange = Exchange()
    listener = open_port(0)
    exchange.port = port_of(listener)
    over = trio.Event()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(exchange.served.run, listener, over.wait)
            yield exchange
            over.set()


@asynccontextmanager
async def following(to: Exchange, feed: str) -> AsyncIterator[WebSocketConnection]:
    path, request, answers = ASKED[feed]
    async with await trio.open_tcp_stream(LOOPBACK, to.port) as stream, trio.open_nursery() as nursery:
        websocket = await wrap_client_stream(nursery, stream, LOOPBACK, path, max_message_size=1 << 24)
        await websocket.send_message(json.dumps(request))
        for _ in range(answers):
            await websocket.get_message()
        yield websocket
        await websocket.aclose()


def test_the_fault_knows_every_feed_that_is_served() -> None:
    assert set(FEEDS) == {"", *FEED_NAMES}


@pytest.mark.parametrize("feed", ASKED)
async def test_a_stalled_feed_tells_no_price_until_the_fault_has_had_its_time(feed: str) -> None:
    """It is armed and ends between two trades: the last ones before it have been read when it begins."""
    async with running() as exchange, following(exchange, feed) as websocket:
        exchange.wait(1.25)
        last = exchange.served.world.prices.price("btcusd")
        while await next_price(feed, websocket) != last:
            pass
        exchange.stall(feed)
        exchange.wait(STALL_S + 1)
        assert exchange.served.faults.armed() == ()
        assert await next_price(feed, websocket) in exchange.prices_of(last_s=1)


async def test_the_other_feeds_go_on_while_one_is_stalled() -> None:
    async with running() as exchange, following(exchange, "binance") as stalled, following(exchange, "rtds") as well:
        exchange.stall("binance")
        exchange.wait(1)
        assert await next_price("rtds", well) in exchange.prices_of(last_s=1)
        await stalled.send_message('{"method":"LIST_SUBSCRIPTIONS","id":2}')
        assert json.loads(await stalled.get_message()) == {"result": ["btcusdt@trade"], "id": 2}

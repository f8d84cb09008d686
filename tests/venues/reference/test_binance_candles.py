"""The open price of a period by Binance's candles, when nobody was there to hear the first trade."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from actors.feeds.ports import ConnectionLost
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule
from messages.reference import ReferenceVenue, Symbol
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.venues.binance.candles import BinanceCandles
from tests.venues.polymarket.live_streams_world import venue
from tests.venues.reference.reference_world import BTC

CANDLE = SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)
START_MS = 1_800_000_000_000
HOUR = Period(Series(BTC, PeriodLength.HOUR), START_MS)


@asynccontextmanager
async def server(status: int, body: str) -> AsyncIterator[list[bytes]]:
    """Answers every request with this; what it was asked, its address first."""
    asked: list[bytes] = []

    async def handle(stream: trio.SocketStream) -> None:
        asked.append(await stream.receive_some())
        head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        await stream.send_all((head + body).encode())

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, handle, 0)
        port = listeners[0].socket.getsockname()[1]
        asked.append(f"http://127.0.0.1:{port}".encode())
        yield asked
        nursery.cancel_scope.cancel()


def row(at_ms: int, price: str, trades: int) -> str:
    return f'[{at_ms},"{price}","9","1","5","2.5",{at_ms + 59_999},"100",{trades},"1","2","0"]'


async def opened(body: str, status: int = 200) -> float | None:
    """Raises `ConnectionLost`."""
    lost: ConnectionLost | None = None
    found: float | None = None
    with trio.fail_after(30):
        async with server(status, body) as asked:
            try:
                found = await BinanceCandles([asked[0].decode()]).open_price(HOUR, CANDLE)
            except ConnectionLost as error:
                # A nursery would wrap it.
                lost = error
    if lost is not None:
        raise lost
    return found


@pytest.mark.parametrize("length", PeriodLength)
async def test_is_what_the_exchange_began_the_period_with(length: PeriodLength) -> None:
    async with venue() as at:
        at.pass_time(20 * NANOSECONDS_PER_SECOND)
        prices, now_ns = at.served.world.prices, at.served.world.now_ns
        now_ms = now_ns // NANOSECONDS_PER_MILLISECOND
        candles = BinanceCandles([f"http://127.0.0.1:{at.port}/binance"])
        for symbol in (BTC, Symbol("xrpusd")):
            period = Series(symbol, length).period_at(now_ms)
            wanted = prices.price_at(symbol, period.start_ms * NANOSECONDS_PER_MILLISECOND)
            assert await candles.open_price(period, CANDLE) == wanted
            assert await candles.open_price(period.following, CANDLE) is None


async def test_of_a_period_is_that_of_its_first_minute_with_a_trade() -> None:
    quiet = f"[{row(START_MS, '100', 0)},{row(START_MS + 60_000, '101.5', 3)}]"
    assert await opened(quiet) == 101.5
    assert await opened(f"[{row(START_MS, '100', 0)}]") is None
    assert await opened("[]") is None


async def test_is_asked_for_with_the_period_and_nothing_else() -> None:
    async with server(200, "[]") as asked:
        candles = BinanceCandles([asked[0].decode()])
        await candles.open_price(HOUR, CANDLE)
        await candles.open_price(Period(Series(BTC, PeriodLength.FIVE_MINUTES), START_MS), CANDLE)
        first, second = (each.split(b" ")[1] for each in asked[1:])
    common = b"&startTime=1800000000000&endTime=%d&limit=15"
    assert first == b"/api/v3/klines?symbol=BTCUSDT&interval=1h" + common % (START_MS + 3_599_999)
    assert second == b"/api/v3/klines?symbol=BTCUSDT&interval=1m" + common % (START_MS + 299_999)


async def test_of_another_rule_is_not_asked_for() -> None:
    candles = BinanceCandles(["http://127.0.0.1:1"])
    for rule in (
        SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60),
        SettlementRule(ReferenceVenue.CHAINLINK, Reading.CANDLE),
        SettlementRule(ReferenceVenue.BINANCE, Reading.POINT),
    ):
        assert await candles.open_price(HOUR, rule) is None


BROKEN = [
    "", "{}", "[[]]", "[[1]]", "nonsense", '[["1","2"]]', f"[{row(START_MS - 1, '100', 1)}]",
    f"[{row(START_MS, '-1', 1)}]", f"[{row(START_MS, 'NaN', 1)}]", f"[{row(START_MS + 3_600_000, '100', 1)}]",
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN)
async def test_that_cannot_be_read_is_none_at_all(body: str) -> None:
    with pytest.raises(ConnectionLost, match="could not be read"):
        await opened(body)


@pytest.mark.parametrize("status", [400, 403, 418, 429, 500, 301])
async def test_that_is_refused_is_lost_for_now(status: int) -> None:
    with pytest.raises(ConnectionLost, match=f"status {status}"):
        await opened("[]", status=status)


async def test_where_the_service_is_unavailable_for_legal_reasons_another_is_asked() -> None:
    async with server(451, "{}") as first, server(200, f"[{row(START_MS, '7', 1)}]") as second:
        addresses = [first[0].decode(), second[0].decode()]
        assert await BinanceCandles(addresses).open_price(HOUR, CANDLE) == 7.0
        with pytest.raises(ConnectionLost, match="status 451"):
            await BinanceCandles(addresses[:1]).open_price(HOUR, CANDLE)


async def test_a_venue_that_is_not_there_is_lost_and_one_that_says_nothing_is_not_waited_for() -> None:
    with pytest.raises(ConnectionLost, match="ConnectError"):
        await BinanceCandles(["http://127.0.0.1:1"]).open_price(HOUR, CANDLE)
    async with trio.open_nursery() as nursery:

        async def silent(_: trio.SocketStream) -> None:
            await trio.sleep_forever()

        listeners = await nursery.start(trio.serve_tcp, silent, 0)
        url = f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        with pytest.raises(ConnectionLost, match="no candles"):
            await BinanceCandles([url], within_s=0.05).open_price(HOUR, CANDLE)
        nursery.cancel_scope.cancel()

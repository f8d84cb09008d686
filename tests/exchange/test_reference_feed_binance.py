"""Binance's streams and candles: the hourly ones decide up/down markets."""

import json
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from polyactors.exchange.listings.reference_price import ReferenceTick
from polyactors.exchange.reference_feeds import binance_rest
from polyactors.exchange.reference_feeds.binance_session import BinanceSession
from polyactors.exchange.reference_feeds.candles import Interval
from tests.exchange.reference_feed_world import EIGHT_PLACES, HOUR_NS, SECOND_NS, START_NS, FeedWorld, Frame, said, told

MILLISECOND_NS = 1_000_000


def connected(world: FeedWorld, *streams: str, unit_ns: int = MILLISECOND_NS) -> BinanceSession:
    return BinanceSession(world.feed, streams, is_combined=False, unit_ns=unit_ns)


def ended(frames: list[Frame]) -> list[Frame]:
    return [frame["k"] for frame in frames if frame["k"]["x"]]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(0, 7200), st.sampled_from([1, 5, 10]))
def test_the_last_hourly_kline_has_open_and_close_of_the_candle_that_decides(seed: int, offset: int, step: int) -> None:
    world = FeedWorld(seed, START_NS + offset * SECOND_NS, step * SECOND_NS)
    session = connected(world, "btcusdt@kline_1h")
    world.wait(3 * 3600)
    found = ended(said(session))
    assert len(found) == 3
    for candle in found:
        start_ns = candle["t"] * MILLISECOND_NS
        assert start_ns % HOUR_NS == 0
        assert candle["T"] == candle["t"] + 3_599_999
        assert float(candle["o"]) == world.prices.candle_open("btcusd", start_ns)
        assert float(candle["c"]) == world.prices.candle_close("btcusd", start_ns)
        assert float(candle["l"]) <= min(float(candle["o"]), float(candle["c"]))
        assert float(candle["h"]) >= max(float(candle["o"]), float(candle["c"]))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1 << 30), st.sampled_from([1, 5]))
def test_the_minutes_of_an_hour_make_the_hour(seed: int, step: int) -> None:
    world = FeedWorld(seed, step_ns=step * SECOND_NS)
    world.wait(3 * 3600)
    newest_ns = world.tape.last("btcusd").at_ns
    hour_ns = newest_ns - newest_ns % HOUR_NS - HOUR_NS
    (hour,) = world.tape.klines("btcusd", Interval.HOUR, hour_ns, hour_ns)
    minutes = world.tape.klines("btcusd", Interval.MINUTE, hour_ns, hour_ns + HOUR_NS - 1)
    assert len(minutes) == 60
    assert (minutes[0].open, minutes[-1].close) == (hour.open, hour.close)
    assert (max(each.high for each in minutes), min(each.low for each in minutes)) == (hour.high, hour.low)
    assert (minutes[0].first_number, minutes[-1].last_number) == (hour.first_number, hour.last_number)
    assert all(one.last_number + 1 == other.first_number for one, other in pairwise(minutes))
    for volume in ("base", "quote", "bought_base", "bought_quote"):
        assert sum(getattr(each, volume) for each in minutes) == pytest.approx(getattr(hour, volume))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 30), st.sampled_from([MILLISECOND_NS, 1_000]))
def test_trades_are_numbered_without_a_gap_and_written_with_eight_places(seed: int, unit_ns: int) -> None:
    world = FeedWorld(seed)
    ticks: list[ReferenceTick] = []
    world.prices.listeners.append(ticks.append)
    session = connected(world, "xrpusdt@trade", "xrpusdt@aggTrade", unit_ns=unit_ns)
    world.wait(10)
    frames = said(session)
    trades, aggregates = ([each for each in frames if each["e"] == kind] for kind in ("trade", "aggTrade"))
    heard = [tick for tick in ticks if tick.symbol == "xrpusd"]
    assert len(trades) == len(aggregates) == len(heard) == 20
    assert all(one["t"] + 1 == other["t"] for one, other in pairwise(trades))
    for trade, aggregate, tick in zip(trades, aggregates, heard, strict=True):
        assert EIGHT_PLACES.fullmatch(trade["p"])
        assert EIGHT_PLACES.fullmatch(trade["q"])
        assert (float(trade["p"]), float(trade["q"])) == (tick.price, tick.size)
        assert trade["T"] == tick.at_ns // unit_ns
        assert trade["T"] < trade["E"]
        assert trade["m"] is not tick.is_buy
        assert (aggregate["f"], aggregate["l"], aggregate["p"]) == (trade["t"], trade["t"], trade["p"])


def test_the_taker_meets_the_best_price_of_the_other_side() -> None:
    world = FeedWorld()
    session = connected(world, "btcusdt@trade", "btcusdt@bookTicker")
    world.wait(60)
    frames = said(session)
    sides = set()
    for trade, book in zip(frames[::2], frames[1::2], strict=True):
        assert set(book) == {"u", "s", "b", "B", "a", "A"}
        assert trade["p"] == (book["b"] if trade["m"] else book["a"])
        assert round(float(book["a"]) - float(book["b"]), 8) == 0.01
        sides.add(trade["m"])
    assert sides == {True, False}


def test_an_hour_has_one_last_frame_and_it_comes_before_the_next_hours_first() -> None:
    start_ns = START_NS - START_NS % HOUR_NS + HOUR_NS - 10 * SECOND_NS
    world = FeedWorld(start_ns=start_ns)
    session = connected(world, "btcusdt@kline_1h", "btcusdt@kline_1m")
    world.wait(20)
    frames = said(session)
    for interval in ("1h", "1m"):
        candles = [each["k"] for each in frames if each["k"]["i"] == interval]
        assert [candle["x"] for candle in candles].count(True) == 1
        last = next(index for index, candle in enumerate(candles) if candle["x"])
        assert {candle["t"] for candle in candles[: last + 1]} == {candles[0]["t"]}
        assert {candle["t"] for candle in candles[last + 1 :]} == {candles[last]["T"] + 1}
        assert candles[last]["L"] + 1 == candles[last + 1]["f"]


def test_streams_are_subscribed_to_listed_and_left() -> None:
    world = FeedWorld()
    session = connected(world, "btcusdt@trade")
    assert told(session, {"method": "SUBSCRIBE", "params": ["xrpusdt@bookTicker", "nosuch@trade"], "id": 1}) == [
        {"result": None, "id": 1}
    ]
    assert told(session, {"method": "LIST_SUBSCRIPTIONS", "id": "a"}) == [
        {"result": ["btcusdt@trade", "xrpusdt@bookTicker", "nosuch@trade"], "id": "a"}
    ]
    world.wait(0.5)
    assert [frame["s"] for frame in said(session)] == ["BTCUSDT", "XRPUSDT"]
    assert told(session, {"method": "UNSUBSCRIBE", "params": ["btcusdt@trade"], "id": 2}) == [{"result": None, "id": 2}]
    world.wait(0.5)
    assert [frame["s"] for frame in said(session)] == ["XRPUSDT"]


def test_a_raw_connection_can_become_a_combined_one() -> None:
    world = FeedWorld()
    session = connected(world, "btcusdt@trade")
    answers = told(
        session,
        {"method": "GET_PROPERTY", "params": ["combined"], "id": 1},
        {"method": "SET_PROPERTY", "params": ["combined", True], "id": 2},
    )
    assert [answer["result"] for answer in answers] == [False, None]
    world.wait(0.5)
    (frame,) = said(session)
    assert (frame["stream"], frame["data"]["e"]) == ("btcusdt@trade", "trade")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nonsense", 3),
        ("[]", 3),
        ('{"method":"SUBSCRIBE","params":["a@trade"],"id":1.5}', 2),
        ('{"method":"SUBSCRIBE","params":"btcusdt@trade","id":1}', 2),
        ('{"method":"SUBSCRIBE","id":1}', 2),
        ('{"method":"BUY","id":1}', 2),
        ('{"id":1}', 2),
        ('{"method":"SET_PROPERTY","params":["combined","yes"],"id":1}', 1),
        ('{"method":"GET_PROPERTY","params":["colour"],"id":1}', 0),
    ],
)
def test_nonsense_is_answered_with_binances_codes(text: str, code: int) -> None:
    world = FeedWorld()
    session = connected(world)
    session.hear(text)
    (answer,) = said(session)
    assert answer["error"]["code"] == code
    assert isinstance(answer["error"]["msg"], str)
    assert told(session, {"method": "LIST_SUBSCRIPTIONS", "id": 9}) == [{"result": [], "id": 9}]


def test_who_says_more_than_five_things_in_a_second_is_thrown_out() -> None:
    world = FeedWorld()
    session = connected(world)
    for _ in range(5):
        told(session, {"method": "LIST_SUBSCRIPTIONS", "id": 1})
    world.wait(1)
    told(session, {"method": "LIST_SUBSCRIPTIONS", "id": 1})
    assert not session.outbox.is_closed
    for _ in range(5):
        told(session, {"method": "LIST_SUBSCRIPTIONS", "id": 1})
    assert session.outbox.close_code == 1008


def test_more_streams_than_a_connection_may_have_are_refused_as_a_whole() -> None:
    session = connected(FeedWorld())
    (answer,) = told(session, {"method": "SUBSCRIBE", "params": [f"{n}@trade" for n in range(1025)], "id": 1})
    assert answer["error"]["code"] == 2
    assert told(session, {"method": "LIST_SUBSCRIPTIONS", "id": 2}) == [{"result": [], "id": 2}]


def test_frames_have_the_keys_of_recorded_ones(shared: Path) -> None:
    world = FeedWorld()
    session = connected(world, "btcusdt@trade", "btcusdt@kline_1m")
    world.wait(3)
    frames = {frame["e"]: frame for frame in said(session)}
    for name, file in (("trade", "trade_stream"), ("kline", "kline_stream_open")):
        recorded = json.loads((shared / f"fixtures/external/binance/{file}.json").read_text())
        assert set(frames[name]) - {"M"} == set(recorded)
        for key, value in recorded.items():
            assert type(frames[name][key]) is type(value)
    recorded = json.loads((shared / "fixtures/external/binance/kline_stream_open.json").read_text())["k"]
    assert {key: type(value) for key, value in frames["kline"]["k"].items()} == {
        key: type(value) for key, value in recorded.items()
    }


def rest(world: FeedWorld) -> httpx.AsyncClient:
    app = Starlette(routes=binance_rest.routes(world.tape, world.now_ns))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://there")


async def test_klines_over_rest_are_the_candles_that_decide() -> None:
    world = FeedWorld()
    world.wait(2 * 3600)
    async with rest(world) as client:
        answer = await client.get("/binance/api/v3/klines", params={"symbol": "BTCUSDT", "interval": "1h"})
        rows = answer.json()
        assert len(rows) == 4
        for row in rows:
            assert len(row) == 12
            assert row[6] == row[0] + 3_599_999
            assert float(row[1]) == world.prices.candle_open("btcusd", row[0] * MILLISECOND_NS)
            assert float(row[4]) == world.prices.candle_close("btcusd", row[0] * MILLISECOND_NS)
            assert all(EIGHT_PLACES.fullmatch(row[index]) for index in (1, 2, 3, 4, 5, 7, 9, 10))
        hour = f"symbol=BTCUSDT&interval=1h&startTime={rows[1][0]}&endTime={rows[1][6]}"
        assert (await client.get("/binance/api/v3/klines", params=hour)).json() == [rows[1]]
        time = (await client.get("/binance/api/v3/time")).json()
        assert time == {"serverTime": world.now_ns() // MILLISECOND_NS}


async def test_a_limit_takes_the_first_from_a_start_and_the_last_without_one() -> None:
    world = FeedWorld()
    world.wait(600)
    asked: dict[str, str | int] = {"symbol": "XRPUSDT", "interval": "1m"}
    async with rest(world) as client:
        every = (await client.get("/binance/api/v3/klines", params=asked)).json()
        last = (await client.get("/binance/api/v3/klines", params={**asked, "limit": 3})).json()
        after = {**asked, "limit": 3, "startTime": every[2][0]}
        first = (await client.get("/binance/api/v3/klines", params=after)).json()
        before = {**asked, "limit": 3, "endTime": every[5][0]}
        until = (await client.get("/binance/api/v3/klines", params=before)).json()
        future = {**asked, "startTime": 1 << 58}
        none = (await client.get("/binance/api/v3/klines", params=future)).json()
    assert last == every[-3:]
    assert first == every[2:5]
    assert until == every[3:6]
    assert none == []
    assert all(one[0] + 60_000 == other[0] for one, other in pairwise(every))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("interval=1h", -1102),
        ("symbol=BTCUSDT", -1102),
        ("symbol=&interval=1h", -1105),
        ("symbol=NOSUCH&interval=1h", -1121),
        ("symbol=btcusdt&interval=1h", -1100),
        ("symbol=BTCUSDT&interval=2y", -1120),
        ("symbol=BTCUSDT&interval=1h&limit=many", -1100),
        ("symbol=BTCUSDT&interval=1h&limit=-1", -1100),
        ("symbol=BTCUSDT&interval=1h&limit=0", -1130),
        ("symbol=BTCUSDT&interval=1h&startTime=" + "9" * 40, -1100),
        ("symbol=BTCUSDT&interval=1h&colour=red", -1104),
    ],
)
async def test_nonsense_over_rest_is_answered_in_binances_shape(query: str, code: int) -> None:
    async with rest(FeedWorld()) as client:
        answer = await client.get(f"/binance/api/v3/klines?{query}")
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "msg"}
    assert answer.json()["code"] == code

"""Coinbase and Kraken: what is subscribed to, what is told, and what nonsense gets."""

import json
import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyactors.exchange.listings.reference_price import ReferenceTick
from tests.exchange.reference_feed_world import EIGHT_PLACES, MICROSECONDS, FeedWorld, Frame, said, told

PLAIN_SIZE = re.compile(r'"qty":\d+\.\d{8},')
BITCOIN = {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches", "ticker", "heartbeat"]}


def kraken(channel: str, *names: str, method: str = "subscribe", **more: object) -> Frame:
    return {"method": method, "params": {"channel": channel, "symbol": list(names), **more}, "req_id": 4}


def heard_by(world: FeedWorld) -> list[ReferenceTick]:
    ticks: list[ReferenceTick] = []
    world.prices.listeners.append(ticks.append)
    return ticks


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 30))
def test_coinbases_matches_are_the_trades_with_the_makers_side(seed: int) -> None:
    world = FeedWorld(seed)
    ticks = heard_by(world)
    session = world.session("coinbase")
    told(session, {**BITCOIN, "channels": ["matches"], "product_ids": ["XRP-USD"]})
    world.wait(5)
    matches = said(session)
    heard = [tick for tick in ticks if tick.symbol == "xrpusd"]
    assert len(matches) == len(heard) == 10
    for match, tick in zip(matches, heard, strict=True):
        assert (float(match["price"]), float(match["size"])) == (tick.price, tick.size)
        assert match["side"] == ("sell" if tick.is_buy else "buy")
        assert EIGHT_PLACES.fullmatch(match["size"])
        assert Decimal(match["price"]).as_tuple().exponent == -5
        assert MICROSECONDS.fullmatch(match["time"])
    assert all(one["sequence"] + 1 == other["sequence"] for one, other in pairwise(matches))
    assert len({order for match in matches for order in (match["maker_order_id"], match["taker_order_id"])}) == 20


def test_coinbase_answers_with_all_subscriptions_and_begins_with_the_last_match() -> None:
    world = FeedWorld()
    session = world.session("coinbase")
    subscriptions, *first = told(session, BITCOIN)
    assert subscriptions["type"] == "subscriptions"
    assert {each["name"]: each["product_ids"] for each in subscriptions["channels"]} == {
        name: ["BTC-USD"] for name in BITCOIN["channels"]
    }
    assert [frame["type"] for frame in first] == ["last_match", "ticker"]
    assert float(first[0]["price"]) == world.prices.price("btcusd")
    again = told(session, {"type": "subscribe", "channels": [{"name": "ticker", "product_ids": ["XRP-USD"]}]})
    assert [frame["type"] for frame in again] == ["subscriptions", "ticker"]
    assert again[1]["product_id"] == "XRP-USD"
    world.wait(0.5)
    kinds = [(frame["type"], frame["product_id"]) for frame in said(session)]
    assert kinds == [("match", "BTC-USD"), ("ticker", "BTC-USD"), ("ticker", "XRP-USD")]


def test_coinbase_beats_once_a_second_with_the_last_trade() -> None:
    world = FeedWorld()
    session = world.session("coinbase")
    told(session, {**BITCOIN, "channels": ["heartbeat", "matches"]})
    world.wait(10)
    frames = said(session)
    beats = [index for index, frame in enumerate(frames) if frame["type"] == "heartbeat"]
    assert len(beats) == 10
    for beat in beats:
        assert frames[beat]["last_trade_id"] == frames[beat - 1]["trade_id"]


def test_coinbase_tells_of_nothing_that_was_left() -> None:
    world = FeedWorld()
    session = world.session("coinbase")
    told(session, BITCOIN)
    (left,) = told(session, {"type": "unsubscribe", "channels": ["ticker", "heartbeat"]})
    assert [each["name"] for each in left["channels"]] == ["matches"]
    (left,) = told(session, {"type": "unsubscribe", "product_ids": ["BTC-USD"]})
    assert left["channels"] == []
    world.wait(5)
    assert said(session) == []


def test_coinbase_throws_out_who_subscribes_to_nothing() -> None:
    world = FeedWorld()
    silent, busy = world.session("coinbase"), world.session("coinbase")
    told(busy, BITCOIN)
    world.wait(4)
    assert not silent.outbox.is_closed
    world.wait(3)
    assert silent.outbox.is_closed
    assert not busy.outbox.is_closed


@pytest.mark.parametrize(
    "request_",
    [
        {"type": "subscribe"},
        {"type": "subscribe", "channels": []},
        {"type": "subscribe", "channels": ["ticker"]},
        {**BITCOIN, "product_ids": ["BTC-USD", "NO-SUCH"]},
        {**BITCOIN, "product_ids": "BTC-USD"},
        {**BITCOIN, "channels": ["ticker", "gossip"]},
        {**BITCOIN, "channels": [7]},
        {**BITCOIN, "channels": [{"name": "ticker", "product_ids": [1]}]},
        {**BITCOIN, "type": "buy"},
        {"type": "unsubscribe", "channels": ["gossip"]},
    ],
)
def test_coinbase_answers_nonsense_with_an_error_and_subscribes_to_none_of_it(request_: Frame) -> None:
    world = FeedWorld()
    session = world.session("coinbase")
    (answer,) = told(session, request_)
    assert (answer["type"], answer["message"]) == ("error", "Failed to subscribe")
    assert isinstance(answer["reason"], str)
    world.wait(1)
    assert said(session) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 30))
def test_krakens_numbers_keep_their_places(seed: int) -> None:
    world = FeedWorld(seed)
    ticks = heard_by(world)
    session = world.session("kraken")
    told(session, kraken("trade", "XRP/USD"))
    world.wait(5)
    heard = [tick for tick in ticks if tick.symbol == "xrpusd"]
    for tick in heard:
        text = session.outbox.take()
        assert text is not None
        assert PLAIN_SIZE.search(text)
        (trade,) = json.loads(text, parse_float=Decimal)["data"]
        assert trade["price"].as_tuple().exponent == -5
        assert trade["qty"].as_tuple().exponent == -8
        assert (float(trade["price"]), float(trade["qty"])) == (tick.price, tick.size)
        assert trade["side"] == ("buy" if tick.is_buy else "sell")
        assert MICROSECONDS.fullmatch(trade["timestamp"])
    assert session.outbox.take() is None


def test_kraken_greets_with_its_status_and_answers_every_symbol_on_its_own() -> None:
    world = FeedWorld()
    session = world.session("kraken")
    (status,) = said(session)
    assert (status["channel"], status["data"][0]["system"]) == ("status", "online")
    answers = told(session, kraken("ticker", "BTC/USD", "NO/SUCH", "XRP/USD"))
    assert [answer.get("success") for answer in answers] == [True, None, False, True, None]
    assert answers[2]["error"] == "Currency pair not supported NO/SUCH"
    assert [answers[index]["data"][0]["symbol"] for index in (1, 4)] == ["BTC/USD", "XRP/USD"]
    assert {answers[index]["req_id"] for index in (0, 2, 3)} == {4}
    (again,) = told(session, kraken("ticker", "BTC/USD"))
    assert (again["success"], again["error"]) == (False, "Already subscribed")
    (pong,) = told(session, {"method": "ping", "req_id": 42})
    assert (pong["method"], pong["req_id"]) == ("pong", 42)
    (left,) = told(session, kraken("ticker", "XRP/USD", method="unsubscribe"))
    assert left["success"] is True
    world.wait(0.5)
    assert [(frame["type"], frame["data"][0]["symbol"]) for frame in said(session)] == [("update", "BTC/USD")]


def test_kraken_gives_the_last_trades_to_who_asks_for_them() -> None:
    world = FeedWorld()
    world.wait(60)
    session = world.session("kraken")
    said(session)
    _, snapshot = told(session, kraken("trade", "BTC/USD", snapshot=True))
    trades = snapshot["data"]
    assert (snapshot["type"], len(trades)) == ("snapshot", 50)
    assert all(one["trade_id"] + 1 == other["trade_id"] for one, other in pairwise(trades))
    assert trades[-1]["price"] == world.prices.price("btcusd")


def test_kraken_beats_only_while_there_is_nothing_else_to_say() -> None:
    world = FeedWorld()
    session = world.session("kraken")
    said(session)
    world.wait(5)
    assert said(session) == []
    told(session, kraken("trade", "BTC/USD"))
    world.wait(5)
    assert {frame["channel"] for frame in said(session)} == {"trade"}
    world.stall()
    world.wait(10)
    frames = said(session)
    assert {frame["channel"] for frame in frames} == {"heartbeat"}
    assert 9 <= len(frames) <= 10


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"method": "buy"},
        {"method": "subscribe"},
        kraken("gossip", "BTC/USD"),
        kraken("ticker"),
        kraken("ticker", "BTC/USD", snapshot="yes"),
        kraken("ticker", "BTC/USD", event_trigger=1),
        {"method": "subscribe", "params": {"channel": "trade", "symbol": "BTC/USD"}},
        kraken("trade", "BTC/USD", method="unsubscribe"),
    ],
)
def test_kraken_answers_nonsense_with_an_error_and_subscribes_to_none_of_it(request_: Frame) -> None:
    world = FeedWorld()
    session = world.session("kraken")
    said(session)
    (answer,) = told(session, request_)
    assert answer["success"] is False
    assert isinstance(answer["error"], str)
    world.wait(3)
    assert said(session) == []


def test_krakens_frames_have_the_keys_of_recorded_ones(shared: Path) -> None:
    world = FeedWorld()
    session = world.session("kraken")
    said(session)
    acknowledged, ticker = told(session, kraken("ticker", "BTC/USD"))
    told(session, kraken("trade", "BTC/USD"))
    world.wait(0.5)
    trade = next(frame for frame in said(session) if frame["channel"] == "trade")
    (pong,) = told(session, {"method": "ping", "req_id": 42})
    for name, frame in (("subscribe_response", acknowledged), ("ticker_snapshot", ticker), ("trade_update", trade)):
        recorded = json.loads((shared / f"fixtures/external/kraken/ws_{name}.json").read_text())
        assert set(frame) == set(recorded)
        if "data" in recorded:
            assert set(frame["data"][0]) == set(recorded["data"][0])
    assert set(pong) == set(json.loads((shared / "fixtures/external/kraken/ws_pong.json").read_text()))

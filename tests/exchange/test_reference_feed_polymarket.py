"""Polymarket's own two price feeds, and what its client makes of their frames."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polymarket._internal.streams.realtime.protocol import parse_price_event
from polymarket.models.rtds_events import parse_rtds_event

from polyactors.exchange.clob.api_keys import ApiKeys
from polyactors.exchange.reference_feeds.feed_routes import known_login
from polyactors.exchange.reference_feeds.hub import Session
from polyactors.exchange.reference_feeds.live_session import LiveSession
from polyactors.exchange.streams.requests import Login
from polyactors.venues.polymarket.signing.addresses import Address
from tests.exchange.reference_feed_world import SECOND_NS, FeedWorld, Frame, said, told

MILLISECOND_NS = 1_000_000
AUTH = {"op": "auth", "auth": {"apiKey": "a", "secret": "b", "passphrase": "c"}, "rid": "1"}


def rtds(topic: str, action: str = "subscribe", **more: object) -> Frame:
    return {"action": action, "subscriptions": [{"topic": topic, "type": "update", **more}]}


def live(channel: str, op: str = "subscribe", **of: object) -> Frame:
    return {"op": op, "subscriptions": [{"channel": channel, "filter": {"symbol": "btcusd", **of}}], "rid": "2"}


def signed_in(world: FeedWorld) -> Session:
    session = world.session("live")
    assert told(session, AUTH) == [{"op": "authed", "rid": "1"}]
    return session


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1 << 30))
def test_the_client_reads_every_price_of_the_old_feed_exactly(seed: int) -> None:
    world = FeedWorld(seed)
    session = world.session("rtds")
    topics = ("crypto_prices", "crypto_prices_chainlink", "crypto_prices_twap_thirty", "crypto_prices_twap_sixty")
    told(session, *(rtds(topic) for topic in topics))
    world.wait(3)
    frames = said(session)
    assert len(frames) == 3 * len(topics) * len(world.prices.symbols)
    for frame in frames:
        event: Any = parse_rtds_event(frame)
        at_ns = event.payload.timestamp * MILLISECOND_NS
        assert at_ns % SECOND_NS == 0
        assert at_ns < frame["timestamp"] * MILLISECOND_NS
        symbol = event.payload.symbol.removesuffix("usdt").replace("/usd", "").removesuffix("usd") + "usd"
        window = getattr(event.payload, "window_seconds", None)
        wanted = world.prices.price_at(symbol, at_ns) if window is None else world.prices.twap(symbol, at_ns, window)
        assert event.payload.value == Decimal(f"{wanted:.8f}")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1 << 30))
def test_the_client_reads_every_price_of_the_newer_feed_exactly(seed: int) -> None:
    world = FeedWorld(seed)
    session = signed_in(world)
    told(session, live("price.crypto"), live("price.crypto.twap", window_seconds=60))
    world.wait(3)
    frames = said(session)
    assert len(frames) == 6
    for frame in frames:
        event: Any = parse_price_event(frame)
        at_ns = frame["payload"]["timestamp"] * MILLISECOND_NS
        is_spot = frame["channel"] == "price.crypto"
        wanted = world.prices.price_at("btcusd", at_ns) if is_spot else world.prices.twap("btcusd", at_ns)
        assert event.payload.value == Decimal(f"{wanted:.8f}")
        assert event.payload.source == ("pyth" if is_spot else "chainlink")


def test_the_old_feed_begins_with_the_history_of_what_is_asked_for() -> None:
    world = FeedWorld()
    world.wait(60)
    session = world.session("rtds")
    (first,) = told(session, rtds("crypto_prices_chainlink", filters='{"symbol":"btc/usd"}'))
    assert (first["type"], first["payload"]["symbol"]) == ("subscribe", "btc/usd")
    points = first["payload"]["data"]
    assert [points[index + 1]["timestamp"] - points[index]["timestamp"] for index in range(119)] == [1000] * 119
    assert points[-1]["value"] == world.prices.price("btcusd")
    world.wait(1)
    assert {frame["payload"]["symbol"] for frame in said(session)} == {"btc/usd"}


def test_the_old_feed_tells_of_named_symbols_alone_and_of_nothing_that_was_left() -> None:
    world = FeedWorld()
    session = world.session("rtds")
    asked = {"filters": "xrpusdt,dogeusdt"}
    told(session, rtds("crypto_prices", **asked), rtds("comments"))
    world.wait(2)
    assert {frame["payload"]["symbol"] for frame in said(session)} == {"xrpusdt"}
    assert told(session, rtds("crypto_prices", "unsubscribe", **asked)) == []
    world.wait(2)
    assert said(session) == []


@pytest.mark.parametrize(
    "request_",
    [
        [],
        {"action": "subscribe"},
        {"action": "subscribe", "subscriptions": []},
        {"action": "subscribe", "subscriptions": ["crypto_prices"]},
        rtds("gossip"),
        rtds("crypto_prices", filters={"symbol": "btcusdt"}),
        rtds("crypto_prices", filters='{"colour":"red"}'),
        rtds("crypto_prices", type="everything"),
        rtds("crypto_prices", "unsubscribe"),
    ],
)
def test_the_old_feed_does_not_understand_nonsense(request_: object) -> None:
    world = FeedWorld()
    session = world.session("rtds")
    (answer,) = told(session, request_)
    assert answer["message"] == "Invalid request body"
    assert set(answer) == {"message", "connectionId", "requestId"}
    world.wait(2)
    assert said(session) == []


def test_the_old_feed_passes_over_what_has_no_action() -> None:
    world = FeedWorld()
    session = world.session("rtds")
    assert told(session, {"subscriptions": [{"topic": "crypto_prices", "type": "update"}]}) == []
    session.hear("PING")
    assert session.outbox.take() == "PONG"


def test_the_old_feeds_frames_have_the_keys_of_recorded_ones(shared: Path) -> None:
    world = FeedWorld()
    session = world.session("rtds")
    (history,) = told(session, rtds("crypto_prices", filters="btcusdt"))
    world.wait(1)
    (update,) = said(session)
    for name, frame in (("subscribe", history), ("update", update)):
        file = shared / f"fixtures/polymarket_frames/nautilus/rtds_crypto_prices_{name}.json"
        recorded = json.loads(file.read_text())
        assert {key: type(value) for key, value in frame.items()} == {
            key: type(value) for key, value in recorded.items()
        }
        assert {key: type(value) for key, value in frame["payload"].items()} == {
            key: type(value) for key, value in recorded["payload"].items()
        }


def test_the_newer_feed_numbers_its_frames_by_channel_and_begins_with_a_snapshot() -> None:
    world = FeedWorld()
    session = signed_in(world)
    acknowledged, snapshot = told(session, live("price.crypto", provider="chainlink"))
    assert acknowledged == {"op": "subscribed", "rid": "2", "channel": "price.crypto"}
    event: Any = parse_price_event(snapshot)
    assert (event.type, event.payload.source, len(event.payload.data)) == ("subscribe", "chainlink", 120)
    told(session, live("price.crypto", symbol="xrpusd"), live("price.crypto.twap", window_seconds=60))
    world.wait(2)
    sequences: dict[str, list[int]] = {}
    for frame in said(session):
        sequences.setdefault(frame["channel"], []).append(frame["seq"])
    assert sequences == {"price.crypto": [3, 4, 5, 6], "price.crypto.twap": [2, 3]}
    gone = {"channel": "price.crypto", "filter": {"symbol": "btcusd", "provider": "chainlink"}}
    assert told(session, {"op": "unsubscribe", "subscriptions": [gone], "rid": "3"}) == [
        {"op": "unsubscribed", "rid": "3", "channel": "price.crypto"}
    ]
    world.wait(1)
    assert sorted(frame["payload"]["symbol"] for frame in said(session)) == ["btcusd", "xrpusd"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ([], "bad_op"),
        ({"op": "buy", "rid": "2"}, "bad_op"),
        ({"op": "subscribe", "rid": "2"}, "bad_op"),
        ({"op": "subscribe", "subscriptions": ["price.crypto"], "rid": "2"}, "bad_op"),
        (live("price.gossip"), "bad_channel"),
        (live("price.equity", symbol="aapl"), "bad_filter"),
        (live("price.crypto", symbol="dogeusd"), "bad_filter"),
        (live("price.crypto", symbol=7), "bad_filter"),
        (live("price.crypto", provider="gossip"), "bad_filter"),
        (live("price.crypto", provider=["pyth"]), "bad_filter"),
        (live("price.crypto.twap"), "bad_filter"),
        (live("price.crypto.twap", window_seconds=30), "bad_filter"),
    ],
)
def test_the_newer_feed_names_what_is_wrong(request_: object, code: str) -> None:
    world = FeedWorld()
    session = signed_in(world)
    (answer,) = told(session, request_)
    assert (answer["op"], answer["code"]) == ("error", code)
    world.wait(2)
    assert said(session) == []


def test_the_newer_feed_tells_strangers_nothing_and_counts_their_attempts() -> None:
    world = FeedWorld()
    keys = ApiKeys(3)
    mine = keys.create(Address("0x" + "1" * 40), 0)
    assert known_login(keys)(Login(mine.key, mine.secret, mine.passphrase))
    session = LiveSession(world.feed, known_login(keys))
    assert [answer["code"] for answer in told(session, live("price.crypto"))] == ["auth_required"]
    wrong = {"op": "auth", "auth": {"apiKey": mine.key, "secret": mine.secret, "passphrase": "guess"}, "rid": "1"}
    answers = told(session, *[wrong] * 8)
    assert [answer["code"] for answer in answers] == ["auth_invalid"] * 7 + ["auth_attempts"]
    world.wait(2)
    assert said(session) == []
    told(session, wrong)
    assert session.outbox.close_code == 4001


def test_the_newer_feed_limits_filters_and_requests() -> None:
    world = FeedWorld()
    session = signed_in(world)
    many = [
        {"channel": channel, "filter": {"symbol": symbol, "provider": provider, "window_seconds": 60}}
        for channel in ("price.crypto", "price.crypto.twap")
        for symbol in world.prices.symbols
        for provider in (None, "pyth", "chainlink", "binance")
    ]
    answers = told(session, {"op": "subscribe", "subscriptions": many * 5, "rid": "2"})
    assert {answer.get("code") for answer in answers} == {None}
    codes = [
        answer["code"]
        for _ in range(25)
        for answer in told(session, live("price.crypto"))
        if answer.get("op") == "error"
    ]
    assert codes == ["rate_limited"] * 6
    session.hear("x" * 64_001)
    assert session.outbox.close_code == 1009

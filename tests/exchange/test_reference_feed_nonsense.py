"""Whatever clients say, every feed answers in its own words and goes on telling of prices."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyactors.exchange.reference_feeds.hub import Session
from tests.exchange.reference_feed_world import MAKERS, FeedWorld, said

NAMES = st.sampled_from([
    "method", "params", "id", "type", "channels", "product_ids", "name", "action", "subscriptions", "topic", "filters",
    "op", "auth", "rid", "channel", "filter", "symbol", "provider", "window_seconds", "snapshot", "req_id",
])  # fmt: skip
WORDS = st.sampled_from([
    "SUBSCRIBE", "UNSUBSCRIBE", "SET_PROPERTY", "GET_PROPERTY", "combined", "subscribe", "unsubscribe", "update", "*",
    "crypto_prices", "price.crypto", "price.crypto.twap", "ticker", "trade", "matches", "heartbeat", "BTC-USD",
    "BTC/USD", "btcusdt@trade", "btcusdt@kline_1h", "ping", "btcusd", "pyth",
])  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | WORDS
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
VALID = st.sampled_from([
    {"method": "SUBSCRIBE", "params": ["btcusdt@trade", "btcusdt@kline_1m"], "id": 1},
    {"method": "SET_PROPERTY", "params": ["combined", True], "id": 1},
    {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["ticker", {"name": "matches"}]},
    {"method": "subscribe", "params": {"channel": "ticker", "symbol": ["BTC/USD"]}, "req_id": 1},
    {"action": "subscribe", "subscriptions": [{"topic": "crypto_prices", "type": "update"}]},
    {"op": "auth", "auth": {"apiKey": "a", "secret": "b", "passphrase": "c"}, "rid": "1"},
    {"op": "subscribe", "subscriptions": [{"channel": "price.crypto", "filter": {"symbol": "btcusd"}}], "rid": "1"},
])  # fmt: skip
SPOILT = st.tuples(VALID, NAMES, ANYTHING).map(lambda drawn: drawn[0] | {drawn[1]: drawn[2]})
MONSTERS = ["[" * 100_000, "{" * 1_000, "9" * 5_000, '{"id":' + "9" * 5_000 + "}", "\x00", "null"]
TEXTS = st.text(max_size=30) | (SPOILT | VALID | ANYTHING).map(json.dumps)


@pytest.mark.parametrize("name", MAKERS)
@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, max_size=6))
def test_nothing_that_is_said_breaks_a_feed(name: str, texts: list[str]) -> None:
    world = FeedWorld(step_ns=10**10)
    session = world.session(name)
    for text in texts:
        session.hear(text)
        assert all(isinstance(answer, dict) for answer in answers(session))
        world.wait(10)
        assert all(isinstance(frame, dict) for frame in said(session))
        assert len(world.feed) == (0 if session.outbox.is_closed else 1)


def answers(session: Session) -> list[object]:
    """All but the one word that is no JSON."""
    texts = []
    while (text := session.outbox.take()) is not None:
        texts.append(text)
    return [json.loads(text) for text in texts if text != "PONG"]


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{" * 1_000, "9" * 5_000, '{"id":' + "9" * 5_000 + "}", "\x00", "null"]
)
def test_monsters_are_answered(name: str, text: str) -> None:
    world = FeedWorld(step_ns=10**10)
    session = world.session(name)
    said(session)
    session.hear(text)
    assert session.outbox.is_closed or len(said(session)) == 1


HALVES = [
    '{"method":"LIST_SUBSCRIPTIONS","id":"\\ud800"}',
    '{"type":"subscribe","channels":["\\ud800"],"product_ids":["BTC-USD"]}',
    '{"method":"subscribe","params":{"channel":"trade","symbol":["\\ud800"]}}',
    '{"op":"ping","rid":"\\ud800"}',
]
"""Of characters that are written in two: JSON may have them alone, and no frame can."""


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("text", HALVES)
def test_what_is_said_back_can_be_sent(name: str, text: str) -> None:
    session = FeedWorld(step_ns=10**10).session(name)
    session.hear(text)
    while (answer := session.outbox.take()) is not None:
        assert answer.encode()

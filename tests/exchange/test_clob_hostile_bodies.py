"""Whatever JSON, or no JSON, is sent to a private endpoint: it is answered in the venue's shape and nothing changes."""

import json

import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exchange.order_counter import BUY, Json, counter

_NAMES = st.sampled_from(
    ["order", "owner", "orderType", "orderID", "market", "asset_id", "heartbeat_id", "tokenId", "salt", "signature"]
)
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["", "0x", "MA==", "LTE="]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES | st.text(), inner, max_size=4),
    max_leaves=12,
)
_BODIES = _PLAIN.map(lambda plain: json.dumps(plain).encode()) | st.binary(max_size=60)
_ENDPOINTS = st.sampled_from(
    [
        ("POST", "/order"),
        ("POST", "/orders"),
        ("DELETE", "/order"),
        ("DELETE", "/orders"),
        ("DELETE", "/cancel-market-orders"),
        ("POST", "/v1/heartbeats"),
        ("POST", "/orders-scoring"),
    ]
)
_QUERIES = st.dictionaries(
    st.sampled_from(["id", "market", "asset_id", "maker_address", "before", "after", "next_cursor", "order_id"]),
    st.text(max_size=30),
    max_size=4,
)


async def _asked(method: str, path: str, body: bytes) -> None:
    async with counter() as world:
        await world.give(BUY, "0.5", "10")
        before, orders = world.exchange.totals(), world.exchange.open_orders()
        answer = await world.ask(method, path, body=body)
        assert answer.status_code in (200, 400, 404), answer.text
        found: Json = answer.json()
        if answer.status_code != 200:
            assert list(found) in (["error"], ["error_msg", "heartbeat_id"])
        elif path == "/orders" and method == "POST":
            assert all(element["orderID"] == "" and element["errorMsg"] for element in found)
        assert (world.exchange.totals(), world.exchange.open_orders()) == (before, orders)


async def _queried(path: str, query: dict[str, str]) -> None:
    async with counter() as world:
        who = await world.ask("GET", path)
        answer = await world.client.get(path, params=query, headers=who.request.headers)
        assert answer.status_code in (200, 400), answer.text
        assert answer.status_code == 200 or list(answer.json()) == ["error"]


@settings(deadline=None, max_examples=300)
@given(_ENDPOINTS, _BODIES)
def test_no_body_breaks_an_endpoint(endpoint: tuple[str, str], body: bytes) -> None:
    trio.run(_asked, *endpoint, body)


@settings(deadline=None)
@given(st.sampled_from(["/data/orders", "/data/trades", "/order-scoring", "/builder/trades"]), _QUERIES)
def test_no_query_breaks_an_endpoint(path: str, query: dict[str, str]) -> None:
    trio.run(_queried, path, query)

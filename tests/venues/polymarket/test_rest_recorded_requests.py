"""What the venue's own clients were recorded to send, and we send too, we send byte for byte, signatures included."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from attrs import frozen

from messages.identity import MarketId, OrderId, TokenId, TradeId
from messages.intents import TimeInForce
from polyactors.venues.polymarket.rest.account_answers import AssetType
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials, KeyAuthenticator
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.posting import OrderToPost
from polyactors.venues.polymarket.signing.keys import SigningKey
from tests.venues.polymarket.canned_answers import answer, caller_of
from tests.venues.polymarket.signed_orders import order_from_wire

WIRE_SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
GOLDEN_SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTAwMDE="
KEYS = {
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266": "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8": "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
}
"""The keys of two well-known test wallets, without money, with which the recordings were made."""


@frozen
class Recorded:
    name: str
    method: str
    target: str
    headers: httpx.Headers
    body: bytes
    secret: str

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)

    @property
    def plain(self) -> Any:
        return json.loads(self.body)

    @property
    def is_of_the_newest(self) -> bool:
        """The newest client writes requests as we do; the older one in another order of keys."""
        return self.headers["user-agent"].startswith("python-httpx")


def _recorded(folder: Path) -> Iterator[Recorded]:
    for number, line in enumerate((folder / "wire_vectors/requests.jsonl").read_text().splitlines()):
        row = json.loads(line)
        if "method" in row:
            target = row["path"] + (f"?{row['query']}" if row["query"] else "")
            headers = httpx.Headers(row["headers"])
            yield Recorded(f"wire {number}", row["method"], target, headers, row["body"].encode(), WIRE_SECRET)
    for file in sorted((folder / "golden").glob("*_requests.json")):
        for name, case in json.loads(file.read_text()).items():
            for row in case["requests"]:
                headers, body = httpx.Headers(row["headers"]), row["body"].encode()
                yield Recorded(f"{file.stem} {name}", row["method"], row["path"], headers, body, GOLDEN_SECRET)


def _order(envelope: dict[str, Any]) -> OrderToPost:
    return OrderToPost(
        order=OrderId("0x"),
        signed=order_from_wire(envelope["order"]),
        owner=envelope["owner"],
        time_in_force=TimeInForce(envelope["orderType"]),
        post_only=envelope.get("postOnly", False),
        expiration_s=int(envelope["order"]["expiration"]),
    )


async def _ask(clob: Clob, request: Recorded) -> bool:
    """Makes the same request by our own methods; False for one that we do not make."""
    token = TokenId(request.query.get("token_id", [""])[0])
    path, last = request.path, request.path.rsplit("/", 1)[-1]
    markets, orders, account = clob.markets, clob.orders, clob.account
    now_s = int(request.headers.get("poly_timestamp", 0))
    match request.method, path if path.count("/") < 2 or path.startswith("/auth/") else path.removesuffix(last):
        case "GET", "/time":
            await markets.time_s()
        case "GET", "/version":
            await markets.order_version()
        case "GET", "/book":
            await markets.book(token)
        case "POST", "/books":
            await markets.books([TokenId(row["token_id"]) for row in request.plain])
        case "GET", "/tick-size":
            await markets.tick_size(token)
        case "GET", "/neg-risk":
            await markets.neg_risk(token)
        case "GET", "/fee-rate":
            await markets.base_fee_bps(token)
        case "GET", "/markets-by-token/":
            await markets.market_of(TokenId(last))
        case "GET", "/clob-markets/":
            await markets.market(MarketId(last))
        case "POST", "/order":
            await orders.post(_order(request.plain))
        case "POST", "/orders":
            await orders.post_batch([_order(envelope) for envelope in request.plain])
        case "DELETE", "/order":
            await orders.cancel(OrderId(request.plain["orderID"]))
        case "DELETE", "/orders":
            await orders.cancel_some([OrderId(each) for each in request.plain])
        case "DELETE", "/cancel-all":
            await orders.cancel_all()
        case "DELETE", "/cancel-market-orders":
            plain = request.plain
            await orders.cancel_market(plain.get("market"), plain.get("asset_id"))
        case "POST", "/v1/":
            await account.beat(request.plain["heartbeat_id"])
        case "GET", "/data/order/":
            await account.order(OrderId(last))
        case "GET", "/data/" if last == "orders":
            await account.open_orders(MarketId(request.query["market"][0]) if "market" in request.query else None)
        case "GET", "/data/" if last == "trades":
            after = request.query.get("after", [""])[0]
            trade = request.query.get("id", [""])[0]
            await account.trades(int(after) if after else None, trade=TradeId(trade) if trade else None)
        case "GET", "/notifications":
            await account.notifications()
        case "DELETE", "/notifications":
            await account.drop_notifications([int(each) for each in request.query["ids"][0].split(",")])
        case "GET", "/balance-allowance":
            await account.balance(AssetType(request.query["asset_type"][0]), token or None)
        case "GET", "/auth/ban-status/closed-only":
            await account.is_closed_only()
        case "GET", "/auth/api-keys":
            await account.key_ids()
        case "POST", "/auth/api-key":
            key = SigningKey.from_hex(KEYS[request.headers["poly_address"]])
            await account.create_key(KeyAuthenticator(key, lambda: now_s), int(request.headers["poly_nonce"]))
        case "GET", "/auth/derive-api-key":
            key = SigningKey.from_hex(KEYS[request.headers["poly_address"]])
            await account.derive_key(KeyAuthenticator(key, lambda: now_s), int(request.headers["poly_nonce"]))
        case _:
            return False
    return True


async def _sent_for(request: Recorded) -> httpx.Request | None:
    sent: list[httpx.Request] = []

    def keep(ours: httpx.Request) -> httpx.Response:
        sent.append(ours)
        return answer(400, b'{"error":"recorded"}')

    known = request.headers
    credentials = ApiCredentials(
        known.get("poly_address", ""), known.get("poly_api_key", ""), request.secret, known.get("poly_passphrase", "")
    )
    async with caller_of(keep, credentials=credentials, now_s=int(known.get("poly_timestamp", 0))) as caller:
        is_made = await _ask(Clob.over(caller), request)
    return sent[0] if is_made else None


def _poly(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith("poly_")}


@pytest.fixture(scope="module")
def recorded(shared: Path) -> list[Recorded]:
    folder = shared / "reference"
    if not (folder / "wire_vectors").is_dir():
        pytest.skip(f"no recorded requests: {folder} has none")
    # Orders of the first version, and how its client writes all else, are not ours.
    return [request for request in _recorded(folder) if request.headers["user-agent"] != "py_clob_client"]


async def test_what_the_newest_client_sends_is_sent_byte_for_byte(recorded: list[Recorded]) -> None:
    seen: set[tuple[str, str]] = set()
    for request in recorded:
        ours = await _sent_for(request) if request.is_of_the_newest else None
        if ours is None:
            continue
        assert ours.method == request.method, request.name
        assert ours.url.raw_path.decode() == request.target, request.name
        assert ours.content == request.body, request.name
        assert _poly(ours.headers) == _poly(request.headers), request.name
        assert ours.headers.get("content-type") == request.headers.get("content-type"), request.name
        assert ours.headers.get("content-length") == request.headers.get("content-length"), request.name
        seen.add((request.method, request.path.split("/0x")[0].rsplit("/7132", 1)[0]))
    assert len(seen) > 20, sorted(seen)


async def test_what_the_older_client_sends_says_the_same(recorded: list[Recorded]) -> None:
    """In another order, and with what is taken for granted written out; bodies that are equal are signed equally."""
    compared = 0
    for request in recorded:
        # We neither sign orders of the first version nor put off the execution of others.
        is_foreign = any(part in request.body for part in (b'"nonce"', b'"deferExec":true'))
        ours = None if request.is_of_the_newest or is_foreign else await _sent_for(request)
        if ours is None:
            continue
        assert (ours.method, ours.url.path) == (request.method, request.path), request.name
        theirs = [pair for pair in parse_qsl(urlsplit(request.target).query) if pair != ("next_cursor", "MA==")]
        if request.method != "DELETE" or request.path != "/notifications":
            assert sorted(ours.url.params.multi_items()) == sorted(theirs), request.name
        if request.body:
            assert _without_defaults(json.loads(ours.content)) == _without_defaults(request.plain), request.name
        if ours.content == request.body:
            assert _poly(ours.headers) == _poly(request.headers), request.name
            compared += 1
    assert compared > 20


def _without_defaults(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_without_defaults(each) for each in plain]
    if not isinstance(plain, dict):
        return plain
    return {name: value for name, value in plain.items() if (name, value) != ("postOnly", False)}

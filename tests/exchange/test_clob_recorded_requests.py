"""The requests of the venue's three clients as they were recorded, headers and all: each is understood, and each order
gets the id that its client signed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen

from messages.identity import EventId, MarketId, Outcome, TokenId
from messages.markets import Market
from messages.units import NANOSECONDS_PER_SECOND, SHARE_SCALE, Shares, TickSize
from polyactors.exchange.clob.api_keys import ApiKeys, Credentials
from polyactors.exchange.clob.order_entry import EntryRules
from polyactors.exchange.words import ApiKey, Kind, Listing, Wallet
from polyactors.venues.polymarket.signing.addresses import checksummed
from polyactors.venues.polymarket.signing.orders import order_digest, order_id
from tests.exchange.order_counter import BOB, BUY, SELL, Counter, counter, domain_of
from tests.venues.polymarket.signed_orders import order_from_wire

WIRE_SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
GOLDEN_SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTAwMDE="
TOKEN = TokenId("71321045679252212594626385532706912750332728571942532289631379312455583992563")
POSITION = TokenId("815936903326676622163643583088180723230762743286976155920815330804048592896")
PATHS = ("/order", "/cancel", "/data/order", "/data/trades", "/v1/heartbeats")


@frozen
class Recorded:
    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    secret: str

    @property
    def orders(self) -> list[dict[str, Any]]:
        """The envelopes of the orders that it gives."""
        if self.method != "POST" or self.path not in ("/order", "/orders"):
            return []
        plain = json.loads(self.body)
        return plain if isinstance(plain, list) else [plain]


class RecordedKeys(ApiKeys):
    """Knows the one key that a recorded request was made with."""

    def __init__(self, request: Recorded) -> None:
        super().__init__(0)
        headers = {name.upper(): value for name, value in request.headers.items()}
        self._known = Credentials(
            ApiKey(headers["POLY_API_KEY"]),
            request.secret,
            headers["POLY_PASSPHRASE"],
            checksummed(headers["POLY_ADDRESS"]),
        )

    def find(self, key: str) -> Credentials | None:
        return self._known if key == self._known.key else super().find(key)


def _requests(folder: Path) -> Iterator[Recorded]:
    for number, line in enumerate((folder / "wire_vectors" / "requests.jsonl").read_text().splitlines()):
        row = json.loads(line)
        if "method" in row:
            path = f"{row['path']}?{row['query']}" if row["query"] else row["path"]
            yield Recorded(f"wire {number}", row["method"], path, row["headers"], row["body"].encode(), WIRE_SECRET)
    for file in sorted((folder / "golden").glob("*_requests.json")):
        for name, case in json.loads(file.read_text()).items():
            for row in case["requests"]:
                headers, body = row["headers"], row["body"].encode()
                yield Recorded(f"{file.stem} {name}", row["method"], row["path"], headers, body, GOLDEN_SECRET)


def _private_requests(folder: Path) -> list[Recorded]:
    return [
        request
        for request in _requests(folder)
        if request.path.startswith(PATHS) and any(name.upper() == "POLY_API_KEY" for name in request.headers)
    ]


def _listing(number: int, market: str, token: TokenId, *, is_protocol_two: bool = False) -> Listing:
    market_id, other = MarketId(market), TokenId(str(int(token) + 1))
    described = Market(market_id, EventId(market), market, "?", token, other, TickSize(100))
    return Listing(
        described,
        number,
        Kind.BINARY,
        ("Yes", "No"),
        "",
        "",
        "",
        0,
        0,
        is_protocol_two=is_protocol_two,
    )


LISTINGS = (
    _listing(1, "0x" + "ab" * 32, TOKEN),
    _listing(2, "0x01" + "cd" * 18 + "00" * 12, POSITION, is_protocol_two=True),
)


async def _prepared(world: Counter, request: Recorded) -> None:
    """Whoever sends it has shares to sell, and a market order somebody to meet."""
    for envelope in request.orders:
        order = order_from_wire(envelope["order"])
        listing = LISTINGS[order.token_id == POSITION]
        wallet, shares = Wallet(checksummed(order.maker)), Shares(100 * SHARE_SCALE)
        assert world.exchange.split(wallet, listing.market.market, shares, world.now_ns) is None
        if envelope["orderType"] in ("FOK", "FAK"):
            world.supply(BOB, 1000, listing)
            side, price = (SELL, "0.5") if order.side is BUY else (BUY, "0.5")
            await world.give(side, price, "500", key=BOB, on=listing, outcome=Outcome.YES)


async def _replayed(request: Recorded, **rules: bool) -> tuple[httpx.Response, Counter]:
    headers = {name: value for name, value in request.headers.items() if name.upper().startswith("POLY_")}
    timestamp = next(value for name, value in headers.items() if name.upper() == "POLY_TIMESTAMP")
    async with counter(
        rules=EntryRules(**rules),
        has_session=lambda wallet, key: wallet == "0x" + "12" * 20,
        listings=LISTINGS,
        now_ns=int(timestamp) * NANOSECONDS_PER_SECOND,
        keys=RecordedKeys(request),
    ) as world:
        await _prepared(world, request)
        answer = await world.client.request(request.method, request.path, headers=headers, content=request.body)
    return answer, world


def _expected_ids(request: Recorded) -> list[str]:
    found: list[str] = []
    for envelope in request.orders:
        order = order_from_wire(envelope["order"])
        found.append(order_id(order_digest(order, domain_of(LISTINGS[order.token_id == POSITION], order))))
    return found


async def test_every_recorded_order_is_taken_under_the_id_that_its_client_signed(reference: Path) -> None:
    requests = [request for request in _private_requests(reference) if request.orders]
    assert len(requests) > 20
    for request in requests:
        answer, _ = await _replayed(request, accepts_v1=True)
        assert answer.status_code == 200, (request.name, answer.text)
        documents = answer.json() if isinstance(answer.json(), list) else [answer.json()]
        taken: set[str] = set()
        for document, expected in zip(documents, _expected_ids(request), strict=True):
            # One recorded batch has the same order twice.
            is_new = expected not in taken
            assert document["orderID"] == (expected if is_new else ""), (request.name, document)
            assert document["status"] in (("live", "matched") if is_new else ("",)), (request.name, document)
            taken.add(expected)


async def test_every_recorded_order_of_the_first_version_is_refused_by_default(reference: Path) -> None:
    requests = [
        request
        for request in _private_requests(reference)
        if request.orders and request.path == "/order" and "nonce" in request.orders[0]["order"]
    ]
    assert requests
    for request in requests:
        answer, _ = await _replayed(request)
        assert (answer.status_code, answer.json()) == (400, {"error": "order_version_mismatch"}), request.name


async def test_every_other_recorded_request_is_understood(reference: Path) -> None:
    requests = [request for request in _private_requests(reference) if not request.orders]
    assert len(requests) > 20
    for request in requests:
        answer, _ = await _replayed(request)
        is_stale = request.path == "/v1/heartbeats" and json.loads(request.body)["heartbeat_id"]
        is_missing = request.path.startswith("/data/order/")
        expected = 400 if is_stale else 404 if is_missing else 200
        assert answer.status_code == expected, (request.name, request.path, answer.text)


@pytest.fixture
def reference(shared: Path) -> Path:
    folder = shared / "reference"
    if not (folder / "wire_vectors").is_dir():
        pytest.skip(f"no recorded requests: {folder} has none")
    return folder

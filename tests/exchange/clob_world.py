"""The CLOB's public and account endpoints over a small exchange, asked over HTTP without a network."""

import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import trio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from messages.identity import EventId, MarketId, TokenId
from messages.markets import FeeSchedule, Market
from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, SHARE_SCALE, Cash, Price, Shares, TickSize
from polyactors.exchange.books import BookTimes
from polyactors.exchange.chain.approvals import Approvals
from polyactors.exchange.clob import account_routes, key_routes, public_routes, rewards_routes
from polyactors.exchange.clob.api_keys import ApiKeys, Credentials, SpareKeys
from polyactors.exchange.clob.errors import unanswered
from polyactors.exchange.clob.notifications import Notifications
from polyactors.exchange.clob.rebate_history import RebateHistory
from polyactors.exchange.clob.rewards_sampling import RewardSampling
from polyactors.exchange.clob.signed_in import signed_in
from polyactors.exchange.data_api.price_history import PriceHistory
from polyactors.exchange.gamma.statistics import MarketStatistics
from polyactors.exchange.words import Kind, Listing, RewardTerms
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.l2_auth import request_signature
from tests.exchange.trading_floor import START_NS, Floor

KEY = SigningKey.from_secret(bytes(31) + b"\7")
OTHER_KEY = SigningKey.from_secret(bytes(31) + b"\x08")

TERMS = RewardTerms(Shares(50 * SHARE_SCALE), Price(450), Cash(1_440 * CASH_SCALE))

REWARDED = Market(
    MarketId("0x01" + "cd" * 18 + "00" * 12),
    EventId("plain"),
    "rewarded",
    "Does it pay?",
    TokenId("7" * 75),
    TokenId("8" * 75),
    TickSize(25),
    fees=FeeSchedule(70_000),
)


class ClobWorld:
    """A trading floor, and a client of its CLOB. `clock` is the venue's."""

    def __init__(self, clock: Callable[[], int] | None = None) -> None:
        self.floor = Floor()
        self.exchange = self.floor.exchange
        self.clock = clock or (lambda: self.floor.now_ns)
        self.keys, self.spare, self.approvals = ApiKeys(1), SpareKeys(1), Approvals()
        self.times = BookTimes(self.exchange, START_NS)
        self.statistics = MarketStatistics(self.exchange)
        self.notifications = Notifications(self.exchange, self.keys)
        self.sampling = RewardSampling(self.exchange, 1, START_NS)
        history, rebates = PriceHistory(self.exchange), RebateHistory(self.exchange)
        self.exchange.list_market(
            Listing(
                REWARDED,
                77,
                Kind.BINARY,
                ("Up", "Down"),
                "0x77",
                "",
                "Crypto",
                0,
                0,
                rewards=TERMS,
                is_protocol_two=True,
            ),
            START_NS,
        )
        who = signed_in(self.keys, self._now_ns)
        routes = [
            *public_routes.routes(self.exchange, self.times, history, self._now_ns, self._now_ns),
            *key_routes.routes(self.keys, self.spare, self._now_ns),
            *account_routes.routes(self.exchange, who, self.approvals, self.notifications, self._now_ns),
            *rewards_routes.routes(self.exchange, who, self.sampling, rebates, self.statistics, self._now_ns),
        ]
        self.app = Starlette(routes=routes, exception_handlers={HTTPException: unanswered})
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://exchange")

    def _now_ns(self) -> int:
        return self.clock()

    def key(self, of: SigningKey = KEY, nonce: int = 0) -> Credentials:
        return self.keys.create(of.address, nonce)

    def signed(
        self, credentials: Credentials, method: str, path: str, body: bytes = b"", *, late_s: int = 0
    ) -> dict[str, str]:
        """The headers of a request that was signed `late_s` ago."""
        timestamp = str(self._now_ns() // NANOSECONDS_PER_SECOND - late_s)
        return {
            "POLY_ADDRESS": credentials.address,
            "POLY_API_KEY": credentials.key,
            "POLY_PASSPHRASE": credentials.passphrase,
            "POLY_TIMESTAMP": timestamp,
            "POLY_SIGNATURE": request_signature(credentials.secret, timestamp, method, path, body),
        }

    async def get(self, path: str, **query: object) -> Any:
        """The document; fails for anything but a success."""
        answer = await self.client.get(path, params={name: str(value) for name, value in query.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def private(
        self, method: str, path: str, of: SigningKey = KEY, body: bytes = b"", /, **query: object
    ) -> httpx.Response:
        parameters = {name: str(value) for name, value in query.items()}
        headers = self.signed(self.key(of), method, path, body)
        return await self.client.request(method, path, params=parameters, content=body or None, headers=headers)


@asynccontextmanager
async def clob_world() -> AsyncIterator[ClobWorld]:
    world = ClobWorld()
    async with world.client:
        yield world


def reached_by_clients(monkeypatch: pytest.MonkeyPatch, world: ClobWorld) -> None:
    """From now on all that the venue's own clients send without `async` goes to `world`, without a network."""

    def answered(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        async def ask() -> httpx.Response:
            asked = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
            answer = await httpx.ASGITransport(app=world.app).handle_async_request(asked)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return trio.run(ask)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", answered)


def newest_client(monkeypatch: pytest.MonkeyPatch, world: ClobWorld) -> Any:
    """The venue's newest client, signed in for `KEY` as an EOA. Skips the test where it is not installed."""
    clients = pytest.importorskip("polymarket")
    environments = pytest.importorskip("polymarket._internal.environment")
    reached_by_clients(monkeypatch, world)
    base = "http://127.0.0.1:1"
    config = dataclasses.replace(environments.get_environment_config(clients.PRODUCTION), clob_url=base)
    environment = environments.create_environment(name="exchange", config=config)
    secret = "0x" + "00" * 31 + "07"
    return clients.SecureClient.create(private_key=secret, wallet=KEY.address, environment=environment)

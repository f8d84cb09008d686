"""A served exchange in a process of its own, and before it a front that can lie: for what the exchange does not do.

The front passes on everything but what a test has an answer for. Sockets are real ones.
"""

import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import trio
from attrs import define, evolve, field, frozen
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from messages.units import CASH_SCALE, Cash
from polyactors.config import Configuration
from polyactors.config_text import as_toml
from polyactors.doctor.examination import examine
from polyactors.doctor.finding import Check, Finding, State
from polyactors.exchange.server.listening import LOOPBACK, listen, open_port, port_of
from polyactors.live.settings import LiveSettings
from polyactors.live.wallet_type import WalletType
from polyactors.venues.polymarket.live_paper.settings import PolymarketSettings
from polyactors.venues.polymarket.signing.addresses import Address
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.wallets import proxy_wallet, safe_wallet, uups_deposit_wallet
from tests.exchange_clients.served_exchange import ServedExchange

PATIENCE_S = 60
NOT_BLOCKED = {"blocked": False, "ip": "203.0.113.7", "country": "IE", "region": "L"}
FEW = """
[traders]
first_quotes_within_ms = 86400000
[listings]
binary_markets = 3
neg_risk_outcomes = [3]
augmented_events = 0
protocol_two_markets = 1
five_minutes_ahead = 0
fifteen_minute_symbols = []
hours_ahead = 0
"""
_METHODS = ["GET", "POST", "DELETE"]
_OF_A_CONNECTION = {"content-length", "transfer-encoding", "connection", "content-encoding", "host"}


@frozen
class Answer:
    """Not JSON where `body` is a text."""

    body: object
    status: int = 200


@define(eq=False)
class Front:
    """`answers` come instead of the exchange's: by path, path?asset_type or path?asset_type&signature_type. `asked` is
    what came."""

    url: str
    answers: dict[str, Answer] = field(factory=lambda: {"/api/geoblock": Answer(NOT_BLOCKED)})
    asked: list[tuple[str, str, bytes]] = field(factory=list)

    def says(self, what: str, body: object, status: int = 200) -> None:
        self.answers[what] = Answer(body, status)

    def answer_to(self, request: Request) -> Answer | None:
        path, asked = request.url.path, request.query_params
        asset, signature = asked.get("asset_type", ""), asked.get("signature_type", "")
        names = (f"{path}?{asset}&{signature}", f"{path}?{asset}", path)
        return next((self.answers[name] for name in names if name in self.answers), None)


@asynccontextmanager
async def front_of(exchange: ServedExchange) -> AsyncIterator[Front]:
    """Ends within `PATIENCE_S`, or the test fails."""
    listener, over = open_port(0), trio.Event()
    front = Front(f"http://{LOOPBACK}:{port_of(listener)}")
    async with httpx.AsyncClient(base_url=exchange.place.url, trust_env=False, timeout=PATIENCE_S) as client:

        async def answer(request: Request) -> Response:
            body = await request.body()
            front.asked.append((request.method, request.url.path, body))
            found = front.answer_to(request)
            if found is not None:
                return Response(found.body if isinstance(found.body, str) else json.dumps(found.body), found.status)
            passed = await client.request(
                request.method,
                request.url.path,
                params=str(request.query_params),
                content=body,
                headers={name: value for name, value in request.headers.items() if name not in _OF_A_CONNECTION},
            )
            kept = {name: value for name, value in passed.headers.items() if name not in _OF_A_CONNECTION}
            return Response(passed.content, passed.status_code, kept)

        app = Starlette(routes=[Route("/{path:path}", answer, methods=_METHODS)])
        with trio.fail_after(PATIENCE_S):
            async with trio.open_nursery() as nursery:
                await nursery.start(listen, app, listener, over.wait, {})
                try:
                    yield front
                finally:
                    over.set()
                    nursery.cancel_scope.cancel()


class Person:
    """Somebody with a fresh key in a file, who wants to trade on what is behind a front."""

    def __init__(self, folder: Path, url: str) -> None:
        self.secret = secrets.token_hex(32)
        self.key = SigningKey.from_hex(self.secret)
        self.key_file = folder / "key"
        self.key_file.write_text(self.secret)
        self.key_file.chmod(0o600)
        self.configuration = Configuration(
            polymarket=PolymarketSettings(
                clob_url=url, gamma_url=f"{url}/gamma", market_stream_url=f"{url.replace('http', 'ws', 1)}/ws/market"
            ),
            live=LiveSettings(
                is_allowed=True,
                key_file=str(self.key_file),
                order_notional=Cash(60 * CASH_SCALE),
                minute_notional=Cash(600 * CASH_SCALE),
                website_url=url,
                data_api_url=f"{url}/data",
            ),
        )

    def wallet(self, as_type: WalletType) -> Address:
        owner = self.key.address
        return {
            WalletType.EOA: lambda: owner,
            WalletType.PROXY: lambda: proxy_wallet(owner),
            WalletType.SAFE: lambda: safe_wallet(owner),
            WalletType.DEPOSIT_WALLET: lambda: uups_deposit_wallet(owner),
        }[as_type]()

    def choose(
        self, *, key_file: str | None = None, wallet: str = "", wallet_type: WalletType = WalletType.EOA
    ) -> None:
        live = self.configuration.live
        path = live.key_file if key_file is None else key_file
        live = evolve(live, key_file=path, wallet=wallet, wallet_type=wallet_type)
        self.configuration = evolve(self.configuration, live=live)

    def written(self, folder: Path, **live: str) -> Path:
        """The configuration as a file, with texts of section [live] changed."""
        path = folder / "doctor.toml"
        lines = as_toml(self.configuration).splitlines()
        at = lines.index("[live]")
        for name, value in live.items():
            lines = lines[: at + 1] + [line for line in lines[at + 1 :] if not line.startswith(f"{name} = ")]
            lines.insert(at + 1, f"{name} = {json.dumps(value)}")
        path.write_text("\n".join(lines))
        return path

    async def examined(self) -> "Examined":
        return Examined(await examine(self.configuration))


@frozen
class Examined:
    findings: tuple[Finding, ...]

    def __getitem__(self, check: Check) -> Finding:
        (found,) = (each for each in self.findings if each.check is check)
        return found

    @property
    def not_ok(self) -> dict[Check, Finding]:
        return {each.check: each for each in self.findings if each.state is not State.OK}

    def only(self, check: Check, state: State) -> Finding:
        """The one finding that is not OK."""
        assert set(self.not_ok) == {check}, self.not_ok
        assert self[check].state is state, self[check]
        return self[check]


@contextmanager
def ended(exchange: ServedExchange) -> Iterator[ServedExchange]:
    try:
        yield exchange
    finally:
        exchange.end()

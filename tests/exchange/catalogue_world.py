"""An exchange with everything listed, a few who trade on it by hand, and Gamma and the Data API over it."""

import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from typing import Any, TypeVar

import httpx
import trio
from polymarket import PRODUCTION, PublicClient
from polymarket._internal.environment import create_environment, get_environment_config
from starlette.applications import Starlette
from starlette.routing import Mount

from messages.identity import MarketId, OrderId, Outcome, Side
from messages.markets import Market
from messages.units import NANOSECONDS_PER_SECOND, SHARE_SCALE, Price, Shares
from polyactors.exchange.chain.approvals import Approvals
from polyactors.exchange.core import Exchange
from polyactors.exchange.data_api import routes as data_routes
from polyactors.exchange.data_api.activity import ActivityBook
from polyactors.exchange.data_api.price_history import PriceHistory
from polyactors.exchange.gamma import routes as gamma_routes
from polyactors.exchange.gamma.statistics import MarketStatistics
from polyactors.exchange.listings.lifecycle import Lifecycle
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.listings.reference_price import ReferencePrices
from polyactors.exchange.server.listening import listen, open_port, port_of
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import (
    ApiKey,
    ExchangeEvent,
    Kind,
    Listing,
    MarketOpened,
    MarketResolved,
    NewOrder,
    OrderType,
    Placed,
    Wallet,
)
from polyactors.venues.polymarket.signing.addresses import checksummed

SECOND_NS = NANOSECONDS_PER_SECOND
START_NS = 1_800_000_000 * SECOND_NS
YES, NO, BUY, SELL = Outcome.YES, Outcome.NO, Side.BUY, Side.SELL
ALICE = Wallet(checksummed("0x" + "a1" * 20))
BOB = Wallet(checksummed("0x" + "b2" * 20))
NOBODY = Wallet("0x" + "00" * 19 + "01")
SMALL = ListingPlan(binary_markets=4, neg_risk_outcomes=(3, 4), protocol_two_markets=1)
SHORT = ListingPlan(
    binary_markets=2,
    neg_risk_outcomes=(3, 4),
    protocol_two_markets=1,
    binary_lasts_s=(600, 1200),
    half_payout_ppm=0,
    forgotten_after_s=600,
)
"""Everything ends within twenty minutes, and is gone ten minutes after that."""
PATIENCE_S = 60

T = TypeVar("T")


class CatalogueWorld:
    """`now_ns` is the clock of everything."""

    def __init__(self, seed: int = 1, plan: ListingPlan = SMALL, start_ns: int = START_NS) -> None:
        self.now_ns = start_ns
        self.exchange = Exchange(ExchangeSettings(), seed, start_ns)
        self.statistics = MarketStatistics(self.exchange)
        self.activity = ActivityBook(self.exchange)
        self.prices = PriceHistory(self.exchange)
        self.lifecycle = Lifecycle(self.exchange, plan, seed, ReferencePrices(seed, start_ns), start_ns)
        self.approvals = Approvals()
        self._ids = count(1)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Mount("/gamma", routes=gamma_routes.routes(self.exchange, self.statistics, self.clock)),
                Mount(
                    "/data",
                    routes=data_routes.routes(
                        self.activity, self.prices, self.statistics, self.exchange, self.approvals, self.clock
                    ),
                ),
            ]
        )

    def clock(self) -> int:
        return self.now_ns

    def wait(self, seconds: float) -> None:
        """Everything that is due until then happens, each thing at its own time."""
        until_ns = self.now_ns + round(seconds * SECOND_NS)
        while True:
            dues = [due for due in (self.exchange.next_due_ns(), self.lifecycle.next_due_ns()) if due is not None]
            self.now_ns = max(self.now_ns, min([*dues, until_ns]))
            self.exchange.advance(self.now_ns)
            self.lifecycle.advance(self.now_ns)
            if self.now_ns >= until_ns:
                return

    def listings(self, kind: Kind) -> list[Listing]:
        return [listing for listing in self.exchange.listings.values() if listing.kind is kind]

    def market(self, kind: Kind = Kind.BINARY, index: int = 0) -> Market:
        return self.listings(kind)[index].market

    def give(self, wallet: Wallet, side: Side, outcome: Outcome, price: float, shares: float, on: Market) -> Placed:
        order = NewOrder(
            order=OrderId(f"0x{next(self._ids):064x}"),
            wallet=wallet,
            owner=ApiKey(wallet),
            market=on.market,
            outcome=outcome,
            side=side,
            price=Price(round(price * 10_000)),
            size=Shares(round(shares * SHARE_SCALE)),
            order_type=OrderType.GTC,
        )
        answer = self.exchange.submit(order, self.now_ns)
        assert isinstance(answer, Placed), answer
        return answer

    def trade(self, price: float, shares: float, on: Market) -> None:
        """Alice buys YES from Bob, who buys NO for it; settled at the end."""
        self.give(BOB, BUY, NO, 1 - price, shares, on)
        self.give(ALICE, BUY, YES, price, shares, on)
        self.wait(10)

    def split(self, wallet: Wallet, shares: float, on: Market) -> None:
        assert self.exchange.split(wallet, on.market, Shares(round(shares * SHARE_SCALE)), self.now_ns) is None

    def resolve(self, market: MarketId, yes_pays: float) -> None:
        self.lifecycle.resolve_now(market, Price(round(yes_pays * 10_000)), self.now_ns)

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[httpx.AsyncClient]:
        """Without a network. What breaks in an endpoint is raised here."""
        transport = httpx.ASGITransport(app=self.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
            yield client

    async def get(self, path: str, parameters: Sequence[tuple[str, str]] = ()) -> Any:
        async with self.asked() as client:
            answer = await client.get(path, params=list(parameters))
        assert answer.status_code == 200, answer.text
        return answer.json()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[int]:
        """Behind a port of the loopback interface."""
        listener = open_port(0)
        port, over = port_of(listener), trio.Event()
        with trio.fail_after(PATIENCE_S):
            async with trio.open_nursery() as nursery:
                await nursery.start(listen, self.app(), listener, over.wait)
                yield port
                over.set()

    async def ask_with_the_client(self, ask: Callable[[PublicClient], T]) -> T:
        """What the venue's own client makes of it; it blocks, so it has a thread."""
        async with self.served() as port:
            return await trio.to_thread.run_sync(lambda: _asked_with_the_client(port, ask))


class Watched(CatalogueWorld):
    """Remembers what was listed and how it ended."""

    def __init__(self, seed: int = 1, plan: ListingPlan = SHORT, start_ns: int = START_NS) -> None:
        super().__init__(seed, plan, start_ns)
        self.opened = list(self.exchange.listings.values())
        self.resolved: list[MarketResolved] = []
        self.exchange.listeners.append(self.hear)

    def hear(self, event: ExchangeEvent) -> None:
        match event:
            case MarketOpened(listing):
                self.opened.append(listing)
            case MarketResolved():
                self.resolved.append(event)


def _asked_with_the_client(port: int, ask: Callable[[PublicClient], T]) -> T:
    with client_of(port) as client:
        return ask(client)


@contextmanager
def client_of(port: int) -> Iterator[PublicClient]:
    url = f"http://127.0.0.1:{port}"
    config = dataclasses.replace(
        get_environment_config(PRODUCTION), clob_url=url, gamma_url=f"{url}/gamma", data_url=f"{url}/data"
    )
    with PublicClient(create_environment(name="local", config=config)) as client:
        yield client

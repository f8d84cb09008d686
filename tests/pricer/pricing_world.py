"""Prices of one symbol, made in the tree or in another process: a tree in virtual time with both, and a follower.

The other process is a server that is asked without sockets, so that the time of everything is the test's.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import httpx
import trio
from attrs import Factory, define, field
from starlette.applications import Starlette

from actors.pricing.remote_pricer import RemotePricer
from actors.pricing.remote_words import RemotePricerHealth, RemotePricerSettings
from actors.pricing.settings import PricingSettings
from actors.pricing.symbol_pricer import SymbolPricer
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.pricing import AboutPeriod, FollowPrices, NoPrices, PriceSnapshot
from messages.reference import (
    REFERENCE_SCALE,
    CoinSize,
    ReferencePrice,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from polyactors.pricer.board import Board
from polyactors.pricer.client import HttpPriceService
from polyactors.pricer.place import PortPlace, ServicePlace
from polyactors.pricer.server import PriceServer
from supervision.actor import Actor
from supervision.address import Path
from supervision.specs import ActorSpec, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, ORIGIN_NS, Tree, run_tree

SECOND = 1000 * MILLISECOND
BTC = Symbol("btcusd")
SERIES = Series(BTC, PeriodLength.FIVE_MINUTES)
OTHER = Series(Symbol("ethusd"), PeriodLength.FIVE_MINUTES)
PRESENT = SERIES.period_at(ORIGIN_NS // MILLISECOND)
NEXT = PRESENT.following
BOUNDARY_NS = PRESENT.end_ms * MILLISECOND
CANDLE = SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)
VENUES = (ReferenceVenue.BINANCE, ReferenceVenue.COINBASE, ReferenceVenue.KRAKEN)
TICK_EVERY_NS = 100 * MILLISECOND

Heard = tuple[int, PriceSnapshot | NoPrices]


class Way(Protocol):
    """How prices come to who follows them: `path` is where they are followed, `slack_ns` how late they may come."""

    name: str
    path: str
    slack_ns: int

    def specs(self) -> tuple[ActorSpec, ...]: ...


@define(eq=False)
class InProcess:
    name: str = "in process"
    path: str = "reference/btcusd"
    slack_ns: int = 21 * MILLISECOND

    def specs(self) -> tuple[ActorSpec, ...]:
        return ()


@define(eq=False)
class Remote:
    """A served pricer, and who polls it: both in one tree, which makes no difference to either."""

    name: str = "remote"
    path: str = "trader/btcusd"
    slack_ns: int = 60 * MILLISECOND
    board: Board = Factory(lambda: Board((SERIES,), SECOND))
    health: RemotePricerHealth = Factory(RemotePricerHealth)
    is_cut: bool = False
    """Requests are lost from now on."""
    _app: Starlette | None = None

    def specs(self) -> tuple[ActorSpec, ...]:
        service = HttpPriceService(PortPlace("127.0.0.1", 8710), self._connect)
        settings = RemotePricerSettings()
        return (
            ActorSpec(name="server", create=lambda: PriceServer(self.board, self._listen, {}, ORIGIN_NS)),
            ActorSpec(name="trader/btcusd", create=lambda: RemotePricer((SERIES,), service, settings, self.health)),
        )

    async def _listen(self, app: Starlette) -> None:
        self._app = app
        await trio.sleep_forever()

    def _connect(self, place: ServicePlace) -> httpx.AsyncBaseTransport:
        return _WithoutSockets(self)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if self._app is None or self.is_cut:
            raise httpx.ConnectError("connection refused")
        return await httpx.ASGITransport(self._app).handle_async_request(request)


class _WithoutSockets(httpx.AsyncBaseTransport):
    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._remote.answer(request)


class Follower(Actor[PriceSnapshot | NoPrices | None]):
    """Follows for as long as it is told to, and writes down what it hears and when."""

    def __init__(self, way: Way, heard: list[Heard]) -> None:
        self._way = way
        self._heard = heard
        self.renews = True

    def receive(self, message: PriceSnapshot | NoPrices | None) -> None:
        if message is not None:
            self._heard.append((self.now_ns, message))
            return
        self.tell(self.address(Path(self._way.path)), FollowPrices(SERIES))
        if self.renews:
            self.after("follow", 3 * SECOND, None)


@define(eq=False)
class Prices:
    """What a script plays with."""

    tree: Tree
    way: Way
    heard: list[Heard]
    follower: Callable[[], Follower]
    dollars: float = 60_000.0
    _number: int = field(default=0)

    @property
    def now_ns(self) -> int:
        return self.tree.clock.now_ns()

    @property
    def snapshots(self) -> list[PriceSnapshot]:
        return [each for _, each in self.heard if isinstance(each, PriceSnapshot)]

    async def follow(self, *, renews: bool = True) -> None:
        self.follower().renews = renews
        self.tree.tell("follower", None)
        await self.tree.settle()

    def about(self, period: Period, strike: float | None = None) -> None:
        self.tree.tell(self.way.path, AboutPeriod(UpOrDown(period, CANDLE, strike)))

    async def quiet(self, duration_ns: int) -> None:
        """Time without a tick."""
        await self.tree.advance(duration_ns)

    async def ticks(self, duration_ns: int) -> None:
        """Every 100 ms of the clock a trade at each venue and a quote at one; prices go up by a dollar each time."""
        until_ns = self.now_ns + duration_ns
        while self.now_ns < until_ns:
            self._trade()
            await self.tree.advance(TICK_EVERY_NS)

    def _trade(self) -> None:
        self._number += 1
        self.dollars += 1.0
        price, now_ns = ReferencePrice(round(self.dollars * REFERENCE_SCALE)), self.now_ns
        for venue in VENUES:
            tick = ReferenceTick(venue, BTC, price, CoinSize(1), None, self._number, now_ns, now_ns)
            self.tree.tell("reference/btcusd", tick)
        cent = REFERENCE_SCALE // 100
        bid, ask = ReferencePrice(price - cent), ReferencePrice(price + cent)
        quote = ReferenceQuote(ReferenceVenue.BINANCE, BTC, bid, CoinSize(1), ask, CoinSize(1), None, now_ns)
        self.tree.tell("reference/btcusd", quote)


def play(way: Way, script: Callable[[Prices], Awaitable[None]]) -> Prices:
    """Plays `script`, from 100 s before the end of a period of five minutes."""
    heard: list[Heard] = []
    followers: list[Follower] = []

    def follower() -> Follower:
        followers.append(Follower(way, heard))
        return followers[-1]

    pricer = ActorSpec(name="btcusd", create=lambda: SymbolPricer(BTC, (SERIES,), PricingSettings(), VENUES))
    spec = SupervisorSpec(
        name="root",
        strategy=Strategy.ONE_FOR_ONE,
        is_group=True,
        children=(
            SupervisorSpec(name="reference", strategy=Strategy.ONE_FOR_ONE, children=(pricer,)),
            *way.specs(),
            ActorSpec(name="follower", create=follower),
        ),
    )
    played: list[Prices] = []

    async def whole(tree: Tree) -> None:
        played.append(Prices(tree, way, heard, lambda: followers[-1]))
        await script(played[0])

    run_tree(spec, whole)
    return played[0]

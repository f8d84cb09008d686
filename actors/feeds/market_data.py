"""One connection to the venue's market data: kept alive, its messages taken to the market actors.

The connection is a worker that puts each message straight into the mailbox of its market; only what concerns the
connection itself comes by here.
"""

from collections.abc import Awaitable, Callable

from attrs import define, frozen

from actors.feeds.ports import ConnectionLost, MarketDataSource
from actors.paths import market_path
from messages.control import Resync
from messages.identity import MarketId
from messages.market_data import FeedLost, MarketData, WholeBook
from messages.markets import Market
from supervision.actor import Actor
from supervision.address import Address
from supervision.log import Level


@frozen
class PumpEnded:
    """From the connection worker: there is nothing more (a recording is over)."""


@frozen
class PumpLost:
    """From the connection worker: the connection is gone."""

    reason: str


@frozen
class ResyncDone:
    """From a resync worker."""

    market: MarketId
    found: bool
    reason: str


@frozen
class Delivered:
    """From the connection worker, now and then: so many messages went to their markets since the last time."""

    count: int


@frozen
class Reconnect:
    """Timer."""


ShardMessage = Resync | PumpEnded | PumpLost | ResyncDone | Reconnect | Delivered


@frozen(kw_only=True)
class ShardSettings:
    """Reconnections wait a random time up to a bound that doubles from the first to the last of these, and begins with
    the first again after a connection that held for longer than the last."""

    first_reconnect_ns: int
    last_reconnect_ns: int


REPORT_EVERY = 100
"""Messages between two words of the connection worker: the actor sees that it works, and how much."""


@define
class ShardHealth:
    """Counted over all lives of the shard."""

    connections: int = 0
    losses: int = 0
    delivered: int = 0
    resyncs: int = 0
    resyncs_empty: int = 0


class MarketDataShard(Actor[ShardMessage]):
    """`on_over` is called when there is nothing more to come, as at the end of a recording."""

    def __init__(
        self,
        source: MarketDataSource,
        markets: tuple[Market, ...],
        settings: ShardSettings,
        health: ShardHealth,
        on_over: Callable[[], None],
    ) -> None:
        self._source = source
        self._markets = markets
        self._settings = settings
        self._health = health
        self._on_over = on_over
        self._losses_in_a_row = 0
        self._delivered = 0
        self._connected_ns = 0
        self._being_fetched: set[MarketId] = set()

    def started(self) -> None:
        self._to_markets = {
            market.market: self.address(market_path(market.event, market.market)) for market in self._markets
        }
        if self.generation > 1:
            self._tell_lost("the connection was started anew")
        self._connect()

    def receive(self, message: ShardMessage) -> None:
        match message:
            case Resync(market):
                self._fetch(market)
            case ResyncDone():
                self._being_fetched.discard(message.market)
                self._health.resyncs += message.found
                self._health.resyncs_empty += not message.found
                if not message.found:
                    self.log(Level.WARNING, "no whole book to be had", market=message.market, reason=message.reason)
            case PumpEnded():
                self.log(Level.INFO, "the feed is over")
                self._on_over()
            case PumpLost(reason):
                self._lost(reason)
            case Reconnect():
                self._connect()
            case Delivered(count):
                self._health.delivered += count

    def describe(self) -> ShardHealth:
        return self._health

    def _connect(self) -> None:
        self._health.connections += 1
        self._connected_ns = self.now_ns
        self.work("connection", self._pump)

    def _lost(self, reason: str) -> None:
        self._health.losses += 1
        self._tell_lost(reason)
        settings = self._settings
        if self.now_ns - self._connected_ns > settings.last_reconnect_ns:
            self._losses_in_a_row = 0
        bound = min(settings.last_reconnect_ns, settings.first_reconnect_ns << min(self._losses_in_a_row, 32))
        self._losses_in_a_row += 1
        self.log(Level.WARNING, "connection lost", reason=reason)
        self.after("reconnect", self.random.randrange(bound + 1), Reconnect())

    def _tell_lost(self, reason: str) -> None:
        for market, address in self._to_markets.items():
            self.tell(address, FeedLost(market, reason))

    def _fetch(self, market: MarketId) -> None:
        """One request a market at a time: a market that asks again is still waiting for the first answer."""
        if market in self._being_fetched or market not in self._to_markets:
            return
        self._being_fetched.add(market)
        self.work(f"resync {market}", lambda: self._resync(market))

    # Workers

    async def _pump(self) -> None:
        try:
            await self._source.pump(self._deliver)
        except ConnectionLost as error:
            await self.report(PumpLost(str(error)))
        else:
            await self.report(PumpEnded())

    async def _resync(self, market: MarketId) -> None:
        book: WholeBook | None = None
        reason = "the venue has none"
        try:
            book = await self._source.whole_book(market)
        except ConnectionLost as error:
            reason = str(error)
        if book is not None:
            await self._to_markets[market].send(book)
        await self.report(ResyncDone(market, book is not None, reason))

    def _deliver(self, message: MarketData) -> Awaitable[None] | None:
        address: Address[MarketData] | None = self._to_markets.get(message.market)
        if address is None:
            return None
        self._delivered += 1
        if self._delivered == REPORT_EVERY:
            self._delivered = 0
            self.own_address.tell(Delivered(REPORT_EVERY))
        return address.offer(message)

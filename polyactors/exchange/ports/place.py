"""Trading on the exchange of this process, without sockets."""

from collections.abc import Callable

from attrs import frozen

from actors.feeds.reference.ports import ReferenceSource
from actors.pricing.open_price_source import OpenPriceSource
from messages.markets import Market
from polyactors.exchange.core import Exchange
from polyactors.exchange.ports.choice import Choice, chosen_markets
from polyactors.exchange.ports.execution import ExchangeVenue, Latencies
from polyactors.exchange.ports.finder import ExchangeFinder
from polyactors.exchange.ports.followed_market import FollowedMarket
from polyactors.exchange.ports.market_data import ExchangeSource
from polyactors.exchange.ports.timetable import Timetable, World
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.place import Connection, Feed
from supervision.clock import Clock
from supervision.log import LogSink
from supervision.timers import Timers


@frozen
class WorldPrices:
    """The world's prices, as venues tell them, and as they were."""

    sources: tuple[ReferenceSource, ...] = ()
    open_prices: OpenPriceSource | None = None


OpenPrices = Callable[[tuple[Market, ...], Callable[[], int]], WorldPrices]
"""Has somebody listen to the world's prices: those that the markets need, by the clock that is given."""


def _no_prices(_: tuple[Market, ...], __: Callable[[], int]) -> WorldPrices:
    return WorldPrices()


class ExchangePlace:
    """A `Place`. From when it is made the world is moved by it alone.

    The service's tree has the markets that were chosen when it was made, which may be none. Those that the exchange
    lists later are announced to it; one that joins is followed, and moves nothing.
    """

    name = "exchange"
    frames = None

    def __init__(
        self,
        world: World,
        now_ns: int,
        latencies: Latencies,
        choice: Choice | None = None,
        open_prices: OpenPrices = _no_prices,
    ) -> None:
        self.start_ns = now_ns
        self._latencies = latencies
        self._open_prices = open_prices
        self._timetable = Timetable(world, now_ns)
        self.markets: tuple[Market, ...] = chosen_markets(world.exchange, now_ns, choice or Choice())

    @property
    def exchange(self) -> Exchange:
        return self._timetable.world.exchange

    def connect(self, clock: Clock, timers: Timers, counts: FeedCounts, log: LogSink) -> Connection:
        source = ExchangeSource(
            self._timetable,
            [market.market for market in self.markets],
            clock,
            timers,
            counts,
            self._latencies.order_ns,
            log,
        )
        venue = ExchangeVenue(self._timetable, self.markets, self._latencies, log)

        def open_feed(market: Market) -> Feed:
            latency_ns = self._latencies.order_ns
            followed = FollowedMarket(self._timetable, market.market, clock, timers, counts, latency_ns)
            return Feed(followed, (market,))

        prices = self._open_prices(self.markets, clock.now_ns)
        return Connection(
            (Feed(source, self.markets),),
            venue,
            venue.deposit,
            close=lambda: None,
            open_feed=open_feed,
            references=prices.sources,
            open_prices=prices.open_prices,
            finder=ExchangeFinder(self.exchange, clock.now_ns),
        )

"""Trading on the exchange of this process, without sockets."""

from messages.markets import Market
from polyactors.exchange.core import Exchange
from polyactors.exchange.ports.choice import Choice, chosen_markets
from polyactors.exchange.ports.execution import ExchangeVenue, Latencies
from polyactors.exchange.ports.market_data import ExchangeSource
from polyactors.exchange.ports.timetable import Timetable, World
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.place import Connection, Feed
from supervision.clock import Clock
from supervision.log import LogSink
from supervision.timers import Timers


class ExchangePlace:
    """A `Place`. From when it is made the world is moved by it alone.

    The service's tree has the markets that were chosen when it was made: those that the exchange lists later are
    announced to it, and not traded.
    """

    name = "exchange"
    frames = None

    def __init__(self, world: World, now_ns: int, latencies: Latencies, choice: Choice | None = None) -> None:
        self.start_ns = now_ns
        self._latencies = latencies
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
        return Connection((Feed(source, self.markets),), venue, venue.deposit, close=lambda: None)

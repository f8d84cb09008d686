"""Where a service trades: some markets, and the way to them."""

from collections.abc import Callable
from typing import Protocol

from attrs import frozen

from actors.execution.live.execution import LiveExecution
from actors.execution.ports import Venue
from actors.feeds.ports import MarketDataSource
from messages.markets import Market
from messages.units import Cash
from polyactors.venues.feed_counts import FeedCounts
from supervision.clock import Clock
from supervision.log import LogSink
from supervision.timers import Timers


@frozen
class Feed:
    """One connection, and the markets whose data comes over it."""

    source: MarketDataSource
    markets: tuple[Market, ...]


@frozen
class Connection:
    """`deposit` is what the account at the venue begins with; `close` is called once, when nobody trades any more.

    A venue that is simulated can be asked at once; where money is real, or treated as if it were, there is the way to
    an account instead.
    """

    feeds: tuple[Feed, ...]
    venue: Venue | LiveExecution
    deposit: Cash
    close: Callable[[], None]


class Place(Protocol):
    """`frames` is how many there will be, None where nobody knows."""

    @property
    def name(self) -> str: ...

    @property
    def markets(self) -> tuple[Market, ...]: ...

    @property
    def start_ns(self) -> int: ...

    @property
    def frames(self) -> int | None: ...

    def connect(self, clock: Clock, timers: Timers, counts: FeedCounts, log: LogSink) -> Connection:
        """The connections of one service, on its clock."""
        ...

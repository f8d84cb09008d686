"""Where a service trades: some markets, and the way to them."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from attrs import frozen

from actors.execution.live.execution import LiveExecution
from actors.execution.ports import Venue
from actors.feeds.market_finder import MarketFinder
from actors.feeds.ports import MarketDataSource
from actors.feeds.reference.ports import ReferenceSource
from actors.pricing.open_price_source import OpenPriceSource
from messages.control import AccountOpened
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


WriteDown = Callable[[AccountOpened], Awaitable[None]]
"""Returns once it is on disk. Raises `NotNow`."""


class Entry(Protocol):
    """What an account needs before a market is traded that joins later."""

    async def admit(self, market: Market, write_down: WriteDown) -> None:
        """Its tokens are known and may be signed for, and what is held of them already is written down. A second time
        does nothing. Raises `actors.feeds.market_yard.NotNow`."""
        ...

    async def dismiss(self, market: Market) -> None:
        """Nothing is signed for it any more; its tokens stay known."""
        ...


@frozen
class Connection:
    """`deposit` is what the account at the venue begins with; `close` is called once, when nobody trades any more.

    A venue that is simulated can be asked at once; where money is real, or treated as if it were, there is the way to
    an account instead.

    Where markets may join later, `open_feed` makes the connection of one; with an account there is the `entry` besides.
    `references` are the venues of reference prices, `open_prices` knows what they were, `finder` the markets of series.
    """

    feeds: tuple[Feed, ...]
    venue: Venue | LiveExecution
    deposit: Cash
    close: Callable[[], None]
    open_feed: Callable[[Market], Feed] | None = None
    entry: Entry | None = None
    references: tuple[ReferenceSource, ...] = ()
    finder: MarketFinder | None = None
    open_prices: OpenPriceSource | None = None


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

"""The market data of one market that is joined later: it follows the world, which somebody else drives."""

from collections.abc import Iterable

import trio

from actors.feeds.ports import ConnectionLost, Deliver
from messages.identity import MarketId
from messages.market_data import MarketData, WholeBook
from polyactors.exchange.ports.book_changes import BookChanges
from polyactors.exchange.ports.market_data import CHANNEL
from polyactors.exchange.ports.timetable import Timetable
from polyactors.venues.feed_counts import FeedCounts
from supervision.clock import Clock
from supervision.timers import Timers


class FollowedMarket:
    """A `MarketDataSource`. It listens while it is pumped, and moves nothing: `ExchangeSource` does.

    Raises `ConnectionLost` at a market that the exchange does not have (any more).
    """

    def __init__(
        self,
        timetable: Timetable,
        market: MarketId,
        clock: Clock,
        timers: Timers,
        health: FeedCounts,
        answer_latency_ns: int,
    ) -> None:
        self._timetable = timetable
        self._market = market
        self._clock = clock
        self._timers = timers
        self._health = health
        self._answer_latency_ns = answer_latency_ns
        self._changes: BookChanges | None = None
        self._something_happened = trio.Event()

    async def pump(self, deliver: Deliver) -> None:
        """The whole book, then everything that happens. Never ends."""
        timetable = self._timetable
        exchange = timetable.world.exchange
        changes = BookChanges(exchange, [self._market], self._wake, timetable.now_ns, announces=False)
        self._changes = changes
        try:
            await self._pump(changes, deliver)
        finally:
            self._changes = None
            changes.close()

    async def whole_book(self, market: MarketId) -> WholeBook | None:
        """The book as it is when the answer leaves, after the time that an answer takes."""
        await self._timers.sleep_until(self._clock.now_ns() + self._answer_latency_ns)
        if self._changes is None:
            raise ConnectionLost("nobody follows the market")
        return self._changes.whole_book(market, self._clock.now_ns())

    async def _pump(self, changes: BookChanges, deliver: Deliver) -> None:
        book = changes.whole_book(self._market, self._clock.now_ns())
        if book is None:
            raise ConnectionLost("the exchange does not have the market")
        await self._deliver([book], deliver)
        while True:
            self._something_happened = happened = trio.Event()
            if changes.is_empty:
                await happened.wait()
            await self._deliver(changes.take(self._clock.now_ns()), deliver)

    async def _deliver(self, messages: Iterable[MarketData], deliver: Deliver) -> None:
        for message in messages:
            self._health.frames += 1
            self._health.by_channel[CHANNEL] += 1
            waiting = deliver(message)
            if waiting is not None:
                await waiting

    def _wake(self) -> None:
        self._something_happened.set()

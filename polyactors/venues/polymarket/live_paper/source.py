"""The venue's live market data, with whole books by REST."""

import random
from functools import partial

from actors.feeds.ports import ConnectionLost, Deliver
from messages.identity import MarketId, Outcome, TokenId
from messages.market_data import WholeBook
from messages.markets import Market
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.place import Feed
from polyactors.venues.polymarket.live_paper.settings import PolymarketSettings
from polyactors.venues.polymarket.live_streams.market_stream import LiveMarketSource
from polyactors.venues.polymarket.live_streams.sharding import shards
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.failures import Failure
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.transport import open_wire
from supervision.clock import Clock
from supervision.log import LogSink

NAME = "clob.market"


def live_feeds(
    settings: PolymarketSettings,
    markets: tuple[Market, ...],
    budgets: Budgets,
    clock: Clock,
    counts: FeedCounts,
    log: LogSink,
) -> tuple[Feed, ...]:
    """As many connections as the tokens need."""
    groups = shards(markets, settings.tokens_a_connection)
    names = [NAME] if len(groups) == 1 else [f"{NAME}.{number}" for number in range(len(groups))]
    return tuple(
        Feed(LiveSource(settings, group, budgets, clock, counts, log, name), group)
        for name, group in zip(names, groups, strict=True)
    )


def live_feed_of(
    market: Market,
    settings: PolymarketSettings,
    budgets: Budgets,
    clock: Clock,
    counts: FeedCounts,
    log: LogSink,
) -> Feed:
    """A connection of its own for one market: it comes and goes without the others, and is counted with its like."""
    return Feed(LiveSource(settings, (market,), budgets, clock, counts, log, f"{NAME}.joined"), (market,))


class LiveSource:
    """A `MarketDataSource`. Connections are there while it is pumped."""

    def __init__(
        self,
        settings: PolymarketSettings,
        markets: tuple[Market, ...],
        budgets: Budgets,
        clock: Clock,
        counts: FeedCounts,
        log: LogSink,
        name: str = NAME,
    ) -> None:
        self._settings = settings
        self._budgets = budgets
        self._now_ns = clock.now_ns
        self._clob: Clob | None = None
        self._outcomes = {market.token(outcome): outcome for market in markets for outcome in Outcome}
        self._stream = LiveMarketSource(
            name=name,
            markets=markets,
            open_wire=partial(open_wire, settings.market_stream_url),
            book_of=self._book_of,
            now_ns=clock.now_ns,
            chance=random.Random(),
            counts=counts,
            health=StreamHealth(),
            log=log,
        )

    @property
    def health(self) -> StreamHealth:
        return self._stream.health

    async def pump(self, deliver: Deliver) -> None:
        """Never returns; it connects again by itself."""
        async with Clob.opened(self._budgets, base_url=self._settings.clob_url) as clob:
            self._clob = clob
            try:
                await self._stream.pump(deliver)
            finally:
                self._clob = None

    async def whole_book(self, market: MarketId) -> WholeBook | None:
        """Raises `ConnectionLost` while nobody pumps, and while the stream tells nothing of the market."""
        return await self._stream.whole_book(market)

    async def _book_of(self, token: TokenId) -> WholeBook | None:
        if self._clob is None:
            raise ConnectionLost("nobody reads the stream")
        book = await self._clob.markets.book(token)
        if isinstance(book, Failure):
            raise ConnectionLost(f"the book was not read: {book}")
        return book.whole_book(self._outcomes[token], self._now_ns())

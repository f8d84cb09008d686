"""The venue as a place to trade on: its data is live, and our orders are on paper."""

from attrs import frozen

from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from messages.markets import Market
from messages.periods import Series
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.place import Connection, Feed
from polyactors.venues.polymarket.finding.finder_on_demand import FinderOnDemand
from polyactors.venues.polymarket.live_paper.settings import PolymarketSettings
from polyactors.venues.polymarket.live_paper.source import live_feed_of, live_feeds
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.priced_series import priced_symbols
from polyactors.venues.reference.settings import ReferenceFeedSettings
from polyactors.venues.reference.sources import open_prices, reference_sources
from supervision.clock import Clock
from supervision.log import LogSink
from supervision.timers import Timers


@frozen
class LivePlace:
    """A `Place`, for markets that were chosen before (`market_choice`), and those of `series` that join later."""

    settings: PolymarketSettings
    paper: PaperSettings
    markets: tuple[Market, ...]
    start_ns: int
    budgets: Budgets
    series: tuple[Series, ...] = ()
    reference: ReferenceFeedSettings = ReferenceFeedSettings()

    @property
    def name(self) -> str:
        return "polymarket"

    @property
    def frames(self) -> int | None:
        return None

    def connect(self, clock: Clock, timers: Timers, counts: FeedCounts, log: LogSink) -> Connection:
        feeds = live_feeds(self.settings, self.markets, self.budgets, clock, counts, log)
        venue = PaperVenue(self.paper, self.markets)

        def open_feed(market: Market) -> Feed:
            return live_feed_of(market, self.settings, self.budgets, clock, counts, log)

        symbols = priced_symbols(self.markets, self.series)
        return Connection(
            feeds,
            venue,
            self.paper.initial_deposit,
            close=lambda: None,
            open_feed=open_feed,
            references=reference_sources(self.reference, symbols, clock, counts, log),
            finder=FinderOnDemand(self.budgets, self.settings.gamma_url),
            open_prices=open_prices(self.reference),
        )

"""The venue as a place to trade on: its data is live, and our orders are on paper."""

from attrs import frozen

from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from messages.markets import Market
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.place import Connection
from polyactors.venues.polymarket.live_paper.settings import PolymarketSettings
from polyactors.venues.polymarket.live_paper.source import live_feeds
from polyactors.venues.polymarket.rest.budgets import Budgets
from supervision.clock import Clock
from supervision.log import LogSink
from supervision.timers import Timers


@frozen
class LivePlace:
    """A `Place`, for markets that were chosen before (`market_choice`)."""

    settings: PolymarketSettings
    paper: PaperSettings
    markets: tuple[Market, ...]
    start_ns: int
    budgets: Budgets

    @property
    def name(self) -> str:
        return "polymarket"

    @property
    def frames(self) -> int | None:
        return None

    def connect(self, clock: Clock, timers: Timers, counts: FeedCounts, log: LogSink) -> Connection:
        feeds = live_feeds(self.settings, self.markets, self.budgets, clock, counts, log)
        venue = PaperVenue(self.paper, self.markets)
        return Connection(feeds, venue, self.paper.initial_deposit, close=lambda: None)

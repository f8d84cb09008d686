"""The venue as a place to trade on with an account of one's own."""

from attrs import frozen

from actors.execution.live.claim_account import ClaimAccount
from actors.execution.live.claim_rules import ClaimSettings
from actors.execution.live.execution import LiveExecution
from actors.execution.live.gateway import LiveGatewaySettings
from messages.markets import Market
from messages.periods import Series
from polyactors.live.account_book import Opening
from polyactors.live.entry import AccountEntry
from polyactors.live.settings import LiveSettings
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.place import Connection, Feed
from polyactors.venues.polymarket.finding.finder_on_demand import FinderOnDemand
from polyactors.venues.polymarket.live_account.account import PolymarketAccount
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
class AccountPlace:
    """A `Place`. The account is open, and stays so while anybody trades here."""

    name: str
    polymarket: PolymarketSettings
    live: LiveSettings
    markets: tuple[Market, ...]
    start_ns: int
    budgets: Budgets
    account: PolymarketAccount
    opening: Opening
    claims: ClaimAccount
    claim_settings: ClaimSettings
    series: tuple[Series, ...] = ()
    reference: ReferenceFeedSettings = ReferenceFeedSettings()

    @property
    def frames(self) -> int | None:
        return None

    def connect(self, clock: Clock, timers: Timers, counts: FeedCounts, log: LogSink) -> Connection:
        feeds = live_feeds(self.polymarket, self.markets, self.budgets, clock, counts, log)
        execution = LiveExecution(
            account=self.account,
            baseline=self.opening.baseline,
            gateway=LiveGatewaySettings(is_rehearsal=self.live.dry_run),
            reconcile_every_ns=self.live.reconcile_every_ns,
            doubt_limit_ns=self.live.doubt_limit_ns,
            heartbeat_ns=self.live.heartbeat_ns,
            cash_dust=self.live.cash_dust,
            share_dust=self.live.share_dust,
            claims=self.claims,
            claim_settings=self.claim_settings,
        )

        def open_feed(market: Market) -> Feed:
            return live_feed_of(market, self.polymarket, self.budgets, clock, counts, log)

        symbols, credentials = priced_symbols(self.markets, self.series), self.account.stream_credentials
        return Connection(
            feeds,
            execution,
            self.opening.cash,
            close=lambda: None,
            open_feed=open_feed,
            entry=AccountEntry(self.account, self.opening, clock.now_ns),
            references=reference_sources(self.reference, symbols, clock, counts, log, credentials),
            finder=FinderOnDemand(self.budgets, self.polymarket.gamma_url),
            open_prices=open_prices(self.reference),
        )

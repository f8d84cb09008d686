"""Everything about a served exchange that can be chosen; `polyactors exchange config` prints it."""

from attrs import frozen

from polyactors.exchange.chain.chain import ChainSettings
from polyactors.exchange.clob.heartbeats import HeartbeatTimes
from polyactors.exchange.clob.order_entry import EntryRules
from polyactors.exchange.clob.rate_limits import RateSettings
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.streams.settings import StreamSettings
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.world import WorldSettings

SERVED = ListingPlan(fifteen_minute_symbols=("btcusd",))
"""Periods of all lengths: who is served chooses among them."""


@frozen
class ServerSettings:
    """One section of the file each."""

    rules: ExchangeSettings = ExchangeSettings()
    orders: EntryRules = EntryRules()
    heartbeats: HeartbeatTimes = HeartbeatTimes()
    listings: ListingPlan = SERVED
    traders: TraderSettings = TraderSettings()
    chain: ChainSettings = ChainSettings()
    streams: StreamSettings = StreamSettings()
    limits: RateSettings = RateSettings()

    @property
    def world(self) -> WorldSettings:
        return WorldSettings(self.rules, self.listings, self.traders)

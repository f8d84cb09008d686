"""Trades the way of the market's price back to the fair value, where it has been away from it for a while."""

from actors.order_management.desired import Funds
from actors.strategies.divergence_rules import (
    DivergenceSettings,
    Gap,
    entry,
    gap_now,
    is_due,
    is_too_old,
    leaving,
    spent,
)
from actors.strategies.order_desk import Trader
from actors.strategies.order_in_hand import Wish
from actors.strategies.period_trader import PeriodTrader
from actors.strategies.stance import Fair
from actors.strategies.way_out import at_risk
from messages.identity import StrategyName, Tier
from messages.market_data import Snapshot
from messages.markets import Market

DIVERGENCE = StrategyName("divergence")


class Divergence(PeriodTrader):
    """A break in the book or in the prices begins the waiting anew."""

    def __init__(self, market: Market, settings: DivergenceSettings) -> None:
        trader = Trader(DIVERGENCE, Tier.DIRECTIONAL, 55, settings.time_to_live_ns, settings.retry_after_ns)
        super().__init__(market, trader, settings.period, settings.replace_min_age_ns, settings.lowest_sale)
        self._settings = settings
        self._gap: Gap | None = None

    def not_trading(self) -> None:
        self._gap = None

    def trade(self, snapshot: Snapshot, fair: Fair, share: float, funds: Funds) -> Wish | None:
        settings, now_ns = self._settings, self.now_ns
        self._gap = gap_now(self._gap, snapshot, fair, now_ns, settings)
        held = at_risk(self.position)
        since_ns = self.held_since_ns.get(held.outcome, now_ns)
        if held.size >= self.market.minimum_size and is_due(snapshot, fair, self.position, since_ns, now_ns, settings):
            if is_too_old(since_ns, now_ns, settings):
                self._gap = spent(self._gap, held.outcome, now_ns)
            return leaving(snapshot, fair, self.position, self.market, settings)
        return entry(self._gap, snapshot, fair, share, now_ns, self.position, funds, self.market, settings)

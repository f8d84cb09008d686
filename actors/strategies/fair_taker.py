"""Takes offers that are cheaper, with their fee, than the fair value of the period by more than its band."""

from actors.order_management.desired import Funds
from actors.strategies.fair_taker_rules import FairTakerSettings, entry, leaving
from actors.strategies.order_desk import Trader
from actors.strategies.order_in_hand import Wish
from actors.strategies.period_trader import PeriodTrader
from actors.strategies.stance import Fair
from messages.identity import StrategyName, Tier
from messages.market_data import Snapshot
from messages.markets import Market

FAIR_TAKER = StrategyName("fair-taker")


class FairTaker(PeriodTrader):
    """Sells before it buys."""

    def __init__(self, market: Market, settings: FairTakerSettings) -> None:
        trader = Trader(FAIR_TAKER, Tier.DIRECTIONAL, 60, settings.time_to_live_ns, settings.retry_after_ns)
        super().__init__(market, trader, settings.period, settings.replace_min_age_ns, settings.lowest_sale)
        self._settings = settings

    def trade(self, snapshot: Snapshot, fair: Fair, share: float, funds: Funds) -> Wish | None:
        sale = leaving(snapshot, fair, share, self.position, funds, self.market, self._settings)
        return sale or entry(snapshot, fair, share, self.position, funds, self.market, self._settings)

"""What runs on the markets of periods, and how."""

from zlib import crc32

from attrs import field, frozen
from attrs.validators import ge, le

from actors.risk.session_rules import SessionSettings
from actors.strategies.divergence_rules import DivergenceSettings
from actors.strategies.fair_taker_rules import FairTakerSettings
from actors.strategies.hourly_quoter_settings import HourlyQuoterSettings
from messages.markets import Market


@frozen(kw_only=True)
class SessionStrategies:
    """Which strategies run on markets of periods.

    One strategy owns a market at a time. The quoter never gives its own up before the end, and those that take do not
    outrank it: so where both are wanted they have markets of their own. Those that take have the `directional_series`
    ("btcusd-5m") and `directional_percent` of all other periods, chosen by the market's id: the same ones in each run.
    They share a market among themselves, for they hold it only while they hold something.
    """

    hourly_quoter: bool = True
    fair_taker: bool = False
    divergence: bool = False
    directional_series: tuple[str, ...] = ()
    directional_percent: int = field(default=50, validator=[ge(0), le(100)])

    def is_directional(self, market: Market) -> bool:
        """Whether the market belongs to those that take."""
        if market.about is None or not (self.fair_taker or self.divergence):
            return False
        series = market.about.period.series.name
        is_chosen = crc32(market.market.encode()) % 100 < self.directional_percent
        return not self.hourly_quoter or series in self.directional_series or is_chosen

    def has_quoter(self, market: Market) -> bool:
        return self.hourly_quoter and market.about is not None and not self.is_directional(market)


@frozen(kw_only=True)
class SessionTreeSettings:
    """Everything about sessions: which strategies, when the states begin, and what each strategy may do."""

    runs: SessionStrategies = SessionStrategies()
    times: SessionSettings = SessionSettings()
    hourly_quoter: HourlyQuoterSettings = HourlyQuoterSettings()
    fair_taker: FairTakerSettings = FairTakerSettings()
    divergence: DivergenceSettings = DivergenceSettings()

"""The market of a period among those of a recording."""

from collections.abc import Callable, Iterable

from actors.feeds.market_finder import Found, NotListed, Unfit
from messages.markets import Market
from messages.periods import Period
from messages.units import NANOSECONDS_PER_MILLISECOND


class RecordedFinder:
    """A `MarketFinder` for a replay, whose clock `now_ns` is. Nothing says when the venue resolved a market: it counts
    as resolved when its period is over."""

    def __init__(self, markets: Iterable[Market], now_ns: Callable[[], int]) -> None:
        self._markets = {market.about.period: market for market in markets if market.about is not None}
        self._now_ns = now_ns

    async def find(self, period: Period) -> Found:
        market = self._markets.get(period)
        if market is None:
            return NotListed(f"the recording has no market of {period.name}")
        if self._has_ended(period):
            return Unfit(market.market, f"{market.slug} is over")
        return market

    async def is_over(self, market: Market) -> bool | None:
        return None if market.about is None else self._has_ended(market.about.period)

    def _has_ended(self, period: Period) -> bool:
        return self._now_ns() >= period.end_ms * NANOSECONDS_PER_MILLISECOND

"""Gamma's finder for whoever asks a few times an hour: there is a connection for as long as a question takes."""

from attrs import frozen

from actors.feeds.market_finder import Found
from messages.markets import Market
from messages.periods import Period
from polyactors.venues.polymarket.finding.gamma_finder import GammaFinder
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.gamma_pages import Gamma


@frozen
class FinderOnDemand:
    """A `MarketFinder` at the catalogue in `gamma_url`."""

    budgets: Budgets
    gamma_url: str

    async def find(self, period: Period) -> Found:
        async with Gamma.opened(self.budgets, base_url=self.gamma_url) as gamma:
            return await GammaFinder(gamma.caller).find(period)

    async def is_over(self, market: Market) -> bool | None:
        async with Gamma.opened(self.budgets, base_url=self.gamma_url) as gamma:
            return await GammaFinder(gamma.caller).is_over(market)

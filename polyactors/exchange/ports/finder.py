"""The market of a period on the exchange of this process."""

from collections.abc import Callable

from attrs import evolve

from actors.feeds.market_finder import Found, NotListed, Unfit
from messages.markets import Market
from messages.periods import Period
from polyactors.exchange.core import Exchange


class ExchangeFinder:
    """A `MarketFinder`: it looks at the listings themselves, and always answers."""

    def __init__(self, exchange: Exchange, now_ns: Callable[[], int]) -> None:
        self._exchange = exchange
        self._now_ns = now_ns

    async def find(self, period: Period) -> Found:
        """As it is traded at this moment."""
        for listing in self._exchange.listings.values():
            market = listing.market
            if market.about is None or market.about.period != period:
                continue
            if self._exchange.resolution(market.market) is not None:
                return Unfit(market.market, f"{market.slug} is closed")
            if not self._exchange.is_accepting(market.market, self._now_ns()):
                return NotListed(f"{market.slug} is listed, and takes no orders")
            return evolve(market, tick_size=self._exchange.tick_size(market.market))
        return NotListed(f"the exchange has no market of {period.name}")

    async def is_over(self, market: Market) -> bool | None:
        """What the exchange has forgotten it had resolved before."""
        if market.market not in self._exchange.listings:
            return True
        return self._exchange.resolution(market.market) is not None

"""Listings as far back as orders and trades are told of: the exchange forgets markets that nobody holds any more."""

from collections import OrderedDict

from messages.identity import MarketId
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import ExchangeEvent, Listing, MarketOpened

LISTINGS_KEPT = 5_000


class KnownListings:
    """Remembers the markets that open after it was made, and those that are listed."""

    def __init__(self, exchange: Exchange) -> None:
        self._listed = exchange.listings
        self._opened: OrderedDict[MarketId, Listing] = OrderedDict()
        exchange.listeners.append(self._hear)

    def find(self, market: MarketId) -> Listing | None:
        return self._listed.get(market) or self._opened.get(market)

    def _hear(self, event: ExchangeEvent) -> None:
        if isinstance(event, MarketOpened):
            self._opened[event.listing.market.market] = event.listing
            if len(self._opened) > LISTINGS_KEPT:
                self._opened.popitem(last=False)

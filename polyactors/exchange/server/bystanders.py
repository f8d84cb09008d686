"""Those who listen to the exchange from its beginning, so that the servers can tell what has happened."""

from attrs import frozen

from polyactors.exchange.books import BookTimes
from polyactors.exchange.clob.api_keys import ApiKeys
from polyactors.exchange.clob.book_history import BookHistory
from polyactors.exchange.clob.known_listings import KnownListings
from polyactors.exchange.clob.notifications import Notifications
from polyactors.exchange.clob.rebate_history import RebateHistory
from polyactors.exchange.core import Exchange
from polyactors.exchange.data_api.activity import ActivityBook
from polyactors.exchange.data_api.price_history import PriceHistory
from polyactors.exchange.gamma.statistics import MarketStatistics


@frozen
class Bystanders:
    times: BookTimes
    statistics: MarketStatistics
    listings: KnownListings
    prices: PriceHistory
    activity: ActivityBook
    notifications: Notifications
    rebates: RebateHistory
    books: BookHistory

    @classmethod
    def beside(cls, exchange: Exchange, keys: ApiKeys, now_ns: int) -> "Bystanders":
        """They begin to listen."""
        return cls(
            times=BookTimes(exchange, now_ns),
            statistics=MarketStatistics(exchange),
            listings=KnownListings(exchange),
            prices=PriceHistory(exchange),
            activity=ActivityBook(exchange),
            notifications=Notifications(exchange, keys),
            rebates=RebateHistory(exchange),
            books=BookHistory(exchange),
        )

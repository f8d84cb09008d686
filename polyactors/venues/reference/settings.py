"""Which venues are listened to for reference prices, where they are, and how long they may be silent."""

from attrs import Attribute, field, frozen
from attrs.validators import deep_iterable, gt, in_, min_len

from actors.feeds.reference.feed import ReferenceConnectionSettings
from actors.feeds.reference.feed_watch import WatchSettings
from messages.reference import ReferenceVenue, Symbol
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.venues.polymarket.service_address import is_service_address
from polyactors.venues.reference import spelling

BINANCE_URL = "wss://stream.binance.com:9443/ws"
BINANCE_DATA_URL = "wss://data-stream.binance.vision/ws"
"""Market data alone, from where the other one may not be used."""
BINANCE_REST_URL = "https://api.binance.com"
BINANCE_DATA_REST_URL = "https://data-api.binance.vision"
COINBASE_URL = "wss://ws-feed.exchange.coinbase.com"
COINBASE_ADVANCED_URL = "wss://advanced-trade-ws.coinbase.com"
KRAKEN_URL = "wss://ws.kraken.com/v2"
RTDS_URL = "wss://ws-live-data.polymarket.com"
REALTIME_URL = "wss://ws-live-v2.polymarket.com/ws"

VENUES = ("binance", "coinbase", "kraken", "chainlink")
COINBASE_FEEDS = ("exchange", "advanced")

_SECOND = NANOSECONDS_PER_SECOND
_IS_STREAM = is_service_address("wss", "ws")
_IS_SERVICE = is_service_address("https", "http")


def _are_symbols(instance: object, attribute: "Attribute[tuple[str, ...]]", value: tuple[str, ...]) -> None:
    for each in value:
        if not spelling.is_symbol(each):
            raise ValueError(f"{each!r} is no symbol: write a coin and usd in small letters, as btcusd")


@frozen(kw_only=True)
class ReferenceFeedSettings:
    """`venues` are some of `VENUES`; chainlink's prices come by way of Polymarket, pyth's as well if wanted.

    Where Binance may not be used (HTTP 451) its address for market data alone is; candles are asked for by REST where
    the open price of a period was missed. Coinbase has two feeds; that of the exchange numbers its trades and says by
    heartbeats which was the last. A line of prices that is silent for its venue's limit has stalled; a connection over
    which no price at all comes for as long is made again. Some venues are quiet by nature: trades of XRP on Kraken may
    be a minute apart.
    """

    venues: tuple[str, ...] = field(default=VENUES, validator=deep_iterable(in_(VENUES)))
    symbols: tuple[str, ...] = field(
        default=("btcusd", "ethusd", "solusd", "xrpusd"), validator=[min_len(1), _are_symbols]
    )
    binance_url: str = field(default=BINANCE_URL, validator=_IS_STREAM)
    binance_data_url: str = field(default=BINANCE_DATA_URL, validator=_IS_STREAM)
    binance_rest_url: str = field(default=BINANCE_REST_URL, validator=_IS_SERVICE)
    binance_data_rest_url: str = field(default=BINANCE_DATA_REST_URL, validator=_IS_SERVICE)
    coinbase_feed: str = field(default="exchange", validator=in_(COINBASE_FEEDS))
    coinbase_url: str = field(default=COINBASE_URL, validator=_IS_STREAM)
    coinbase_advanced_url: str = field(default=COINBASE_ADVANCED_URL, validator=_IS_STREAM)
    kraken_url: str = field(default=KRAKEN_URL, validator=_IS_STREAM)
    rtds_url: str = field(default=RTDS_URL, validator=_IS_STREAM)
    realtime_url: str = field(default=REALTIME_URL, validator=_IS_STREAM)
    with_pyth: bool = False
    binance_stall_ns: int = field(default=10 * _SECOND, validator=gt(0))
    coinbase_stall_ns: int = field(default=30 * _SECOND, validator=gt(0))
    kraken_stall_ns: int = field(default=120 * _SECOND, validator=gt(0))
    chainlink_stall_ns: int = field(default=10 * _SECOND, validator=gt(0))
    future_limit_ns: int = field(default=5 * _SECOND, validator=gt(0))

    @property
    def wanted_symbols(self) -> tuple[Symbol, ...]:
        return tuple(Symbol(each) for each in dict.fromkeys(self.symbols))

    def stall_limit_ns(self, venue: ReferenceVenue) -> int:
        return {
            ReferenceVenue.BINANCE: self.binance_stall_ns,
            ReferenceVenue.COINBASE: self.coinbase_stall_ns,
            ReferenceVenue.KRAKEN: self.kraken_stall_ns,
        }.get(venue, self.chainlink_stall_ns)

    def connection(self, venue: ReferenceVenue) -> ReferenceConnectionSettings:
        """Of the actor that keeps a source of this venue."""
        watch = WatchSettings(stall_limit_ns=self.stall_limit_ns(venue), future_limit_ns=self.future_limit_ns)
        return ReferenceConnectionSettings(watch=watch)

"""Where the venue is, and which of its markets are traded."""

from attrs import field, frozen
from attrs.validators import ge, le

from polyactors.venues.polymarket.live_streams.sharding import TOKENS_A_CONNECTION
from polyactors.venues.polymarket.rest.clob import CLOB_URL
from polyactors.venues.polymarket.rest.gamma_pages import GAMMA_URL
from polyactors.venues.polymarket.service_address import is_service_address

MARKET_STREAM_URL = "wss://ws-subscriptions-clob.polymarket.com/ws/market"
MOST_MARKETS = 1_000
"""More than a service on one machine has time for."""


@frozen
class PolymarketSettings:
    """`markets` are slugs. Where there are none, the `most_markets` that were traded most in a day are taken, of those
    that go on for `least_left_s` seconds more; with 0 those alone that join later. Above some hundreds of tokens on a
    connection the venue forgets the first books (field note 7)."""

    clob_url: str = field(default=CLOB_URL, validator=is_service_address("https", "http"))
    gamma_url: str = field(default=GAMMA_URL, validator=is_service_address("https", "http"))
    market_stream_url: str = field(default=MARKET_STREAM_URL, validator=is_service_address("wss", "ws"))
    markets: tuple[str, ...] = ()
    most_markets: int = field(default=20, validator=[ge(0), le(MOST_MARKETS)])
    tokens_a_connection: int = field(default=TOKENS_A_CONNECTION, validator=[ge(2), le(500)])
    least_left_s: int = field(default=3600, validator=ge(0))

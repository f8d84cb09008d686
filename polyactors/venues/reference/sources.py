"""The live sources of reference prices, one a venue, as they are configured."""

import random
from collections.abc import Callable, Iterable
from functools import partial

from actors.feeds.reference.ports import ReferenceSource
from messages.reference import Symbol
from polyactors.venues.binance.candles import BinanceCandles
from polyactors.venues.binance.stream import BinanceProtocol
from polyactors.venues.coinbase.advanced_stream import AdvancedProtocol
from polyactors.venues.coinbase.exchange_stream import ExchangeProtocol
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.kraken.stream import KrakenProtocol
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials
from polyactors.venues.polymarket.reference.source import PolymarketPrices, new_feed, old_feed
from polyactors.venues.reference.protocol import ReferenceProtocol
from polyactors.venues.reference.settings import ReferenceFeedSettings
from polyactors.venues.reference.stream import ReferenceStream
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.other_addresses import OtherAddresses
from polyactors.venues.streams.reconnecting import OpenWire
from polyactors.venues.streams.transport import open_wire
from supervision.clock import Clock
from supervision.log import LogSink

Build = Callable[[], ReferenceSource]


def reference_sources(
    settings: ReferenceFeedSettings,
    symbols: Iterable[Symbol],
    clock: Clock,
    counts: FeedCounts,
    log: LogSink,
    credentials: StreamCredentials | None = None,
) -> tuple[ReferenceSource, ...]:
    """For `symbols`, of the venues that `settings` names. Nothing is connected before somebody pumps.

    With the `credentials` of an account, Polymarket's newer feed is used for Chainlink's prices; without, the old one,
    which may be gone (polymarket.md 5.7): the others then do without it.
    """
    wanted = tuple(dict.fromkeys(symbols))
    if not wanted:
        return ()
    make = _Making(settings, wanted, clock, counts, log, credentials)
    build: dict[str, Build] = {
        "binance": make.binance,
        "coinbase": make.coinbase,
        "kraken": make.kraken,
        "chainlink": make.polymarket,
    }
    return tuple(build[venue]() for venue in dict.fromkeys(settings.venues))


def open_prices(settings: ReferenceFeedSettings) -> BinanceCandles | None:
    """Who can be asked for open prices that were missed; None where Binance is not listened to."""
    if "binance" not in settings.venues:
        return None
    return BinanceCandles((settings.binance_rest_url, settings.binance_data_rest_url))


class _Making:
    def __init__(
        self,
        settings: ReferenceFeedSettings,
        symbols: tuple[Symbol, ...],
        clock: Clock,
        counts: FeedCounts,
        log: LogSink,
        credentials: StreamCredentials | None,
    ) -> None:
        self._settings = settings
        self._symbols = symbols
        self._now_ns = clock.now_ns
        self._counts = counts
        self._log = log
        self._credentials = credentials

    def binance(self) -> ReferenceSource:
        settings = self._settings
        addresses = OtherAddresses((settings.binance_url, settings.binance_data_url), open_wire)
        return self._stream("binance", BinanceProtocol(self._symbols), addresses)

    def coinbase(self) -> ReferenceSource:
        settings = self._settings
        if settings.coinbase_feed == "advanced":
            protocol: ReferenceProtocol = AdvancedProtocol(self._symbols)
            return self._stream("coinbase", protocol, partial(open_wire, settings.coinbase_advanced_url))
        return self._stream("coinbase", ExchangeProtocol(self._symbols), partial(open_wire, settings.coinbase_url))

    def kraken(self) -> ReferenceSource:
        return self._stream("kraken", KrakenProtocol(self._symbols), partial(open_wire, self._settings.kraken_url))

    def polymarket(self) -> ReferenceSource:
        settings, credentials = self._settings, self._credentials
        if credentials is None:
            protocol, url = old_feed(self._symbols), settings.rtds_url
        else:
            protocol = new_feed(self._symbols, credentials, with_pyth=settings.with_pyth)
            url = settings.realtime_url
        return PolymarketPrices(
            self._symbols,
            protocol,
            partial(open_wire, url),
            self._now_ns,
            random.Random(),
            self._counts,
            StreamHealth(),
            settings.chainlink_stall_ns,
            self._log,
        )

    def _stream(self, name: str, protocol: ReferenceProtocol, open_it: OpenWire) -> ReferenceSource:
        return ReferenceStream(
            name,
            protocol,
            open_it,
            self._now_ns,
            random.Random(),
            self._counts,
            StreamHealth(),
            self._settings.stall_limit_ns(protocol.venue),
            self._log,
        )

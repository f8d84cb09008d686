"""Polymarket's own stream of prices, old or new, as a source of reference prices: Chainlink's, and Pyth's."""

import random
from collections.abc import Awaitable, Callable, Iterable

from actors.feeds.reference.ports import DeliverReference
from messages.reference import ReferenceData, ReferenceVenue, Symbol
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials
from polyactors.venues.polymarket.live_streams.price_stream import STALL_LIMIT_NS, LivePriceStream
from polyactors.venues.polymarket.live_streams.price_ticks import PriceMessage, PriceProtocol, PriceTick
from polyactors.venues.polymarket.live_streams.realtime_prices import RealtimeChannel, RealtimePrices, RealtimeWanted
from polyactors.venues.polymarket.live_streams.rtds_prices import RtdsPrices, RtdsTopic
from polyactors.venues.polymarket.reference.ticks import OracleTicks
from polyactors.venues.reference import spelling
from polyactors.venues.refused import Refused
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.reconnecting import OpenWire
from supervision.log import Level, LogEvent, LogSink, discard

NAME = "polymarket-prices"

CHAINLINK, PYTH = "chainlink", "pyth"


def old_feed(symbols: Iterable[Symbol]) -> PriceProtocol:
    """Of the old feed: Chainlink's spot prices, and its averages over 30 and 60 seconds. Anybody may listen."""
    topics = (RtdsTopic.CHAINLINK, RtdsTopic.TWAP_30, RtdsTopic.TWAP_60)
    return RtdsPrices([(topic, spelling.chainlink(symbol)) for symbol in symbols for topic in topics])


def new_feed(symbols: Iterable[Symbol], credentials: StreamCredentials, *, with_pyth: bool) -> PriceProtocol:
    """Of the newer feed: Chainlink's spot prices and averages over 60 seconds, and Pyth's spot prices if wanted."""
    wanted = []
    for symbol in symbols:
        wanted.append(RealtimeWanted(RealtimeChannel.SPOT, symbol, CHAINLINK))
        wanted.append(RealtimeWanted(RealtimeChannel.TWAP, symbol, CHAINLINK))
        if with_pyth:
            wanted.append(RealtimeWanted(RealtimeChannel.SPOT, symbol, PYTH))
    return RealtimePrices(credentials, wanted)


class PolymarketPrices:
    """A `ReferenceSource` on one connection. `protocol` is `old_feed` or `new_feed` of the same symbols."""

    venue = ReferenceVenue.CHAINLINK
    name = NAME

    def __init__(
        self,
        symbols: Iterable[Symbol],
        protocol: PriceProtocol,
        open_wire: OpenWire,
        now_ns: Callable[[], int],
        chance: random.Random,
        counts: FeedCounts,
        health: StreamHealth,
        stall_limit_ns: int = STALL_LIMIT_NS,
        log: LogSink = discard,
    ) -> None:
        self.symbols = tuple(dict.fromkeys(symbols))
        self._ticks = OracleTicks(self.symbols, [series.source for series in protocol.series])
        self._now_ns = now_ns
        self._counts = counts
        self._log = log
        self._stream = LivePriceStream(NAME, protocol, open_wire, now_ns, chance, counts, health, stall_limit_ns, log)

    @property
    def health(self) -> StreamHealth:
        return self._stream.health

    async def pump(self, deliver: DeliverReference) -> None:
        """Never returns, and never raises `ConnectionLost`: it connects again by itself."""

        def pass_on(message: PriceMessage) -> Awaitable[None] | None:
            if not isinstance(message, PriceTick):
                return _deliver_all(deliver, self._ticks.missed(message))
            said = self._read(message)
            return None if said is None else deliver(said)

        await self._stream.pump(pass_on)

    def _read(self, tick: PriceTick) -> ReferenceData | None:
        try:
            return self._ticks.read(tick)
        except Refused as refused:
            bad = refused.as_bad_input(NAME)
            if self._counts.bad.count(bad):
                fields = {"kind": bad.kind, "source": bad.source, "detail": bad.detail}
                self._log(LogEvent(self._now_ns(), Level.WARNING, f"reference/{NAME}", 0, 0, "bad input", fields))
            return None


async def _deliver_all(deliver: DeliverReference, messages: Iterable[ReferenceData]) -> None:
    for message in messages:
        waiting = deliver(message)
        if waiting is not None:
            await waiting

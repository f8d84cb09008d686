"""Prices as Polymarket tells them, as those of the oracle that they come from."""

from collections.abc import Iterable

from messages.reference import (
    REFERENCE_SCALE,
    CoinSize,
    ReferenceAverage,
    ReferenceMissed,
    ReferencePrice,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.venues.polymarket.live_streams.price_ticks import VALUE_SCALE, PricesMissed, PriceTick, Series
from polyactors.venues.reference.numbers import LARGEST_PRICE
from polyactors.venues.reference.times import LATEST_NS
from polyactors.venues.refused import Refused

_UNITS = VALUE_SCALE // REFERENCE_SCALE
_NO_SIZE = CoinSize(0)

ORACLES = {"chainlink": ReferenceVenue.CHAINLINK, "pyth": ReferenceVenue.PYTH}
"""Binance's prices come by way of these streams as well. They are Binance's own, which would then count twice."""


class OracleTicks:
    """For `symbols` and `sources` alone. What was told before, as in the history that a subscription begins with, is
    passed over: only what is newer than the newest of a series is said. What is told twice and is neither of a history
    nor carried on by the venue is bad input."""

    def __init__(self, symbols: Iterable[Symbol], sources: Iterable[str] = tuple(ORACLES)) -> None:
        self._symbols = {str(symbol): symbol for symbol in symbols}
        self._oracles = {source: ORACLES[source] for source in dict.fromkeys(sources) if source in ORACLES}
        self._newest_ms: dict[Series, int] = {}

    def read(self, tick: PriceTick) -> ReferenceTick | ReferenceAverage | None:
        """None for what nobody wants. What is finer than the unit is cut off. Raises `Refused`."""
        series = tick.series
        venue, symbol = self._oracles.get(series.source), self._symbols.get(series.symbol)
        if venue is None or symbol is None:
            return None
        price = ReferencePrice(tick.value_e18 // _UNITS)
        at_ns = tick.at_ms * NANOSECONDS_PER_MILLISECOND
        if not 0 < price <= LARGEST_PRICE:
            raise Refused("bad_price", f"{tick.value_e18}e-18 is no price")
        if not 0 < at_ns < LATEST_NS:
            raise Refused("bad_timestamp", f"{str(tick.at_ms)[:40]} is no time in milliseconds")
        if tick.at_ms <= self._newest_ms.get(series, 0):
            if tick.is_history or tick.is_carried:
                return None
            raise Refused("told_twice", f"{series.symbol}: {tick.at_ms} ms after {self._newest_ms[series]} ms")
        # A time that is far off must not keep out all that follows: it is for the watch to refuse.
        if at_ns < tick.received_ns + _BELIEVED_NS:
            self._newest_ms[series] = tick.at_ms
        if series.window_s:
            return ReferenceAverage(venue, symbol, price, series.window_s, at_ns, tick.received_ns)
        return ReferenceTick(venue, symbol, price, _NO_SIZE, None, None, at_ns, tick.received_ns)

    def missed(self, missed: PricesMissed) -> tuple[ReferenceMissed, ...]:
        """Of one oracle, or of all of them."""
        series = missed.series
        if series is None:
            return tuple(ReferenceMissed(venue, None, missed.reason, missed.at_ns) for venue in self._oracles.values())
        venue, symbol = self._oracles.get(series.source), self._symbols.get(series.symbol)
        if venue is None or symbol is None:
            return ()
        return (ReferenceMissed(venue, symbol, missed.reason, missed.at_ns),)


_BELIEVED_NS = 3_000 * NANOSECONDS_PER_MILLISECOND
"""What is further ahead of us enters no median (`MedianSettings.future_after_ns`)."""

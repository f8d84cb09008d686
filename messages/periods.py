"""Periods of a fixed grid, the markets' questions about them, and by which rule such a market is settled."""

from enum import Enum

from attrs import frozen

from messages.reference import ReferenceVenue, Symbol
from messages.units import NANOSECONDS_PER_MILLISECOND


class PeriodLength(Enum):
    """How long a period is; its value is how the venue writes it in slugs."""

    FIVE_MINUTES = "5m"
    FIFTEEN_MINUTES = "15m"
    HOUR = "1h"

    @property
    def length_ms(self) -> int:
        return _LENGTH_MS[self]

    @property
    def length_ns(self) -> int:
        return _LENGTH_MS[self] * NANOSECONDS_PER_MILLISECOND


_LENGTH_MS = {
    PeriodLength.FIVE_MINUTES: 300_000,
    PeriodLength.FIFTEEN_MINUTES: 900_000,
    PeriodLength.HOUR: 3_600_000,
}


@frozen(order=False)
class Series:
    """All periods of one length of one symbol."""

    symbol: Symbol
    length: PeriodLength

    @property
    def name(self) -> str:
        """As in the configuration: "btcusd-1h"."""
        return f"{self.symbol}-{self.length.value}"

    def period_at(self, at_ms: int) -> "Period":
        """The one that `at_ms` is in. Periods of all lengths begin at multiples of their length since the epoch, in
        New York as anywhere: its offsets are whole hours."""
        return Period(self, at_ms - at_ms % self.length.length_ms)


@frozen
class Period:
    """From `start_ms` on, and up to `end_ms`, which is the start of the next."""

    series: Series
    start_ms: int

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.series.length.length_ms

    @property
    def name(self) -> str:
        """Unique, and the `hour_id` of snapshots: "btcusd-1h-1777107600000"."""
        return f"{self.series.name}-{self.start_ms}"

    @property
    def following(self) -> "Period":
        return Period(self.series, self.end_ms)


class Reading(Enum):
    """How a price is read at the two ends of a period; what ends where it began is Up (polymarket.md 6)."""

    CANDLE = "the first trade at or after the start, and the last before the end"
    POINT = "the price that holds at the start, and at the end"
    MEAN = "the mean of a window before the start, and before the end"


@frozen
class SettlementRule:
    """By whose prices a market is settled and how they are read. `window_s` is for MEAN, and 0 for the others."""

    source: ReferenceVenue
    reading: Reading
    window_s: int = 0


@frozen
class UpOrDown:
    """What an up-or-down market is about. `strike` is the start's price in dollars where the venue has told it."""

    period: Period
    rule: SettlementRule
    strike: float | None = None

"""What is wrong with a venue's prices: trades that are missing or told twice, times that cannot be, silence.

No clock, no I/O: times come with the messages and the calls.
"""

from collections.abc import Iterable

from attrs import field, frozen
from attrs.validators import gt

from actors.feeds.reference.clock_skew import ClockSkew
from messages.reference import (
    ReferenceAverage,
    ReferenceData,
    ReferenceMissed,
    ReferencePrice,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from messages.units import NANOSECONDS_PER_SECOND


@frozen(kw_only=True)
class WatchSettings:
    """A line of prices of which nothing came for `stall_limit_ns` has stalled. What a venue says to have happened more
    than `future_limit_ns` after it was received, by its own clock as far as that is known, is not true."""

    stall_limit_ns: int = field(default=10 * NANOSECONDS_PER_SECOND, validator=gt(0))
    future_limit_ns: int = field(default=5 * NANOSECONDS_PER_SECOND, validator=gt(0))


FROM_THE_FUTURE = "from_the_future"
TOLD_TWICE = "told_twice"


@frozen
class Finding:
    """About a message: `bad` is the kind of bad input that it is, and nobody should hear it; `missed` says what has to
    be told before it, to those who hear it."""

    bad: str | None = None
    missed: str | None = None
    detail: str = ""


LineName = tuple[ReferenceVenue, Symbol, int]
"""A venue's prices of a symbol: of the moment (0), or averaged over so many seconds."""


class Line:
    """One line of prices, and all that was noticed about it. Counted over all lives of whoever watches."""

    def __init__(self, name: LineName, future_limit_ns: int, now_ns: int) -> None:
        self.name = name
        self.skew = ClockSkew(future_limit_ns)
        self.ticks = 0
        self.quotes = 0
        self.gaps = 0
        self.missing = 0
        self.told_twice = 0
        self.from_the_future = 0
        self.stalls = 0
        self.is_stalled = False
        self.heard_ns = now_ns
        self.last_number: int | None = None
        self.last_price: ReferencePrice | None = None
        self.last_exchange_ns = 0
        self.last_way_ns = 0


class FeedWatch:
    """`expected` are lines of which something should come. Outlives the actor that asks it."""

    def __init__(self, expected: Iterable[LineName], settings: WatchSettings, now_ns: int) -> None:
        self._settings = settings
        self._lines = {name: Line(name, settings.future_limit_ns, now_ns) for name in expected}
        self._now_ns = now_ns

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(self._lines.values())

    def begin(self, now_ns: int) -> None:
        """Somebody begins to listen: every line has its full time."""
        for line in self._lines.values():
            line.heard_ns = max(line.heard_ns, now_ns)
            line.is_stalled = False

    def see(self, message: ReferenceData) -> Finding | None:
        """None where all is well, as it nearly always is."""
        if type(message) is ReferenceTick:
            return self._tick(message)
        if isinstance(message, ReferenceQuote):
            return self._quote(message)
        if isinstance(message, ReferenceAverage):
            return self._average(message)
        return None

    def newly_stalled(self, now_ns: int) -> tuple[ReferenceMissed, ...]:
        """Each is told once, until something comes again."""
        found = []
        limit_ns = self._settings.stall_limit_ns
        for (venue, symbol, window_s), line in self._lines.items():
            if not line.is_stalled and now_ns - line.heard_ns > limit_ns:
                line.is_stalled = True
                line.stalls += 1
                what = f"nothing came for {(now_ns - line.heard_ns) // NANOSECONDS_PER_SECOND} s"
                if window_s:
                    what = f"the average over {window_s} s: {what}"
                found.append(ReferenceMissed(venue, symbol, f"stalled: {what}", now_ns))
        return tuple(found)

    def _tick(self, tick: ReferenceTick) -> Finding | None:
        line = self._line(tick.venue, tick.symbol, 0, tick.received_ns)
        way_ns = tick.received_ns - tick.exchange_ns
        number = tick.number
        finding: Finding | None = None
        if way_ns < line.skew.earliest_ns:
            line.skew.see(way_ns)
            return _from_the_future(line, way_ns)
        last = line.last_number
        if number is not None and last is not None and number != last + 1:
            finding = _out_of_step(line, tick, number, last)
            if finding is not None and finding.bad is not None:
                return finding
        line.skew.see(way_ns)
        line.ticks += 1
        line.is_stalled = False
        line.heard_ns = tick.received_ns
        line.last_number = number
        line.last_price = tick.price
        line.last_exchange_ns = tick.exchange_ns
        line.last_way_ns = way_ns
        return finding

    def _quote(self, quote: ReferenceQuote) -> Finding | None:
        line = self._line(quote.venue, quote.symbol, 0, quote.received_ns)
        if quote.exchange_ns is not None:
            way_ns = quote.received_ns - quote.exchange_ns
            is_true = way_ns >= line.skew.earliest_ns
            line.skew.see(way_ns)
            if not is_true:
                return _from_the_future(line, way_ns)
        line.quotes += 1
        line.is_stalled = False
        line.heard_ns = quote.received_ns
        return None

    def _average(self, average: ReferenceAverage) -> Finding | None:
        line = self._line(average.venue, average.symbol, average.window_s, average.received_ns)
        way_ns = average.received_ns - average.exchange_ns
        is_true = way_ns >= line.skew.earliest_ns
        line.skew.see(way_ns)
        if not is_true:
            return _from_the_future(line, way_ns)
        line.ticks += 1
        line.is_stalled = False
        line.heard_ns = average.received_ns
        line.last_price = average.price
        line.last_exchange_ns = average.exchange_ns
        line.last_way_ns = way_ns
        return None

    def _line(self, venue: ReferenceVenue, symbol: Symbol, window_s: int, now_ns: int) -> Line:
        name = (venue, symbol, window_s)
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = Line(name, self._settings.future_limit_ns, now_ns)
        return line


def _from_the_future(line: Line, way_ns: int) -> Finding:
    line.from_the_future += 1
    return Finding(bad=FROM_THE_FUTURE, detail=f"{line.name[1]}: {-way_ns / NANOSECONDS_PER_SECOND:.3f} s ahead of us")


def _out_of_step(line: Line, tick: ReferenceTick, number: int, last: int) -> Finding | None:
    """Trades are numbered one after another. A number that was there before is an old trade, unless the venue has begun
    to count anew: then it is newer than the one with the higher number."""
    if number > last:
        line.gaps += 1
        line.missing += number - last - 1
        return Finding(missed=f"{number - last - 1} trades before number {number}")
    if tick.exchange_ns <= line.last_exchange_ns:
        line.told_twice += 1
        return Finding(bad=TOLD_TWICE, detail=f"{tick.symbol}: trade {number} after {last}")
    return Finding(missed=f"the venue counts anew: trade {number} after {last}")

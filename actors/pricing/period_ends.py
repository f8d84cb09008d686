"""How the price at an end of a period is read, by the market's rule (polymarket.md 6).

| rule   | at the start                                   | at the end                       |
|--------|------------------------------------------------|----------------------------------|
| CANDLE | the source's first trade at or after it        | its last trade before it         |
| POINT  | the price that holds then: the last one at or before it                          ||
| MEAN   | the mean of the window that ends then: the oracle's own, else that of its ticks  ||
"""

from attrs import frozen

from actors.pricing.settings import ReadingSettings
from actors.pricing.venue_history import Crossing, VenueHistory
from messages.periods import Reading, SettlementRule
from messages.units import NANOSECONDS_PER_SECOND

_MOST_MISSING = 0.2
"""Of a mean's window: with more of it unknown there is no mean."""


@frozen
class End:
    """What the price was, in hundred-millionths of a dollar, and how we know. It may be off by what the price moves in
    `doubt_s`."""

    price: float
    origin: str
    doubt_s: float = 0.0


def open_reading(
    rule: SettlementRule, start_ns: int, now_ns: int, history: VenueHistory, settings: ReadingSettings
) -> End | str:
    """The price at a start, or why there is none (yet)."""
    if rule.reading is not Reading.CANDLE:
        return _common_reading(rule, start_ns, now_ns, history, settings)
    crossing = history.crossing(start_ns)
    if crossing is None:
        return "the first trade was missed" if history.last_ns >= start_ns else "no trade since the start was heard"
    late_ns = crossing.first_ns - start_ns
    if crossing.is_gapless:
        return End(crossing.first, "the first trade")
    if late_ns <= settings.first_within_ns:
        return End(crossing.first, "the first trade that was heard", late_ns / NANOSECONDS_PER_SECOND)
    return "the first trade was missed"


def close_reading(
    rule: SettlementRule, end_ns: int, now_ns: int, history: VenueHistory, settings: ReadingSettings
) -> End | str:
    """The price at an end, or why there is none (yet)."""
    if rule.reading is not Reading.CANDLE:
        return _common_reading(rule, end_ns, now_ns, history, settings)
    crossing = history.crossing(end_ns)
    if crossing is None:
        return "the last trade was missed" if history.last_ns >= end_ns else "no trade since the end was heard"
    if crossing.before is None:
        return "no trade before the end was heard"
    lost_ns = 0 if crossing.is_gapless else end_ns - crossing.before_ns
    if lost_ns > settings.first_within_ns:
        return "the last trade was missed"
    return End(crossing.before, "the last trade", lost_ns / NANOSECONDS_PER_SECOND)


def _common_reading(
    rule: SettlementRule, at_ns: int, now_ns: int, history: VenueHistory, settings: ReadingSettings
) -> End | str:
    """What is read in the same way at both ends."""
    crossing = history.crossing(at_ns)
    is_over = now_ns >= at_ns + settings.patience_ns
    if rule.reading is Reading.POINT:
        return _point(at_ns, crossing, is_over, history, settings)
    own = history.average_at(at_ns, rule.window_s)
    if own is not None:
        return End(own, "the oracle's own mean")
    if not is_over:
        if at_ns - history.last_average_ns <= settings.held_within_ns:
            return "the oracle's own mean is waited for"
        if crossing is None:
            return "a tick at or after it is waited for"
    window_ns = rule.window_s * NANOSECONDS_PER_SECOND
    mean = history.mean(at_ns - window_ns, at_ns)
    if mean is None or mean.missing_ns > window_ns * _MOST_MISSING:
        return "too little of the mean's window was heard"
    if mean.longest_gap_ns > settings.held_within_ns:
        return "there is a gap in the mean's window"
    return End(mean.price, "the mean of the ticks", _doubt_s(mean.missing_ns, window_ns))


def _point(
    at_ns: int, crossing: Crossing | None, is_over: bool, history: VenueHistory, settings: ReadingSettings
) -> End | str:
    if crossing is not None and crossing.is_held_final:
        held, held_ns = crossing.held, crossing.held_ns
    elif not is_over:
        return "a tick after it is waited for"
    elif crossing is not None:
        held, held_ns = crossing.held, crossing.held_ns
    else:
        held, held_ns = history.last, history.last_ns
    if held is not None and 0 <= at_ns - held_ns <= settings.held_within_ns:
        return End(held, "the price that held")
    if crossing is not None and crossing.first_ns - at_ns <= settings.first_within_ns:
        return End(crossing.first, "the first price after it", (crossing.first_ns - at_ns) / NANOSECONDS_PER_SECOND)
    return "the price that held was not heard"


def _doubt_s(missing_ns: int, window_ns: int) -> float:
    """The first price stands for what is missing: the mean of a path over a third of its length, by its weight."""
    return (missing_ns / window_ns) ** 2 * missing_ns / 3 / NANOSECONDS_PER_SECOND

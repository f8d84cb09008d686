"""Where a market is in its life, from what the venue lists and the time (design section 8)."""

from messages.markets import Market, Phase
from messages.units import NANOSECONDS_PER_MILLISECOND


def phase_of(market: Market, *, has_book: bool, is_resolved: bool, now_ns: int, close_window_ns: int) -> Phase:
    """The phase at `now_ns`.

    resolved                                 -> RESOLVED
    the end is past                          -> CLOSED
    no book was ever closed                  -> DISCOVERED
    the venue takes no orders                -> WATCH
    the end is nearer than `close_window_ns` -> CLOSE_WINDOW
    otherwise                                -> NORMAL
    """
    if is_resolved:
        return Phase.RESOLVED
    end_ns = None if market.end_ms is None else market.end_ms * NANOSECONDS_PER_MILLISECOND
    if end_ns is not None and now_ns >= end_ns:
        return Phase.CLOSED
    if not has_book:
        return Phase.DISCOVERED
    if not market.accepting_orders:
        return Phase.WATCH
    if end_ns is not None and now_ns >= end_ns - close_window_ns:
        return Phase.CLOSE_WINDOW
    return Phase.NORMAL


def next_change_ns(market: Market, now_ns: int, close_window_ns: int) -> int | None:
    """When time alone will change the phase next; None for never."""
    if market.end_ms is None:
        return None
    end_ns = market.end_ms * NANOSECONDS_PER_MILLISECOND
    return min((at_ns for at_ns in (end_ns - close_window_ns, end_ns) if at_ns > now_ns), default=None)

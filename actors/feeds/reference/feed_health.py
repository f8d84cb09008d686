"""How a reference feed is doing, for whoever looks at the tree. It outlives the actor."""

from attrs import Factory, define, frozen

from actors.feeds.bad_inputs import BadInputCount, BadInputTally
from actors.feeds.reference.feed_watch import FeedWatch, Line
from messages.reference import REFERENCE_SCALE, ReferenceVenue, Symbol
from messages.units import NANOSECONDS_PER_MILLISECOND


@define
class ReferenceHealth:
    """Counted over all lives of a feed. `bad` may be shared with the source, which counts what it cannot read: each
    counts in the name of the source. `watch` is there from the first life on."""

    bad: BadInputTally = Factory(BadInputTally)
    connections: int = 0
    losses: int = 0
    last_loss: str = ""
    watch: FeedWatch | None = None


@frozen
class LineView:
    """A venue's prices of a symbol, of the moment or averaged over `window_s`. Times in milliseconds.

    `skew_ms` is how late the fastest message of late was by our clock: below zero our clock is behind the venue's.
    `way_ms` is the same of the last message. `gaps` are the times at which trades were `missing`.
    """

    venue: ReferenceVenue
    symbol: Symbol
    window_s: int
    ticks: int
    quotes: int
    last_price: float | None
    age_ms: int
    is_stalled: bool
    stalls: int
    gaps: int
    missing: int
    told_twice: int
    from_the_future: int
    skew_ms: int | None
    way_ms: int


@frozen
class ReferenceFeedView:
    source: str
    connections: int
    losses: int
    last_loss: str
    lines: tuple[LineView, ...]
    bad: tuple[BadInputCount, ...]


def view_of(source: str, health: ReferenceHealth, now_ns: int) -> ReferenceFeedView:
    watch = health.watch
    return ReferenceFeedView(
        source,
        health.connections,
        health.losses,
        health.last_loss,
        () if watch is None else tuple(_line_view(line, now_ns) for line in watch.lines),
        tuple(each for each in health.bad.lines() if each.source == source),
    )


def _line_view(line: Line, now_ns: int) -> LineView:
    venue, symbol, window_s = line.name
    least_ns = line.skew.least_ns
    return LineView(
        venue=venue,
        symbol=symbol,
        window_s=window_s,
        ticks=line.ticks,
        quotes=line.quotes,
        last_price=None if line.last_price is None else line.last_price / REFERENCE_SCALE,
        age_ms=max(0, now_ns - line.heard_ns) // NANOSECONDS_PER_MILLISECOND,
        is_stalled=line.is_stalled,
        stalls=line.stalls,
        gaps=line.gaps,
        missing=line.missing,
        told_twice=line.told_twice,
        from_the_future=line.from_the_future,
        skew_ms=None if least_ns is None else least_ns // NANOSECONDS_PER_MILLISECOND,
        way_ms=line.last_way_ns // NANOSECONDS_PER_MILLISECOND,
    )

"""Which reference sources a pricer has: live venues, an embedded exchange that is served, or a recording."""

from collections.abc import Sequence

from attrs import frozen

from actors.feeds.reference.feed_health import ReferenceHealth
from actors.feeds.reference.ports import ReferenceSource
from actors.pricing.open_price_source import OpenPriceSource
from messages.periods import Series
from polyactors.pricer.reference_actors import Feed
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.recording.folder import Recording
from polyactors.venues.recording.reference_source import recorded_references
from polyactors.venues.reference.settings import ReferenceFeedSettings
from polyactors.venues.reference.sources import open_prices, reference_sources
from supervision.clock import Clock
from supervision.log import LogSink
from supervision.timers import Timers


@frozen
class Sources:
    """`open_prices` can be asked for the starts of periods that were missed; None where nobody can."""

    feeds: tuple[Feed, ...]
    open_prices: OpenPriceSource | None


def live_sources(settings: ReferenceFeedSettings, series: Sequence[Series], clock: Clock, log: LogSink) -> Sources:
    """Nothing is connected before it is pumped."""
    counts = FeedCounts()
    found = reference_sources(settings, [each.symbol for each in series], clock, counts, log)
    return Sources(_feeds(found, settings, counts), open_prices(settings))


def recorded_sources(
    settings: ReferenceFeedSettings,
    recording: Recording,
    series: Sequence[Series],
    clock: Clock,
    timers: Timers,
    log: LogSink,
) -> Sources:
    counts = FeedCounts()
    found = recorded_references(recording, [each.symbol for each in series], clock, timers, counts, log)
    return Sources(_feeds(found, settings, counts), None)


def _feeds(sources: Sequence[ReferenceSource], settings: ReferenceFeedSettings, counts: FeedCounts) -> tuple[Feed, ...]:
    """What a source cannot read counts in the health of its feed."""
    return tuple(Feed(source, settings.connection(source.venue), ReferenceHealth(bad=counts.bad)) for source in sources)

"""Which reference sources a pricer has: live venues, an embedded exchange that is served, or a recording."""

from collections.abc import Sequence

from messages.periods import Series
from polyactors.pricer.reference_actors import Feed
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.recording.folder import Recording
from polyactors.venues.recording.reference_source import recorded_references
from polyactors.venues.reference.served_exchange import at_served_exchange
from polyactors.venues.reference.settings import ReferenceFeedSettings
from polyactors.venues.reference.sources import reference_sources
from supervision.clock import Clock
from supervision.log import LogSink
from supervision.timers import Timers


def live_feeds(
    settings: ReferenceFeedSettings, series: Sequence[Series], clock: Clock, log: LogSink
) -> tuple[Feed, ...]:
    """Nothing is connected before it is pumped."""
    sources = reference_sources(settings, [each.symbol for each in series], clock, FeedCounts(), log)
    return tuple(Feed(source, settings.connection(source.venue)) for source in sources)


def exchange_feeds(
    settings: ReferenceFeedSettings, url: str, series: Sequence[Series], clock: Clock, log: LogSink
) -> tuple[Feed, ...]:
    """Of the exchange that is served at `url` (http://127.0.0.1:PORT), in the place of all venues."""
    return live_feeds(at_served_exchange(settings, url), series, clock, log)


def recorded_feeds(
    settings: ReferenceFeedSettings,
    recording: Recording,
    series: Sequence[Series],
    clock: Clock,
    timers: Timers,
    log: LogSink,
) -> tuple[Feed, ...]:
    sources = recorded_references(recording, [each.symbol for each in series], clock, timers, FeedCounts(), log)
    return tuple(Feed(source, settings.connection(source.venue)) for source in sources)

"""Trading on paper on a recording."""

from attrs import frozen

from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from messages.markets import Market
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.place import Connection, Feed
from polyactors.venues.priced_series import priced_symbols
from polyactors.venues.recording.finder import RecordedFinder
from polyactors.venues.recording.folder import Recording
from polyactors.venues.recording.reference_source import recorded_references
from polyactors.venues.recording.source import RecordingSource
from supervision.clock import Clock
from supervision.log import LogSink
from supervision.timers import Timers


@frozen
class RecordedPlace:
    """A `Place`: the feed is the recording, the venue is on paper."""

    recording: Recording
    paper: PaperSettings

    @property
    def name(self) -> str:
        return self.recording.manifest.name

    @property
    def markets(self) -> tuple[Market, ...]:
        return self.recording.markets

    @property
    def start_ns(self) -> int:
        return self.recording.manifest.start_ms * NANOSECONDS_PER_MILLISECOND

    @property
    def frames(self) -> int | None:
        return sum(self.recording.manifest.frames.values()) or None

    def connect(self, clock: Clock, timers: Timers, counts: FeedCounts, log: LogSink) -> Connection:
        references = recorded_references(self.recording, priced_symbols(self.markets), clock, timers, counts, log)
        latency_ns = self.paper.order_latency_ns
        source = RecordingSource(
            self.recording, clock, timers, counts, log, latency_ns, references_are_read=bool(references)
        )
        venue = PaperVenue(self.paper, self.recording.markets)

        def close() -> None:
            source.close()
            for each in references:
                each.close()

        return Connection(
            (Feed(source, self.markets),),
            venue,
            self.paper.initial_deposit,
            close,
            references=references,
            finder=RecordedFinder(self.markets, clock.now_ns),
        )

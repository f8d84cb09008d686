"""What the venue said of our account and cannot be taken: counted, kept, and told. Nothing is guessed instead."""

from collections.abc import Callable

from attrs import define, field

from messages.market_data import BadInput
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.rest.failures import Failure, Malformed
from polyactors.venues.refused import Refused
from polyactors.venues.streams.malformed import MalformedFrames
from supervision.log import Level, LogEvent, LogSink

_NAME = "live account"


@define(eq=False)
class BadNews:
    """`kept` are the newest, for somebody to look at."""

    _counts: FeedCounts
    _now_ns: Callable[[], int]
    _log: LogSink
    kept: MalformedFrames = field(factory=MalformedFrames)

    def refused(self, refused: Refused, source: str, what: object) -> str:
        """In words. `what` was refused."""
        self._keep(refused.as_bad_input(source), repr(what).encode(errors="backslashreplace"))
        return f"{refused.kind}: {refused.detail}"

    def look_at(self, failure: Failure, source: str) -> None:
        """Keeps an answer that was none."""
        if isinstance(failure, Malformed):
            kind, _, detail = failure.reason.partition(": ")
            self._keep(BadInput(kind[:40], source, detail[:200]), failure.body)

    def _keep(self, bad: BadInput, body: bytes) -> None:
        self.kept.keep(bad, body, self._now_ns())
        if self._counts.bad.count(bad):
            fields = {"kind": bad.kind, "source": bad.source, "detail": bad.detail}
            self._log(LogEvent(self._now_ns(), Level.WARNING, _NAME, 0, 0, "bad input", fields))

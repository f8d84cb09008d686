"""The newest publication of each series, as it is handed out."""

from collections.abc import Iterable

from attrs import define

from messages.periods import Series
from messages.pricing import PriceSnapshot
from messages.serial import BadDocument
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.pricer.wire import entity_tag, write_snapshot


@define(eq=False)
class Kept:
    """A publication and when it came; `body` is written when the first one asks."""

    snapshot: PriceSnapshot
    tag: str
    at_ns: int
    body: bytes | None = None


@define(eq=False)
class NothingToGive:
    reason: str


class Board:
    """`silent_after_ns`: who publishes nothing for so long has died or hangs, and what it said last is given to nobody.

    It outlives the lives of who keeps it.
    """

    def __init__(self, series: Iterable[Series], silent_after_ns: int) -> None:
        self.series = tuple(series)
        self.requests = 0
        self.unchanged = 0
        self.refused = 0
        self._silent_after_ns = silent_after_ns
        self._kept: dict[Series, Kept] = {}
        self._why_not: dict[Series, str] = {}

    def take(self, snapshot: PriceSnapshot, now_ns: int) -> None:
        self._kept[snapshot.series] = Kept(snapshot, entity_tag(snapshot), now_ns)
        self._why_not.pop(snapshot.series, None)

    def has_none(self, series: Series, reason: str) -> None:
        """Whoever publishes says that there is none."""
        self._kept.pop(series, None)
        self._why_not[series] = reason

    def newest(self, series: Series, now_ns: int) -> Kept | NothingToGive:
        kept = self._kept.get(series)
        if kept is None:
            return NothingToGive(self._why_not.get(series, "nothing has been published yet"))
        silent_ns = now_ns - kept.at_ns
        if silent_ns > self._silent_after_ns:
            return NothingToGive(f"nothing was published for {silent_ns // NANOSECONDS_PER_MILLISECOND} ms")
        if kept.body is None:
            try:
                kept.body = write_snapshot(kept.snapshot)
            except BadDocument as error:
                return NothingToGive(f"publication {kept.snapshot.seq} is broken: {error}")
        return kept

    def named(self, symbol: str | None, length: str | None) -> Series | None:
        """The first series that fits what was asked for; all fit where nothing was."""
        return next(
            (each for each in self.series if symbol in (None, each.symbol) and length in (None, each.length.value)),
            None,
        )

"""Which series of prices have stopped: the feed can stall while its socket stays open (polymarket_wire.md 8.3)."""

from collections.abc import Iterable

from polyactors.venues.polymarket.live_streams.price_ticks import Series


class Stalls:
    """A series of which nothing came for `limit_ns` has stalled, until something comes. No clock of its own."""

    def __init__(self, series: Iterable[Series], limit_ns: int, now_ns: int) -> None:
        self._limit_ns = limit_ns
        self._heard_ns = dict.fromkeys(series, now_ns)
        self._stalled: set[Series] = set()

    def begin(self, now_ns: int) -> None:
        """A new connection has its full time."""
        self._heard_ns = dict.fromkeys(self._heard_ns, now_ns)
        self._stalled.clear()

    def hear(self, series: Series, now_ns: int) -> None:
        if series in self._heard_ns:
            self._heard_ns[series] = now_ns
            self._stalled.discard(series)

    def newly_stalled(self, now_ns: int) -> tuple[Series, ...]:
        """Each is named once."""
        found = tuple(
            series
            for series, heard_ns in self._heard_ns.items()
            if series not in self._stalled and now_ns - heard_ns > self._limit_ns
        )
        self._stalled.update(found)
        return found

    @property
    def are_all(self) -> bool:
        return bool(self._heard_ns) and len(self._stalled) == len(self._heard_ns)

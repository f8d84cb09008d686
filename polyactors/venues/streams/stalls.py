"""What has stopped coming: a feed can stall while its socket stays open (polymarket_wire.md 8.3)."""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Stalls(Generic[K]):
    """A line of messages of which nothing came for `limit_ns` has stalled, until something comes. No clock of its
    own."""

    def __init__(self, lines: Iterable[K], limit_ns: int, now_ns: int) -> None:
        self._limit_ns = limit_ns
        self._heard_ns = dict.fromkeys(lines, now_ns)
        self._stalled: set[K] = set()

    def begin(self, now_ns: int) -> None:
        """A new connection has its full time."""
        self._heard_ns = dict.fromkeys(self._heard_ns, now_ns)
        self._stalled.clear()

    def hear(self, line: K, now_ns: int) -> None:
        if line in self._heard_ns:
            self._heard_ns[line] = now_ns
            self._stalled.discard(line)

    def newly_stalled(self, now_ns: int) -> tuple[K, ...]:
        """Each is named once."""
        found = tuple(
            line
            for line, heard_ns in self._heard_ns.items()
            if line not in self._stalled and now_ns - heard_ns > self._limit_ns
        )
        self._stalled.update(found)
        return found

    @property
    def are_all(self) -> bool:
        return bool(self._heard_ns) and len(self._stalled) == len(self._heard_ns)

"""How far our clock and a venue's are apart, from the times of what the venue tells. No clock of its own."""

from collections import deque

from messages.units import NANOSECONDS_PER_SECOND

WINDOW = 64
"""Messages that are looked at: a few wrong times among them do not move the middle one."""

_EVERY = 16

MOST_APART_NS = 3600 * NANOSECONDS_PER_SECOND
"""More is no clock that is wrong, but an old message or a time in the wrong unit: nothing is learned from it."""


class ClockSkew:
    """What is received `difference_ns` after the venue says that it happened was that long under way, plus what our
    clock is ahead. Below zero our clock is behind, by so much at least.
    """

    def __init__(self, future_limit_ns: int) -> None:
        self._future_limit_ns = future_limit_ns
        self._differences: deque[int] = deque(maxlen=WINDOW)
        self._until_learning = _EVERY
        self.earliest_ns = -future_limit_ns
        """What has a smaller difference is said to have happened after it was received: more than the limit after, by
        the venue's clock as it is known."""

    def see(self, difference_ns: int) -> None:
        if -MOST_APART_NS < difference_ns < MOST_APART_NS:
            self._differences.append(difference_ns)
            self._until_learning -= 1
            if not self._until_learning:
                self._until_learning = _EVERY
                middle_ns = sorted(self._differences)[len(self._differences) // 2]
                # Old news (a history, the last trade of a quiet market) only ever looks late, so it cannot make what
                # is new look as if it came from the future.
                self.earliest_ns = min(0, middle_ns) - self._future_limit_ns

    @property
    def least_ns(self) -> int | None:
        """The smallest difference of late: the skew and the shortest way. None before anything was seen."""
        return min(self._differences, default=None)

    @property
    def usual_ns(self) -> int | None:
        """The middle one: the skew and the usual way."""
        return sorted(self._differences)[len(self._differences) // 2] if self._differences else None

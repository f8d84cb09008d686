"""The mean of a price over any window of the last minutes, from ticks at irregular times.

An oracle's mean is that of its reports, its own moment included: so each tick stands for the time since the one before.
On a grid of times this is the plain mean of the prices in the window.
"""

from bisect import bisect_left, bisect_right

from attrs import frozen

from messages.reference import ReferencePrice
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND

_KEPT_NS = 180 * NANOSECONDS_PER_SECOND
_SPACING_NS = 100 * NANOSECONDS_PER_MILLISECOND
_MOST = 2 * _KEPT_NS // _SPACING_NS


@frozen
class MeanPrice:
    """In hundred-millionths of a dollar. For `missing_ns` at the window's beginning nothing was known, and the first
    price stands for it; `longest_gap_ns` is the longest time between two ticks of the window."""

    price: float
    missing_ns: int
    longest_gap_ns: int


class RunningMean:
    """Sums price times time; the sum is written down at most each 100 ms, so that the memory is bounded."""

    def __init__(self) -> None:
        self._sum = 0
        self._last_ns = 0
        self._last: ReferencePrice | None = None
        self._gap_ns = 0
        self._next_ns = 0
        self._times: list[int] = []
        self._sums: list[int] = []
        self._prices: list[ReferencePrice] = []
        self._gaps: list[int] = []

    def see(self, at_ns: int, price: ReferencePrice) -> None:
        """`at_ns` is not before the last one."""
        if self._last is not None:
            elapsed_ns = at_ns - self._last_ns
            self._sum += price * elapsed_ns
            self._gap_ns = max(self._gap_ns, elapsed_ns)
        self._last_ns, self._last = at_ns, price
        if at_ns >= self._next_ns:
            self._write_down()

    def hold_until(self, at_ns: int) -> None:
        """The last price held until then: nothing that comes after belongs to the time before."""
        if self._last is not None and at_ns > self._last_ns:
            self.see(at_ns, self._last)
            if self._times[-1] != at_ns:
                self._write_down()

    def over(self, from_ns: int, to_ns: int) -> MeanPrice | None:
        """The mean over that time, `from_ns` itself excluded; the last price holds. None where no tick is known."""
        if self._last is None or to_ns <= from_ns:
            return None
        price = (self._sum_at(to_ns) - self._sum_at(from_ns)) / (to_ns - from_ns)
        first, last = bisect_right(self._times, from_ns), bisect_left(self._times, to_ns)
        gaps = [*self._gaps[first : last + 1], self._gap_ns if to_ns > self._times[-1] else 0, to_ns - self._last_ns]
        return MeanPrice(price, max(0, min(self._times[0], to_ns) - from_ns), max(gaps))

    def _sum_at(self, at_ns: int) -> int:
        assert self._last is not None
        if at_ns >= self._last_ns:
            return self._sum + self._last * (at_ns - self._last_ns)
        index = bisect_left(self._times, at_ns)
        if index == len(self._times):
            return self._sum - self._last * (self._last_ns - at_ns)
        return self._sums[index] - self._prices[index] * (self._times[index] - at_ns)

    def _write_down(self) -> None:
        assert self._last is not None
        self._times.append(self._last_ns)
        self._sums.append(self._sum)
        self._prices.append(self._last)
        self._gaps.append(self._gap_ns)
        self._gap_ns = 0
        self._next_ns = self._last_ns + _SPACING_NS
        if len(self._times) > _MOST:
            for kept in (self._times, self._sums, self._prices, self._gaps):
                del kept[: _MOST // 2]

"""Returns of one second of one venue, and their sums over several windows: squares, neighbours, absolute neighbours."""

import math

from messages.units import NANOSECONDS_PER_SECOND

_UNIT = 10**9
"""Returns are counted in billionths of the logarithm: sums of integers stay exact however long they run."""


class ReturnWindow:
    """Sums over the last `length` returns."""

    __slots__ = ("absolute_neighbours", "count", "length", "neighbours", "squares", "total")

    def __init__(self, length: int) -> None:
        self.length = length
        self.count = 0
        self.total = 0
        self.squares = 0
        self.neighbours = 0
        self.absolute_neighbours = 0

    @property
    def realised(self) -> float | None:
        """Variance a second: the mean of squared returns."""
        return self.squares / self.count / _UNIT**2 if self.count else None

    @property
    def corrected(self) -> float | None:
        """Variance a second without what bounces between bid and ask add to it, or prices that follow late take away:
        squares plus twice the products of neighbours (Zhou, "High-frequency data and volatility", 1996; Hansen and
        Lunde 2006). Not below a quarter of the plain one, since it is noisier."""
        if self.count < 2:
            return self.realised
        plain = self.squares / self.count
        corrected = plain + 2 * self.neighbours / (self.count - 1)
        return max(corrected, plain / 4) / _UNIT**2

    @property
    def jump_share(self) -> float | None:
        """How much of the variance comes from jumps: 1 - bipower variation / realised variance, not below 0
        (Barndorff-Nielsen and Shephard, "Power and bipower variation", 2004). None where nothing moved."""
        if self.count < 2 or not self.squares:
            return None
        bipower = math.pi / 2 * self.absolute_neighbours / (self.count - 1)
        return max(0.0, 1.0 - bipower / (self.squares / self.count))

    @property
    def change(self) -> float:
        """Of the logarithm over the whole window."""
        return self.total / _UNIT


class VenueReturns:
    """The price at each full second of the venue's clock. Where nothing happened it stays, for up to `hold_s`; after a
    longer silence it begins anew, and what happened meanwhile is no return."""

    def __init__(self, windows_s: tuple[int, ...], hold_s: int = 10, ewma_time_constant_s: float = 120.0) -> None:
        self.windows = {length: ReturnWindow(length) for length in windows_s}
        self.second = 0
        self._hold_s = hold_s
        self._keep = max(windows_s) + 1
        self._ring = [0] * self._keep
        self._count = 0
        self._closed: float | None = None
        self._price = 0
        self._decay = math.exp(-1 / ewma_time_constant_s)
        self._ewma = 0.0
        self._ewma_weight = 0.0

    def see(self, at_ns: int, price: int) -> None:
        """Whatever unit the price has; above zero."""
        second = at_ns // NANOSECONDS_PER_SECOND
        if second > self.second:
            self._close(second)
        self._price = price

    @property
    def count(self) -> int:
        """Of the returns in the longest window."""
        return min(self._count, self._keep - 1)

    @property
    def ewma(self) -> float | None:
        """Variance a second, exponentially weighted (RiskMetrics 1996)."""
        return self._ewma / self._ewma_weight if self._ewma_weight else None

    def _close(self, second: int) -> None:
        """The second of the last price is over, and so are the empty ones up to `second`."""
        silent = second - self.second
        self.second = second
        if not self._price:
            return
        closed = math.log(self._price)
        if self._closed is not None:
            if silent > self._hold_s:
                self._closed = None
                return
            self._push(round((closed - self._closed) * _UNIT))
            for _ in range(silent - 1):
                self._push(0)
        self._closed = closed

    def _push(self, change: int) -> None:
        ring, keep, count = self._ring, self._keep, self._count
        square, size = change * change, abs(change)
        former = ring[(count - 1) % keep] if count else 0
        for length, window in self.windows.items():
            window.total += change
            window.squares += square
            window.neighbours += change * former
            window.absolute_neighbours += size * abs(former)
            if count < length:
                window.count += 1
                continue
            leaving = ring[(count - length) % keep]
            after = ring[(count - length + 1) % keep] if length > 1 else change
            window.total -= leaving
            window.squares -= leaving * leaving
            window.neighbours -= leaving * after
            window.absolute_neighbours -= abs(leaving * after)
        ring[count % keep] = change
        self._count = count + 1
        self._ewma = self._ewma * self._decay + square / _UNIT**2 * (1 - self._decay)
        self._ewma_weight = self._ewma_weight * self._decay + (1 - self._decay)

"""How much takers bought and sold in the last seconds."""

from messages.identity import Side
from messages.units import NANOSECONDS_PER_SECOND


class TradeFlow:
    """Coins bought and sold by second, summed over windows of whole seconds; the present one counts."""

    def __init__(self, windows_s: tuple[int, ...]) -> None:
        self._keep = max(windows_s) + 1
        self._bought = [0] * self._keep
        self._sold = [0] * self._keep
        self._second = 0
        self._sums = {window_s: [0, 0] for window_s in windows_s}

    def see(self, side: Side, size: int, received_ns: int) -> None:
        """A trade of an earlier second than the newest counts as one of the newest."""
        self._move(received_ns)
        slot, which = self._second % self._keep, 0 if side is Side.BUY else 1
        if which:
            self._sold[slot] += size
        else:
            self._bought[slot] += size
        for sums in self._sums.values():
            sums[which] += size

    def imbalance(self, window_s: int, now_ns: int) -> float | None:
        """From -1, all sold, to 1, all bought; None without a trade. `window_s` is one of those of the beginning."""
        self._move(now_ns)
        bought, sold = self._sums[window_s]
        return (bought - sold) / (bought + sold) if bought + sold else None

    def _move(self, now_ns: int) -> None:
        """Seconds that began meanwhile are empty, and others leave the windows."""
        second = now_ns // NANOSECONDS_PER_SECOND
        if second <= self._second:
            return
        if second - self._second >= self._keep:
            self._bought, self._sold = [0] * self._keep, [0] * self._keep
            self._sums = {window_s: [0, 0] for window_s in self._sums}
            self._second = second
            return
        for fresh in range(self._second + 1, second + 1):
            for window_s, sums in self._sums.items():
                leaving = (fresh - window_s) % self._keep
                sums[0] -= self._bought[leaving]
                sums[1] -= self._sold[leaving]
            slot = fresh % self._keep
            self._bought[slot] = self._sold[slot] = 0
        self._second = second

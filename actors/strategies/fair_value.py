"""A fair value and its volatility from one market's own book."""

import math

from messages.market_data import Snapshot
from messages.units import NANOSECONDS_PER_SECOND, PRICE_SCALE


def micro_price(snapshot: Snapshot) -> float:
    """The price between best bid and best ask, nearer to the side with less size, in price units.

    The weighted middle (bid x ask size + ask x bid size) / (bid size + ask size): the first-order form of Stoikov, "The
    micro-price" (2018). Only for a two-sided book.
    """
    bid_size, ask_size = snapshot.yes_bids.best_size, snapshot.no_bids.best_size
    return (snapshot.best_bid * ask_size + snapshot.best_ask * bid_size) / (bid_size + ask_size)


class Volatility:
    """How much a price moves: the exponentially weighted variance of its changes by time, with a time constant.

    Sum of squared changes over sum of elapsed time, both decayed by exp(-dt / time constant): the estimator of
    RiskMetrics (1996) for changes at irregular times. Not ready before one time constant's tenth has been seen.
    """

    def __init__(self, time_constant_ns: int) -> None:
        self._time_constant_s = time_constant_ns / NANOSECONDS_PER_SECOND
        self._squares = 0.0
        self._seconds = 0.0
        self._last_price: float | None = None
        self._last_ns = 0

    def see(self, price: float, at_ns: int) -> None:
        """`price` in price units held at `at_ns`. A time that is not after the last one adds to the last change."""
        if self._last_price is None:
            self._last_price, self._last_ns = price, at_ns
            return
        elapsed_s = max(0, at_ns - self._last_ns) / NANOSECONDS_PER_SECOND
        change = price - self._last_price
        if elapsed_s:
            decay = math.exp(-elapsed_s / self._time_constant_s)
            self._squares *= decay
            self._seconds = self._seconds * decay + elapsed_s
        self._squares += change * change
        self._last_price, self._last_ns = price, max(at_ns, self._last_ns)

    @property
    def is_ready(self) -> bool:
        return self._seconds >= self._time_constant_s / 10

    def over(self, horizon_ns: int) -> float:
        """The standard deviation of the price's change over `horizon_ns`, in price units; 0 before it is ready."""
        if not self.is_ready:
            return 0.0
        variance = self._squares / self._seconds * (horizon_ns / NANOSECONDS_PER_SECOND)
        return min(math.sqrt(variance), float(PRICE_SCALE))

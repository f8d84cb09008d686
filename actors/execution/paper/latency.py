"""How long an order or a cancel is under way to the venue: always the same time, or one drawn from a seed."""

import math
from random import Random
from statistics import NormalDist

_NINETY_NINE = NormalDist().inv_cdf(0.99)
_SLOWEST = 0.9999
"""Nothing takes longer than one in ten thousand does: whoever waits for an answer has to know for how long."""


class Latency:
    """Times in nanoseconds, log-normal with this median and 99th percentile: never negative, seldom much slower.

    A `p99_ns` of 0 means that every time is the median, and nothing is drawn. `seed` names the stream of draws: those
    of orders and of cancels do not disturb each other. Raises `ValueError` for a 99th percentile below the median, and
    for one above a median of 0.
    """

    __slots__ = ("_median_ns", "_random", "_sigma", "slowest_ns")

    def __init__(self, median_ns: int, p99_ns: int, seed: str) -> None:
        if p99_ns and (p99_ns < median_ns or not median_ns):
            raise ValueError(
                f"a 99th percentile of {p99_ns} ns does not go with a median of {median_ns} ns; "
                "it is 0, or no less than a median above 0"
            )
        self._median_ns = median_ns
        self._sigma = math.log(p99_ns / median_ns) / _NINETY_NINE if p99_ns else 0.0
        self._random = Random(seed)
        self.slowest_ns = self._at(_SLOWEST)
        """No draw is longer."""

    def next_ns(self) -> int:
        """How long the next one takes."""
        if not self._sigma:
            return self._median_ns
        # Half a step off the ends: the distribution has no value at 0.
        chance = (self._random.getrandbits(53) + 0.5) / 2**53
        return self._at(min(chance, _SLOWEST))

    def _at(self, quantile: float) -> int:
        if not self._sigma:
            return self._median_ns
        return round(self._median_ns * math.exp(self._sigma * NormalDist().inv_cdf(quantile)))

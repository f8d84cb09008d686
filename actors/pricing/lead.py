"""Where an oracle will be in a moment, because the venues that it is made of are there already.

An oracle comes late and smoothed (1.6 s in a sample, polymarket.md 5.6): what the venues have moved in the last seconds
it has still before it. How much of that it makes is learned: the slope of its next move on theirs (error correction:
Engle and Granger 1987). Of moves rather than of distances, since those between venues wander on their own.
"""

import math
from collections import deque
from collections.abc import Mapping

from attrs import frozen

from messages.reference import ReferenceVenue
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND

_BEHIND_NS = 3 * NANOSECONDS_PER_SECOND
"""How far an oracle is behind, with a second between its reports."""

_SAMPLE_NS = 250 * NANOSECONDS_PER_MILLISECOND
_MEMORY = 2400.0
_PRIOR_SAMPLES = 240.0
_PRIOR_SLOPE = 0.5


@frozen
class _Sample:
    at_ns: int
    venues: Mapping[ReferenceVenue, float]
    oracle: float
    move: float


class Lead:
    """Prices are logarithms. Bounded: three seconds of samples, and sums that fade within ten minutes."""

    def __init__(self) -> None:
        self._samples: deque[_Sample] = deque()
        self._next_ns = 0
        self._count = 0.0
        self._moves = 0.0
        self._squares = 0.0

    def see(self, now_ns: int, venues: Mapping[ReferenceVenue, float], oracle: float) -> float:
        """How much the oracle is expected to move. `venues` are those to be believed, without the oracle."""
        samples = self._samples
        while len(samples) > 1 and now_ns - samples[1].at_ns >= _BEHIND_NS:
            self._learn(samples.popleft(), oracle)
        move = 0.0
        if samples and now_ns - samples[0].at_ns < 2 * _BEHIND_NS:
            then = samples[0].venues
            moves = [price - then[venue] for venue, price in venues.items() if venue in then]
            move = sum(moves) / len(moves) if moves else 0.0
        if now_ns >= self._next_ns:
            self._next_ns = now_ns + _SAMPLE_NS
            samples.append(_Sample(now_ns, venues, oracle, move))
        return self.slope * move

    @property
    def slope(self) -> float:
        """From 0, the venues tell nothing, to 1, the oracle makes the whole move."""
        if not self._squares:
            return _PRIOR_SLOPE
        learned = min(1.0, max(0.0, self._moves / self._squares))
        return (learned * self._count + _PRIOR_SLOPE * _PRIOR_SAMPLES) / (self._count + _PRIOR_SAMPLES)

    def _learn(self, former: _Sample, oracle: float) -> None:
        fade = math.exp(-1 / _MEMORY)
        self._count = self._count * fade + 1
        self._moves = self._moves * fade + former.move * (oracle - former.oracle)
        self._squares = self._squares * fade + former.move * former.move

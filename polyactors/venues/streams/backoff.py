"""How long to wait before the next attempt: a random part of a bound that doubles (full jitter)."""

import random

from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND

FIRST_BOUND_NS = 250 * NANOSECONDS_PER_MILLISECOND
LAST_BOUND_NS = 30 * NANOSECONDS_PER_SECOND
"""As the venue's own client has them (polymarket_wire.md 8)."""


class Backoff:
    """The n-th pause in a row, from 0 on, is anything from 0 to min(first * 2^n, last), equally likely."""

    def __init__(
        self, chance: random.Random, first_bound_ns: int = FIRST_BOUND_NS, last_bound_ns: int = LAST_BOUND_NS
    ) -> None:
        if not 0 < first_bound_ns <= last_bound_ns:
            raise ValueError("the bounds of the pauses are above 0, and the last is not below the first")
        self._chance = chance
        self._first_bound_ns = first_bound_ns
        self._last_bound_ns = last_bound_ns
        self.failures = 0

    @property
    def bound_ns(self) -> int:
        """What the next pause cannot exceed."""
        doublings = min(self.failures, self._last_bound_ns.bit_length())
        return min(self._first_bound_ns << doublings, self._last_bound_ns)

    def next_pause_ns(self) -> int:
        pause_ns = self._chance.randrange(self.bound_ns + 1)
        self.failures += 1
        return pause_ns

    def succeeded(self) -> None:
        """The next pause is a short one again."""
        self.failures = 0

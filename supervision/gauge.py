"""How long the last messages of an actor waited, and how long handling them took."""

from collections import deque

SAMPLES = 256
"""Messages remembered: enough for a p99, and bounded memory however long an actor lives."""


class Gauge:
    """Times in nanoseconds of real time. `worst_handling_ns` is that of all lives since the gauge was made."""

    __slots__ = ("handling_ns", "waiting_ns", "worst_handling_ns")

    def __init__(self) -> None:
        self.waiting_ns: deque[int] = deque(maxlen=SAMPLES)
        self.handling_ns: deque[int] = deque(maxlen=SAMPLES)
        self.worst_handling_ns = 0


def percentile(samples: "deque[int]", percent: float) -> int | None:
    """The nearest rank; None without samples. Never below 0, though a clock that runs faster than real time may have
    made a wait look so."""
    if not samples:
        return None
    ordered = sorted(samples)
    rank = -(-len(ordered) * percent // 100)
    return max(0, ordered[max(0, int(rank) - 1)])

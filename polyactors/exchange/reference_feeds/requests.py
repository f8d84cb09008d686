"""What clients say, as far as it can be understood without knowing the venue."""

import json
from collections import deque

from messages.units import NANOSECONDS_PER_SECOND

_LONGEST = 200_000
"""Characters; more than any venue takes."""


def read_object(text: str) -> dict[str, object] | None:
    """None for everything that is not a JSON object."""
    if len(text) > _LONGEST:
        return None
    try:
        plain: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return plain if isinstance(plain, dict) else None


def read_texts(found: object) -> tuple[str, ...] | None:
    """Each once, in their order; None for everything that is not a list of texts."""
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        return None
    return tuple(dict.fromkeys(found))


def read_count(found: object) -> int | None:
    """A whole number from 0 that fits into 64 bits, None for everything else."""
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < 1 << 63:
        return None
    return found


class Pace:
    """How often a client may do something: `most` times within any second."""

    def __init__(self, most: int) -> None:
        self._times_ns: deque[int] = deque(maxlen=most)

    def allows(self, now_ns: int) -> bool:
        """Counts it, if it is allowed."""
        times = self._times_ns
        if len(times) == times.maxlen and now_ns - times[0] < NANOSECONDS_PER_SECOND:
            return False
        times.append(now_ns)
        return True

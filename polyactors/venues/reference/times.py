"""Times of venues as epoch nanoseconds."""

import re
from datetime import UTC, datetime

from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.venues.refused import Refused

LATEST_NS = 4_102_444_800 * NANOSECONDS_PER_SECOND
"""The year 2100."""

_ISO = re.compile(r"(?a:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:00))")
_LONGEST = 40


def of_milliseconds(at_ms: int) -> int:
    """Raises `Refused` (bad_timestamp) for what is no time."""
    at_ns = at_ms * NANOSECONDS_PER_MILLISECOND
    if not 0 < at_ns < LATEST_NS:
        raise Refused("bad_timestamp", f"{str(at_ms)[:60]} is no time in milliseconds")
    return at_ns


class IsoTimes:
    """Reads "2026-11-07T08:19:27.028459Z". Remembers the last second: most of what follows is in it."""

    def __init__(self) -> None:
        self._second = ""
        self._second_ns = 0

    def read(self, text: str) -> int:
        """Raises `Refused` (bad_timestamp)."""
        match = _ISO.fullmatch(text) if len(text) <= _LONGEST else None
        if match is None:
            raise Refused("bad_timestamp", f"{text[:60]!r} is no time")
        second, fraction = match[1], match[2] or ""
        if second != self._second:
            self._second_ns = _epoch_ns(second)
            self._second = second
        return self._second_ns + int(fraction.ljust(9, "0"))


def _epoch_ns(second: str) -> int:
    try:
        moment = datetime.fromisoformat(second).replace(tzinfo=UTC)
    except ValueError:
        raise Refused("bad_timestamp", f"{second!r} is no time") from None
    at_ns = int(moment.timestamp()) * NANOSECONDS_PER_SECOND
    if not 0 < at_ns < LATEST_NS:
        raise Refused("bad_timestamp", f"{second!r} is not between 1970 and 2100")
    return at_ns

"""Times as Gamma writes them."""

from datetime import UTC, datetime


def iso_time(at_ms: int) -> str:
    """ "2026-07-23T23:55:00Z"."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%d")


def spaced_time(at_ms: int) -> str:
    """ "2026-07-24 00:00:16+00", as `closedTime` is written."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S+00")


def read_time_ms(text: str) -> int:
    """An ISO date or time, as milliseconds; without a zone it is UTC. Raises `ValueError`."""
    when = datetime.fromisoformat(text)
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    try:
        return int(when.timestamp() * 1000)
    except OverflowError as error:
        raise ValueError(str(error)) from error

"""How a pricer does, as `GET /health` tells it."""

from attrs import frozen


@frozen
class FeedHealth:
    """One reference feed. `state` is that of its actor; `stalled` are the symbols of which nothing comes any more,
    `bad` counts what could not be true."""

    name: str
    state: str
    restarts: int
    last_error: str | None
    connections: int
    losses: int
    ticks: int
    gaps: int
    bad: int
    stalled: tuple[str, ...]


@frozen
class SeriesHealth:
    """`is_well` with a fresh publication that is not stale; else `reason` says what is missing. The others are None
    before the first publication."""

    series: str
    is_well: bool
    reason: str
    epoch: int | None = None
    last_seq: int | None = None
    stale: bool | None = None
    uncertain: bool | None = None
    age_ms: int | None = None
    venues: tuple[str, ...] = ()


@frozen
class PricerHealth:
    """`is_well` when every series is. `refused` counts requests that were answered by an error."""

    is_well: bool
    uptime_ms: int
    requests: int
    unchanged: int
    refused: int
    feeds: tuple[FeedHealth, ...]
    series: tuple[SeriesHealth, ...]

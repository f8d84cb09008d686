"""What a calibration is made of: what was said of a market at fixed times before its end, and what came true."""

from attrs import frozen


@frozen
class Looked:
    """What was said `left_s` before the end of a market: chances of Up, None where there was none. `fair_lo` and
    `fair_hi` are the band; `market` is the middle of the market's own book."""

    left_s: int
    fair: float | None
    fair_lo: float | None
    fair_hi: float | None
    market: float | None
    is_uncertain: bool = True
    is_stale: bool = True


@frozen
class JudgedMarket:
    """A market whose outcome is known, by `outcome_by`."""

    name: str
    end_ms: int
    is_up: bool
    outcome_by: str
    looks: tuple[Looked, ...]


@frozen
class MarketLeftOut:
    """A market, or a whole recording, that says nothing, and why."""

    name: str
    reason: str


@frozen
class Forecast:
    """One chance that was given, and what came true. `end_ms` is when the market ended."""

    chance: float
    is_up: bool
    end_ms: int


@frozen
class Played:
    """What came of one recording, or of a stretch of the simulation. `bad_inputs` could not be read."""

    markets: tuple[JudgedMarket, ...]
    left_out: tuple[MarketLeftOut, ...]
    bad_inputs: int = 0

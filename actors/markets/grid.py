"""When a book has to move to a finer price grid although the venue never said so.

The venue announces a finer tick with a tick_size_change frame. Where that frame is lost the prices themselves tell: in
the recording nhl-20260607 one market goes from 0.01 to 0.001 unannounced, and its later book frames still say 0.01. A
single price off the grid proves nothing, it may be a broken frame; several that fit one finer tick do.
"""

from collections.abc import Iterable

from attrs import field, frozen, validators

from messages.units import NANOSECONDS_PER_SECOND, TICK_SIZES, Price, TickSize


@frozen
class GridRule:
    """So many `frames` off the grid within `within_ns`, all legal on one finer tick, prove a missed tick change."""

    frames: int = field(default=5, validator=validators.ge(1))
    within_ns: int = field(default=60 * NANOSECONDS_PER_SECOND, validator=validators.ge(0))


@frozen
class OffGridFrame:
    """One frame that did not fit: when it came, and the prices that are no multiple of the grid's step."""

    received_ns: int
    prices: tuple[Price, ...]

    def fits(self, step: int) -> bool:
        return not any(price % step for price in self.prices)


def off_grid(prices: Iterable[Price], step: int) -> tuple[Price, ...]:
    """Those of `prices` that are no multiple of `step`."""
    return tuple(price for price in prices if price % step)


def with_frame(evidence: tuple[OffGridFrame, ...], frame: OffGridFrame, rule: GridRule) -> tuple[OffGridFrame, ...]:
    """`evidence` and `frame`, without what is older than the rule looks back."""
    since = frame.received_ns - rule.within_ns
    return (*(each for each in evidence if each.received_ns >= since), frame)


def finer_step(step: int, evidence: tuple[OffGridFrame, ...], rule: GridRule) -> TickSize | None:
    """The coarsest tick that `evidence` proves, or None while it proves nothing.

    Only ticks that divide `step` come into question, for what was legal before has to stay legal.
    """
    for tick in TICK_SIZES:
        finer = tick < step and step % tick == 0
        if finer and sum(frame.fits(tick) for frame in evidence) >= rule.frames:
            return tick
    return None

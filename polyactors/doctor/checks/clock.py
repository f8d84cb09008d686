"""How far this machine's clock is from the venue's, which shows whole seconds.

An answer T that was asked for at A and came at B says that the venue's clock was between T and T + 1 at some time from
A to B; so ours is ahead of it by more than A - T - 1, and by less than B - T. Several answers narrow that down.
"""

from collections.abc import Callable, Iterable

from attrs import frozen

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.doctor.failed_calls import failed_call
from polyactors.doctor.finding import Check, Finding, failed, ok, warning
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.failures import Failure

ASKED = 5
GOOD_NS = NANOSECONDS_PER_SECOND
BAD_NS = 5 * NANOSECONDS_PER_SECOND

_SYNCHRONISE = "synchronise this machine's clock (NTP): signatures and expirations are by it"


@frozen
class Reading:
    """One answer: `asked_ns` and `answered_ns` by our clock, `shown_s` by the venue's."""

    asked_ns: int
    shown_s: int
    answered_ns: int


@frozen
class Skew:
    """How far ahead our clock is: `ahead_ns`, give or take `uncertainty_ns`."""

    ahead_ns: int
    uncertainty_ns: int


def skew_of(readings: Iterable[Reading]) -> Skew | None:
    """None where the readings contradict one another: a clock was set meanwhile."""
    bounds = [
        (each.asked_ns - (each.shown_s + 1) * NANOSECONDS_PER_SECOND, each.answered_ns - shown_ns)
        for each in readings
        for shown_ns in (each.shown_s * NANOSECONDS_PER_SECOND,)
    ]
    least, most = max(low for low, _ in bounds), min(high for _, high in bounds)
    return None if least > most else Skew((least + most) // 2, (most - least) // 2)


def judged(skew: Skew | None) -> Finding:
    if skew is None:
        return failed(Check.CLOCK, "one of the two clocks jumped while it was looked at", _SYNCHRONISE)
    off_ns = abs(skew.ahead_ns)
    direction = "ahead of" if skew.ahead_ns > 0 else "behind"
    seen = f"{_seconds(off_ns)} s {direction} the venue's, give or take {_seconds(skew.uncertainty_ns)} s"
    if off_ns > BAD_NS + (skew.uncertainty_ns if skew.uncertainty_ns >= GOOD_NS else 0):
        return failed(Check.CLOCK, seen, _SYNCHRONISE)
    if skew.uncertainty_ns >= GOOD_NS:
        return warning(Check.CLOCK, seen, "the venue answers slowly: see that the network is not overloaded")
    if off_ns >= GOOD_NS:
        return warning(Check.CLOCK, seen, _SYNCHRONISE)
    return ok(Check.CLOCK, seen)


async def clock_finding(clob: Clob, now_ns: Callable[[], int]) -> Finding:
    readings = []
    for _ in range(ASKED):
        asked_ns = now_ns()
        shown_s = await clob.markets.time_s()
        if isinstance(shown_s, Failure):
            return failed_call(Check.CLOCK, "the venue's clock", shown_s)
        readings.append(Reading(asked_ns, shown_s, now_ns()))
    return judged(skew_of(readings))


def _seconds(length_ns: int) -> str:
    return f"{length_ns / NANOSECONDS_PER_SECOND:.2f}"

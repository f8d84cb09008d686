"""When a reference price counts, and which ticks are refused."""

from attrs import field, frozen
from attrs.validators import ge, gt, le

from messages.units import NANOSECONDS_PER_SECOND


@frozen(kw_only=True)
class MedianSettings:
    """When a price counts. `stale_after_ns` after it was heard it does not any more; an oracle's may lag behind its own
    clock by `oracle_lag_ns` besides (median 1.6 s in a sample, polymarket.md 5.6). Further than `outlier_bps` from the
    median of all fresh ones it is left out.

    Refused is a tick that is more than `future_after_ns` ahead of our clock, or `step_percent` away from the venue's
    former one, unless that is older than `step_forgotten_ns` or the other venues are there as well.
    """

    stale_after_ns: int = field(default=2 * NANOSECONDS_PER_SECOND, validator=gt(0))
    outlier_bps: int = field(default=200, validator=gt(0))
    oracle_lag_ns: int = field(default=3 * NANOSECONDS_PER_SECOND, validator=ge(0))
    future_after_ns: int = field(default=3 * NANOSECONDS_PER_SECOND, validator=ge(0))
    step_percent: int = field(default=10, validator=[gt(0), le(100)])
    step_forgotten_ns: int = field(default=60 * NANOSECONDS_PER_SECOND, validator=gt(0))

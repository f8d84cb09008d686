"""How much churn is allowed, and how long an order may rest."""

from attrs import field, frozen
from attrs.validators import ge, le

from messages.units import NANOSECONDS_PER_SECOND

SHORTEST_TIME_TO_LIVE_NS = NANOSECONDS_PER_SECOND
"""What would rest for less is not placed: venues count expiries in whole seconds."""


@frozen(kw_only=True)
class OrderManagerSettings:
    """Times in nanoseconds.

    An order less than `replace_min_ticks` away from where it should be, or younger than `replace_min_age_ns`, keeps its
    place in the queue (field note 24). One that is smaller than `replace_min_size_percent` of what is wanted is
    replaced by a larger; 0 is never. Orders live `time_to_live_ns`, or `time_to_live_near_end_ns` in the last
    `near_end_ns` of a market. `mutations_per_second` bounds cancels and places together, in any second, in one market;
    `cooldown_ns` is the least time between two batches there, cancels that cannot wait excepted.
    """

    replace_min_ticks: int = field(validator=ge(1))
    replace_min_age_ns: int = field(validator=ge(0))
    replace_min_size_percent: int = field(default=0, validator=[ge(0), le(100)])
    time_to_live_ns: int = field(validator=ge(SHORTEST_TIME_TO_LIVE_NS))
    near_end_ns: int = field(validator=ge(0))
    time_to_live_near_end_ns: int = field(validator=ge(SHORTEST_TIME_TO_LIVE_NS))
    mutations_per_second: int = field(validator=ge(2))
    cooldown_ns: int = field(validator=ge(0))


def time_to_live_ns(now_ns: int, end_ns: int | None, settings: OrderManagerSettings) -> int | None:
    """How long an order that is placed now may rest: never beyond the market's end at `end_ns`, and shorter near it.

    None: the end is so near that nothing should be placed.
    """
    if end_ns is None:
        return settings.time_to_live_ns
    left_ns = end_ns - now_ns
    if left_ns < SHORTEST_TIME_TO_LIVE_NS:
        return None
    if left_ns <= settings.near_end_ns:
        return min(settings.time_to_live_ns, settings.time_to_live_near_end_ns, left_ns)
    return min(settings.time_to_live_ns, left_ns)

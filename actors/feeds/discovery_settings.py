"""Which periods are traded, how early their markets are looked for, and how long their ends are waited for."""

from attrs import Attribute, field, frozen
from attrs.validators import and_, ge, gt, le

from messages.periods import Period, Series
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND


def _each_once(_: object, attribute: "Attribute[tuple[Series, ...]]", value: tuple[Series, ...]) -> None:
    if len(set(value)) < len(value):
        raise ValueError(f"{attribute.name} names one twice: name each once")


def _not_below_first(instance: "DiscoverySettings", attribute: "Attribute[int]", value: int) -> None:
    if value < instance.first_retry_ns:
        raise ValueError(f"{attribute.name} is {value}: make it first_retry_ns or more")


_SECOND = NANOSECONDS_PER_SECOND
_MOST_PERCENT = 90


@frozen(kw_only=True)
class DiscoverySettings:
    """`warm_up_ns` before its period starts a market joins, or a part of its length, `warm_up_percent`, before that:
    whichever is later. A period that has begun is joined while `least_left_ns` of it is left, or `least_left_percent`
    of its length: whichever is less.

    What fails is tried again after a time that doubles from `first_retry_ns` to `last_retry_ns`, half of it random. An
    answer that takes longer than `answer_within_ns` is none. After its end a market is left when its session is done,
    the venue has resolved it and nothing of it is open; the last alone is waited for when `leave_after_ns` is over.
    """

    series: tuple[Series, ...] = field(default=(), validator=_each_once)
    warm_up_ns: int = field(default=120 * _SECOND, validator=gt(0))
    warm_up_percent: int = field(default=40, validator=and_(gt(0), le(_MOST_PERCENT)))
    least_left_ns: int = field(default=60 * _SECOND, validator=ge(0))
    least_left_percent: int = field(default=20, validator=and_(ge(0), le(_MOST_PERCENT)))
    look_every_ns: int = field(default=_SECOND, validator=gt(0))
    answer_within_ns: int = field(default=15 * _SECOND, validator=gt(0))
    first_retry_ns: int = field(default=_SECOND, validator=gt(0))
    last_retry_ns: int = field(default=30 * _SECOND, validator=_not_below_first)
    ask_for_strike_after_ns: int = field(default=10 * _SECOND, validator=gt(0))
    tell_again_ns: int = field(default=30 * _SECOND, validator=gt(0))
    leave_after_ns: int = field(default=600 * _SECOND, validator=gt(0))

    def warm_up_of(self, series: Series) -> int:
        return min(self.warm_up_ns, series.length.length_ns * self.warm_up_percent // 100)

    def least_left_of(self, series: Series) -> int:
        return min(self.least_left_ns, series.length.length_ns * self.least_left_percent // 100)

    def wanted(self, series: Series, now_ns: int) -> tuple[Period, ...]:
        """The periods whose markets are to be had at `now_ns`, the present one first."""
        present = series.period_at(now_ns // NANOSECONDS_PER_MILLISECOND)
        following = present.following
        left_ns = end_ns(present) - now_ns
        found = [present] if left_ns > 0 and left_ns >= self.least_left_of(series) else []
        if left_ns <= self.warm_up_of(series):
            found.append(following)
        return tuple(found)


def start_ns(period: Period) -> int:
    return period.start_ms * NANOSECONDS_PER_MILLISECOND


def end_ns(period: Period) -> int:
    return period.end_ms * NANOSECONDS_PER_MILLISECOND

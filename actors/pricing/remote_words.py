"""What a `RemotePricer` needs of the other process, hears and shows, and how it can be set."""

from collections import Counter
from typing import Protocol

from attrs import Factory, define, field, frozen, validators

from messages.periods import Series, UpOrDown
from messages.pricing import AboutPeriod, FollowPrices, PriceSnapshot, TellPrices
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND


@frozen
class NoAnswer:
    """The service gave no snapshot. `kind` is one word to count by: "unreachable", "late", "refused", "unreadable"."""

    kind: str
    reason: str


class PriceService(Protocol):
    """Another process that makes prices. It outlives the actor that asks it. Nothing of it raises but `Cancelled`."""

    async def get_latest(self, series: Series) -> PriceSnapshot | NoAnswer:
        """The newest publication; the same value again where there is no newer one."""
        ...

    async def tell_period(self, about: UpOrDown) -> NoAnswer | None:
        """None when it was taken; of kind "refused" when there is no use in saying it again."""
        ...

    async def close(self) -> None:
        """Gives back its connections; it can be asked again all the same."""
        ...


@frozen
class Polled:
    """From the worker of a series: a new publication, or why there is none (each reason once)."""

    series: Series
    answer: PriceSnapshot | NoAnswer


@frozen
class PeriodTold:
    """From a worker: the service knows of the period, or refused to."""

    about: UpOrDown
    refusal: NoAnswer | None


@frozen
class LookForSilence:
    """Timer."""


RemotePricerMessage = FollowPrices | TellPrices | AboutPeriod | Polled | PeriodTold | LookForSilence

_MILLISECOND = NANOSECONDS_PER_MILLISECOND


@frozen(kw_only=True)
class RemotePricerSettings:
    """A poll every `poll_every_ns` (20 to 50 Hz), one under way a series, each with `answer_within_ns`; the next after
    one that failed `retry_every_ns` later."""

    poll_every_ns: int = field(
        default=25 * _MILLISECOND, validator=[validators.ge(20 * _MILLISECOND), validators.le(50 * _MILLISECOND)]
    )
    answer_within_ns: int = field(default=250 * _MILLISECOND, validator=validators.ge(_MILLISECOND))
    retry_every_ns: int = field(default=100 * _MILLISECOND, validator=validators.ge(20 * _MILLISECOND))
    silent_after_ns: int = field(default=NANOSECONDS_PER_SECOND, validator=validators.ge(100 * _MILLISECOND))


@define
class RemotePricerHealth:
    """Counted over all lives of the actor."""

    polls: int = 0
    published: int = 0
    unchanged: int = 0
    missed: int = 0
    backwards: int = 0
    silences: int = 0
    failures: Counter[str] = Factory(Counter)


@frozen
class RemotePricerState:
    """What the actor shows of itself. `missed` are publications that no poll saw; `silent` are the series without
    prices now."""

    polls: int
    published: int
    unchanged: int
    missed: int
    backwards: int
    silences: int
    failures: tuple[tuple[str, int], ...]
    silent: tuple[str, ...]
    followers: int

"""Where the session of a market is, from the time and from what was seen; and what a session allows.

    before the start, or not in step yet   BOOT_SYNC   nothing
    in step                                ACTIVE      everything
    `wind_down_ns` before the end          WIND_DOWN   what reduces; new risk up to a limit that falls to nothing
    `flatten_ns` before the end            FLATTEN     what reduces
    `done_ns` before the end               DONE        nothing, and nothing rests

Time alone leads to FLATTEN and DONE: to get out needs nobody's price. A clock that jumps back leads nowhere, one that
jumps ahead at once to where it is.
"""

from attrs import field, frozen
from attrs.validators import gt

from messages.markets import Market
from messages.periods import Period, PeriodLength
from messages.sessions import SessionIs, SessionState
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND

SECOND = NANOSECONDS_PER_SECOND

LATEST_WRITTEN_NS = 2 * SECOND
"""After its decision: one that takes the place of another waits for the other's end."""

_RANK = {state: rank for rank, state in enumerate(SessionState)}


@frozen(kw_only=True)
class SessionTimes:
    """How long before the end each state begins. Raises `ValueError` unless they come in their order."""

    wind_down_ns: int = field(validator=gt(0))
    flatten_ns: int = field(validator=gt(0))
    done_ns: int = field(validator=gt(0))

    def __attrs_post_init__(self) -> None:
        if not self.wind_down_ns > self.flatten_ns > self.done_ns:
            raise ValueError("wind_down has to begin before flatten, and flatten before done")


@frozen(kw_only=True)
class SessionSettings:
    """By the length of the period. While it changes with time alone the session looks each `look_every_ns`. Raises
    `ValueError` where the times do not fit into the period."""

    hour: SessionTimes = SessionTimes(wind_down_ns=600 * SECOND, flatten_ns=120 * SECOND, done_ns=5 * SECOND)
    fifteen_minutes: SessionTimes = SessionTimes(wind_down_ns=180 * SECOND, flatten_ns=45 * SECOND, done_ns=4 * SECOND)
    five_minutes: SessionTimes = SessionTimes(wind_down_ns=75 * SECOND, flatten_ns=25 * SECOND, done_ns=3 * SECOND)
    look_every_ns: int = field(default=SECOND, validator=gt(0))

    def __attrs_post_init__(self) -> None:
        for length in PeriodLength:
            if self.times(length).wind_down_ns >= length.length_ns:
                raise ValueError(f"wind_down of {length.value} has to be shorter than the period")

    def times(self, length: PeriodLength) -> SessionTimes:
        match length:
            case PeriodLength.HOUR:
                return self.hour
            case PeriodLength.FIFTEEN_MINUTES:
                return self.fifteen_minutes
            case PeriodLength.FIVE_MINUTES:
                return self.five_minutes


@frozen
class Schedule:
    """The instants of one session."""

    start_ns: int
    wind_down_ns: int
    flatten_ns: int
    done_ns: int

    def by_time(self, now_ns: int) -> SessionState:
        """The state that the clock demands; BOOT_SYNC before the start."""
        if now_ns >= self.done_ns:
            return SessionState.DONE
        if now_ns >= self.flatten_ns:
            return SessionState.FLATTEN
        if now_ns >= self.wind_down_ns:
            return SessionState.WIND_DOWN
        return SessionState.ACTIVE if now_ns >= self.start_ns else SessionState.BOOT_SYNC

    def until_ns(self, state: SessionState) -> int | None:
        """When the state is over by the clock; that of BOOT_SYNC, which waits for more than the time, at FLATTEN."""
        match state:
            case SessionState.BOOT_SYNC | SessionState.WIND_DOWN:
                return self.flatten_ns
            case SessionState.ACTIVE:
                return self.wind_down_ns
            case SessionState.FLATTEN:
                return self.done_ns
            case SessionState.DONE:
                return None

    def next_ns(self, now_ns: int) -> int | None:
        """The next instant at which the clock alone may change something."""
        instants = (self.start_ns, self.wind_down_ns, self.flatten_ns, self.done_ns)
        return next((each for each in instants if each > now_ns), None)

    def wound_down(self, state: SessionState, now_ns: int) -> float:
        """From 0 at the start of WIND_DOWN to 1 at its end, and for all states after it."""
        if has_reached(state, SessionState.FLATTEN):
            return 1.0
        if state is not SessionState.WIND_DOWN:
            return 0.0
        over = (now_ns - self.wind_down_ns) / (self.flatten_ns - self.wind_down_ns)
        return max(0.0, min(1.0, over))


@frozen
class InStep:
    """What was seen in this life: a closed book, the portfolio, and a price of this period that was not stale."""

    has_book: bool = False
    has_portfolio: bool = False
    has_price: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        seen = (("a closed book", self.has_book), ("the portfolio", self.has_portfolio), ("a price", self.has_price))
        return tuple(what for what, is_there in seen if not is_there)


def schedule_of(period: Period, end_ms: int | None, settings: SessionSettings) -> Schedule:
    """Of a market about `period` whose orders end at `end_ms`, where the venue says so: what ends first counts."""
    last_ms = period.end_ms if end_ms is None else min(end_ms, period.end_ms)
    end_ns = last_ms * NANOSECONDS_PER_MILLISECOND
    times = settings.times(period.series.length)
    return Schedule(
        period.start_ms * NANOSECONDS_PER_MILLISECOND,
        end_ns - times.wind_down_ns,
        end_ns - times.flatten_ns,
        end_ns - times.done_ns,
    )


def end_ns_of(market: Market) -> int | None:
    """When no order of the market may be alive any more: the end of its period, or of the market if that is before."""
    ends = [] if market.end_ms is None else [market.end_ms]
    if market.about is not None:
        ends.append(market.about.period.end_ms)
    return min(ends) * NANOSECONDS_PER_MILLISECOND if ends else None


def last_order_ns_of(market: Market) -> int | None:
    """Up to when an order of a period's market may be asked to live: its life counts from when it is written, which is
    later than when it was decided, so that one that was asked to live to the very end would outlive it."""
    end_ns = end_ns_of(market)
    return None if end_ns is None else end_ns - LATEST_WRITTEN_NS


def has_reached(state: SessionState, other: SessionState) -> bool:
    """Whether it is that one, or one that comes after it."""
    return _RANK[state] >= _RANK[other]


def next_state(state: SessionState, schedule: Schedule, seen: InStep, now_ns: int) -> SessionState:
    """The state at `now_ns`, where it was `state` before; never an earlier one."""
    due = schedule.by_time(now_ns)
    waits = state is SessionState.BOOT_SYNC and not has_reached(due, SessionState.FLATTEN)
    if (waits and seen.missing) or has_reached(state, due):
        return state
    return due


def reason_for(state: SessionState, schedule: Schedule, seen: InStep, now_ns: int) -> str:
    """Why the session is where it is, for people."""
    if state is SessionState.BOOT_SYNC:
        missing = ", ".join(("the start", *seen.missing) if now_ns < schedule.start_ns else seen.missing)
        return f"waits for {missing}"
    if state is SessionState.ACTIVE:
        return "in step"
    return "by the clock"


def wound_down_at(told: SessionIs, now_ns: int) -> float:
    """How far it is wound down by now, reckoned on from what was told."""
    if told.state is not SessionState.WIND_DOWN or told.until_ns is None or told.until_ns <= told.at_ns:
        return told.wound_down
    over = (now_ns - told.at_ns) / (told.until_ns - told.at_ns)
    return told.wound_down + (1.0 - told.wound_down) * max(0.0, min(1.0, over))

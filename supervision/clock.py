"""Where the time comes from: a steady clock for service, a virtual one for replay, simulation and tests."""

import time
from collections.abc import Callable
from typing import Protocol

import trio

NANOSECONDS_PER_SECOND = 1_000_000_000


class Clock(Protocol):
    """Epoch time in integer nanoseconds that never goes back."""

    def now_ns(self) -> int: ...

    def real_seconds_until(self, deadline_ns: int) -> float:
        """How long a task has to sleep, in the event loop's seconds, for this clock to reach `deadline_ns`."""
        ...

    @property
    def is_virtual(self) -> bool:
        """Whether time stands still until somebody moves it."""
        ...

    @property
    def speed(self) -> float:
        """How many times as fast as real time it runs; 1 for a virtual clock."""
        ...


class SteadyClock:
    """Epoch time that starts at `origin_ns` and runs on the machine's monotonic clock, `speed` times as fast.

    A jump of the system's clock does not reach it.
    """

    def __init__(self, origin_ns: int | None = None, speed: float = 1.0) -> None:
        origin_ns = time.time_ns() if origin_ns is None else origin_ns
        self._speed = speed
        self.now_ns: Callable[[], int] = _real_time(origin_ns) if speed == 1.0 else _other_time(origin_ns, speed)

    def real_seconds_until(self, deadline_ns: int) -> float:
        return max(0.0, (deadline_ns - self.now_ns()) / NANOSECONDS_PER_SECOND / self._speed)

    @property
    def is_virtual(self) -> bool:
        return False

    @property
    def speed(self) -> float:
        return self._speed


def _real_time(origin_ns: int) -> Callable[[], int]:
    # Each message is stamped with it: a closure costs half of what a method does.
    monotonic_ns = time.monotonic_ns
    ahead_ns = origin_ns - monotonic_ns()
    return lambda: monotonic_ns() + ahead_ns


def _other_time(origin_ns: int, speed: float) -> Callable[[], int]:
    started_ns = time.monotonic_ns()
    return lambda: origin_ns + int((time.monotonic_ns() - started_ns) * speed)


class VirtualClock(trio.abc.Clock):
    """Epoch time that stands still until `advance_to`; give it to `trio.run` as well, so that trio's deadlines agree.

    Invariant: time never goes back; `advance_to` an earlier time changes nothing.
    """

    _FAR_AWAY = 86_400.0

    def __init__(self, origin_ns: int = 0) -> None:
        self._origin_ns = origin_ns
        self._now_ns = origin_ns
        self.when_idle: Callable[[float], bool] | None = None
        """Called with trio's next deadline when no task can run; True says that it has made something runnable."""

    def now_ns(self) -> int:
        return self._now_ns

    def advance_to(self, now_ns: int) -> None:
        self._now_ns = max(self._now_ns, now_ns)

    def real_seconds_until(self, deadline_ns: int) -> float:
        return max(0.0, (deadline_ns - self._now_ns) / NANOSECONDS_PER_SECOND)

    @property
    def is_virtual(self) -> bool:
        return True

    @property
    def speed(self) -> float:
        return 1.0

    def start_clock(self) -> None:
        """Part of trio's interface; there is nothing to start."""

    def current_time(self) -> float:
        return (self._now_ns - self._origin_ns) / NANOSECONDS_PER_SECOND

    def seconds_to_ns(self, trio_time: float) -> int:
        """The instant of this clock at which trio's clock has surely passed `trio_time`."""
        return self._origin_ns + int(trio_time * NANOSECONDS_PER_SECOND) + _ROUNDING_NS

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """trio asks this exactly when no task can run; whoever drives the clock may change that."""
        if deadline <= self.current_time() or (self.when_idle is not None and self.when_idle(deadline)):
            return 0.0
        return self._FAR_AWAY


_ROUNDING_NS = 1000
"""More than the rounding of trio's float seconds over a year."""

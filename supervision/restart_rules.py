"""When to restart, whom, how often and how late: OTP's rules as pure functions, with a backoff added.

The numbers (R4 and so on) are those of the reference on actors, section B1.
"""

from collections import deque
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from supervision.reasons import ExitReason, Normal, Shutdown
from supervision.specs import AutoShutdown, Backoff, Restart, Strategy

C = TypeVar("C")


def is_restarted(restart: Restart, reason: ExitReason) -> bool:
    """R4. permanent -> always; temporary -> never; transient -> unless it ended normally or by a shutdown."""
    match restart:
        case Restart.PERMANENT:
            return True
        case Restart.TEMPORARY:
            return False
        case Restart.TRANSIENT:
            return not isinstance(reason, Normal | Shutdown)


def concerned(strategy: Strategy, children: Sequence[C], ended: C) -> list[C]:
    """R7. Who is stopped (in reverse) and started (in order) when `ended` is restarted, itself included."""
    match strategy:
        case Strategy.ONE_FOR_ONE:
            return [ended]
        case Strategy.ONE_FOR_ALL:
            return list(children)
        case Strategy.REST_FOR_ONE:
            return list(children[children.index(ended) :])


def to_try_again(strategy: Strategy, group: Sequence[C], failed: C) -> list[C]:
    """R8. Who is started by the next attempt after `failed` did not start: in one_for_all everybody again, in
    rest_for_one those that were already restarted before it stay."""
    if strategy is Strategy.ONE_FOR_ALL:
        return list(group)
    return list(group[group.index(failed) :])


def ends_its_supervisor(auto_shutdown: AutoShutdown, significant_lives: int) -> bool:
    """R14. Whether a supervisor ends when a significant child has ended by itself and is not restarted, and so many
    significant ones are left that live or will be restarted."""
    match auto_shutdown:
        case AutoShutdown.NEVER:
            return False
        case AutoShutdown.ANY_SIGNIFICANT:
            return True
        case AutoShutdown.ALL_SIGNIFICANT:
            return significant_lives == 0


class Intensity:
    """R5. One list of restart times for each supervisor; more than `intensity` within `period_ns` are too many."""

    def __init__(self, intensity: int, period_ns: int) -> None:
        self._intensity = intensity
        self._period_ns = period_ns
        self._restarts: deque[tuple[int, str]] = deque()

    def allows(self, now_ns: int, cause: str) -> bool:
        """Count a restart at `now_ns`; False says that it is one too many."""
        self._restarts.append((now_ns, cause))
        return self.count(now_ns) <= self._intensity

    def count(self, now_ns: int) -> int:
        """Restarts within the period that ends at `now_ns`."""
        while self._restarts and self._restarts[0][0] < now_ns - self._period_ns:
            self._restarts.popleft()
        return len(self._restarts)

    def change(self, intensity: int, period_ns: int) -> None:
        """Bear more or less from now on; what has happened is remembered."""
        self._intensity, self._period_ns = intensity, period_ns

    @property
    def causes(self) -> tuple[str, ...]:
        return tuple(cause for _, cause in self._restarts)


class RestartDelay:
    """How long the next restart of one child waits (`Backoff`)."""

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._failures = 0
        self._last_ns: int | None = None

    def next_ns(self, now_ns: int, random: Random) -> int:
        """The delay of the restart that a failure at `now_ns` needs."""
        backoff = self._backoff
        if self._last_ns is not None and now_ns - self._last_ns > backoff.quiet_ns:
            self._failures = 0
        self._last_ns = now_ns
        self._failures += 1
        if self._failures == 1:
            return 0
        bound = min(backoff.maximum_ns, backoff.initial_ns << min(self._failures - 2, 40))
        return random.randrange(bound + 1)

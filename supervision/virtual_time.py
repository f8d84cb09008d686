"""Runs a tree on a virtual clock: time moves only when nobody has anything left to do at the present instant.

The order of everything that happens then depends on the seed, the inputs and the configuration alone.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, cast

import trio
import trio._core._run as trio_run
from trio.testing import wait_all_tasks_blocked

from supervision.clock import NANOSECONDS_PER_SECOND, VirtualClock
from supervision.timers import Timers


class SchedulerChanged(RuntimeError):
    """This version of trio keeps its scheduling switch elsewhere; runs would not be repeatable."""


class _Seedable(Protocol):
    def seed(self, seed: int | str) -> None: ...

    def getstate(self) -> tuple[Any, ...]: ...

    def setstate(self, state: tuple[Any, ...]) -> None: ...


def run_repeatably(main: Callable[[], Awaitable[None]], clock: VirtualClock, seed: int) -> None:
    """`trio.run` on `clock` with an order of tasks that depends on `seed` alone.

    The two names it needs are private to trio, but pytest-trio and Hypothesis rely on them as well. Raises
    `SchedulerChanged` when they are gone.
    """
    random = cast("_Seedable | None", getattr(trio_run, "_r", None))
    switch = "_ALLOW_DETERMINISTIC_SCHEDULING"
    if random is None or not hasattr(trio_run, switch):
        raise SchedulerChanged(f"trio {trio.__version__} has no deterministic scheduling where 0.35 has it")
    before, state = getattr(trio_run, switch), random.getstate()
    setattr(trio_run, switch, True)
    random.seed(seed)
    try:
        trio.run(main, clock=clock)
    finally:
        setattr(trio_run, switch, before)
        random.setstate(state)


async def drive(clock: VirtualClock, timers: Timers, keep_going: Callable[[], bool]) -> None:
    """Move `clock` from one thing to do to the next for as long as `keep_going` says so.

    Ends by itself when nothing is left to do at any time.
    """
    while True:
        await wait_all_tasks_blocked()
        if not keep_going():
            return
        deadline_ns = timers.next_deadline_ns()
        seconds = trio.lowlevel.current_statistics().seconds_to_next_deadline
        if seconds < _NEVER:
            # Rounded up, so that the deadline is past and not just about to be.
            trio_deadline_ns = clock.now_ns() + int(seconds * NANOSECONDS_PER_SECOND) + 1000
            deadline_ns = trio_deadline_ns if deadline_ns is None else min(deadline_ns, trio_deadline_ns)
        if deadline_ns is None:
            return
        clock.advance_to(deadline_ns)
        timers.fire_due()


_NEVER = 1e9

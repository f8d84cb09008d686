"""Runs a tree on a virtual clock: time moves only when nobody has anything left to do at the present instant.

The order of everything that happens then depends on the seed, the inputs and the configuration alone.
"""

import math
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, cast

import trio
import trio._core._run as trio_run

from supervision.clock import VirtualClock
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
    """Move `clock` from one thing to do to the next for as long as `keep_going` says so, asked at each instant.

    Ends by itself when nothing is left to do at any time. It happens inside trio's own question how long it may sleep,
    so that an instant costs no task of its own; what `keep_going` raises is raised here.
    """
    done = trio.Event()
    errors: list[Exception] = []

    def step(trio_deadline: float) -> bool:
        try:
            deadline_ns = _earlier(timers.next_deadline_ns(), clock, trio_deadline) if keep_going() else None
            if deadline_ns is None:
                done.set()
                clock.when_idle = None
            else:
                clock.advance_to(deadline_ns)
                timers.fire_due()
        except Exception as error:
            errors.append(error)
            done.set()
            clock.when_idle = None
        return True

    clock.when_idle = step
    try:
        await done.wait()
    finally:
        clock.when_idle = None
    if errors:
        raise errors[0]


def _earlier(deadline_ns: int | None, clock: VirtualClock, trio_deadline: float) -> int | None:
    if trio_deadline == math.inf:
        return deadline_ns
    trio_deadline_ns = clock.seconds_to_ns(trio_deadline)
    return trio_deadline_ns if deadline_ns is None else min(deadline_ns, trio_deadline_ns)

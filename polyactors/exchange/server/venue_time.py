"""The exchange's time while it is served: real time, which never goes back and never leaps past what was to be done."""

import time
from collections.abc import Callable

import trio

from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.exchange.world import World

_LEAP_NS = NANOSECONDS_PER_SECOND
_SLICE_NS = 100 * NANOSECONDS_PER_MILLISECOND
_LONGEST_NAP_S = 0.02
"""A request can plan something earlier than all that was due when the nap began; so late it is done at most."""


class SteadyClock:
    """Epoch nanoseconds that pass as the machine's monotonic clock does.

    A wall clock that is set back is not followed. One that is more than a second ahead is: then the machine slept.
    """

    def __init__(
        self, wall_ns: Callable[[], int] = time.time_ns, monotonic_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._ahead_ns = wall_ns() - monotonic_ns()

    def now_ns(self) -> int:
        wall_ns, now_ns = self._wall_ns(), self._monotonic_ns() + self._ahead_ns
        if wall_ns - now_ns > _LEAP_NS:
            self._ahead_ns += wall_ns - now_ns
            return wall_ns
        return now_ns


class VenueTime:
    """Moves the world in real time. `skew_ns` is a fault: by how much the clock that the venue shows is wrong."""

    def __init__(self, world: World, clock: SteadyClock, skew_ns: Callable[[], int]) -> None:
        self._world = world
        self._clock = clock
        self._skew_ns = skew_ns

    def now_ns(self) -> int:
        """The time at which a request is carried out: all that was due before it has happened.

        After a long sleep of the machine it is the past for a while, so that nobody waits until all is caught up.
        """
        world = self._world
        world.advance(min(self._clock.now_ns(), world.now_ns + _SLICE_NS))
        return world.now_ns

    def shown_ns(self) -> int:
        """The time that the venue tells and stamps."""
        return self.now_ns() + self._skew_ns()

    async def drive(self) -> None:
        """Never ends."""
        while True:
            behind_ns = self._clock.now_ns() - self.now_ns()
            if behind_ns >= _SLICE_NS:
                await trio.lowlevel.checkpoint()
                continue
            wait_s = (self._world.next_due_ns() - self._clock.now_ns()) / NANOSECONDS_PER_SECOND
            await trio.sleep(max(0.0, min(wait_s, _LONGEST_NAP_S)))

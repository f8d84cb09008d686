"""The exchange's world and our own way to it on one time: whoever moves it moves both, in the order of due time."""

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from polyactors.exchange.core import Exchange


class World(Protocol):
    """The running exchange: everybody on it but us."""

    @property
    def exchange(self) -> Exchange: ...

    def advance(self, now_ns: int) -> None: ...

    def next_due_ns(self) -> int | None: ...


Errand = Callable[[int], None]
"""Something of ours that reaches the exchange, at the time that it is given."""


class Timetable:
    """Market data and execution share one, since both drive the exchange and its time must not go back.

    What is due at the same time: the world first, then errands in the order of their planning.
    """

    def __init__(self, world: World, now_ns: int) -> None:
        self.world = world
        self.now_ns = now_ns
        self._errands: list[tuple[int, int, Errand]] = []
        self._planned = 0
        self._tell_driver: Callable[[], None] | None = None
        self.when_left: Callable[[], None] = lambda: None
        """Called when the driver goes while there are errands."""

    @property
    def is_driven(self) -> bool:
        return self._tell_driver is not None

    @contextmanager
    def driven(self, tell: Callable[[], None]) -> Iterator[None]:
        """For the block somebody moves it all the time, in small steps; `tell` is called when an errand is planned."""
        self._tell_driver = tell
        try:
            yield
        finally:
            self._tell_driver = None
            if self._errands:
                self.when_left()

    def present_ns(self, now_ns: int) -> int:
        """What time it is here when it is `now_ns` elsewhere: the same, unless there are things overdue."""
        due_ns = self.world.next_due_ns()
        return max(self.now_ns, now_ns if due_ns is None else min(now_ns, due_ns))

    def plan(self, due_ns: int, errand: Errand) -> None:
        self._planned += 1
        heapq.heappush(self._errands, (due_ns, self._planned, errand))
        if self._tell_driver is not None:
            self._tell_driver()

    def advance(self, now_ns: int) -> None:
        """Do what is due at `now_ns` or before. An earlier time than the last changes nothing but what is overdue."""
        now_ns = max(now_ns, self.now_ns)
        self.run_errands(now_ns)
        self._move_world(now_ns)

    def run_errands(self, now_ns: int) -> None:
        """Those that are due, and the world only as far as they need it: it may take long to catch up."""
        while self._errands and self._errands[0][0] <= now_ns:
            due_ns, _, errand = heapq.heappop(self._errands)
            self._move_world(max(due_ns, self.now_ns))
            errand(self.now_ns)

    def next_due_ns(self) -> int | None:
        """Of everything."""
        return min((due for due in (self.world.next_due_ns(), self.next_errand_ns()) if due is not None), default=None)

    def next_errand_ns(self) -> int | None:
        return self._errands[0][0] if self._errands else None

    def _move_world(self, now_ns: int) -> None:
        self.now_ns = now_ns
        self.world.advance(now_ns)

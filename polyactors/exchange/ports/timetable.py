"""The exchange's world and our own way to it on one time: whoever moves it moves both, in the order of due time."""

import heapq
from collections.abc import Callable
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

    def plan(self, due_ns: int, errand: Errand) -> None:
        self._planned += 1
        heapq.heappush(self._errands, (due_ns, self._planned, errand))

    def advance(self, now_ns: int) -> None:
        """Do what is due at `now_ns` or before. An earlier time than the last changes nothing but what is overdue."""
        now_ns = max(now_ns, self.now_ns)
        while self._errands and self._errands[0][0] <= now_ns:
            due_ns, _, errand = heapq.heappop(self._errands)
            self._move_world(max(due_ns, self.now_ns))
            errand(self.now_ns)
        self._move_world(now_ns)

    def next_due_ns(self) -> int | None:
        """Of everything."""
        return min((due for due in (self.world.next_due_ns(), self.next_errand_ns()) if due is not None), default=None)

    def next_errand_ns(self) -> int | None:
        return self._errands[0][0] if self._errands else None

    def _move_world(self, now_ns: int) -> None:
        self.now_ns = now_ns
        self.world.advance(now_ns)

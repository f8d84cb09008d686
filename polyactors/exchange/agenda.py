"""What is to be done later: at most one step a key, in the order of due time, then of planning."""

from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

S = TypeVar("S")

SLACK = 256


class Agenda(Generic[S]):
    """Dropped steps leave the heap when they outnumber the others, so that memory follows what waits."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, str]] = []
        self._steps: dict[str, tuple[int, S]] = {}
        self._planned = 0

    def plan(self, key: str, due_ns: int, step: S) -> None:
        """In the place of what was planned under this key."""
        self._planned += 1
        self._steps[key] = (self._planned, step)
        heappush(self._heap, (due_ns, self._planned, key))
        if len(self._heap) > 2 * len(self._steps) + SLACK:
            self._heap = [entry for entry in self._heap if self._is_current(entry)]
            heapify(self._heap)

    def drop(self, key: str) -> None:
        self._steps.pop(key, None)

    def next_due_ns(self) -> int | None:
        while self._heap and not self._is_current(self._heap[0]):
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now_ns: int) -> tuple[int, S] | None:
        """The first step that is due, with its time."""
        due_ns = self.next_due_ns()
        if due_ns is None or due_ns > now_ns:
            return None
        key = heappop(self._heap)[2]
        return due_ns, self._steps.pop(key)[1]

    def _is_current(self, entry: tuple[int, int, str]) -> bool:
        step = self._steps.get(entry[2])
        return step is not None and step[0] == entry[1]

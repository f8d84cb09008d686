"""The queue of a supervisor: unbounded, since nothing that it has to hear may be lost, and with one reader."""

from collections import deque
from typing import Generic, TypeVar

import trio

E = TypeVar("E")


class Inbox(Generic[E]):
    __slots__ = ("_events", "_reader")

    def __init__(self) -> None:
        self._events: deque[E] = deque()
        self._reader: trio.lowlevel.Task | None = None

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: E) -> None:
        self._events.append(event)
        reader, self._reader = self._reader, None
        if reader is not None:
            trio.lowlevel.reschedule(reader)

    async def take(self) -> E:
        """The next event. Cancellation loses none."""
        while not self._events:
            self._reader = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self._abort)
        return self._events.popleft()

    def clear(self) -> tuple[E, ...]:
        """Everything that waited, which then waits no longer."""
        events = tuple(self._events)
        self._events.clear()
        return events

    def _abort(self, _: object) -> trio.lowlevel.Abort:
        self._reader = None
        return trio.lowlevel.Abort.SUCCEEDED

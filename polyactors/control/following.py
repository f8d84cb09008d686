"""Between an actor, which never waits, and whoever follows its trace, who may be slow."""

from collections import deque

import trio

from polyactors.control.wire import LinesLost, Refused, TraceBegun
from supervision.introspection.trace import TraceLine

Event = TraceBegun | TraceLine | LinesLost | Refused

MOST_WAITING = 1000


class Following:
    """A bounded queue: what comes when it is full is lost, and counted in its place."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._events: deque[Event] = deque()
        self._just_lost = 0
        self._came = trio.Event()
        self.lost = 0

    def put(self, event: Event) -> None:
        """Never waits."""
        if len(self._events) >= self._most:
            self._just_lost += 1
            self.lost += 1
            return
        if self._just_lost:
            self._say_what_was_lost()
        self._events.append(event)
        self._came.set()

    async def take(self, most: int) -> list[Event]:
        """What has come, at most so many; waits while there is nothing."""
        while not self._events:
            if self._just_lost:
                self._say_what_was_lost()
                break
            self._came = trio.Event()
            await self._came.wait()
        return [self._events.popleft() for _ in range(min(most, len(self._events)))]

    def _say_what_was_lost(self) -> None:
        self._events.append(LinesLost(self._just_lost))
        self._just_lost = 0

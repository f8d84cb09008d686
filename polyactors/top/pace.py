"""How often the service is asked: at most once a second, and less often for what takes it long."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

ROUND_S = 1.0
SHARE = 10
"""Of the time, a kind of request may take one part in so many."""


class Pace:
    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._next: dict[object, float] = {}
        self._began = now()

    def begin(self) -> None:
        """A round."""
        self._began = self._now()

    def rest_s(self) -> float:
        """How long to wait before the next round."""
        return max(0.0, self._began + ROUND_S - self._now())

    def is_due(self, what: object) -> bool:
        return self._now() >= self._next.get(what, self._began)

    async def timed(self, what: object, asked: Awaitable[T]) -> T:
        """The answer; the longer it took the longer `what` is not due."""
        began = self._now()
        answer = await asked
        self._next[what] = self._now() + (self._now() - began) * SHARE
        return answer

    def forget(self) -> None:
        """Everything is due."""
        self._next.clear()

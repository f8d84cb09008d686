"""What waits to be sent on one connection: bounded, for a connection that does not read is dropped, not waited for."""

from collections import deque
from collections.abc import Callable

import trio

NORMAL_CLOSURE = 1000
POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011


class Outbox:
    """`put` never waits and never fails: what comes after the end goes nowhere.

    `when_closed` is called once, at once, when the connection has come to its end, whoever ended it.
    """

    __slots__ = ("_most_waiting", "_waiting", "_wake", "_when_closed", "close_code")

    def __init__(self, most_waiting: int, when_closed: Callable[[], None]) -> None:
        self._most_waiting = most_waiting
        self._when_closed = when_closed
        self._waiting: deque[str] = deque()
        self._wake = trio.Event()
        self.close_code: int | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_closed(self) -> bool:
        return self.close_code is not None

    def put(self, text: str) -> None:
        """One frame more; one too many ends the connection."""
        if self.close_code is not None:
            return
        if len(self._waiting) >= self._most_waiting:
            self.close(POLICY_VIOLATION)
            return
        self._waiting.append(text)
        self._wake.set()

    def close(self, code: int = NORMAL_CLOSURE) -> None:
        """What still waits is not sent any more."""
        if self.close_code is None:
            self.close_code = code
            self._waiting.clear()
            self._wake.set()
            self._when_closed()

    def take(self) -> str | None:
        """The next frame, None when none waits."""
        return self._waiting.popleft() if self._waiting else None

    def take_together(self, most: int) -> str | None:
        """The next frames as one array where several wait, `most` at a time; frames that are no objects go alone."""
        waiting = self._waiting
        text = self.take()
        if text is None or not waiting or most < 2 or text[0] != "{":
            return text
        together = [text]
        while waiting and len(together) < most and waiting[0][0] == "{":
            together.append(waiting.popleft())
        return text if len(together) == 1 else f"[{','.join(together)}]"

    async def wait(self) -> None:
        """Until there is something to take, or the end."""
        await self._wake.wait()
        if not self._waiting and self.close_code is None:
            self._wake = trio.Event()
            await self._wake.wait()

"""Several things that have a time of their own, moved as one."""

from collections.abc import Iterable
from typing import Protocol


class Timed(Protocol):
    """Something that has things to do at certain times."""

    def advance(self, now_ns: int) -> None:
        """Does everything that is due at `now_ns` or before."""
        ...

    def next_due_ns(self) -> int | None: ...


class Together:
    """Moves its members in the order of what is due; at the same time those who came first go first.

    `now_ns` is how far they have come. It never goes back, and during a step it is the time of that step.
    """

    def __init__(self, members: Iterable[Timed], now_ns: int) -> None:
        self.now_ns = now_ns
        self._members = list(members)
        self._is_advancing = False

    def add(self, member: Timed) -> None:
        self._members.append(member)

    def advance(self, now_ns: int) -> None:
        """A time that was reached before changes nothing; neither does a call from within a step."""
        if self._is_advancing:
            return
        self._is_advancing = True
        try:
            while True:
                due_ns, member = min(((_due(member), member) for member in self._members), key=_time)
                if due_ns > now_ns:
                    break
                self.now_ns = max(self.now_ns, due_ns)
                member.advance(self.now_ns)
            self.now_ns = max(self.now_ns, now_ns)
        finally:
            self._is_advancing = False

    def next_due_ns(self) -> int:
        return min(_due(member) for member in self._members)


_NEVER_NS = 1 << 80


def _due(member: Timed) -> int:
    due_ns = member.next_due_ns()
    return _NEVER_NS if due_ns is None else due_ns


def _time(found: tuple[int, Timed]) -> int:
    return found[0]

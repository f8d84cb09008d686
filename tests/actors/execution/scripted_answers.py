"""What one kind of call to a scripted account answers, when, and how often it was asked."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import trio
from attrs import Factory, define, frozen

from messages.units import NANOSECONDS_PER_SECOND

T = TypeVar("T")


@frozen
class _Planned(Generic[T]):
    answer: T | Exception
    there_ns: int | None
    back_ns: int | None


@define(eq=False)
class Answers(Generic[T]):
    """Of one kind of call: first those that were put in, in order, then what the account itself says.

    `there_ns` passes before the venue does or reads anything, `back_ns` until the answer is here. `asked` counts, and
    `under_way` are those that wait now.
    """

    there_ns: int = 0
    back_ns: int = 0
    asked: int = 0
    under_way: int = 0
    most_under_way: int = 0
    _planned: deque[_Planned[T]] = Factory(deque)

    def next(self, *answers: T | Exception, there_ns: int | None = None, back_ns: int | None = None) -> None:
        """The next calls end with these, and nothing happens at the venue; an exception is raised."""
        self._planned.extend(_Planned(each, there_ns, back_ns) for each in answers)

    async def given(self, otherwise: Callable[[], T]) -> T:
        self.asked += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        planned = self._planned.popleft() if self._planned else None
        try:
            await _pass(self.there_ns if planned is None or planned.there_ns is None else planned.there_ns)
            answer: T | Exception = otherwise() if planned is None else planned.answer
            await _pass(self.back_ns if planned is None or planned.back_ns is None else planned.back_ns)
        finally:
            self.under_way -= 1
        if isinstance(answer, Exception):
            raise answer
        return answer


async def _pass(duration_ns: int) -> None:
    if duration_ns:
        await trio.sleep(duration_ns / NANOSECONDS_PER_SECOND)
    else:
        await trio.lowlevel.checkpoint()

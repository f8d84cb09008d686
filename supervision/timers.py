"""Things to do at a time of the runtime's clock.

Under a steady clock `run` sleeps until the next of them; whoever moves a virtual clock calls `fire_due`.
Invariant: what is due is done in the order of its time, and of its making where times are equal.
"""

import heapq
import math
from collections.abc import Callable
from typing import Final

import outcome
import trio

from supervision.clock import Clock


class Timer:
    """A thing to do at `deadline_ns`; `cancel` makes it undone and is harmless afterwards."""

    __slots__ = ("_action", "_timers", "deadline_ns")

    def __init__(self, deadline_ns: int, action: Callable[[], None], timers: "Timers") -> None:
        self.deadline_ns: Final = deadline_ns
        self._action: Callable[[], None] | None = action
        self._timers = timers

    def cancel(self) -> None:
        if self._action is not None:
            self._action = None
            self._timers.one_was_cancelled()

    @property
    def is_pending(self) -> bool:
        return self._action is not None

    def fire(self) -> None:
        action, self._action = self._action, None
        if action is not None:
            action()


class Timers:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[int, int, Timer]] = []
        self._made = 0
        self._cancelled = 0
        self._sleeping: trio.CancelScope | None = None
        self._wakes_ns: float = math.inf

    @property
    def pending_count(self) -> int:
        """How many things are still to be done."""
        return len(self._heap) - self._cancelled

    def at(self, deadline_ns: int, action: Callable[[], None]) -> Timer:
        """Do `action` once the clock has reached `deadline_ns`; it must not wait and must not raise."""
        timer = Timer(deadline_ns, action, self)
        self._made += 1
        if deadline_ns < self._wakes_ns and self._sleeping is not None:
            self._sleeping.cancel(reason="something is to be done earlier")
        heapq.heappush(self._heap, (deadline_ns, self._made, timer))
        return timer

    async def sleep_until(self, deadline_ns: int) -> None:
        """Wait for the clock to reach `deadline_ns`."""
        if deadline_ns <= self._clock.now_ns():
            await trio.lowlevel.checkpoint()
            return
        task = trio.lowlevel.current_task()
        timer = self.at(deadline_ns, lambda: trio.lowlevel.reschedule(task, outcome.Value(None)))

        def abort(_: object) -> trio.lowlevel.Abort:
            timer.cancel()
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def next_deadline_ns(self) -> int | None:
        """When the next thing is to be done; None when there is nothing."""
        heap = self._heap
        while heap and not heap[0][2].is_pending:
            heapq.heappop(heap)
            self._cancelled -= 1
        return heap[0][0] if heap else None

    def fire_due(self) -> None:
        """Do everything whose time has come."""
        now_ns = self._clock.now_ns()
        heap = self._heap
        while heap and heap[0][0] <= now_ns:
            timer = heapq.heappop(heap)[2]
            if timer.is_pending:
                timer.fire()
            else:
                self._cancelled -= 1

    async def run(self) -> None:
        """Fire under a steady clock, until cancelled."""
        while True:
            deadline_ns = self.next_deadline_ns()
            with trio.CancelScope() as sleeping:
                self._sleeping = sleeping
                self._wakes_ns = math.inf if deadline_ns is None else deadline_ns
                try:
                    if deadline_ns is None:
                        await trio.sleep_forever()
                    else:
                        await trio.sleep(self._clock.real_seconds_until(deadline_ns))
                finally:
                    self._sleeping = None
            self.fire_due()

    def one_was_cancelled(self) -> None:
        """Called by a timer. Keeps the dead from outnumbering the living, however far away their deadlines are."""
        self._cancelled += 1
        heap = self._heap
        # The last leaf of a heap may go at any time, and it often is who was cancelled: the newest question's deadline.
        while heap and not heap[-1][2].is_pending:
            heap.pop()
            self._cancelled -= 1
        if self._cancelled > _FEW and self._cancelled > len(self._heap) // 2:
            self._heap[:] = [entry for entry in self._heap if entry[2].is_pending]
            heapq.heapify(self._heap)
            self._cancelled = 0


_FEW = 256

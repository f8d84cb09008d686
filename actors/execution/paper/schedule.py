"""What is due when, in an order that does not depend on anything but the calls: by due time, then by sequence."""

import sys
from heapq import heappop, heappush

from attrs import frozen

from messages.identity import OrderId, TradeId
from messages.orders import Order


@frozen
class Arrival:
    """The order reaches the venue."""

    order: Order


@frozen
class Withdrawal:
    """The cancel reaches the venue."""

    order: OrderId


@frozen
class Expiry:
    """The order's time is over, whether it rests or not."""

    order: OrderId


@frozen
class Settlement:
    """A provisional fill becomes final, or fails."""

    trade: TradeId
    fails: bool


Step = Arrival | Withdrawal | Expiry | Settlement

NEVER = sys.maxsize


class Schedule:
    """A queue of steps. `next_due_ns` is `NEVER` when nothing waits."""

    __slots__ = ("_sequence", "_steps", "next_due_ns")

    def __init__(self) -> None:
        self.next_due_ns = NEVER
        self._sequence = 0
        self._steps: list[tuple[int, int, Step]] = []

    def add(self, due_ns: int, step: Step) -> None:
        self._sequence += 1
        heappush(self._steps, (due_ns, self._sequence, step))
        self.next_due_ns = self._steps[0][0]

    def pop(self) -> tuple[int, Step]:
        """The next step and when it is due. Raises `IndexError` when nothing waits."""
        due_ns, _, step = heappop(self._steps)
        self.next_due_ns = self._steps[0][0] if self._steps else NEVER
        return due_ns, step

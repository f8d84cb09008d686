"""What faults do to the messages of one actor."""

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import define

from supervision.faults.armed import Armed
from supervision.faults.holding import Holding
from supervision.faults.plan import Delay, Drop, Duplicate, Raise, Reorder
from supervision.interceptor import Handle
from supervision.mailbox import Envelope, Missed
from supervision.reasons import Down

if TYPE_CHECKING:
    from supervision.cell import Cell


class InjectedFault(Exception):
    """Raised in place of a handler, since a plan of faults said so."""


@define(eq=False)
class _Swap:
    """A message that is held back until `behind` more have overtaken it."""

    envelope: Envelope
    behind: int


class MessageFaults:
    """Of one actor, in the order of the plan."""

    def __init__(self, cell: "Cell", faults: Sequence[Armed]) -> None:
        self.faults = faults
        self._cell = cell
        self._holding = Holding(cell)
        self._swaps: dict[Armed, _Swap] = {}

    def begin_life(self) -> None:
        self._holding.begin_life()

    def let_go(self) -> None:
        """No more faults; what is held back comes at once."""
        self.faults = ()
        self._holding.release_all()

    def deal_with(self, envelope: Envelope, handle: Handle) -> None:
        """A message that the actor took; it goes on where it was held back, if it was. Raises `InjectedFault`, and what
        `handle` raises."""
        if type(envelope.message) in (Down, Missed):
            handle(envelope)
        else:
            self._go_on(envelope, self._holding.taken(envelope), handle)

    def _go_on(self, envelope: Envelope, place: int, handle: Handle) -> None:
        """By the faults from `place` on, and at last by the actor."""
        for index, armed in enumerate(self.faults[place:], start=place):
            comes = armed.trigger.at(envelope.message)
            swap = self._swap(armed)
            if swap is not None:
                self._overtake(armed, swap, envelope, index + 1, handle)
                return
            if comes:
                armed.comes_to(self._cell, envelope)
                if self._end_here(armed, envelope, index + 1, handle):
                    return
        handle(envelope)

    def _end_here(self, armed: Armed, envelope: Envelope, next_place: int, handle: Handle) -> bool:
        """Have the fault done; True says that the message goes no further now."""
        match armed.fault.what:
            case Raise(text):
                raise InjectedFault(text)
            case Drop():
                self._cell.runtime.bury(self._cell, envelope, "dropped by a fault")
                return True
            case Delay(by_ns):
                self._holding.hold(envelope, by_ns, next_place)
                return True
            case Reorder(within, at_most_ns):
                self._swaps[armed] = _Swap(envelope, armed.random.randint(1, within))
                self._holding.hold(envelope, at_most_ns, next_place)
                return True
            case Duplicate():
                self._go_on(copy.copy(envelope), next_place, handle)
        return False

    def _swap(self, armed: Armed) -> _Swap | None:
        """The message that this fault holds back now."""
        swap = self._swaps.get(armed)
        if swap is not None and not self._holding.is_held(swap.envelope):
            # None came to overtake it in time.
            del self._swaps[armed]
            return None
        return swap

    def _overtake(self, armed: Armed, swap: _Swap, envelope: Envelope, next_place: int, handle: Handle) -> None:
        try:
            self._go_on(envelope, next_place, handle)
        finally:
            swap.behind -= 1
            if swap.behind == 0:
                del self._swaps[armed]
                self._holding.release(swap.envelope)

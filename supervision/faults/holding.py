"""Messages of one actor that a fault holds back until their time has come.

They are on their way: no life of the actor owns them, they need no room, and no newer one replaces them. When they are
due they wait in the mailbox before all others, in their order.
"""

from typing import TYPE_CHECKING

from attrs import define

from supervision.mailbox import Envelope, OnRestart
from supervision.timers import Timer

if TYPE_CHECKING:
    from supervision.cell import Cell


@define(eq=False)
class _Held:
    """`goes_on_at` is the place in the plan of the fault that it goes on with."""

    goes_on_at: int
    timer: Timer


class Holding:
    def __init__(self, cell: "Cell") -> None:
        self._cell = cell
        self._held: dict[Envelope, _Held] = {}
        # In the mailbox, and where they go on.
        self._due: dict[Envelope, int] = {}

    def hold(self, envelope: Envelope, for_ns: int, goes_on_at: int) -> None:
        runtime = self._cell.runtime
        timer = runtime.timers.at(runtime.clock.now_ns() + for_ns, lambda: self.release(envelope))
        self._held[envelope] = _Held(goes_on_at, timer)

    def is_held(self, envelope: Envelope) -> bool:
        """Whether its time has not come yet."""
        return envelope in self._held

    def release(self, envelope: Envelope) -> None:
        """Its time has come."""
        held = self._held.pop(envelope)
        held.timer.cancel()
        if self._cell.mailbox.put_early(envelope, self._due):
            self._due[envelope] = held.goes_on_at
        else:
            self._cell.runtime.bury(self._cell, envelope, "it is over")

    def release_all(self) -> None:
        for envelope in list(self._held):
            self.release(envelope)

    def taken(self, envelope: Envelope) -> int:
        """The actor took it from its mailbox: with which fault it goes on, 0 for one that was not held back."""
        return self._due.pop(envelope, 0)

    def begin_life(self) -> None:
        """What was due and has been discarded with the rest of the mailbox is due again."""
        due, self._due = self._due, {}
        mailbox = self._cell.mailbox
        discards = mailbox.spec.on_restart is OnRestart.DISCARD
        for envelope, goes_on_at in due.items():
            # What is not there and was not discarded is a dead letter: the actor had been gone.
            if mailbox.holds(envelope) or (discards and mailbox.put_early(envelope, self._due)):
                self._due[envelope] = goes_on_at

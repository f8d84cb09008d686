"""One fault as it may come to one actor."""

from random import Random
from typing import TYPE_CHECKING

from attrs import define

from supervision.faults.plan import Fault
from supervision.faults.trigger import Trigger
from supervision.log import Level
from supervision.mailbox import Envelope

if TYPE_CHECKING:
    from supervision.cell import Cell


@define(eq=False)
class Armed:
    """`number` is the fault's in the plan. `random` is its own, so that it draws the same whatever others draw.
    `why_not` is for one that never came."""

    number: int
    fault: Fault
    random: Random
    trigger: Trigger
    why_not: str = "its turn did not come"

    @property
    def reason(self) -> str:
        """What the end of a life is put down to."""
        return f"fault injected: {self.fault.text}"

    def comes_to(self, cell: "Cell", envelope: Envelope | None) -> None:
        """Count and log it, with the message that it came with."""
        self.trigger.count()
        cell.runtime.log_for(
            cell.path, cell.generation, Level.WARNING, "fault injected", fault=str(self.fault), number=self.number,
            message=None if envelope is None else type(envelope.message).__name__,
            message_number=None if envelope is None else envelope.number,
        )  # fmt: skip


def armed(number: int, fault: Fault, path: str, seed: int) -> Armed:
    random = Random(f"{seed}/faults/{number}/{path}")
    return Armed(number, fault, random, Trigger(fault, random))

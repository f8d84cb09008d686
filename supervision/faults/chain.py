"""The faults of one actor, between it and its messages."""

from typing import TYPE_CHECKING

from supervision.faults.armed import Armed
from supervision.faults.of_actor import ActorFaults, Filler
from supervision.faults.of_messages import MessageFaults
from supervision.faults.plan import OF_A_MESSAGE
from supervision.interceptor import Handle
from supervision.mailbox import Envelope

if TYPE_CHECKING:
    from supervision.cell import Cell


class FaultChain:
    """An interceptor of `cell`, with the faults that are armed on it in the order of the plan."""

    def __init__(self, cell: "Cell", armed: list[Armed]) -> None:
        self.cell = cell
        self.armed = armed
        self._of_messages = MessageFaults(cell, [each for each in armed if isinstance(each.fault.what, OF_A_MESSAGE)])
        self._of_actor = ActorFaults(cell, [each for each in armed if not isinstance(each.fault.what, OF_A_MESSAGE)])
        self._handled = 0

    def instant(self, number: int) -> None:
        """The time of fault `number` has come, which may be none of this actor's."""
        for armed in self._of_messages.faults:
            if armed.number == number:
                armed.trigger.an_instant_came()
        for armed in self._of_actor.faults:
            if armed.number == number:
                self._of_actor.come_now(armed)

    def let_go(self) -> None:
        """No more faults. What is held back comes at once, who was slowed down is as fast as before."""
        self._of_messages.let_go()
        self._of_actor.let_go()

    def around(self, handle: Handle, cell: "Cell") -> Handle:
        """Part of the interceptor: `handle` with the faults around it."""
        self._of_messages.begin_life()

        def counted(envelope: Envelope) -> None:
            handle(envelope)
            self._handled += 1

        def handle_with_faults(envelope: Envelope) -> None:
            if type(envelope.message) is Filler:
                return
            before = self._handled
            self._of_messages.deal_with(envelope, counted)
            if self._handled > before:
                self._of_actor.come_after(envelope)

        return handle_with_faults

    def sent(self, cell: "Cell", envelope: Envelope, to: str, delivered: bool) -> None:
        """Part of the interceptor: what an actor sends is left alone."""

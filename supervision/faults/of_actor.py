"""What faults do to one actor itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from supervision.faults.armed import Armed
from supervision.faults.plan import CancelWorker, Fill, Kill, Slow, Stall
from supervision.mailbox import Envelope
from supervision.timers import Timer

if TYPE_CHECKING:
    from supervision.cell import Cell


@frozen
class Filler:
    """Takes up room in a mailbox; no actor ever sees one."""


class ActorFaults:
    """A fault that finds nothing to do has not come, and says why."""

    def __init__(self, cell: "Cell", faults: Sequence[Armed]) -> None:
        self.faults = faults
        self._cell = cell
        # Until when, for how much.
        self._slowed: dict[Timer, int] = {}
        self._slowed_for_ever_by_ns = 0

    def come_after(self, envelope: Envelope) -> None:
        """Called within the handler of a message that has been handled. All that are due come, and a kill last."""
        kills = [armed for armed in self.faults if armed.trigger.at(envelope.message) and self._comes(armed, envelope)]
        if kills:
            self._cell.die_now(kills[0].reason)

    def come_now(self, armed: Armed) -> None:
        """Its time has come."""
        if self._comes(armed, None):
            self._cell.runtime.kill(self._cell.path, armed.reason)

    def let_go(self) -> None:
        """No more faults; it is as fast as before."""
        self.faults = ()
        for timer, by_ns in self._slowed.items():
            timer.cancel()
            self._slow_by(-by_ns)
        self._slowed.clear()
        self._slow_by(-self._slowed_for_ever_by_ns)
        self._slowed_for_ever_by_ns = 0

    def _comes(self, armed: Armed, envelope: Envelope | None) -> bool:
        """Do it, and log and count it; True says that a kill is due, which is left to the caller."""
        why_not = self._why_not(armed)
        if why_not is not None:
            armed.why_not = why_not
            return False
        armed.comes_to(self._cell, envelope)
        match armed.fault.what:
            case Kill():
                return True
            case Stall(for_ns):
                self._cell.pause(for_ns, f"fault {armed.number}")
            case Slow(by_ns, for_ns):
                self._slow(by_ns, for_ns)
            case Fill():
                self._fill()
        return False

    def _why_not(self, armed: Armed) -> str | None:
        cell = self._cell
        if cell.mailbox.is_closed:
            return "the actor was gone"
        match armed.fault.what:
            case Kill() | Stall() if not cell.is_running:
                return "it was not alive then"
            case Fill() if cell.mailbox.depth >= cell.mailbox.capacity:
                return "its mailbox was full already"
            case CancelWorker(name) if not cell.cancel_worker(name):
                return f"no worker was called {name}"
        return None

    def _fill(self) -> None:
        mailbox = self._cell.mailbox
        while mailbox.depth < mailbox.capacity:
            mailbox.put(self._cell.runtime.new_envelope(Filler()))

    def _slow(self, by_ns: int, for_ns: int | None) -> None:
        self._slow_by(by_ns)
        if for_ns is None:
            self._slowed_for_ever_by_ns += by_ns
            return
        runtime = self._cell.runtime
        timer = runtime.timers.at(runtime.clock.now_ns() + for_ns, lambda: self._slow_by(-self._slowed.pop(timer)))
        self._slowed[timer] = by_ns

    def _slow_by(self, by_ns: int) -> None:
        """Beside what others slow it down by."""
        if by_ns:
            self._cell.slow_down(max(0, self._cell.slowed_by_ns + by_ns))

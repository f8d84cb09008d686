"""One running tree: the clock, the ids, the registry, and the root supervisor."""

from collections import deque
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, TypeVar

import trio
from attrs import frozen

from supervision.address import Address
from supervision.cell import Cell
from supervision.clock import Clock
from supervision.ids import IdSource
from supervision.log import Level, LogEvent, LogSink, LogValue, discard
from supervision.mailbox import Envelope, Mailbox, MailboxSpec
from supervision.reasons import Crashed, ExitReason, Killed
from supervision.registry import Registry
from supervision.specs import SupervisorSpec
from supervision.timers import Timers

if TYPE_CHECKING:
    from supervision.supervisor import Supervisor

R = TypeVar("R")
M = TypeVar("M")

DEAD_LETTERS_KEPT = 1000


@frozen
class DeadLetter:
    """A message that was not handled, and why."""

    to: str
    message: object
    why: str
    at_ns: int


class Runtime:
    """What all actors of one tree share. There may be several in one process; none has module-level state."""

    def __init__(self, clock: Clock, seed: int = 0, log: LogSink = discard, id_prefix: str = "") -> None:
        self.clock = clock
        self._now_ns = clock.now_ns
        self.seed = seed
        self.random = Random(f"{seed}/runtime")
        self.ids = IdSource(id_prefix)
        self.timers = Timers(clock)
        self.registry = Registry()
        self.log = log
        self.dead_letters: deque[DeadLetter] = deque(maxlen=DEAD_LETTERS_KEPT)
        self.dead_letter_count = 0
        self.root: Supervisor | None = None
        # Of messages; the sending side of an actor counts on.
        self.last_number = 0

    def describe(self, spec: SupervisorSpec) -> None:
        """Lay out the tree, so that every path has its address, without starting anything. Raises `PathTaken`."""
        from supervision.supervisor import Supervisor

        prefix = "" if spec.is_group else f"{spec.name}/"
        self.root = Supervisor(spec, spec.name, prefix, self)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> ExitReason:
        """Run the described tree until it is asked to stop or gives up. Raises `ChildFailedToStart`."""
        if self.root is None:
            raise RuntimeError("describe the tree before running it")
        if self.clock.is_virtual:
            return await self.root.run(task_status=task_status)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.timers.run)
            end = await _end_of(self.root, task_status)
            nursery.cancel_scope.cancel(reason="the tree ended")
        if isinstance(end, Exception):
            raise end
        return end

    def stop(self, reason: str) -> None:
        """Ask the tree to stop in reverse order."""
        if self.root is not None:
            self.root.ask_to_stop(reason)

    def new_envelope(self, message: object) -> Envelope:
        """A message from outside of any actor: the beginning of a correlation."""
        self.last_number = number = self.last_number + 1
        return Envelope(message, number, number, 0, None, self._now_ns())

    def deliver(self, to: Address[M], envelope: Envelope) -> None:
        if not to.mailbox.put(envelope):
            self.bury_overflow(to.path, envelope)

    async def ask(self, to: Address[M], message: M, within_ns: int) -> object:
        """The receiver's `reply` to `message`. Raises `trio.TooSlowError` when none comes within `within_ns`."""
        mailbox = Mailbox(MailboxSpec(capacity=1))
        envelope = self.new_envelope(message)
        envelope.sender = Address(f"asks/{envelope.number}", mailbox, self)
        scope = trio.CancelScope()
        deadline = self.timers.at(self.clock.now_ns() + within_ns, lambda: scope.cancel(reason="no answer in time"))
        try:
            with scope:
                await to.mailbox.put_when_room(envelope)
                await mailbox.wait()
        finally:
            deadline.cancel()
        answer = mailbox.take()
        if answer is not None and answer.number == 0:
            # The mailbox's own word that there was one answer too many; the first is behind it.
            answer = mailbox.take()
        if answer is None:
            raise trio.TooSlowError(f"{to.path} did not answer {type(message).__name__} within {within_ns / 1e9:g} s")
        return answer.message

    async def offload(self, function: Callable[..., R], *arguments: object) -> R:
        """Run blocking code in a thread; in place under a virtual clock, whose time does not pass meanwhile, so that a
        run with the same seed has the same order."""
        if self.clock.is_virtual:
            await trio.lowlevel.checkpoint()
            return function(*arguments)
        return await trio.to_thread.run_sync(function, *arguments)

    def ended(self, node: "Cell | Supervisor", reason: ExitReason) -> None:
        """A life is over: tell those who watch."""
        from supervision.actor import Down

        if not isinstance(node, Cell):
            return
        node.last_exit = reason
        if isinstance(reason, Crashed | Killed):
            node.last_failure = reason
        down = Down(node.path, reason, node.generation)
        for watcher in self.registry.watchers_of(node.path):
            watcher.mailbox.put_system(self.new_envelope(down))

    def bury(self, cell: Cell, envelope: Envelope, why: str) -> None:
        self._bury(DeadLetter(cell.path, envelope.message, why, self.clock.now_ns()))

    def bury_overflow(self, path: str, envelope: Envelope) -> None:
        self._bury(DeadLetter(path, envelope.message, "its mailbox was full", self.clock.now_ns()))

    def log_for(self, path: str, generation: int, level: Level, event: str, **fields: LogValue) -> None:
        self.log(LogEvent(self.clock.now_ns(), level, path, generation, 0, event, fields))

    def _bury(self, letter: DeadLetter) -> None:
        self.dead_letter_count += 1
        self.dead_letters.append(letter)
        kind = type(letter.message).__name__
        self.log_for(letter.to, 0, Level.WARNING, "dead letter", message=kind, why=letter.why)


async def _end_of(root: "Supervisor", task_status: trio.TaskStatus[None]) -> ExitReason | Exception:
    """An error as a value, since a nursery would put it into a group."""
    from supervision.child import ChildFailedToStart

    try:
        return await root.run(task_status=task_status)
    except ChildFailedToStart as error:
        return error

"""One running tree: the clock, the ids, the registry, the root supervisor, and the nursery of all lives."""

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from random import Random
from typing import TypeVar

import trio

from supervision import questions
from supervision.address import Address
from supervision.cell import Cell
from supervision.child import Child, ChildFailedToStart, Incarnation
from supervision.clock import Clock
from supervision.dead_letters import DeadLetter, DeadLetters
from supervision.ids import IdSource
from supervision.log import Level, LogEvent, LogSink, LogValue, discard
from supervision.mailbox import Envelope
from supervision.operations import SupervisorHandle
from supervision.reasons import Crashed, Down, ExitReason, Killed
from supervision.registry import Registry, UnknownActor
from supervision.specs import SupervisorSpec
from supervision.stack import Stack
from supervision.supervisor import Supervisor
from supervision.timers import Timers

R = TypeVar("R")
M = TypeVar("M")


class Runtime:
    """What all actors of one tree share. There may be several in one process; none has module-level state.

    `running` is the actor whose handlers run at this moment, for who looks on from another thread. `zombies` are the
    paths of lives that did not end when they were cancelled, and may still do something.
    """

    def __init__(self, clock: Clock, seed: int = 0, log: LogSink = discard, id_prefix: str = "") -> None:
        self.clock = clock
        self._now_ns = clock.now_ns
        self.seed = seed
        self.random = Random(f"{seed}/runtime")
        self.ids = IdSource(id_prefix)
        self.timers = Timers(clock)
        self.registry = Registry()
        self.log = log
        self.root: Supervisor | None = None
        self.running: Cell | None = None
        self.zombies: list[str] = []
        # Of messages; the sending side of an actor counts on.
        self.last_number = 0
        self._dead_letters = DeadLetters()
        self._lives: trio.Nursery | None = None

    @property
    def dead_letters(self) -> deque[DeadLetter]:
        """The last of them."""
        return self._dead_letters.last

    @property
    def dead_letter_count(self) -> int:
        return self._dead_letters.count

    def describe(self, spec: SupervisorSpec) -> None:
        """Lay out the tree, so that every path has its address, without starting anything. Raises `PathTaken`."""
        prefix = "" if spec.is_group else f"{spec.name}/"
        self.root = Supervisor(spec, spec.name, prefix, self)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> ExitReason:
        """Run the described tree until it is asked to stop or gives up. Raises `ChildFailedToStart`."""
        if self.root is None:
            raise RuntimeError("describe the tree before running it")
        timers = trio.CancelScope(shield=True)
        async with trio.open_nursery() as nursery:
            if not self.clock.is_virtual:
                # Deadlines are kept to the very end: even when everything is cancelled, lives are waited for in time.
                nursery.start_soon(self._fire_timers, timers)
            try:
                end = await self._run_lives(self.root, task_status)
            finally:
                timers.cancel(reason="the tree has ended")
        if isinstance(end, Exception):
            raise end
        return end

    async def _run_lives(self, root: Supervisor, task_status: trio.TaskStatus[None]) -> ExitReason | Exception:
        """An error as a value, since a nursery would put it into a group."""
        async with trio.open_nursery() as self._lives:
            acknowledgement = _Acknowledgement(task_status)
            try:
                end: ExitReason | Exception = await root.run(acknowledgement.give)
                # A tree that was stopped while it came up has neither started nor failed.
                acknowledgement.give()
            except ChildFailedToStart as error:
                end = error
            if self.zombies:
                self.log_for(root.path, root.generation, Level.ERROR, "zombies are left", paths=", ".join(self.zombies))
            self._lives.cancel_scope.cancel(reason="the tree has ended")
        return end

    async def _fire_timers(self, scope: trio.CancelScope) -> None:
        with scope:
            await self.timers.run()

    def spawn(self, run: Callable[[Child, Incarnation], Awaitable[None]], child: Child, life: Incarnation) -> None:
        """Run one life."""
        assert self._lives is not None, "the tree does not run"
        self._lives.start_soon(run, child, life, name=child.path)

    def stop(self, reason: str) -> None:
        """Ask the tree to stop in reverse order."""
        if self.root is not None:
            self.root.ask_to_stop(reason)

    def supervisor(self, path: str) -> SupervisorHandle:
        """Raises `UnknownActor`."""
        return SupervisorHandle(self.registry.supervisor(path))

    def kill(self, path: str, why: str) -> None:
        """Cancel the present life of an actor or a supervisor, unasked. Raises `UnknownActor`."""
        child = self.child(path)
        child.life.end_at_once(why)
        child.supervisor.oversee_end(child)

    async def restart(self, path: str, why: str) -> None:
        """Stop an actor or a supervisor in good order, with the siblings that its end would concern, and start them
        again. Raises `UnknownActor` and what `SupervisorHandle.renew_child` raises."""
        child = self.child(path)
        self.log_for(path, child.node.generation, Level.INFO, "restart asked for", why=why)
        await SupervisorHandle(child.supervisor).renew_child(child.name)

    def child(self, path: str) -> Child:
        """What the supervisor of `path` knows of it. Raises `UnknownActor`, also for the root."""
        node = self.registry.node(path)
        if node is None or node is self.root:
            raise UnknownActor(f"{path} is the root, which has no supervisor" if node else f"nobody is called {path}")
        return node.child

    def new_envelope(self, message: object) -> Envelope:
        """A message from outside of any actor: the beginning of a correlation."""
        self.last_number = number = self.last_number + 1
        return Envelope(message, number, number, 0, None, self._now_ns())

    def deliver(self, to: Address[M], envelope: Envelope) -> None:
        if not to.put(envelope):
            self.bury_undelivered(to, envelope)

    def ask(self, to: Address[M], message: M, within_ns: int) -> Coroutine[object, object, object]:
        """To be awaited: the receiver's `reply` to `message`. Raises `trio.TooSlowError` when none comes within
        `within_ns`, and `ActorDown` as soon as none can come."""
        return questions.ask(self, to, message, within_ns)

    async def offload(self, function: Callable[..., R], *arguments: object) -> R:
        """Run blocking code in a thread; in place under a virtual clock, whose time does not pass meanwhile, so that a
        run with the same seed has the same order."""
        if self.clock.is_virtual:
            await trio.lowlevel.checkpoint()
            return function(*arguments)
        return await trio.to_thread.run_sync(function, *arguments)

    def ended(self, node: Cell | Supervisor, reason: ExitReason) -> None:
        """A life is over: tell those who watch, and those who wait for an answer."""
        node.last_exit = reason
        if isinstance(node, Cell):
            if isinstance(reason, Crashed | Killed):
                node.last_failure = reason
            if node.address.questions:
                node.answer_for_the_dead(reason)
        watchers = self.registry.watchers_of(node.path)
        if watchers:
            down = Down(node.path, reason, node.generation)
            for watcher in watchers:
                watcher.mailbox.put_system(self.new_envelope(down))

    def bury(self, cell: Cell, envelope: Envelope, why: str, stack: Stack | None = None) -> None:
        """The message was taken, or had waited, and nobody handled it."""
        self._bury(cell.path, envelope, why, stack)

    def bury_undelivered(self, to: Address[M], envelope: Envelope, why: str | None = None) -> None:
        """The message could not be queued."""
        self._bury(to.path, envelope, why or to.why_undelivered, None)

    def log_for(self, path: str, generation: int, level: Level, event: str, **fields: LogValue) -> None:
        if self.log is not discard:
            self.log(LogEvent(self.clock.now_ns(), level, path, generation, 0, event, fields))

    def _bury(self, to: str, envelope: Envelope, why: str, stack: Stack | None) -> None:
        letter = self._dead_letters.add(to, envelope, why, self.clock.now_ns(), stack)
        self.log_for(to, 0, Level.WARNING, "dead letter", message=type(letter.message).__name__, why=why)


class _Acknowledgement:
    """Given once, however often."""

    def __init__(self, task_status: trio.TaskStatus[None]) -> None:
        self._task_status: trio.TaskStatus[None] | None = task_status

    def give(self) -> None:
        task_status, self._task_status = self._task_status, None
        if task_status is not None:
            task_status.started()

"""One actor of the tree through all its lives: the mailbox that stays, and the task that runs each life."""

from collections.abc import Awaitable, Callable, Hashable
from random import Random
from typing import TYPE_CHECKING, TypeVar

import trio

from supervision.address import Address
from supervision.log import Level, LogEvent, LogValue
from supervision.mailbox import Envelope, Mailbox
from supervision.reasons import ActorKilled, ExitReason, Killed, Normal, Shutdown
from supervision.timers import Timer

if TYPE_CHECKING:
    from supervision.actor import Actor
    from supervision.runtime import Runtime
    from supervision.specs import ActorSpec

A = TypeVar("A")

BATCH = 64
"""Messages that one actor handles before the others get their turn."""


class StopActor:
    """System message: end in good order."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Cell:
    """The supervisor's record of one actor. `generation` counts its lives, `handled` the messages of all of them."""

    def __init__(self, spec: "ActorSpec", path: str, runtime: "Runtime") -> None:
        self.spec = spec
        self.path = path
        self.runtime = runtime
        self.mailbox = Mailbox(spec.mailbox)
        self.address: Address[object] = Address(path, self.mailbox, runtime)
        self.generation = 0
        self.handled = 0
        self.is_running = False
        self.watched: set[str] = set()
        self.last_exit: ExitReason | None = None
        self.kill_after: int | None = None
        self.actor: Actor[object] | None = None

    def ask_to_stop(self, reason: str) -> None:
        self.mailbox.put_system(Envelope(StopActor(reason), 0, 0, 0, None, 0))

    async def run(self, *, task_status: trio.TaskStatus[None]) -> ExitReason:
        """One life. Raises what `load`, a handler or a worker raised."""
        self.generation += 1
        self._begin()
        reason: ExitReason = Normal()
        try:
            async with trio.open_nursery() as workers:
                life = Life(self, workers)
                actor = self.spec.create()
                actor.bind(life)
                try:
                    snapshot = await actor.load()
                    if snapshot is not None:
                        actor.recover(snapshot)
                    actor.started()
                    self.actor = actor
                    self.is_running = True
                    task_status.started()
                    reason = await self._handle_messages(actor, life)
                finally:
                    self.is_running = False
                    life.end()
                workers.cancel_scope.cancel(reason=f"{self.path} ended: {reason}")
        finally:
            self.runtime.registry.forget_watcher(self)
            self.watched.clear()
            self.actor = None
        return reason

    def _begin(self) -> None:
        discarded = self.mailbox.begin_life()
        if discarded:
            self.runtime.log_for(self.path, self.generation, Level.INFO, "mailbox discarded", messages=discarded)

    async def _handle_messages(self, actor: "Actor[object]", life: "Life") -> ExitReason:
        mailbox = self.mailbox
        take = mailbox.take
        receive = actor.receive
        budget = BATCH
        while True:
            envelope = take()
            if envelope is None:
                await mailbox.wait()
                budget = BATCH
                continue
            message = envelope.message
            if envelope.number == 0:
                if type(message) is StopActor:
                    reason = Shutdown(message.reason)
                    actor.stopping(reason)
                    return reason
                mailbox.raise_if_overflowed(message)
            life.current = envelope
            try:
                receive(message)
            except Exception:
                self.runtime.bury(self, envelope, "its handler failed")
                raise
            self.handled += 1
            if self.handled == self.kill_after:
                raise ActorKilled(f"fault injected after message {self.handled}")
            budget -= 1
            if budget == 0:
                await trio.lowlevel.checkpoint()
                budget = BATCH


class Life:
    """What one life of an actor has to work with: identity, timers, workers, and the message being handled."""

    def __init__(self, cell: Cell, workers: trio.Nursery) -> None:
        self.cell = cell
        self.path = cell.path
        self.generation = cell.generation
        self.runtime = cell.runtime
        self.random = Random(f"{cell.runtime.seed}/{cell.path}/{cell.generation}")
        self.current: Envelope | None = None
        self._workers = workers
        self._timers: dict[Hashable, Timer] = {}

    @property
    def correlation(self) -> int:
        return self.current.correlation if self.current is not None else 0

    def tell(self, to: Address[A], message: A) -> None:
        runtime = self.runtime
        current = self.current
        number = runtime.next_number()
        if current is None:
            envelope = Envelope(message, number, number, 0, self.cell.address, runtime.clock.now_ns())
        else:
            envelope = Envelope(
                message, number, current.correlation, current.number, self.cell.address, runtime.clock.now_ns()
            )
        if not to.mailbox.put(envelope):
            runtime.bury_overflow(to.path, envelope)

    def reply(self, message: object) -> None:
        current = self.current
        if current is not None and current.sender is not None:
            self.tell(current.sender, message)

    def monitor(self, path: str) -> None:
        from supervision.actor import Down

        if self.runtime.registry.watch(path, self.cell):
            self.cell.watched.add(path)
        else:
            self._tell_self(Down(path, Killed("no actor has this path"), 0))

    def after(self, key: Hashable, delay_ns: int, message: object) -> None:
        self.cancel_timer(key)
        deadline_ns = self.runtime.clock.now_ns() + delay_ns
        self._timers[key] = self.runtime.timers.at(deadline_ns, lambda: self._ring(key, message))

    def every(self, key: Hashable, period_ns: int, message: object) -> None:
        self.cancel_timer(key)
        self._repeat(key, self.runtime.clock.now_ns() + period_ns, period_ns, message)

    def cancel_timer(self, key: Hashable) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def work(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._workers.start_soon(work, name=f"{self.path} {name}")

    def log(self, level: Level, event: str, **fields: LogValue) -> None:
        runtime = self.runtime
        runtime.log(
            LogEvent(runtime.clock.now_ns(), level, self.path, self.generation, self.correlation, event, fields)
        )

    def end(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self.current = None

    def _ring(self, key: Hashable, message: object) -> None:
        self._timers.pop(key, None)
        self._tell_self(message)

    def _repeat(self, key: Hashable, deadline_ns: int, period_ns: int, message: object) -> None:
        def ring() -> None:
            self._repeat(key, deadline_ns + period_ns, period_ns, message)
            self._tell_self(message)

        self._timers[key] = self.runtime.timers.at(deadline_ns, ring)

    def _tell_self(self, message: object) -> None:
        self.runtime.deliver(self.cell.address, self.runtime.new_envelope(message))

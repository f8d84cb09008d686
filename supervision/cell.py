"""One actor of the tree through all its lives: the mailbox that stays, and the task that runs each life."""

from collections.abc import Awaitable, Callable, Hashable
from random import Random
from typing import TYPE_CHECKING, TypeVar, cast

import trio

from supervision.address import Address
from supervision.clock import NANOSECONDS_PER_SECOND
from supervision.log import Level, LogEvent, LogValue
from supervision.mailbox import Envelope, Mailbox
from supervision.reasons import (
    ActorKilled,
    Crashed,
    ExitReason,
    Killed,
    LeakedCancellation,
    Shutdown,
    is_cancellation,
    somebody_cancelled,
)
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
    """The supervisor's record of one actor. `generation` counts its lives, `handled` the messages of all of them.

    `is_running` from the acknowledgement of a life until it handles no more messages; `is_over` when a life ended and
    its supervisor does not begin another by itself.
    """

    def __init__(self, spec: "ActorSpec", path: str, runtime: "Runtime") -> None:
        self.spec = spec
        self.path = path
        self.runtime = runtime
        self.mailbox = Mailbox(spec.mailbox)
        self.address: Address[object] = Address(path, self.mailbox, runtime)
        self.generation = 0
        self.handled = 0
        self.is_running = False
        self.is_over = False
        self.watched: set[str] = set()
        self.last_exit: ExitReason | None = None
        self.last_failure: Crashed | Killed | None = None
        self.kill_after: set[int] = set()
        self.actor: Actor[object] | None = None

    def ask_to_stop(self, reason: str) -> None:
        self.mailbox.put_system(Envelope(StopActor(reason), 0, 0, 0, None, 0))

    async def run(self, *, task_status: trio.TaskStatus[None]) -> ExitReason:
        """One life. Raises what `load`, a handler or a worker raised."""
        self.generation += 1
        self.is_over = False
        self._begin()
        reason: ExitReason | None = None
        actor: Actor[object] | None = None
        try:
            async with trio.open_nursery() as workers:
                life = Life(self, workers)
                try:
                    actor = cast("Actor[object]", self.spec.create())
                    actor.bind(life)
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
            if actor is not None:
                await self._unload(actor)
        if reason is None:
            raise LeakedCancellation(f"a cancellation that nobody had asked for ended {self.path}")
        return reason

    async def _unload(self, actor: "Actor[object]") -> None:
        """The one shield that there is: what a life took has to be given back, within the time that a stop may take."""
        with trio.move_on_after(self.spec.stop_within_ns / NANOSECONDS_PER_SECOND, shield=True):
            await actor.unload()

    def _begin(self) -> None:
        discarded = self.mailbox.begin_life()
        if discarded:
            self.runtime.log_for(self.path, self.generation, Level.INFO, "mailbox discarded", messages=discarded)

    async def _handle_messages(self, actor: "Actor[object]", life: "Life") -> ExitReason:
        mailbox = self.mailbox
        take = mailbox.take
        receive = actor.receive
        kill_after = self.kill_after
        budget = BATCH
        while True:
            envelope = take()
            if envelope is None:
                # What a worker sends meanwhile is not an effect of the message that was handled last.
                life.current = None
                await mailbox.wait()
                budget = BATCH
                continue
            message = envelope.message
            if envelope.number == 0:
                if type(message) is StopActor:
                    life.current = None
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
            if kill_after and self.handled in kill_after:
                kill_after.discard(self.handled)
                raise ActorKilled(f"fault injected after message {self.handled}")
            budget -= 1
            if budget == 0:
                life.current = None
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
        self._address = cell.address
        self._now_ns = cell.runtime.clock.now_ns
        self._workers = workers
        self._timers: dict[Hashable, Timer] = {}
        self._is_over = False

    @property
    def correlation(self) -> int:
        return self.current.correlation if self.current is not None else 0

    @property
    def sender(self) -> Address[object] | None:
        return self.current.sender if self.current is not None else None

    def tell(self, to: Address[A], message: A) -> None:
        runtime = self.runtime
        current = self.current
        runtime.last_number = number = runtime.last_number + 1
        if current is None:
            envelope = Envelope(message, number, number, 0, self._address, self._now_ns())
        else:
            envelope = Envelope(message, number, current.correlation, current.number, self._address, self._now_ns())
        if not to.mailbox.put(envelope):
            runtime.bury_overflow(to.path, envelope)

    def reply(self, message: object) -> None:
        current = self.current
        if current is not None and current.sender is not None:
            self.tell(current.sender, message)

    def monitor(self, path: str) -> None:
        from supervision.actor import Down

        registry = self.runtime.registry
        if registry.watch(path, self.cell):
            self.cell.watched.add(path)
            watched = registry.cell(path)
            if not watched.is_over:
                return
            down = Down(path, watched.last_exit or Killed("it never started"), watched.generation)
        else:
            down = Down(path, Killed("no actor has this path"), 0)
        self.cell.mailbox.put_system(self.runtime.new_envelope(down))

    def after(self, key: Hashable, delay_ns: int, message: object) -> None:
        self.cancel_timer(key)
        if self._is_over:
            return
        deadline_ns = self.runtime.clock.now_ns() + delay_ns
        self._timers[key] = self.runtime.timers.at(deadline_ns, lambda: self._ring(key, message))

    def every(self, key: Hashable, period_ns: int, message: object) -> None:
        if period_ns <= 0:
            raise ValueError(f"a period of {period_ns} ns never passes")
        self.cancel_timer(key)
        if self._is_over:
            return
        self._repeat(key, self.runtime.clock.now_ns() + period_ns, period_ns, message)

    def cancel_timer(self, key: Hashable) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def work(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._workers.start_soon(_run_worker, work, name=f"{self.path} {name}")

    def log(self, level: Level, event: str, **fields: LogValue) -> None:
        runtime = self.runtime
        runtime.log(
            LogEvent(runtime.clock.now_ns(), level, self.path, self.generation, self.correlation, event, fields)
        )

    def end(self) -> None:
        """No timer from now on: workers that clean up must not set what would ring in the next life."""
        self._is_over = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self.current = None

    def _ring(self, key: Hashable, message: object) -> None:
        self._timers.pop(key, None)
        self._tell_self(message)

    def _repeat(self, key: Hashable, deadline_ns: int, period_ns: int, message: object) -> None:
        def ring() -> None:
            # After a stall the ticks that were missed are one: an hour's worth at once would only overflow the mailbox.
            missed = (self.runtime.clock.now_ns() - deadline_ns) // period_ns
            self._repeat(key, deadline_ns + (missed + 1) * period_ns, period_ns, message)
            self._tell_self(message)

        self._timers[key] = self.runtime.timers.at(deadline_ns, ring)

    def _tell_self(self, message: object) -> None:
        self.runtime.deliver(self.cell.address, self.runtime.new_envelope(message))


async def _run_worker(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except BaseException as error:
        # The nursery would take it for a part of its own cancellation, and the actor would end without a reason.
        if is_cancellation(error) and not somebody_cancelled():
            raise LeakedCancellation(str(error)) from error
        raise

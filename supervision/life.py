"""What one life of an actor has to work with: identity, timers, workers, and the message being handled."""

from collections.abc import Awaitable, Callable, Coroutine, Hashable
from random import Random
from typing import TYPE_CHECKING, TypeVar

import trio
from attrs import frozen

from supervision.address import Address
from supervision.control import EndLife, OpenWorkers, control
from supervision.log import Level, LogEvent, LogValue
from supervision.mailbox import Envelope
from supervision.questions import ActorDown
from supervision.reasons import (
    Down,
    ExitReason,
    Killed,
    LeakedCancellation,
    WorkerCancelled,
    is_cancellation,
    somebody_cancelled,
)
from supervision.timers import Timer

if TYPE_CHECKING:
    from supervision.cell import Cell

A = TypeVar("A")
_new = object.__new__

Work = Callable[[], Awaitable[None]]


@frozen
class _Private:
    """Keys of timers that are the runtime's own, apart from those of actors."""

    key: str


class Life:
    """`current` is the message being handled, `workers` the names of those that run.

    The nursery of the workers is opened for the first of them: most actors have none, and a nursery costs as much as
    the rest of a start.
    """

    def __init__(self, cell: "Cell") -> None:
        self.cell = cell
        self.path = cell.path
        self.generation = cell.generation
        self.runtime = cell.runtime
        self.current: Envelope | None = None
        self.workers: dict[trio.lowlevel.Task, str] = {}
        self.is_abandoned = False
        self._scopes: dict[trio.lowlevel.Task, trio.CancelScope] = {}
        self._random: Random | None = None
        self._address = cell.address
        self._now_ns = cell.runtime.clock.now_ns
        self._nursery: trio.Nursery | None = None
        self._work_to_start: list[tuple[str, Work]] = []
        self._timers: dict[Hashable, Timer] = {}
        self._is_over = False

    @property
    def random(self) -> Random:
        if self._random is None:
            self._random = Random(f"{self.runtime.seed}/{self.path}/{self.generation}")
        return self._random

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
        # What `Envelope(...)` does, in two thirds of its time: this is the way of every message.
        envelope = _new(Envelope)
        envelope.message = message
        envelope.number = number
        if current is None:
            envelope.correlation = number
            envelope.causation = 0
        else:
            envelope.correlation = current.correlation
            envelope.causation = current.number
        envelope.sender = self._address
        envelope.sent_ns = self._now_ns()
        if not to.put(envelope):
            runtime.bury_undelivered(to, envelope)

    def reply(self, message: object) -> None:
        current = self.current
        if current is not None and current.sender is not None:
            self.tell(current.sender, message)

    def ask(self, to: Address[A], message: A, within_ns: int) -> Coroutine[object, object, object]:
        if self.is_abandoned:
            raise ActorDown(self.path, Killed("a zombie asks nobody"))
        return self.runtime.ask(to, message, within_ns)

    def monitor(self, path: str) -> None:
        if self.is_abandoned:
            return
        registry = self.runtime.registry
        registry.watch(path, self.cell)
        self.cell.watched.add(path)
        node = registry.node(path)
        if node is None:
            down = Down(path, Killed("no actor has this path"), 0)
        elif node.is_over:
            down = Down(path, node.last_exit or Killed("it never started"), node.generation)
        else:
            return
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

    def work(self, name: str, work: Work) -> None:
        if self._nursery is not None:
            self._nursery.start_soon(self._run_worker, name, work, name=f"{self.path} {name}")
            return
        if self.is_abandoned:
            return
        if not self._work_to_start:
            self.cell.mailbox.put_system(control(OpenWorkers()))
        self._work_to_start.append((name, work))

    def open_workers(self, nursery: trio.Nursery) -> None:
        """There is a nursery now: start those who wait for it."""
        self._nursery = nursery
        waiting, self._work_to_start = self._work_to_start, []
        for name, work in waiting:
            self.work(name, work)

    def cancel_worker(self, task: trio.lowlevel.Task) -> None:
        self._scopes[task].cancel(reason="cancelled from outside")

    async def report(self, message: object) -> None:
        """To the actor's own mailbox, from a worker."""
        if self.is_abandoned:
            self._bury(self._address, message)
        else:
            await self._address.send(message)

    def finish(self, reason: ExitReason) -> None:
        if not self.is_abandoned:
            self.cell.mailbox.put_system(control(EndLife(reason)))

    def log(self, level: Level, event: str, **fields: LogValue) -> None:
        runtime = self.runtime
        runtime.log(
            LogEvent(runtime.clock.now_ns(), level, self.path, self.generation, self.correlation, event, fields)
        )

    def at_end_of(self, key: str, duration_ns: int, action: Callable[[], None]) -> None:
        """Do `action` after `duration_ns`, unless this life ends before."""
        self.cancel_timer(_Private(key))
        if not self._is_over:
            deadline_ns = self.runtime.clock.now_ns() + duration_ns
            self._timers[_Private(key)] = self.runtime.timers.at(deadline_ns, action)

    def rewire(self) -> None:
        """Have the interceptors that there are now hear of what is sent."""
        if self.is_abandoned:
            return
        if self.cell.interceptors:
            self.tell = self._tell_and_say  # type: ignore[method-assign]
        elif self.tell == self._tell_and_say:
            del self.tell

    def end(self) -> None:
        """No timer from now on: workers that clean up must not set what would ring in the next life."""
        self._is_over = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self.current = None

    def abandon(self) -> None:
        """The supervisor gave up waiting for this life to end: whatever still runs of it reaches nobody."""
        self.is_abandoned = True
        self.end()
        self.tell = self._bury  # type: ignore[method-assign]

    def _tell_and_say(self, to: Address[A], message: A) -> None:
        current = self.current
        envelope = self.runtime.new_envelope(message)
        envelope.sender = self._address
        if current is not None:
            envelope.correlation, envelope.causation = current.correlation, current.number
        is_delivered = to.put(envelope)
        if not is_delivered:
            self.runtime.bury_undelivered(to, envelope)
        for interceptor in self.cell.interceptors:
            interceptor.sent(self.cell, envelope, to.path, is_delivered)

    def _bury(self, to: Address[A], message: A) -> None:
        self.runtime.bury_undelivered(to, self.runtime.new_envelope(message), "its sender is a zombie")

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

    async def _run_worker(self, name: str, work: Work) -> None:
        task = trio.lowlevel.current_task()
        self.workers[task] = name
        self._scopes[task] = scope = trio.CancelScope()
        try:
            with scope:
                await work()
        except BaseException as error:
            # The nursery would take it for a part of its own cancellation, and the actor would end without a reason.
            if is_cancellation(error) and not somebody_cancelled():
                raise LeakedCancellation(str(error)) from error
            raise
        finally:
            del self.workers[task], self._scopes[task]
        if scope.cancelled_caught:
            raise WorkerCancelled(f"the worker {name} was cancelled from outside")

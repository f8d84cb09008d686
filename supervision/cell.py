"""One actor of the tree through all its lives: the mailbox that stays, and the task that runs each life."""

import math
from collections.abc import Callable
from fnmatch import fnmatchcase
from time import perf_counter_ns
from typing import TYPE_CHECKING, cast

import trio

from supervision.address import Address
from supervision.clock import NANOSECONDS_PER_SECOND
from supervision.control import Control, EndLife, Hold, LetGo, OpenWorkers, Rewire, control
from supervision.gauge import Gauge
from supervision.interceptor import Handle, Interceptor
from supervision.life import Life
from supervision.log import Level
from supervision.mailbox import Envelope, Mailbox, OnRestart
from supervision.questions import ActorDown
from supervision.reasons import Crashed, ExitReason, Killed, LeakedCancellation, Shutdown
from supervision.stack import stack_of

if TYPE_CHECKING:
    from supervision.actor import Actor
    from supervision.child import Child, ChildState
    from supervision.runtime import Runtime
    from supervision.specs import ActorSpec

BATCH = 64
"""Messages that one actor handles before the others get their turn."""

OPERATOR = "an operator"
SLOWNESS = "slowness"
DEATH = "death"


class Cell:
    """The supervisor's record of one actor. `generation` counts its lives, `handled` the messages of all of them.

    `is_running` from the acknowledgement of a life until it handles no more messages; `is_over` when a life ended and
    its supervisor does not begin another by itself. What is called from outside takes effect before the next message.
    """

    __slots__ = (
        "_suspect",
        "actor",
        "address",
        "child",
        "gauge",
        "generation",
        "handled",
        "interceptors",
        "is_running",
        "is_suspended",
        "last_exit",
        "last_failure",
        "life",
        "mailbox",
        "path",
        "runtime",
        "slowed_by_ns",
        "spec",
        "type_name",
        "watched",
    )

    child: "Child"

    def __init__(self, spec: "ActorSpec", path: str, runtime: "Runtime") -> None:
        self.spec = spec
        self.path = path
        self.runtime = runtime
        self.mailbox = Mailbox(spec.mailbox)
        self.address: Address[object] = Address(path, self.mailbox, runtime)
        # Of the last actor that was made; empty before the first.
        self.type_name = ""
        self.generation = 0
        self.handled = 0
        self.is_running = False
        self.is_suspended = False
        self.watched: set[str] = set()
        self.last_exit: ExitReason | None = None
        self.last_failure: Crashed | Killed | None = None
        self.gauge: Gauge | None = None
        self.interceptors: tuple[Interceptor, ...] = ()
        self.slowed_by_ns = 0
        self.actor: Actor[object] | None = None
        self.life: Life | None = None
        # The message that killed the last life, and has its second try.
        self._suspect: Envelope | None = None

    @property
    def is_over(self) -> bool:
        return self.address.is_over

    @is_over.setter
    def is_over(self, is_over: bool) -> None:
        self.address.is_over = is_over

    @property
    def state(self) -> "ChildState":
        return self.child.state

    def ask_to_stop(self, reason: str) -> None:
        self._control(EndLife(Shutdown(reason)))

    def suspend(self) -> None:
        """Handle no more messages of the ordinary kind in this life; a stop is still obeyed."""
        self._control(Hold(OPERATOR))

    def resume(self) -> None:
        self._control(LetGo(OPERATOR))

    def pause(self, duration_ns: int, by: str = "pause") -> None:
        """Be suspended for so long of the runtime's time, or for the rest of this life."""
        life = self.life
        if life is not None:
            self._control(Hold(by))
            life.at_end_of(by, duration_ns, lambda: self._control(LetGo(by)))

    def slow_down(self, each_ns: int) -> None:
        """Let each message take so much longer, in all lives from now on; 0 ends it."""
        self.slowed_by_ns = each_ns
        self._control(Rewire())

    def intercept(self, interceptor: Interceptor) -> None:
        self.interceptors = (*self.interceptors, interceptor)
        self._control(Rewire())

    def release(self, interceptor: Interceptor) -> None:
        self.interceptors = tuple(each for each in self.interceptors if each is not interceptor)
        self._control(Rewire())

    def cancel_worker(self, glob: str) -> int:
        """Cancel the running workers whose names fit, which crashes the actor; the answer says how many there were."""
        life = self.life
        if life is None:
            return 0
        tasks = [task for task, name in life.workers.items() if fnmatchcase(name, glob)]
        for task in tasks:
            life.cancel_worker(task)
        return len(tasks)

    def die_now(self, why: str) -> None:
        """Called within a handler: be killed before any other message is handled."""
        self.runtime.kill(self.path, why)
        # The task would go on to its next checkpoint; here it comes to one.
        self.mailbox.put_back_system([control(Hold(DEATH))])

    def answer_for_the_dead(self, reason: ExitReason | None, *, waits_for_another: bool = True) -> None:
        """A life is over: whoever asked it, and whose question does not wait for another one, is told."""
        for question in tuple(self.address.questions):
            if not (waits_for_another and self.mailbox.holds(question.envelope)):
                question.fail(ActorDown(self.path, reason))

    def abandon(self) -> None:
        """The present life does not end, and is cut off; another one may begin beside what is left of it."""
        life, self.life, self.actor = self.life, None, None
        if life is not None:
            life.abandon()
        self.is_running = self.is_suspended = False
        self.runtime.registry.forget_watcher(self)
        self.watched.clear()

    @property
    def is_gone(self) -> bool:
        """Whether it is nobody's child any longer, and its path free for another."""
        return self.mailbox.is_closed

    def open(self) -> None:
        """It is somebody's child again."""
        self.mailbox.open()

    def close(self) -> None:
        """It is nobody's child any longer: what waits, and what comes, are dead letters."""
        for envelope in self.mailbox.close():
            self.runtime.bury(self, envelope, "it is over")
        self.answer_for_the_dead(self.last_exit)

    async def run(self, acknowledge: Callable[[], None]) -> ExitReason:
        """One life. Raises what `load`, a handler or a worker raised, and `Declined`."""
        self.generation += 1
        self.is_over = False
        self._begin()
        self.life = life = Life(self)
        actor: Actor[object] | None = None
        reason: ExitReason | None = None
        try:
            actor = cast("Actor[object]", self.spec.create())
            self.type_name = type(actor).__name__
            actor.bind(life)
            if actor.waits_to_load:
                reason = await self._live_with_workers(actor, life, acknowledge)
            else:
                await self._start(actor, life, acknowledge, None)
                reason = await self._handle_messages(actor, life)
                if reason is None:
                    reason = await self._live_with_workers(actor, life, None)
        finally:
            self._stop_running(life)
            if not life.is_abandoned:
                self.runtime.registry.forget_watcher(self)
                self.watched.clear()
                self.actor = self.life = None
            if actor is not None and actor.waits_to_unload:
                self._have_the_end_overseen(life)
                await self._unload(actor)
        if reason is None:
            raise LeakedCancellation(f"a cancellation that nobody had asked for ended {self.path}")
        return reason

    async def _live_with_workers(
        self, actor: "Actor[object]", life: Life, acknowledge: Callable[[], None] | None
    ) -> ExitReason | None:
        """The rest of a life from the moment on that it needs a nursery; the whole of it with `acknowledge`."""
        reason: ExitReason | None = None
        async with trio.open_nursery() as workers:
            life.open_workers(workers)
            try:
                if acknowledge is not None:
                    await self._start(actor, life, acknowledge, await actor.load())
                reason = await self._handle_messages(actor, life)
            finally:
                self._stop_running(life)
                if workers.child_tasks:
                    self._have_the_end_overseen(life)
            workers.cancel_scope.cancel(reason=f"{self.path} ended: {reason}")
        return reason

    async def _start(
        self, actor: "Actor[object]", life: Life, acknowledge: Callable[[], None], snapshot: object | None
    ) -> None:
        """Begin the life, unless it was cancelled before, or in the very last moment."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if snapshot is not None:
            actor.recover(snapshot)
        life.rewire()
        actor.started()
        self.actor = actor
        self.is_running = True
        acknowledge()
        await trio.lowlevel.checkpoint_if_cancelled()

    def _have_the_end_overseen(self, life: Life) -> None:
        """What is still to be waited for may not come to an end by itself."""
        if not life.is_abandoned:
            self.child.supervisor.oversee_end(self.child)

    def _stop_running(self, life: Life) -> None:
        if not life.is_abandoned:
            self.is_running = False
        life.end()

    async def _unload(self, actor: "Actor[object]") -> None:
        """The one shield that there is: what a life took has to be given back, within the time that a stop may take."""
        within_ns = self.spec.stop_within_ns
        seconds = math.inf if within_ns is None else within_ns / NANOSECONDS_PER_SECOND
        with trio.move_on_after(seconds, shield=True):
            await actor.unload()

    def _begin(self) -> None:
        discarded = self.mailbox.begin_life()
        if discarded:
            self.runtime.log_for(self.path, self.generation, Level.INFO, "mailbox discarded", messages=len(discarded))
            self.answer_for_the_dead(self.last_exit)

    async def _handle_messages(self, actor: "Actor[object]", life: Life) -> ExitReason | None:
        """Until the life ends; None says that it goes on with a nursery for its workers."""
        while True:
            try:
                told = await self._handle_until_told(self._receiver(actor, life), life)
            finally:
                self.runtime.running = None
            life.current = None
            match told:
                case EndLife(reason):
                    actor.stopping(reason)
                    return reason
                case OpenWorkers():
                    return None
                case Hold(by):
                    await self._be_held(by)
                case Rewire():
                    life.rewire()
                case LetGo():
                    pass

    async def _handle_until_told(self, receive: Callable[[object], None], life: Life) -> Control:
        """The actor's loop: handle messages until the runtime has something to say."""
        mailbox, runtime = self.mailbox, self.runtime
        now_ns, take = runtime.clock.now_ns, mailbox.take
        await mailbox.wait()
        if self.gauge is None:
            self.gauge = Gauge()
        gauge = self.gauge
        add_waiting, add_handling, worst_ns = gauge.waiting_ns.append, gauge.handling_ns.append, gauge.worst_handling_ns
        budget = batch = 1 if self.slowed_by_ns else BATCH
        runtime.running = self
        began_ns = perf_counter_ns()
        ahead_ns = now_ns() - began_ns
        while True:
            envelope = take()
            if envelope is None:
                # What a worker sends meanwhile is not an effect of the message that was handled last.
                life.current = runtime.running = None
                await mailbox.wait()
                budget = batch
                runtime.running = self
                began_ns = perf_counter_ns()
                ahead_ns = now_ns() - began_ns
                continue
            message = envelope.message
            if envelope.number == 0:
                if isinstance(message, Control):
                    return message
                mailbox.raise_if_overflowed(message)
            life.current = envelope
            try:
                receive(message)
            except BaseException as error:
                self._handler_failed(envelope, error)
                raise
            self.handled += 1
            ended_ns = perf_counter_ns()
            took_ns = ended_ns - began_ns
            add_waiting(began_ns + ahead_ns - envelope.sent_ns)
            add_handling(took_ns)
            if took_ns > worst_ns:
                gauge.worst_handling_ns = worst_ns = took_ns
            began_ns = ended_ns
            budget -= 1
            if budget == 0:
                life.current = runtime.running = None
                if self.slowed_by_ns:
                    self.pause(self.slowed_by_ns, SLOWNESS)
                await trio.lowlevel.checkpoint()
                budget = batch
                runtime.running = self
                began_ns = perf_counter_ns()
                ahead_ns = now_ns() - began_ns

    def _receiver(self, actor: "Actor[object]", life: Life) -> Callable[[object], None]:
        if not self.interceptors:
            return actor.receive

        handle: Handle = lambda envelope: actor.receive(envelope.message)  # noqa: E731
        for interceptor in reversed(self.interceptors):
            handle = interceptor.around(handle, self)

        def receive(_: object) -> None:
            assert life.current is not None
            handle(life.current)

        return receive

    async def _be_held(self, by: str) -> None:
        """Take system messages only, and keep them in order but for those that concern the hold; the end of the life
        ends the hold too."""
        mailbox = self.mailbox
        holders = {by}
        kept: list[Envelope] = []
        self.is_suspended = True
        try:
            while holders:
                await mailbox.wait_for_system()
                envelope = mailbox.take_system()
                assert envelope is not None
                match envelope.message:
                    case Hold(by):
                        holders.add(by)
                    case LetGo(by):
                        holders.discard(by)
                    case EndLife():
                        kept.insert(0, envelope)
                        holders.clear()
                    case _:
                        kept.append(envelope)
        finally:
            self.is_suspended = False
            mailbox.put_back_system(kept)

    def _handler_failed(self, envelope: Envelope, error: BaseException) -> None:
        if self.spec.mailbox.on_restart is OnRestart.RETRY and envelope.number:
            if self._suspect is not envelope:
                self._suspect = envelope
                self.mailbox.put_back(envelope)
                return
            why = "it killed its actor twice"
        else:
            why = "its handler failed"
        self.runtime.bury(self, envelope, why, stack_of(error))

    def _control(self, message: Control) -> None:
        self.mailbox.put_system(control(message))

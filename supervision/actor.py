"""What an actor is: state, and `receive`, which is called with one message at a time and never waits."""

from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable
from random import Random
from typing import ClassVar, Generic, TypeVar

from supervision.address import Address, Path
from supervision.clock import Clock
from supervision.ids import IdSource
from supervision.life import Life
from supervision.log import Level, LogValue
from supervision.operations import SupervisorHandle
from supervision.reasons import Down, ExitReason, Normal, Shutdown

M_contra = TypeVar("M_contra", contravariant=True)
A = TypeVar("A")
R = TypeVar("R")


class Actor(Generic[M_contra]):
    """The base of all actors. A life begins with `load`, `recover` and `started`, and ends with `stopping` or a crash.

    What has to wait is a worker: a task of the actor's own that answers by message and cannot outlive it. So what an
    actor decides depends on its state, the message and the clock alone.
    """

    _life: Life
    waits_to_load: ClassVar[bool] = False
    waits_to_unload: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        # A life that waits for nothing needs no nursery to begin with, and no shield at its end.
        cls.waits_to_load = cls.load is not Actor.load
        cls.waits_to_unload = cls.unload is not Actor.unload

    def bind(self, life: Life) -> None:
        """Called by the runtime before anything else."""
        self._life = life

    async def load(self) -> object | None:
        """May wait: fetch what this life begins with, None for nothing. An error here is a failed start, `Declined` the
        wish not to live now; in `recover` and `started` as well."""
        return None

    def recover(self, snapshot: object) -> None:
        """Take over what `load` fetched."""

    def started(self) -> None:
        """The last step of the start: claim, subscribe, set timers."""

    def receive(self, message: M_contra) -> None:
        """Handle one message. Never waits. An error is this actor's crash."""
        raise NotImplementedError(f"{type(self).__name__} handles no messages")

    def stopping(self, reason: ExitReason) -> None:
        """The life ends in good order; not called after a crash or a kill."""

    def finish(self, reason: Normal | Shutdown | None = None) -> None:
        """End this life in good order after the message being handled; `Normal` unless told otherwise."""
        self._life.finish(reason or Normal())

    async def unload(self) -> None:
        """The very end of a life, however it ended, when its workers are gone: give back what `load` took. May wait, as
        long as a stop may take."""

    def describe(self) -> object:
        """The state for those who look on from outside: an immutable value."""
        return None

    @property
    def path(self) -> str:
        return self._life.path

    @property
    def generation(self) -> int:
        """Which life this is, from 1."""
        return self._life.generation

    @property
    def now_ns(self) -> int:
        return self._life.runtime.clock.now_ns()

    @property
    def clock(self) -> Clock:
        return self._life.runtime.clock

    @property
    def ids(self) -> IdSource:
        return self._life.runtime.ids

    @property
    def random(self) -> Random:
        """Randomness of this life alone, from the run's seed, the path and the generation."""
        return self._life.random

    @property
    def correlation(self) -> int:
        """The number of the outside event that the message being handled goes back to."""
        return self._life.correlation

    @property
    def sender(self) -> Address[object] | None:
        """Whoever waits for an answer to the message being handled; to be kept when the answer takes a worker."""
        return self._life.sender

    @property
    def own_address(self) -> Address[M_contra]:
        """Where this actor takes its messages: for itself to give away, and for its workers."""
        return self._life.cell.address

    def address(self, path: Path[A]) -> Address[A]:
        """Where `path` takes its messages. Raises `UnknownActor` when the tree has no such actor."""
        return self._life.runtime.registry.address(path)

    def tell(self, to: Address[A], message: A) -> None:
        """Send; it is queued at once and never waits. What a full mailbox does is the receiver's rule."""
        self._life.tell(to, message)

    def publish(self, to: Iterable[Address[A]], message: A) -> None:
        """Send the same message to several, as `tell` does to one."""
        for each in to:
            self._life.tell(each, message)

    def reply(self, message: object) -> None:
        """Send to whoever sent the message being handled; nothing happens when nobody waits for an answer."""
        self._life.reply(message)

    def ask(self, to: Address[A], message: A, within_ns: int) -> Coroutine[object, object, object]:
        """To be awaited: the answer to `message`; only from a worker or `load`. Raises `trio.TooSlowError`, and
        `ActorDown` as soon as there can be none."""
        return self._life.ask(to, message, within_ns)

    def is_over(self, path: str) -> bool:
        """Whether nobody lives at `path`, nor will by itself."""
        node = self._life.runtime.registry.node(path)
        return node is None or node.is_over

    def monitor(self, path: str) -> None:
        """Hear a `Down` for each life of `path` that ends from now on; at once when there is none or was the last."""
        self._life.monitor(path)

    def after(self, key: Hashable, delay_ns: int, message: M_contra) -> None:
        """Receive `message` once, `delay_ns` from now. A timer with the same key is replaced; all end with the life."""
        self._life.after(key, delay_ns, message)

    def every(self, key: Hashable, period_ns: int, message: M_contra) -> None:
        """Receive `message` each `period_ns`, without drift; ticks that a stall of the clock left behind are one."""
        self._life.every(key, period_ns, message)

    def cancel_timer(self, key: Hashable) -> None:
        self._life.cancel_timer(key)

    def work(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Start a worker. Its error is this actor's crash."""
        self._life.work(name, work)

    async def report(self, message: M_contra) -> None:
        """Send to this actor's own mailbox; only from a worker, which waits while the mailbox is full."""
        await self._life.report(message)

    def supervisor(self, path: str) -> SupervisorHandle:
        """To have a supervisor start and stop children; only from a worker. Raises `UnknownActor`."""
        return self._life.runtime.supervisor(path)

    async def offload(self, function: Callable[..., R], *arguments: object) -> R:
        """Run blocking code off the event loop; only from a worker or `load`. In place under a virtual clock."""
        return await self._life.runtime.offload(function, *arguments)

    def log(self, level: Level, event: str, **fields: LogValue) -> None:
        self._life.log(level, event, **fields)


__all__ = ["Actor", "Down"]

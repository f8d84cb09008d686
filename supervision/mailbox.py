"""A bounded queue of messages with two lanes: system messages overtake ordinary ones.

The mailbox belongs to the supervisor's record of the actor and outlives every life of the actor: what is queued when an
actor dies is there for the next life, unless the spec says that it is discarded.

Invariants:
- ordinary messages of one mailbox are taken in the order in which they were put;
- of conflated messages with one key at most one waits, the newest, in the place of the first;
- no more than `capacity` ordinary messages wait, and whoever waits for room waits only while there is none;
- `put_count == taken_count + depth + discarded`, and nothing else leaves;
- a closed mailbox is empty, takes nothing, and lets nobody wait.
"""

from collections import deque
from collections.abc import Callable, Collection, Hashable
from enum import Enum
from typing import TYPE_CHECKING, final

import outcome
import trio
from attrs import define, field, frozen
from attrs.validators import ge

if TYPE_CHECKING:
    from supervision.address import Address


class Overflow(Enum):
    """What happens to a message for a full mailbox when its sender cannot wait, as no handler can."""

    DROP = "drop"
    CRASH = "crash"


class OnRestart(Enum):
    """What the next life of an actor finds of the messages that the former one had not handled.

    `KEEP` and `DISCARD` never deliver the message again whose handler failed: it is a dead letter. With `RETRY` the
    next life begins with it; if it kills that one as well, it is quarantined: a dead letter with the traceback.
    """

    KEEP = "keep"
    RETRY = "retry"
    DISCARD = "discard"


Key = Callable[[object], Hashable | None]


@frozen
class MailboxSpec:
    """Capacity in ordinary messages, and the rules. A worker that sends to a full mailbox waits.

    `latest_by` names the key of messages of which only the newest counts; None for those that are all needed.
    """

    capacity: int = field(default=1024, validator=ge(1))
    overflow: Overflow = Overflow.CRASH
    on_restart: OnRestart = OnRestart.KEEP
    latest_by: Key | None = None


@define(eq=False, weakref_slot=False)
class Envelope:
    """A message on its way. `correlation` names the outside event that all this began with, `causation` the message
    whose handler sent this one."""

    message: object
    number: int
    correlation: int
    causation: int
    sender: "Address[object] | None"
    sent_ns: int


class MailboxFull(Exception):
    """An actor was sent more than it could take, and its spec says that this is a crash."""


@frozen
class Missed:
    """To an actor whose mailbox overflowed under the rule `drop`: so many messages never reached it."""

    count: int


@frozen
class _Overflowed:
    """System message: crash, the mailbox was full."""

    message: str


@final
@define(eq=False)
class _Newest:
    """Stands in the queue for the newest message of `key`."""

    key: Hashable


class Mailbox:
    """See the module. `put` never waits, `put_when_room` does; only the owner's task calls the taking side."""

    __slots__ = (
        "_crash_pending",
        "_is_closed",
        "_key",
        "_newest",
        "_queue",
        "_sleeper",
        "_system",
        "_system_sleeper",
        "_waiting",
        "capacity",
        "conflated",
        "depth",
        "discarded",
        "dropped",
        "high_water",
        "spec",
        "taken_count",
    )

    def __init__(self, spec: MailboxSpec) -> None:
        self.spec = spec
        self.capacity = spec.capacity
        self._queue: deque[Envelope | _Newest] = deque()
        self._system: deque[Envelope] = deque()
        self._newest: dict[Hashable, Envelope] = {}
        self._key = spec.latest_by
        # The owner's task while it has nothing to do.
        self._sleeper: trio.lowlevel.Task | None = None
        self._system_sleeper: trio.lowlevel.Task | None = None
        self._crash_pending = False
        self._is_closed = False
        # In the order in which they came to wait.
        self._waiting: dict[trio.lowlevel.Task, Envelope] = {}
        self.depth = 0
        self.taken_count = 0
        self.high_water = 0
        self.dropped = 0
        self.discarded = 0
        self.conflated = 0

    @property
    def system_depth(self) -> int:
        """System messages that wait."""
        return len(self._system)

    @property
    def waiting(self) -> tuple[tuple[trio.lowlevel.Task, Envelope], ...]:
        """Those who wait for room, in their order, and with what."""
        return tuple(self._waiting.items())

    @property
    def waiting_senders(self) -> int:
        return len(self._waiting)

    @property
    def put_count(self) -> int:
        """Ordinary messages that were ever queued."""
        return self.taken_count + self.depth + self.discarded

    def put(self, envelope: Envelope) -> bool:
        """Queue the message, or do what the spec says of a full mailbox; False says that it was dropped."""
        item: Envelope | _Newest = envelope
        if self._key is not None:
            key = self._key(envelope.message)
            if key is not None:
                if key in self._newest:
                    self._newest[key] = envelope
                    self.conflated += 1
                    return True
                if self.depth < self.capacity:
                    self._newest[key] = envelope
                    item = _Newest(key)
        depth = self.depth
        if depth >= self.capacity:
            self._overflow(envelope)
            return False
        self.depth = depth + 1
        self._queue.append(item)
        if self._sleeper is not None:
            self._wake()
        return True

    async def put_when_room(self, envelope: Envelope) -> bool:
        """Queue the message, waiting for room: the back-pressure of workers. A checkpoint only when it has to wait.

        Those who wait are let in in their order. When cancelled, the message was not queued; False says that it was not
        either, since the mailbox is closed.
        """
        if self.depth < self.capacity or self._replaces_another(envelope):
            return self.put(envelope)
        if self._is_closed:
            return False
        task = trio.lowlevel.current_task()
        self._waiting[task] = envelope

        def abort(_: object) -> trio.lowlevel.Abort:
            del self._waiting[task]
            return trio.lowlevel.Abort.SUCCEEDED

        return bool(await trio.lowlevel.wait_task_rescheduled(abort))

    def put_system(self, envelope: Envelope) -> None:
        """Queue a system message; there is always room. A closed mailbox has no reader, and forgets it."""
        if self._is_closed:
            return
        self._system.append(envelope)
        if self._sleeper is None:
            self._sleeper, self._system_sleeper = self._system_sleeper, None
        if self._sleeper is not None:
            self._wake()

    def take(self) -> Envelope | None:
        """The next message, system lane first; None when nothing waits."""
        if self._system:
            return self._system.popleft()
        depth = self.depth
        if depth == 0:
            return None
        if depth > self.high_water:  # noqa: PLR1730 - this is the hot path, and a call costs more
            self.high_water = depth
        item = self._queue.popleft()
        self.depth = depth - 1
        self.taken_count += 1
        envelope = self._newest.pop(item.key) if type(item) is _Newest else item
        if self._waiting:
            self._let_in()
        return envelope

    async def wait(self) -> None:
        """Return once `take` has something to give. Cancellation loses no message: none is taken here."""
        if self._system or self.depth:
            return
        self._sleeper = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._stop_sleeping)

    def take_system(self) -> Envelope | None:
        """The next system message, for an owner that handles no ordinary ones now."""
        return self._system.popleft() if self._system else None

    def put_back_system(self, envelopes: list[Envelope]) -> None:
        """Let these be the next system messages again, in this order."""
        self._system.extendleft(reversed(envelopes))

    async def wait_for_system(self) -> None:
        """Return once a system message waits; ordinary ones wake nobody."""
        if self._system:
            return
        self._system_sleeper = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._stop_sleeping)

    def _stop_sleeping(self, _: object) -> trio.lowlevel.Abort:
        self._sleeper = self._system_sleeper = None
        return trio.lowlevel.Abort.SUCCEEDED

    def _wake(self) -> None:
        task, self._sleeper = self._sleeper, None
        if task is not None:
            trio.lowlevel.reschedule(task)

    def begin_life(self) -> list[Envelope]:
        """Called before each life of the actor. System messages meant the former one, but for `Missed`, which concerns
        whoever reads on in what was kept. Returns the messages that were discarded."""
        self._crash_pending = False
        if self.spec.on_restart is not OnRestart.DISCARD:
            missed = [envelope for envelope in self._system if type(envelope.message) is Missed]
            self._system = deque(missed)
            return []
        self._system.clear()
        return self._discard()

    def put_back(self, envelope: Envelope) -> None:
        """Let the message that was taken last be the next one again, even where that is one more than `capacity`; a
        newer one of its key has replaced it meanwhile."""
        key = self._key(envelope.message) if self._key is not None else None
        if key is None:
            self._queue.appendleft(envelope)
        elif key in self._newest:
            self.conflated += 1
            return
        else:
            self._newest[key] = envelope
            self._queue.appendleft(_Newest(key))
        self.depth += 1
        self.taken_count -= 1

    def put_early(self, envelope: Envelope, behind: Collection[Envelope]) -> bool:
        """Queue the message before all others but those `behind` which it belongs, whatever the capacity and its key;
        False says that the mailbox is closed."""
        if self._is_closed:
            return False
        place = max((index for index, item in enumerate(self._queue, start=1) if item in behind), default=0)
        self._queue.insert(place, envelope)
        self.depth += 1
        if self._sleeper is not None:
            self._wake()
        return True

    def close(self) -> list[Envelope]:
        """Nobody will ever read again: the messages that waited, and those whose senders waited for room."""
        self._is_closed = True
        self._system.clear()
        waiting, self._waiting = self._waiting, {}
        left = self._discard()
        # With no room at all `put` needs no further question in the case that matters, an open mailbox with room.
        self.capacity = 0
        for task in waiting:
            trio.lowlevel.reschedule(task, outcome.Value(False))
        return left

    def open(self) -> None:
        """The actor is described anew, and may live again."""
        self._is_closed = False
        self.capacity = self.spec.capacity

    def holds(self, envelope: Envelope) -> bool:
        """Whether this very message waits, or its sender waits with it for room."""
        held = (*self._queue, *self._newest.values(), *self._waiting.values())
        return any(each is envelope for each in held)

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def _discard(self) -> list[Envelope]:
        discarded = [self._newest[item.key] if type(item) is _Newest else item for item in self._queue]
        self._queue.clear()
        self._newest.clear()
        self.depth = 0
        self.discarded += len(discarded)
        self._let_in()
        return discarded

    def _replaces_another(self, envelope: Envelope) -> bool:
        return self._key is not None and self._key(envelope.message) in self._newest

    def _let_in(self) -> None:
        while self._waiting:
            task, envelope = next(iter(self._waiting.items()))
            if self.depth >= self.capacity and not self._replaces_another(envelope):
                return
            del self._waiting[task]
            self.put(envelope)
            trio.lowlevel.reschedule(task, outcome.Value(True))

    def _overflow(self, envelope: Envelope) -> None:
        if self._is_closed:
            return
        self.dropped += 1
        if self.spec.overflow is Overflow.DROP:
            last = self._system[-1].message if self._system else None
            count = 1
            if type(last) is Missed:
                self._system.pop()
                count += last.count
            self.put_system(_system(Missed(count), envelope))
        elif not self._crash_pending:
            self._crash_pending = True
            self.put_system(_system(_Overflowed(type(envelope.message).__name__), envelope))

    def raise_if_overflowed(self, message: object) -> None:
        """Raise `MailboxFull` when `message` is the mailbox's own word that it overflowed."""
        if type(message) is _Overflowed:
            raise MailboxFull(f"{self.spec.capacity} messages waited when one more {message.message} came")


def _system(message: object, cause: Envelope) -> Envelope:
    return Envelope(message, 0, cause.correlation, cause.causation, None, cause.sent_ns)

"""A bounded queue of messages with two lanes: system messages overtake ordinary ones.

The mailbox belongs to the supervisor's record of the actor and outlives every life of the actor: what is queued when an
actor dies is there for the next life, unless the spec says that it is discarded.

Invariants:
- ordinary messages of one mailbox are taken in the order in which they were put;
- of conflated messages with one key at most one waits, the newest, in the place of the first;
- `put_count == taken_count + depth + dropped by discard`, and nothing else leaves.
"""

from collections import deque
from collections.abc import Callable, Hashable
from enum import Enum
from typing import TYPE_CHECKING

import trio
from attrs import define, frozen

if TYPE_CHECKING:
    from supervision.address import Address


class Overflow(Enum):
    """What happens to a message for a full mailbox when its sender cannot wait, as no handler can."""

    DROP = "drop"
    CRASH = "crash"


class OnRestart(Enum):
    """What the next life of an actor finds of the messages that the former one had not handled.

    The message that was being handled at a crash is never delivered again: it is a dead letter.
    """

    KEEP = "keep"
    DISCARD = "discard"


Key = Callable[[object], Hashable | None]


@frozen
class MailboxSpec:
    """Capacity in ordinary messages, and the rules. A worker that sends to a full mailbox waits.

    `latest_by` names the key of messages of which only the newest counts; None for those that are all needed.
    """

    capacity: int = 1024
    overflow: Overflow = Overflow.CRASH
    on_restart: OnRestart = OnRestart.KEEP
    latest_by: Key | None = None


@define(eq=False)
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


@frozen
class _Newest:
    """Stands in the queue for the newest message of `key`."""

    key: Hashable


_WAKE = Envelope(None, 0, 0, 0, None, 0)


class Mailbox:
    """See the module. `put` never waits, `put_when_room` does; only the owner's task calls the taking side."""

    __slots__ = (
        "_crash_pending",
        "_head",
        "_key",
        "_newest",
        "_parked",
        "_receive",
        "_send",
        "_system",
        "conflated",
        "discarded",
        "dropped",
        "high_water",
        "put_count",
        "spec",
        "taken_count",
    )

    def __init__(self, spec: MailboxSpec) -> None:
        self.spec = spec
        self._send, self._receive = trio.open_memory_channel[Envelope](spec.capacity)
        self._system: deque[Envelope] = deque()
        self._newest: dict[Hashable, Envelope] = {}
        self._key = spec.latest_by
        self._head: Envelope | None = None
        self._parked = False
        self._crash_pending = False
        self.put_count = 0
        self.taken_count = 0
        self.high_water = 0
        self.dropped = 0
        self.discarded = 0
        self.conflated = 0

    @property
    def depth(self) -> int:
        """Ordinary messages that wait."""
        return self.put_count - self.taken_count - self.discarded

    def put(self, envelope: Envelope) -> bool:
        """Queue the message, or do what the spec says of a full mailbox; False says that it was dropped."""
        if self._key is not None:
            key = self._key(envelope.message)
            if key is not None:
                waiting = self._newest
                if key in waiting:
                    waiting[key] = envelope
                    self.conflated += 1
                    return True
                waiting[key] = envelope
                envelope = Envelope(_Newest(key), 0, 0, 0, None, 0)
        try:
            self._send.send_nowait(envelope)
        except trio.WouldBlock:
            self._overflow(envelope)
            return False
        self.put_count += 1
        return True

    async def put_when_room(self, envelope: Envelope) -> None:
        """Queue the message, waiting for room: the back-pressure of workers. A checkpoint only when it has to wait."""
        replaces_another = self._key is not None and self._key(envelope.message) in self._newest
        if replaces_another or self.depth < self.spec.capacity:
            self.put(envelope)
            return
        await self._send.send(envelope)
        self.put_count += 1

    def put_system(self, envelope: Envelope) -> None:
        """Queue a system message; there is always room."""
        self._system.append(envelope)
        if self._parked:
            try:
                self._send.send_nowait(_WAKE)
            except trio.WouldBlock:
                # The channel holds messages, so the owner is being woken by one of them already.
                return

    def take(self) -> Envelope | None:
        """The next message, system lane first; None when nothing waits."""
        if self._system:
            return self._system.popleft()
        while True:
            envelope = self._head
            if envelope is not None:
                self._head = None
            else:
                depth = self.put_count - self.taken_count - self.discarded
                if depth <= 0:
                    return None
                self.high_water = max(self.high_water, depth)
                try:
                    envelope = self._receive.receive_nowait()
                except trio.WouldBlock:
                    return None
            if envelope is _WAKE:
                continue
            self.taken_count += 1
            message = envelope.message
            if type(message) is _Newest:
                return self._newest.pop(message.key)
            return envelope

    async def wait(self) -> None:
        """Return once `take` has something to give. Cancellation loses no message."""
        if self._system or self._head is not None:
            return
        self._parked = True
        try:
            self._head = await self._receive.receive()
        finally:
            self._parked = False
        if self._head is _WAKE:
            self._head = None

    def begin_life(self) -> int:
        """Called before each life of the actor: system messages meant the former one. Returns how many were discarded."""
        self._system.clear()
        self._crash_pending = False
        if self.spec.on_restart is OnRestart.KEEP:
            return 0
        before = self.discarded
        while self.take() is not None:
            self.taken_count -= 1
            self.discarded += 1
        return self.discarded - before

    def _overflow(self, envelope: Envelope) -> None:
        message = envelope.message
        if type(message) is _Newest:
            envelope = self._newest.pop(message.key)
        if self.spec.overflow is Overflow.DROP:
            self.dropped += 1
            notice = self._system[-1].message if self._system else None
            if isinstance(notice, Missed):
                self._system.pop()
                self.put_system(_system(Missed(notice.count + 1)))
            else:
                self.put_system(_system(Missed(1)))
            return
        self.dropped += 1
        if not self._crash_pending:
            self._crash_pending = True
            self.put_system(_system(_Overflowed(type(envelope.message).__name__)))

    def raise_if_overflowed(self, message: object) -> None:
        """Raise `MailboxFull` when `message` is the mailbox's own word that it overflowed."""
        if type(message) is _Overflowed:
            raise MailboxFull(f"{self.spec.capacity} messages waited when one more {message.message} came")


def _system(message: object) -> Envelope:
    return Envelope(message, 0, 0, 0, None, 0)

"""A hundred senders against one slow actor: whatever its mailbox does when it is full, it holds no more than it may,
and each message is accounted for."""

import gc
from collections import Counter
from collections.abc import Callable

import pytest
import trio
from attrs import frozen

from supervision.actor import Actor
from supervision.address import Address, Path
from supervision.mailbox import Envelope, Mailbox, MailboxSpec, Missed, Overflow
from supervision.specs import ActorSpec, Backoff, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Tree, run_tree

SENDERS = 100
EACH_TIME = 5
SLOW = Path[object]("top/slow")


@frozen
class Note:
    sender: int
    number: int


def sender_of(message: object) -> int | None:
    return message.sender if isinstance(message, Note) else None


class Flood:
    """What was sent and what was received, by the sender. `is_over` makes everybody stop sending."""

    def __init__(self) -> None:
        self.sent: Counter[int] = Counter()
        self.received: Counter[int] = Counter()
        self.newest: Counter[int] = Counter()
        self.missed = 0
        self.is_over = False

    def next_of(self, sender: int) -> Note:
        self.sent[sender] += 1
        return Note(sender, self.sent[sender])

    def receive(self, note: Note) -> None:
        assert note.number > self.newest[note.sender], "out of order"
        self.newest[note.sender] = note.number
        self.received[note.sender] += 1


class Slow(Actor[object]):
    def __init__(self, flood: Flood) -> None:
        self._flood = flood

    def receive(self, message: object) -> None:
        match message:
            case Note():
                self._flood.receive(message)
            case Missed(count):
                self._flood.missed += count


class Telling(Actor[object]):
    """Sends from its handler, which cannot wait."""

    def __init__(self, flood: Flood, sender: int) -> None:
        self._flood = flood
        self._sender = sender

    def started(self) -> None:
        self._to: Address[object] = self.address(SLOW)
        self.every("tick", MILLISECOND, "tick")

    def receive(self, message: object) -> None:
        for _ in range(0 if self._flood.is_over else EACH_TIME):
            self.tell(self._to, self._flood.next_of(self._sender))


class Sending(Actor[object]):
    """Sends from a worker, which waits while there is no room."""

    def __init__(self, flood: Flood, sender: int) -> None:
        self._flood = flood
        self._sender = sender

    def started(self) -> None:
        self._to: Address[object] = self.address(SLOW)
        self.work("send", self._send)

    async def _send(self) -> None:
        while not self._flood.is_over:
            for _ in range(EACH_TIME):
                await self._to.send(self._flood.next_of(self._sender))
            await trio.sleep(0.001)


def crowd(flood: Flood, mailbox: MailboxSpec, workers: int) -> SupervisorSpec:
    """`workers` that send, and as many that tell as make a hundred."""

    def sender(number: int) -> Callable[[], Actor[object]]:
        return lambda: Sending(flood, number) if number < workers else Telling(flood, number)

    senders = [ActorSpec(name=f"n{number}", create=sender(number)) for number in range(SENDERS)]
    return SupervisorSpec(
        name="top",
        strategy=Strategy.ONE_FOR_ONE,
        children=(ActorSpec(name="slow", create=lambda: Slow(flood), mailbox=mailbox), *senders),
        intensity=10**6,
        backoff=Backoff(initial_ns=0, maximum_ns=0),
    )


def objects() -> Counter[type]:
    """All that the garbage collector knows of, by type."""
    gc.collect()
    return Counter(map(type, gc.get_objects()))


async def overload(tree: Tree, flood: Flood) -> Mailbox:
    """A quarter of a second in which the slow one handles one message a millisecond; then all that waits."""
    cell = tree.cell("top/slow")
    mailbox = cell.mailbox
    cell.slow_down(MILLISECOND)
    for _ in range(10):
        await tree.advance(10 * MILLISECOND)
        assert mailbox.depth <= mailbox.capacity
    # From here on there is as much of everything as there ever will be.
    tree.log.clear()
    before = objects()
    for _ in range(15):
        await tree.advance(10 * MILLISECOND)
        assert mailbox.depth <= mailbox.capacity
        assert mailbox.waiting_senders <= SENDERS
        tree.log.clear()
    after = objects()
    assert after[Envelope] <= mailbox.capacity + 2 * SENDERS
    assert after.total() - before.total() < 2 * SENDERS, after - before
    assert mailbox.high_water <= mailbox.capacity
    flood.is_over = True
    cell.slow_down(0)
    await tree.advance(10 * MILLISECOND)
    assert (mailbox.depth, mailbox.waiting_senders) == (0, 0)
    return mailbox


def flooded(spec: MailboxSpec, workers: int, then: Callable[[Tree, Flood, Mailbox], None]) -> None:
    flood = Flood()

    async def script(tree: Tree) -> None:
        mailbox = await overload(tree, flood)
        assert mailbox.put_count == mailbox.taken_count == flood.received.total()
        assert flood.sent.total() > 20 * flood.received.total() or mailbox.conflated == mailbox.dropped == 0
        then(tree, flood, mailbox)

    run_tree(crowd(flood, spec, workers), script)


def test_senders_that_wait_lose_nothing_and_have_their_turns() -> None:
    def then(_: Tree, flood: Flood, mailbox: Mailbox) -> None:
        assert flood.received == flood.sent
        assert (mailbox.dropped, mailbox.conflated) == (0, 0)
        assert max(flood.sent.values()) - min(flood.sent.values()) <= EACH_TIME

    flooded(MailboxSpec(capacity=64), SENDERS, then)


@pytest.mark.parametrize("workers", [0, SENDERS // 2, SENDERS])
def test_of_each_key_the_newest_is_handled_and_the_others_are_counted(workers: int) -> None:
    def then(_: Tree, flood: Flood, mailbox: Mailbox) -> None:
        assert mailbox.dropped == 0
        assert mailbox.high_water <= SENDERS
        assert flood.newest == flood.sent
        assert flood.sent.total() == flood.received.total() + mailbox.conflated

    flooded(MailboxSpec(capacity=SENDERS, latest_by=sender_of), workers, then)


@pytest.mark.parametrize("workers", [0, SENDERS // 2])
def test_what_is_dropped_is_counted_told_and_a_dead_letter(workers: int) -> None:
    def then(tree: Tree, flood: Flood, mailbox: Mailbox) -> None:
        assert mailbox.dropped == flood.missed == tree.runtime.dead_letter_count
        assert flood.sent.total() == flood.received.total() + mailbox.dropped
        assert all(flood.received[sender] == flood.sent[sender] for sender in range(workers))
        assert {letter.why for letter in tree.runtime.dead_letters} == {"its mailbox was full"}
        assert tree.cell("top/slow").generation == 1

    flooded(MailboxSpec(capacity=64, overflow=Overflow.DROP), workers, then)


@pytest.mark.parametrize("workers", [0, SENDERS // 2])
def test_an_actor_that_crashes_of_it_handles_in_later_lives_what_was_queued(workers: int) -> None:
    def then(tree: Tree, flood: Flood, mailbox: Mailbox) -> None:
        slow = tree.cell("top/slow")
        assert slow.generation > 10
        assert "MailboxFull" in str(slow.last_failure)
        assert mailbox.dropped == tree.runtime.dead_letter_count
        assert flood.sent.total() == flood.received.total() + mailbox.dropped
        assert all(flood.received[sender] == flood.sent[sender] for sender in range(workers))

    flooded(MailboxSpec(capacity=64, overflow=Overflow.CRASH), workers, then)

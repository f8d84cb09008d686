"""The mailbox beside the plainest thing that could do the same: two lists."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from supervision.mailbox import Envelope, Mailbox, MailboxSpec, Missed, OnRestart, Overflow


def key_of(message: object) -> str | None:
    key = message[0] if isinstance(message, tuple) else None
    return key if isinstance(key, str) else None


class MailboxBesideLists(RuleBasedStateMachine):
    @initialize(
        capacity=st.integers(1, 4),
        on_restart=st.sampled_from(OnRestart),
        conflates=st.booleans(),
    )
    def open(self, capacity: int, on_restart: OnRestart, conflates: bool) -> None:
        self.capacity = capacity
        self.on_restart = on_restart
        self.conflates = conflates
        self.mailbox = Mailbox(MailboxSpec(capacity, Overflow.DROP, on_restart, key_of if conflates else None))
        self.ordinary: list[tuple[str | None, int]] = []
        self.system: list[object] = []
        self.number = 0
        self.queued = 0

    @rule(key=st.sampled_from([None, "a", "b"]))
    def put(self, key: str | None) -> None:
        self.number += 1
        message = (key, self.number)
        accepted = self.mailbox.put(Envelope(message, self.number, self.number, 0, None, 0))
        keys = [each[0] for each in self.ordinary]
        if self.conflates and key is not None and key in keys:
            self.ordinary[keys.index(key)] = message
            assert accepted
        elif len(self.ordinary) < self.capacity:
            self.ordinary.append(message)
            self.queued += 1
            assert accepted
        else:
            last = self.system[-1] if self.system else None
            if isinstance(last, Missed):
                self.system[-1] = Missed(last.count + 1)
            else:
                self.system.append(Missed(1))
            assert not accepted

    @rule()
    def put_system(self) -> None:
        self.number += 1
        self.mailbox.put_system(Envelope(self.number, self.number, self.number, 0, None, 0))
        self.system.append(self.number)

    @rule()
    def take(self) -> None:
        envelope = self.mailbox.take()
        expected: object = None
        if self.system:
            expected = self.system.pop(0)
        elif self.ordinary:
            expected = self.ordinary.pop(0)
        assert (envelope.message if envelope else None) == expected

    @rule()
    def restart(self) -> None:
        discarded = len(self.mailbox.begin_life())
        if self.on_restart is not OnRestart.DISCARD:
            self.system = [each for each in self.system if isinstance(each, Missed)]
            assert discarded == 0
        else:
            assert discarded == len(self.ordinary)
            self.system.clear()
            self.ordinary.clear()

    @invariant()
    def the_counts_agree(self) -> None:
        mailbox = self.mailbox
        assert mailbox.depth == len(self.ordinary)
        assert mailbox.put_count == self.queued == mailbox.taken_count + mailbox.depth + mailbox.discarded


TestAMailboxBesideLists = MailboxBesideLists.TestCase
TestAMailboxBesideLists.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

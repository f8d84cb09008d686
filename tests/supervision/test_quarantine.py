"""A message that kills its actor: a dead letter with the traceback; with RETRY only when it has killed it twice."""

from collections.abc import Hashable

from supervision.mailbox import MailboxSpec, OnRestart
from supervision.reasons import Crashed
from supervision.specs import SECOND, ActorSpec, Backoff, Strategy, SupervisorSpec
from supervision.testing import Diary, Probe, ProbeError, Tree, run_tree

RETRYING = MailboxSpec(capacity=3, on_restart=OnRestart.RETRY)


class Fragile(Probe):
    """Cannot stand "poison"; can stand "bad luck" from its second life on."""

    def receive(self, message: object) -> None:
        super().receive(message)
        if message == "poison" or (message == "bad luck" and self.generation == 1):
            raise ProbeError(str(message))


def fragile(diary: Diary, mailbox: MailboxSpec) -> SupervisorSpec:
    child = ActorSpec(name="a", create=lambda: Fragile(diary), mailbox=mailbox)
    return SupervisorSpec(
        name="top", strategy=Strategy.ONE_FOR_ONE, children=(child,), backoff=Backoff(initial_ns=0, maximum_ns=0)
    )


def received(diary: Diary) -> list[tuple[int, object]]:
    return [(line.generation, line.detail) for line in diary.lines if line.event == "received"]


def test_a_message_that_killed_once_is_the_first_of_the_next_life_and_is_no_dead_letter() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        tree.tell("top/a", "bad luck", "after")
        await tree.advance(SECOND)
        assert received(diary) == [(1, "bad luck"), (2, "bad luck"), (2, "after")]
        assert tree.runtime.dead_letter_count == 0
        mailbox = tree.cell("top/a").mailbox
        assert (mailbox.put_count, mailbox.taken_count, mailbox.depth) == (2, 2, 0)

    run_tree(fragile(diary, RETRYING), script)


def test_one_that_killed_twice_is_a_dead_letter_with_the_traceback_and_those_behind_it_are_handled() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        tree.tell("top/a", "before", "poison", "after")
        await tree.advance(SECOND)
        assert received(diary) == [(1, "before"), (1, "poison"), (2, "poison"), (3, "after")]
        (letter,) = tree.runtime.dead_letters
        assert (letter.to, letter.message, letter.why) == ("top/a", "poison", "it killed its actor twice")
        assert letter.number > 0
        assert letter.correlation == letter.number
        assert "ProbeError: poison" in letter.trace
        assert "in receive" in letter.trace

    run_tree(fragile(diary, RETRYING), script)


def test_the_second_try_has_its_place_even_in_a_full_mailbox() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        tree.cell("top/a").suspend()
        await tree.settle()
        tree.tell("top/a", "bad luck", "two", "three")
        tree.cell("top/a").resume()
        await tree.advance(SECOND)
        assert [message for _, message in received(diary)] == ["bad luck", "bad luck", "two", "three"]
        assert tree.runtime.dead_letter_count == 0

    run_tree(fragile(diary, RETRYING), script)


def test_a_newer_message_of_its_key_takes_the_place_of_the_second_try() -> None:
    diary = Diary()

    class Hasty(Fragile):
        def receive(self, message: object) -> None:
            if message == "bad luck":
                self.tell(self.own_address, "newer")
            super().receive(message)

    def key(_: object) -> Hashable | None:
        return "key"

    async def script(tree: Tree) -> None:
        tree.tell("top/a", "bad luck")
        await tree.advance(SECOND)
        assert received(diary) == [(1, "bad luck"), (2, "newer")]
        assert tree.cell("top/a").mailbox.conflated == 1

    mailbox = MailboxSpec(on_restart=OnRestart.RETRY, latest_by=key)
    child = ActorSpec(name="a", create=lambda: Hasty(diary), mailbox=mailbox)
    run_tree(SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=(child,)), script)


def test_without_retry_one_death_is_enough() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        tree.tell("top/a", "poison", "after")
        await tree.advance(SECOND)
        assert received(diary) == [(1, "poison"), (2, "after")]
        (letter,) = tree.runtime.dead_letters
        assert letter.why == "its handler failed"
        assert "ProbeError: poison" in letter.trace
        assert isinstance(tree.cell("top/a").last_failure, Crashed)

    run_tree(fragile(diary, MailboxSpec()), script)

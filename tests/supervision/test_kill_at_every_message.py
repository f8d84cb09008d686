"""`kill_at_every_message` reruns a scenario once for each message of an actor, and finds the one where it breaks."""

import pytest
from attrs import frozen

from supervision.actor import Actor
from supervision.address import Path
from supervision.faults.plan import Drop, Raise
from supervision.kill_everywhere import Prepare, kill_at_every_message
from supervision.mailbox import MailboxSpec, OnRestart
from supervision.runtime import Runtime
from supervision.specs import SECOND, ActorSpec, Strategy, SupervisorSpec
from supervision.testing import Tree, run_tree

STORE: Path[object] = Path("store")
COUNTER: Path[object] = Path("counter")
NUMBERS = 7


@frozen
class Add:
    number: int


class Store(Actor[object]):
    """Keeps what it is told in a list outside of all lives."""

    def __init__(self, kept: list[int]) -> None:
        self._kept = kept

    def receive(self, message: object) -> None:
        if isinstance(message, int):
            self._kept.append(message)


class Counter(Actor[object]):
    """Sends on what it gets: at once, or, with a fault of its own, in pairs that it remembers."""

    def __init__(self, *, in_pairs: bool) -> None:
        self._in_pairs = in_pairs
        self._first: int | None = None

    def receive(self, message: object) -> None:
        if not isinstance(message, Add):
            return
        if self._in_pairs and self._first is None:
            self._first = message.number
            return
        for number in (self._first, message.number):
            if number is not None:
                self.tell(self.address(STORE), number)
        self._first = None


class Sums:
    """The scenario; `runs` counts how often it ran, `generations` how many lives the counter had in each."""

    def __init__(self, *, in_pairs: bool, on_restart: OnRestart = OnRestart.KEEP) -> None:
        self.generations: list[int] = []
        self._in_pairs = in_pairs
        self._on_restart = on_restart

    def __call__(self, prepare: Prepare) -> Runtime:
        kept: list[int] = []
        children = (
            ActorSpec(name=STORE.text, create=lambda: Store(kept)),
            ActorSpec(
                name=COUNTER.text,
                create=lambda: Counter(in_pairs=self._in_pairs),
                mailbox=MailboxSpec(on_restart=self._on_restart),
            ),
        )

        async def script(tree: Tree) -> None:
            tree.tell(COUNTER.text, *(Add(number) for number in range(NUMBERS - 1)), Add(NUMBERS - 1))
            await tree.advance(SECOND)

        spec = SupervisorSpec(name="root", strategy=Strategy.ONE_FOR_ONE, is_group=True, children=children)
        tree = run_tree(spec, script, prepare=prepare)
        self.generations.append(tree.cell(COUNTER.text).generation)
        wanted = NUMBERS - 1 if self._in_pairs else NUMBERS
        assert sorted(kept)[:wanted] == list(range(wanted))
        return tree.runtime


def test_an_actor_without_memory_survives_a_kill_at_each_of_its_messages() -> None:
    sums = Sums(in_pairs=False)
    assert kill_at_every_message(sums, COUNTER.text) == NUMBERS
    assert sums.generations == [1] + [2] * NUMBERS


def test_one_that_forgets_half_a_pair_is_found_and_the_message_is_named() -> None:
    with pytest.raises(AssertionError) as caught:
        kill_at_every_message(Sums(in_pairs=True), COUNTER.text)
    assert caught.value.__notes__ == [f"{COUNTER}: kill at message 1 of {NUMBERS}"]


def test_another_fault_can_come_at_each_message() -> None:
    sums = Sums(in_pairs=False, on_restart=OnRestart.RETRY)
    assert kill_at_every_message(sums, COUNTER.text, Raise("bad luck")) == NUMBERS
    with pytest.raises(AssertionError, match=r"\[0"):
        kill_at_every_message(Sums(in_pairs=False), COUNTER.text, Raise("bad luck"))


def test_what_an_actor_hears_of_others_is_no_message_that_a_fault_of_a_message_can_come_at() -> None:
    class Watcher(Store):
        def started(self) -> None:
            self.monitor("nobody")

    def watched(prepare: Prepare) -> Runtime:
        async def script(tree: Tree) -> None:
            tree.tell("a", 1, 2)
            await tree.advance(SECOND)

        child = ActorSpec(name="a", create=lambda: Watcher([]))
        spec = SupervisorSpec(name="root", strategy=Strategy.ONE_FOR_ONE, is_group=True, children=(child,))
        return run_tree(spec, script, prepare=prepare).runtime

    assert kill_at_every_message(watched, "a") == 3
    assert kill_at_every_message(watched, "a", Drop()) == 2


def test_an_actor_that_handles_nothing_proves_nothing() -> None:
    def idle(prepare: Prepare) -> Runtime:
        async def script(tree: Tree) -> None:
            await tree.settle()

        spec = SupervisorSpec(
            name="root",
            strategy=Strategy.ONE_FOR_ONE,
            is_group=True,
            children=(ActorSpec(name="a", create=lambda: Store([])),),
        )
        return run_tree(spec, script, prepare=prepare).runtime

    with pytest.raises(AssertionError, match="a handles no message"):
        kill_at_every_message(idle, "a")


def test_a_scenario_that_does_not_prepare_proves_nothing() -> None:
    runs = 0

    def careless(prepare: Prepare) -> Runtime:
        nonlocal runs
        runs += 1
        return Sums(in_pairs=False)(prepare if runs == 1 else lambda runtime: None)

    with pytest.raises(AssertionError, match="did not call prepare"):
        kill_at_every_message(careless, COUNTER.text)

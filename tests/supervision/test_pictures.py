"""A picture says of each actor what is so, whatever state it is in, and stops nobody while it is taken."""

import math

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from supervision.actor import Actor
from supervision.child import ChildState
from supervision.gauge import SAMPLES, Gauge
from supervision.introspection.picture import (
    MailboxPicture,
    TreePicture,
    in_words,
    picture_of,
    take_mailboxes,
    take_tree,
    tree_of,
    waiting_time_ns,
)
from supervision.mailbox import MailboxSpec, Overflow
from supervision.registry import UnknownActor
from supervision.specs import ActorSpec, Backoff, ChildSpec, Restart, Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Do, Probe, Tree, probe, run_tree

SECOND = 1_000_000_000
SLOWLY = Backoff(initial_ns=60 * SECOND, maximum_ns=60 * SECOND)


def top(*children: ChildSpec, **options: object) -> SupervisorSpec:
    return SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=children, **options)  # type: ignore[arg-type]


def flat(tree: TreePicture) -> list[TreePicture]:
    return [tree, *(below for child in tree.children for below in flat(child))]


def test_what_waits_by_lane_and_what_was_handled() -> None:
    async def script(tree: Tree) -> None:
        tree.tell("top/a", 1, 2, 3)
        await tree.settle()
        tree.tell("top/a", *range(7))
        waiting = picture_of(tree.runtime, "top/a")
        assert (waiting.depth, waiting.capacity, waiting.high_water, waiting.handled) == (7, 10, 7, 3)
        tree.cell("top/a").suspend()
        tree.cell("top/a").resume()
        assert picture_of(tree.runtime, "top/a").system_depth == 2
        await tree.settle()
        done = picture_of(tree.runtime, "top/a")
        assert (done.depth, done.system_depth, done.high_water, done.handled) == (0, 0, 7, 10)
        assert (done.type_name, done.generation, done.state) == ("Probe", 1, ChildState.RUNNING)

    run_tree(top(probe("a", Diary(), mailbox=MailboxSpec(10))), script)


def test_what_was_lost_and_what_was_replaced() -> None:
    async def script(tree: Tree) -> None:
        tree.tell("top/a", 1, 2, 3, 4, 5)
        tree.tell("top/b", *"xxxx")
        await tree.settle()
        assert picture_of(tree.runtime, "top/a").dropped == 3
        assert picture_of(tree.runtime, "top/b").conflated == 3

    both = (
        probe("a", Diary(), mailbox=MailboxSpec(2, Overflow.DROP)),
        probe("b", Diary(), mailbox=MailboxSpec(2, latest_by=str)),
    )
    run_tree(top(*both), script)


def test_each_state_is_seen() -> None:
    diary = Diary()
    gate = trio.Event()

    async def wait(_: Probe) -> None:
        if diary.order("load").count("late load") > 1:
            await gate.wait()

    diary.on_load["top/late"] = wait

    async def script(tree: Tree) -> None:
        runtime = tree.runtime

        def state(path: str) -> ChildState:
            (line,) = (line for line in flat(tree_of(runtime)) if line.path == path)
            assert picture_of(runtime, path).state is line.state
            return line.state

        tree.cell("top/held").suspend()
        tree.tell("top/ill", Crash())
        await tree.settle()
        tree.tell("top/ill", Crash())
        tree.tell("top/once", Crash())
        await tree.settle()
        assert state("top") is ChildState.RUNNING
        assert state("top/held") is ChildState.SUSPENDED
        assert state("top/ill") is ChildState.BACKING_OFF
        assert state("top/once") is ChildState.DOWN
        tree.tell("top/late", Crash())
        await tree.settle()
        assert state("top/late") is ChildState.STARTING
        tree.tell("top/done", Do(lambda actor: actor.work("shielded", keep_on)))
        gate.set()
        await tree.settle()
        assert state("top/late") is ChildState.RUNNING
        assert picture_of(runtime, "top/done").workers == ("shielded",)
        tree.kill("top/done")
        await tree.settle()
        assert state("top/done") is ChildState.STOPPING
        keep.set()
        await tree.settle()
        assert state("top/done") is ChildState.RUNNING

    keep = trio.Event()

    async def keep_on() -> None:
        with trio.CancelScope(shield=True):
            await keep.wait()

    once = ActorSpec(name="once", create=lambda: Once(diary), restart=Restart.TRANSIENT)
    others = (probe(name, diary) for name in ("held", "ill", "late", "done"))
    run_tree(top(*others, once, backoff=SLOWLY), script)


class Once(Probe):
    """Ends in good order with its first message."""

    def receive(self, message: object) -> None:
        self.finish()


def test_restarts_and_the_last_error() -> None:
    async def script(tree: Tree) -> None:
        tree.tell("top/a", Crash("first"))
        await tree.settle()
        await tree.advance(11 * SECOND)
        tree.tell("top/a", Crash("second"))
        await tree.settle()
        picture = picture_of(tree.runtime, "top/a")
        assert (picture.restarts, picture.restarts_within_period, picture.generation) == (2, 1, 3)
        assert picture.last_error == "crashed: ProbeError: second"
        (_, other) = tree_of(tree.runtime).children
        assert (other.restarts, other.restarts_within_period) == (0, 0)
        assert tree_of(tree.runtime).restarts_within_period == 1

    run_tree(top(probe("a", Diary()), probe("b", Diary()), period_ns=10 * SECOND), script)


def test_who_watches_whom() -> None:
    diary = Diary()
    diary.on_start["top/b"] = lambda actor: actor.monitor("top/a")

    async def script(tree: Tree) -> None:
        assert picture_of(tree.runtime, "top/b").monitors == ("top/a",)
        assert picture_of(tree.runtime, "top/a").watched_by == ("top/b",)
        assert picture_of(tree.runtime, "top").children == ("top/a", "top/b")

    run_tree(top(probe("a", diary), probe("b", diary)), script)


def test_the_message_in_hand_is_seen_from_within_its_handler() -> None:
    seen: list[str | None] = []

    async def script(tree: Tree) -> None:
        tree.tell("top/a", Do(lambda _: seen.append(picture_of(tree.runtime, "top/a").current)))
        await tree.settle()
        assert seen == ["Do"]
        assert picture_of(tree.runtime, "top/a").current is None

    run_tree(top(probe("a", Diary())), script)


def test_times_without_messages_are_unknown_and_nobody_s_path_is_refused() -> None:
    async def script(tree: Tree) -> None:
        picture = picture_of(tree.runtime, "top/a")
        assert picture.waiting_p99_ns is picture.handling_p50_ns is picture.handling_worst_ns is None
        assert picture.rate_per_second is None
        with pytest.raises(UnknownActor, match="top/b"):
            picture_of(tree.runtime, "top/b")

    run_tree(top(probe("a", Diary())), script)


def nearest_rank(samples: list[int], percent: int) -> int:
    """By its definition: the smallest sample that is not below so many percent of them."""
    return min(each for each in samples if sum(other <= each for other in samples) * 100 >= percent * len(samples))


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=2 * SAMPLES))
def test_percentiles_are_the_nearest_ranks_of_the_last_messages(samples: list[int]) -> None:
    async def script(tree: Tree) -> None:
        cell = tree.cell("top/a")
        cell.gauge = gauge = Gauge()
        gauge.waiting_ns.extend(samples)
        gauge.handling_ns.extend(reversed(samples))
        picture = picture_of(tree.runtime, "top/a")
        last, first = samples[-SAMPLES:], samples[:SAMPLES]
        assert picture.waiting_p50_ns == nearest_rank(last, 50)
        assert picture.waiting_p99_ns == nearest_rank(last, 99)
        assert picture.handling_p50_ns == nearest_rank(first, 50)
        assert picture.handling_p99_ns == nearest_rank(first, 99)

    run_tree(top(probe("a", Diary())), script)


def test_with_all_samples_the_p99_is_the_third_from_the_top() -> None:
    async def script(tree: Tree) -> None:
        cell = tree.cell("top/a")
        cell.gauge = Gauge()
        cell.gauge.waiting_ns.extend(range(1, SAMPLES + 1))
        assert picture_of(tree.runtime, "top/a").waiting_p99_ns == 254
        assert waiting_time_ns(tree.runtime, "top/a") == 254
        assert waiting_time_ns(tree.runtime, "top") == waiting_time_ns(tree.runtime, "top/b") == 0

    run_tree(top(probe("a", Diary()), probe("b", Diary())), script)


class Idle(Actor[object]):
    def receive(self, message: object) -> None:
        pass


MANY = 2000


def many() -> SupervisorSpec:
    return top(*(ActorSpec(name=f"a{number}", create=Idle) for number in range(MANY)))


def test_a_picture_of_many_lets_the_others_have_their_turns() -> None:
    async def script(tree: Tree) -> None:
        turns = 0

        async def count(task_status: trio.TaskStatus[None]) -> None:
            nonlocal turns
            task_status.started()
            while True:
                turns += 1
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            await nursery.start(count)
            for take in (take_mailboxes, take_tree):
                turns = 0
                await take(tree.runtime)
                assert turns >= MANY // 150
            nursery.cancel_scope.cancel(reason="enough was counted")

    run_tree(many(), script)


def test_whole_pictures_are_those_of_each() -> None:
    async def script(tree: Tree) -> None:
        mailboxes = await take_mailboxes(tree.runtime)
        assert [mailbox.path for mailbox in mailboxes] == [f"top/a{number}" for number in range(MANY)]
        assert {mailbox.state for mailbox in mailboxes} == {ChildState.RUNNING}
        assert [mailbox.path for mailbox in await take_mailboxes(tree.runtime, "*/a77?")] == [
            f"top/a77{last}" for last in range(10)
        ]
        assert await take_tree(tree.runtime) == tree_of(tree.runtime)
        assert len(flat(tree_of(tree.runtime))) == MANY + 1

    run_tree(many(), script)


def test_a_tree_that_has_ended_is_down() -> None:
    async def script(tree: Tree) -> None:
        await tree.settle()

    tree = run_tree(top(probe("a", Diary())), script)
    assert {line.state for line in flat(tree_of(tree.runtime))} == {ChildState.DOWN}


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_pressure_is_how_full_it_is_and_was(depth: int, high_water: int, capacity: int) -> None:
    picture = MailboxPicture("a", ChildState.RUNNING, depth, 0, capacity, high_water, 0, 0, 0)
    now, ever = picture.pressure
    if capacity:
        assert math.isclose(now * capacity, depth) and math.isclose(ever * capacity, high_water)
    else:
        assert (now, ever) == (0, 0)


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


def test_words_for_anything_are_cut_and_never_fail() -> None:
    assert in_words("x" * 1000, 10) == "'xxxxxxxx…"
    assert in_words(12, 10) == "12"
    assert in_words(Unspeakable(), 100) == "<Unspeakable, whose repr raised RuntimeError>"

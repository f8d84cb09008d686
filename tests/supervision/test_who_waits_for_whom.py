"""Whoever waits is reported with whom he waits for, and so are those who wait for themselves in the end."""

from collections.abc import Callable

import trio
from hypothesis import given
from hypothesis import strategies as st

from supervision.address import Address, Path
from supervision.introspection.waits import Waiting, circles, take_waits, who_waits_for_whom
from supervision.mailbox import MailboxSpec
from supervision.specs import Backoff, ChildSpec, Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Do, Probe, Tree, probe, run_tree

SECOND = 1_000_000_000
LONG = 1000 * SECOND


def top(*children: ChildSpec, strategy: Strategy = Strategy.ONE_FOR_ONE) -> SupervisorSpec:
    return SupervisorSpec(
        name="top", strategy=strategy, children=children, backoff=Backoff(initial_ns=SECOND, maximum_ns=SECOND)
    )


def works(name: str, work: Callable[[Probe], Callable[[], object]]) -> Do:
    return Do(lambda actor: actor.work(name, work(actor)))  # type: ignore[arg-type]


def asking(path: str) -> Callable[[Probe], Callable[[], object]]:
    return lambda actor: lambda: actor.ask(actor.address(Path(path)), "well?", LONG)


def pairs(waits: tuple[Waiting, ...]) -> list[tuple[str, str]]:
    return [(wait.who, wait.on) for wait in waits]


def test_nobody_waits_in_a_tree_that_is_idle() -> None:
    async def script(tree: Tree) -> None:
        assert who_waits_for_whom(tree.runtime) == ()

    run_tree(top(probe("a", Diary())), script)


def test_a_worker_that_waits_for_room() -> None:
    async def fill(actor: Probe) -> None:
        slow: Address[object] = actor.address(Path("top/slow"))
        for number in range(5):
            await slow.send(number)

    async def script(tree: Tree) -> None:
        tree.cell("top/slow").suspend()
        tree.tell("top/a", works("filler", lambda actor: lambda: fill(actor)))
        await tree.settle()
        await tree.advance(SECOND)
        (wait,) = who_waits_for_whom(tree.runtime)
        assert (wait.who, wait.on) == ("top/a", "top/slow")
        assert wait.why == "its worker filler waits for room for a int: 2 of 2 wait"
        assert wait.since_ns == tree.clock.now_ns() - SECOND
        tree.cell("top/slow").resume()
        await tree.settle()
        assert who_waits_for_whom(tree.runtime) == ()

    run_tree(top(probe("a", Diary()), probe("slow", Diary(), mailbox=MailboxSpec(2))), script)


def test_a_question_that_waits_for_room_waits_for_room_alone() -> None:
    async def script(tree: Tree) -> None:
        tree.cell("top/slow").suspend()
        await tree.settle()
        tree.tell("top/slow", "full")
        tree.tell("top/a", works("asker", asking("top/slow")))
        await tree.settle()
        (wait,) = who_waits_for_whom(tree.runtime)
        assert wait.why == "its worker asker waits for room for a str: 1 of 1 wait"
        tree.cell("top/slow").resume()
        await tree.settle()
        (wait,) = who_waits_for_whom(tree.runtime)
        assert wait.why == "its worker asker waits for the answer to a str"

    run_tree(top(probe("a", Diary()), probe("slow", Diary(), mailbox=MailboxSpec(1))), script)


def test_a_task_below_a_worker_counts_as_the_worker() -> None:
    async def fan_out(actor: Probe) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asking("top/mute")(actor))  # type: ignore[arg-type]

    async def script(tree: Tree) -> None:
        tree.tell("top/a", works("asker", lambda actor: lambda: fan_out(actor)))
        await tree.settle()
        (wait,) = who_waits_for_whom(tree.runtime)
        assert (wait.who, wait.on, wait.why) == ("top/a", "top/mute", "its worker asker waits for the answer to a str")
        assert wait.since_ns == tree.clock.now_ns()

    run_tree(top(probe("a", Diary()), probe("mute", Diary())), script)


def test_who_is_no_actor_waits_from_outside() -> None:
    async def script(tree: Tree) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tree.runtime.ask, tree.address("top/a"), "well?", LONG)
            await tree.settle()
            assert pairs(who_waits_for_whom(tree.runtime)) == [("outside", "top/a")]
            nursery.cancel_scope.cancel(reason="seen")

    run_tree(top(probe("a", Diary())), script)


def test_a_supervisor_waits_for_a_start_and_an_end() -> None:
    diary, gate = Diary(), trio.Event()

    async def stay(_: Probe) -> None:
        if len(diary.order("load")) > 1:
            await gate.wait()

    diary.on_load["top/a"] = stay

    async def clean_up() -> None:
        with trio.CancelScope(shield=True):
            await released.wait()

    released = trio.Event()

    async def script(tree: Tree) -> None:
        began_ns = tree.clock.now_ns()
        tree.tell("top/a", works("cleaner", lambda _: clean_up))
        await tree.settle()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tree.runtime.restart, "top/a", "to see")
            await tree.settle()
            await tree.advance(SECOND)
            (wait,) = who_waits_for_whom(tree.runtime)
            assert wait == Waiting("top", "top/a", "waits for its end", began_ns)
            released.set()
            await tree.settle()
            (wait,) = who_waits_for_whom(tree.runtime)
            assert wait == Waiting("top", "top/a", "starts it", began_ns + SECOND)
            gate.set()
        await tree.settle()
        assert who_waits_for_whom(tree.runtime) == ()

    run_tree(top(probe("a", diary)), script)


def test_a_start_that_waits_for_one_whom_the_same_supervisor_is_to_start_is_a_circle() -> None:
    diary = Diary()

    async def ask_first(actor: Probe) -> None:
        if actor.generation > 1:
            await actor.ask(actor.address(Path("top/first")), "well?", LONG)

    diary.on_load["top/second"] = ask_first

    async def script(tree: Tree) -> None:
        # `first` backs off; meanwhile `second` dies, comes back, and asks it.
        tree.tell("top/first", Crash(), Crash())
        await tree.settle()
        tree.tell("top/second", Crash())
        await tree.settle()
        waits = who_waits_for_whom(tree.runtime)
        assert set(pairs(waits)) == {("top", "top/second"), ("top/second", "top/first"), ("top/first", "top")}
        assert circles(waits) == (("top", "top/second", "top/first"),)
        assert await take_waits(tree.runtime) == waits

    run_tree(top(probe("first", diary), probe("second", diary)), script)


def test_a_start_that_waits_for_a_part_of_the_tree_that_comes_later_is_a_circle() -> None:
    diary = Diary()
    seen: list[tuple[tuple[str, ...], ...]] = []

    async def ask_later(actor: Probe) -> None:
        if not seen:
            seen.append(())
            async with trio.open_nursery() as nursery:
                nursery.start_soon(asking("later/b")(actor))  # type: ignore[arg-type]
                for _ in range(3):
                    await trio.lowlevel.checkpoint()
                seen.append(circles(who_waits_for_whom(actor._life.runtime)))
                nursery.cancel_scope.cancel(reason="seen")

    diary.on_load["early/a"] = ask_later

    async def script(tree: Tree) -> None:
        assert seen[-1] == (("early", "early/a", "later/b", "later", "root"),)

    early = SupervisorSpec(name="early", strategy=Strategy.ONE_FOR_ONE, children=(probe("a", diary),))
    later = SupervisorSpec(name="later", strategy=Strategy.ONE_FOR_ONE, children=(probe("b", diary),))
    run_tree(SupervisorSpec(name="root", is_group=True, strategy=Strategy.ONE_FOR_ONE, children=(early, later)), script)


def test_two_workers_that_ask_each_other_s_actors_are_a_circle() -> None:
    async def script(tree: Tree) -> None:
        tree.tell("top/a", works("w", asking("top/b")))
        tree.tell("top/b", works("w", asking("top/a")))
        await tree.settle()
        assert circles(who_waits_for_whom(tree.runtime)) == (("top/a", "top/b"),)

    run_tree(top(probe("a", Diary()), probe("b", Diary())), script)


edges = st.lists(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg")), max_size=20)


def reaches(ways: set[tuple[str, str]], start: str) -> set[str]:
    """Wherever one comes from `start` in one step or more."""
    reached: set[str] = set()
    ahead = {start}
    while ahead:
        ahead = {there for here, there in ways if here in ahead} - reached
        reached |= ahead
    return reached


@given(edges)
def test_circles_are_real_and_everybody_who_is_in_one_is_in_one_of_them(ways: list[tuple[str, str]]) -> None:
    found = circles(tuple(Waiting(who, on, "", None) for who, on in ways))
    for circle in found:
        assert len(set(circle)) == len(circle)
        assert circle[0] == min(circle)
        assert all(step in ways for step in zip(circle, (*circle[1:], circle[0]), strict=True))
    assert len(set(found)) == len(found)
    assert {each for circle in found for each in circle} == {
        each for each in "abcdefg" if each in reaches(set(ways), each)
    }


def test_outside_is_no_one_to_wait_for() -> None:
    both = (Waiting("outside", "a", "", None), Waiting("a", "outside", "", None))
    assert circles(both) == ()

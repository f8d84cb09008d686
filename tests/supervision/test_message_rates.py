"""A rate is what was handled between two looks, by the runtime's time."""

import pytest

from supervision.introspection.rates import Rates
from supervision.specs import Strategy, SupervisorSpec
from supervision.testing import Crash, Diary, Tree, probe, run_tree

SECOND = 1_000_000_000


def top() -> SupervisorSpec:
    return SupervisorSpec(
        name="top", strategy=Strategy.ONE_FOR_ONE, children=(probe("a", Diary()), probe("b", Diary()))
    )  # fmt: skip


def test_it_is_unknown_until_there_were_two_looks() -> None:
    async def script(tree: Tree) -> None:
        rates = Rates(tree.runtime)
        assert rates.of("top/a") is None
        await rates.tick()
        assert rates.of("top/a") is None
        await rates.tick()
        assert rates.of("top/a") is None, "no time has passed"

    run_tree(top(), script)


@pytest.mark.parametrize(("messages", "seconds"), [(0, 1), (10, 1), (10, 4), (1, 8)])
def test_it_is_the_messages_of_the_last_interval_alone(messages: int, seconds: int) -> None:
    async def script(tree: Tree) -> None:
        rates = Rates(tree.runtime)
        tree.tell("top/a", *range(100))
        await tree.settle()
        await rates.tick()
        tree.tell("top/a", *range(messages))
        await tree.advance(seconds * SECOND)
        await rates.tick()
        assert rates.of("top/a") == messages / seconds
        assert rates.of("top/b") == 0

    run_tree(top(), script)


def test_a_new_life_counts_on() -> None:
    async def script(tree: Tree) -> None:
        rates = Rates(tree.runtime)
        await rates.tick()
        tree.tell("top/a", 1, Crash(), 2)
        await tree.advance(SECOND)
        await rates.tick()
        assert rates.of("top/a") == tree.cell("top/a").handled

    run_tree(top(), script)


def test_who_is_gone_is_forgotten_and_who_comes_anew_begins_anew() -> None:
    async def script(tree: Tree) -> None:
        rates = Rates(tree.runtime)
        supervisor = tree.supervisor("top")
        await tree.run(lambda: supervisor.start_child(probe("c", Diary())))
        tree.tell("top/c", 1, 2, 3)
        await tree.advance(SECOND)
        await rates.tick()
        await tree.advance(SECOND)
        await rates.tick()
        assert rates.of("top/c") == 0
        await tree.run(lambda: supervisor.terminate_child("c"))
        await tree.run(lambda: supervisor.delete_child("c"))
        await rates.tick()
        assert rates.of("top/c") is None
        await tree.run(lambda: supervisor.start_child(probe("c", Diary())))
        await rates.tick()
        tree.tell("top/c", 1, 2)
        await tree.advance(SECOND)
        await rates.tick()
        assert rates.of("top/c") == 2

    run_tree(top(), script)

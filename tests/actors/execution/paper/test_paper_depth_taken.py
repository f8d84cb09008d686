"""Displayed shares are taken once."""

from hypothesis import given
from hypothesis import strategies as st

from actors.execution.paper.depth_taken import DepthTaken
from messages.units import Price, Shares
from tests.actors.execution.paper.paper_world import BUY, FAK, YES, World, book, order, shares


def buys(world: World, name: str, size: str = "100") -> int:
    return world.sends(order(name, YES, BUY, "0.52", size, kind=FAK)).filled(name)


def test_the_same_displayed_shares_are_not_taken_twice() -> None:
    world = World()
    assert buys(world, "a", "60") == shares("60")
    world.show(book({"0.50": "100"}, {"0.52": "100"}))
    assert buys(world, "b") == shares("40")
    assert buys(world, "c") == 0


def test_what_joins_the_level_is_free() -> None:
    world = World()
    buys(world, "a")
    world.show(book({"0.50": "100"}, {"0.52": "130"}))
    assert buys(world, "b") == shares("30")


def test_what_leaves_the_level_was_not_ours() -> None:
    world = World()
    buys(world, "a", "60")
    world.show(book({"0.50": "100"}, {"0.52": "70"}))
    assert buys(world, "b") == shares("10")


def test_what_joins_after_a_level_shrank_below_what_we_took_is_free() -> None:
    world = World()
    buys(world, "a")
    world.show(book({"0.50": "100"}, {"0.52": "40"})).show(book({"0.50": "100"}, {"0.52": "100"}))
    assert buys(world, "b") == shares("60")


def test_a_level_that_comes_back_is_new() -> None:
    world = World()
    buys(world, "a")
    world.show(book({"0.50": "100"}, {})).show(book({"0.50": "100"}, {"0.52": "100"}))
    assert buys(world, "b") == shares("100")


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 60)), max_size=30))
def test_over_the_life_of_a_level_no_more_is_taken_than_it_showed_and_what_joined(
    history: list[tuple[int, int]],
) -> None:
    taken, before, joined, used = DepthTaken(), 0, 0, 0
    for shown, wanted in history:
        snapshot = book({"0.50": str(shown)}, {})
        taken.bound(snapshot)
        if not shown:
            joined = used = 0
        joined += max(0, shown - before)
        before = shown
        free = taken.left_of(snapshot.yes_bids, YES, Price(5000))
        size = min(free, wanted * 1_000_000)
        if size:
            taken.take(YES, Price(5000), Shares(size))
        used += size
        assert used <= joined * 1_000_000
        assert taken.left_of(snapshot.yes_bids, YES, Price(5000)) == free - size

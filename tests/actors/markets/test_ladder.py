"""A ladder is a dictionary of sizes with a known best, and what it has handed out never changes."""

from hypothesis import given
from hypothesis import strategies as st

from actors.markets.ladder import Ladder
from messages.units import Price

STEP = 100
LEVELS = st.tuples(st.integers(1, 99), st.sampled_from((0, 0, 1, 5_000_000, 10**18)))


def as_dictionary(ladder: Ladder) -> dict[int, int]:
    return dict(ladder.freeze().levels())


@given(st.lists(LEVELS))
def test_a_ladder_is_a_dictionary_of_what_was_last_set(changes: list[tuple[int, int]]) -> None:
    ladder, model = Ladder(STEP), dict[int, int]()
    for index, size in changes:
        ladder.set(index, size)
        model[index * STEP] = size
        standing = {price: size for price, size in model.items() if size}
        assert as_dictionary(ladder) == standing
        assert ladder.best == ladder.freeze().best == max(standing, default=0)
        assert list(as_dictionary(ladder)) == sorted(standing, reverse=True)


@given(st.lists(LEVELS), st.lists(LEVELS))
def test_what_is_loaded_replaces_all(before: list[tuple[int, int]], loaded: list[tuple[int, int]]) -> None:
    ladder = Ladder(STEP)
    for index, size in before:
        ladder.set(index, size)
    ladder.load(loaded)
    assert as_dictionary(ladder) == {index * STEP: size for index, size in dict(loaded).items() if size}
    ladder.clear()
    assert as_dictionary(ladder) == {}
    assert ladder.best == 0


@given(st.lists(st.lists(LEVELS, max_size=3)))
def test_a_depth_that_was_handed_out_never_changes(bursts: list[list[tuple[int, int]]]) -> None:
    ladder = Ladder(STEP)
    handed_out = []
    for burst in bursts:
        for index, size in burst:
            ladder.set(index, size)
        depth = ladder.freeze()
        handed_out.append((depth, list(depth.sizes), depth.occupied))
    for depth, sizes, occupied in handed_out:
        assert list(depth.sizes) == sizes
        assert depth.occupied == occupied


def test_nothing_changed_is_the_same_depth_again() -> None:
    ladder = Ladder(STEP)
    ladder.set(46, 7)
    depth = ladder.freeze()
    ladder.set(46, 7)
    ladder.set(47, 0)
    assert ladder.freeze() is depth
    ladder.set(46, 8)
    assert ladder.freeze() is not depth
    assert depth.size_at(Price(4600)) == 7

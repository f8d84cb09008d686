"""Whoever follows a trace gets everything in order, or is told how much is missing, and where."""

import trio
from hypothesis import given
from hypothesis import strategies as st

from polyactors.control.following import Event, Following
from polyactors.control.wire import LinesLost, TraceBegun

MOST = 3


def event(number: int) -> TraceBegun:
    return TraceBegun(str(number))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=8))
def test_what_was_lost_is_counted_in_its_place(steps: list[tuple[int, int]]) -> None:
    """So many are put, so many are taken, again and again, and in the end all."""

    async def main() -> None:
        following, number, got = Following(MOST), 0, 0

        async def take(most: int) -> None:
            nonlocal got
            with trio.move_on_after(0):
                for each in await following.take(most):
                    if isinstance(each, LinesLost):
                        got += each.count
                    else:
                        assert each == event(got), "in order, and what is missing was counted where it is missing"
                        got += 1

        for put, taken in steps:
            for _ in range(put):
                following.put(event(number))
                number += 1
            if taken:
                await take(taken)
        for _ in range(2 * MOST + 2):
            await take(1)
        assert got == number

    trio.run(main)


def test_no_more_than_so_many_wait() -> None:
    following = Following(MOST)
    for number in range(10 * MOST):
        following.put(event(number))
    assert following.lost == 9 * MOST
    assert len(following._events) == MOST


async def test_one_who_waits_is_woken() -> None:
    following = Following(MOST)
    taken: list[list[Event]] = []

    async def take() -> None:
        taken.append(await following.take(10))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await trio.testing.wait_all_tasks_blocked()
        assert not taken
        following.put(event(1))
        following.put(event(2))
    assert taken == [[event(1), event(2)]]

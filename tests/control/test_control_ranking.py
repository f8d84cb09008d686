"""The actors under most pressure are found as by sorting them all."""

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from polyactors.control.nearest import MOST, nearest
from polyactors.control.ranking import most_pressed
from supervision.child import ChildState
from supervision.introspection.picture import MailboxPicture


def picture(number: int, depth: int, high_water: int, capacity: int) -> MailboxPicture:
    return MailboxPicture(f"a{number:03}", ChildState.RUNNING, depth, 0, capacity, high_water, 0, 0, 0)


some = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), max_size=60)


@given(some, st.integers(1, 70))
def test_as_by_sorting_them_all(rows: list[tuple[int, int, int, int]], count: int) -> None:
    waits = {f"a{number:03}": wait for number, (*_, wait) in enumerate(rows)}
    pictures = [picture(number, *row[:3]) for number, row in enumerate(rows)]

    def rank(each: MailboxPicture) -> tuple[float, float, int, str]:
        depth, high_water = each.pressure
        return -depth, -high_water, -waits[each.path], each.path

    async def main() -> list[MailboxPicture]:
        return await most_pressed(pictures, count, lambda each: waits[each.path])

    assert trio.run(main) == sorted(pictures, key=rank)[:count]


async def test_waiting_times_are_asked_of_those_alone_who_may_be_shown() -> None:
    asked: set[str] = set()

    def waiting(each: MailboxPicture) -> int:
        asked.add(each.path)
        return 0

    full = [picture(number, number, 0, 1000) for number in range(900)]
    await most_pressed(full, 10, waiting)
    assert len(asked) == 10


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("ledgr", "ledger"),
        ("executor", "execution/executor"),
        ("markets/cup/0xab/makr", "markets/cup/0xab/maker"),
        ("maker", "markets/cup/0xab/maker"),
    ],
)
async def test_the_nearest_path_is_the_one_that_was_meant(given: str, meant: str) -> None:
    others = [f"markets/other/{number:04}/market" for number in range(500)]
    paths = ["ledger", "governor", "execution/executor", *others, "markets/cup/0xab/maker", "journal"]
    assert (await nearest(given, paths))[0] == meant


async def test_nothing_like_it_is_nothing() -> None:
    assert await nearest("zzz", ["ledger", "governor"]) == ()
    assert len(await nearest("market", [f"markets/{number}/market" for number in range(50)])) == MOST

"""At most once a second, and what takes long less often."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from polyactors.top.pace import ROUND_S, SHARE, Pace


class Hand:
    """Of a clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    async def takes(self, seconds: float) -> None:
        self.now_s += seconds


def test_a_round_begins_a_second_after_the_one_before() -> None:
    hand = Hand()
    pace = Pace(lambda: hand.now_s)
    pace.begin()
    hand.now_s += 0.25
    assert pace.rest_s() == ROUND_S - 0.25
    hand.now_s += 5
    assert pace.rest_s() == 0


@given(st.lists(st.floats(0.001, 100), min_size=1, max_size=20))
def test_what_is_asked_takes_no_more_than_its_share_of_the_time(times_s: list[float]) -> None:
    async def play() -> None:
        hand, busy_s = Hand(), 0.0
        pace = Pace(lambda: hand.now_s)
        for seconds in times_s:
            pace.begin()
            while not pace.is_due("tree"):
                hand.now_s += pace.rest_s()
                pace.begin()
            assert busy_s * SHARE <= hand.now_s
            await pace.timed("tree", hand.takes(seconds))
            busy_s += seconds
            assert not pace.is_due("tree")
            assert pace.is_due("something else")

    asyncio.run(play())


def test_what_is_forgotten_is_due() -> None:
    async def play() -> None:
        hand = Hand()
        pace = Pace(lambda: hand.now_s)
        pace.begin()
        await pace.timed("tree", hand.takes(3))
        assert not pace.is_due("tree")
        pace.forget()
        assert pace.is_due("tree")

    asyncio.run(play())

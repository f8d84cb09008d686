"""What the watchdog says after which looks, without threads and without time."""

from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.cell import Cell
from supervision.isolation.own_time import Moment, own_ns
from supervision.isolation.slowness import BlockedLoop, InHand, Judge, Report, SlowHandler
from supervision.mailbox import Envelope

MILLISECOND = 1_000_000
SLOW = 100 * MILLISECOND
LOOK = 30 * MILLISECOND


def hand(path: str, handled: int = 0, generation: int = 1, message: object = 5) -> InHand:
    envelope = None if message is None else Envelope(message, 1, 1, 0, None, 0)
    return InHand(cast(Cell, CELLS[path]), generation, handled, envelope)


CELLS = {path: SimpleNamespace(path=path) for path in ("a", "b")}


def judge() -> Judge:
    return Judge(SLOW, lambda: "the stack")


def looks(
    judge: Judge,
    *hands: InHand | None,
    elapsed: int = LOOK,
    turned: bool = False,
    held: bool = False,
) -> list[Report]:
    return [
        report for each in hands for report in judge.look(each, elapsed, has_turned=turned, held_us_up=held)
    ]  # fmt: skip


class TestASlowHandler:
    def test_is_told_when_slow_at_each_doubling_and_when_it_is_over(self) -> None:
        watch, slow = judge(), hand("a")
        said = looks(watch, *[slow] * 20, None)
        assert [(type(each), each.for_ns // MILLISECOND, each.is_over) for each in said] == [
            (SlowHandler, 120, False),
            (SlowHandler, 210, False),
            (SlowHandler, 420, False),
            (SlowHandler, 570, True),
        ]
        first, last = said[0], said[-1]
        assert first == SlowHandler("a", 1, "int", 120 * MILLISECOND, "the stack", is_over=False)
        assert last.stack == ""

    @pytest.mark.parametrize("other", [hand("b"), hand("a", 1), hand("a", 0, 2), hand("a")], ids=str)
    def test_is_one_message_of_one_life_of_one_actor(self, other: InHand) -> None:
        one = hand("a")
        assert looks(judge(), *[one, other] * 20, turned=True) == []

    def test_is_over_when_the_next_one_is_in_hand(self) -> None:
        watch = judge()
        first, second = hand("a"), hand("a", 1)
        said = looks(watch, *[first] * 5, *[second] * 5, turned=True)
        assert [(each.for_ns // MILLISECOND, each.is_over) for each in said] == [
            (120, False),
            (120, True),
            (120, False),
        ]

    def test_is_told_as_such_and_not_as_a_blocked_loop_too(self) -> None:
        slow = hand("a")
        assert {type(each) for each in looks(judge(), *[slow] * 100)} == {SlowHandler}

    def test_that_kept_everybody_from_looking_is_told_at_the_first_look(self) -> None:
        """One long call that never lets go of the interpreter: it is over, or nearly, when anybody can look."""
        watch = judge()
        looks(watch, None)
        (told,) = looks(watch, hand("a"), elapsed=3000 * MILLISECOND, held=True)
        assert isinstance(told, SlowHandler)
        assert told.for_ns == 3000 * MILLISECOND

    def test_that_was_not_seen_before_a_late_look_is_not_blamed_for_it(self) -> None:
        watch = judge()
        looks(watch, None, turned=True)
        assert looks(watch, hand("a"), elapsed=3000 * MILLISECOND, turned=True) == []


class TestABlockedLoop:
    def test_is_told_when_many_handlers_take_long_together(self) -> None:
        watch = judge()
        said = looks(watch, *[hand("a", number) for number in range(10)])
        assert [(type(each), each.for_ns // MILLISECOND) for each in said] == [(BlockedLoop, 120), (BlockedLoop, 210)]
        (over,) = looks(watch, None, turned=True)
        assert over == BlockedLoop("", 300 * MILLISECOND, "", is_over=True)

    def test_is_told_when_no_actor_has_anything_in_hand(self) -> None:
        (told,) = looks(judge(), *[None] * 5)
        assert told == BlockedLoop("", 120 * MILLISECOND, "the stack", is_over=False)

    def test_names_the_actor_that_starts_or_ends_meanwhile(self) -> None:
        starting = hand("a", message=None)
        (told,) = looks(judge(), *[starting] * 5)
        assert told == BlockedLoop("a", 120 * MILLISECOND, "the stack", is_over=False)

    def test_is_not_one_that_turns(self) -> None:
        assert looks(judge(), *[None] * 100, turned=True) == []


def test_what_goes_on_at_the_end_is_over_then() -> None:
    watch = judge()
    slow = hand("a")
    looks(watch, *[slow] * 5)
    assert [each.is_over for each in watch.finish()] == [True]
    assert list(watch.finish()) == []


HANDS = [None, hand("a"), hand("a", 1), hand("b"), hand("b", message=None)]


@given(
    st.lists(
        st.tuples(st.sampled_from(HANDS), st.integers(0, 5 * SLOW), st.booleans(), st.booleans()),
        max_size=60,
    )
)
def test_whatever_was_told_ends_once_and_no_time_is_told_twice(
    history: list[tuple[InHand | None, int, bool, bool]],
) -> None:
    watch = judge()
    said: list[Report] = []
    for in_hand, elapsed, turned, held in history:
        said += watch.look(in_hand, elapsed, has_turned=turned, held_us_up=held)
    said += watch.finish()
    for kind in (SlowHandler, BlockedLoop):
        mine = [each for each in said if isinstance(each, kind)]
        before: Report | None = None
        for each in mine:
            if before is None or before.is_over:
                assert not each.is_over
                assert each.for_ns >= SLOW
            elif each.is_over:
                assert each.for_ns >= before.for_ns
            else:
                assert each.for_ns >= 2 * SLOW
                assert each.for_ns > before.for_ns
            before = each
        assert before is None or before.is_over
    assert sum(each.for_ns for each in said if each.is_over) <= sum(elapsed for _, elapsed, _, _ in history)


class TestOwnTime:
    def test_is_what_passes_from_look_to_look(self) -> None:
        assert own_ns(Moment(1000, 0), Moment(1030, 0), at_most_ns=60) == 30

    def test_of_an_hour_of_suspension_is_next_to_nothing(self) -> None:
        assert own_ns(Moment(0, 7), Moment(3600 * 10**9, 9), at_most_ns=60) == 60

    def test_of_a_second_that_was_computed_is_a_second(self) -> None:
        assert own_ns(Moment(0, 5), Moment(10**9, 5 + 9 * 10**8), at_most_ns=60) == 9 * 10**8

    def test_never_goes_back(self) -> None:
        assert own_ns(Moment(100, 0), Moment(50, 0), at_most_ns=60) == 0

"""When a fault comes to one actor: at the right message, as often as it may, and the same for the same seed."""

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.faults.plan import (
    AfterStart,
    AtMessage,
    AtTime,
    Drop,
    Fault,
    OnMessage,
    When,
    WithProbability,
)
from supervision.faults.trigger import Trigger


def even(message: object) -> bool:
    return isinstance(message, int) and message % 2 == 0


def came(when: When, messages: Iterable[object], seed: int = 0, **times: int | None) -> list[object]:
    """The messages at which the fault came."""
    trigger = Trigger(Fault("a", Drop(), when, **times), Random(seed))
    return [message for message in messages if comes(trigger, message)]


def comes(trigger: Trigger, message: object) -> bool:
    if not trigger.at(message):
        return False
    trigger.count()
    return True


def test_at_a_message_is_once_at_just_that_one() -> None:
    assert came(AtMessage(3), range(1, 100)) == [3]


def test_with_times_it_comes_again_after_as_many() -> None:
    assert came(AtMessage(3), range(1, 100), times=4) == [3, 6, 9, 12]
    assert came(AtMessage(30), range(1, 100), times=None) == [30, 60, 90]


def test_of_some_messages_only_those_are_counted() -> None:
    assert came(AtMessage(3, even), range(1, 100)) == [6]


def test_on_messages_it_comes_at_each_of_them() -> None:
    assert came(OnMessage(even), range(7)) == [0, 2, 4, 6]
    assert came(OnMessage(even), range(7), times=2) == [0, 2]


def test_what_found_nothing_to_do_comes_at_the_next() -> None:
    trigger = Trigger(Fault("a", Drop(), AtMessage(3)), Random(0))
    assert [trigger.at(number) for number in range(1, 6)] == [False, False, True, True, True]
    trigger.count()
    assert not trigger.at(6)


@pytest.mark.parametrize("when", [AtTime(5), AfterStart(5)])
def test_an_instant_is_one_message(when: When) -> None:
    trigger = Trigger(Fault("a", Drop(), when), Random(0))
    assert not comes(trigger, 1)
    trigger.an_instant_came()
    assert [comes(trigger, number) for number in range(3)] == [True, False, False]


def test_several_instants_are_as_many_messages() -> None:
    trigger = Trigger(Fault("a", Drop(), AfterStart(5), times=None), Random(0))
    trigger.an_instant_came()
    trigger.an_instant_came()
    assert [comes(trigger, number) for number in range(3)] == [True, True, False]


@given(st.integers(0, 10**9), st.floats(0.01, 1), st.integers(0, 300))
def test_the_same_seed_draws_the_same(seed: int, probability: float, count: int) -> None:
    when = WithProbability(probability)
    assert came(when, range(count), seed) == came(when, range(count), seed)


def test_another_seed_draws_something_else() -> None:
    assert came(WithProbability(0.5), range(100), seed=1) != came(WithProbability(0.5), range(100), seed=2)


def test_a_probability_is_about_as_often_as_it_says() -> None:
    assert 230 < len(came(WithProbability(0.25), range(1000))) < 270
    assert len(came(WithProbability(1), range(1000))) == 1000
    assert len(came(WithProbability(0.5), range(1000), times=7)) == 7


@given(st.lists(st.integers(0, 9)), st.integers(0, 10**9))
def test_other_messages_do_not_change_what_is_drawn_for_those_it_concerns(messages: list[int], seed: int) -> None:
    concerned = [message for message in messages if even(message)]
    when = WithProbability(0.5, even)
    assert came(when, messages, seed) == came(when, concerned, seed)


@given(
    st.sampled_from([AtMessage(2), AtMessage(3, even), OnMessage(even), WithProbability(0.5)]),
    st.lists(st.integers(0, 9)),
    st.integers(1, 5),
)
def test_it_never_comes_more_often_than_it_may(when: When, messages: list[int], times: int) -> None:
    assert len(came(when, messages, times=times)) <= times

"""A plan of faults: what it refuses, all at once, and how it reads."""

import math
from enum import Enum

import pytest
from attrs import frozen

from supervision.faults.plan import (
    AfterStart,
    AtMessage,
    AtTime,
    BadPlan,
    CancelWorker,
    Delay,
    Drop,
    Fault,
    FaultPlan,
    Fill,
    Kill,
    MessageLike,
    OnMessage,
    Reorder,
    Slow,
    Stall,
    What,
    When,
    WithProbability,
)

MS = 1_000_000


def anything(_: object) -> bool:
    return True


def mistakes(*faults: Fault) -> tuple[str, ...]:
    with pytest.raises(BadPlan) as refused:
        FaultPlan(faults)
    return refused.value.mistakes


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (Stall(0), "for: 0 ms is no time"),
        (Slow(0, MS), "by: 0 ms is no time"),
        (Slow(MS, -MS), "for: -1 ms is no time"),
        (Delay(-5 * MS), "by: -5 ms is no time"),
        (Reorder(within=0), "within: 0 later messages are none"),
        (Reorder(at_most_ns=0), "for: 0 ms is no time"),
        (CancelWorker(""), "worker: a worker has a name"),
    ],
)
def test_what_can_do_nothing_is_refused(what: What, says: str) -> None:
    (mistake,) = mistakes(Fault("a", what, AtMessage(1)))
    assert says in mistake


@pytest.mark.parametrize(
    ("when", "says"),
    [
        (AtMessage(0), "0 is no message's number"),
        (AtMessage(-3), "-3 is no message's number"),
        (WithProbability(0), "probability: 0 is none"),
        (WithProbability(1.5), "probability: 1.5 is none"),
        (WithProbability(math.nan), "probability: nan is none"),
        (AtTime(-MS), "before 1970"),
        (AfterStart(0), "after: 0 ms is no time"),
    ],
)
def test_what_never_comes_is_refused(when: When, says: str) -> None:
    (mistake,) = mistakes(Fault("a", Drop(), when))
    assert says in mistake


@pytest.mark.parametrize("glob", ["", "/", "a//b", "a/", "/a"])
def test_what_is_no_path_is_refused(glob: str) -> None:
    (mistake,) = mistakes(Fault(glob, Kill(), AtMessage(1)))
    assert f"{glob!r} is no path" in mistake


def test_times_that_make_no_sense_are_refused() -> None:
    assert "less than once" in mistakes(Fault("a", Drop(), AtMessage(1), times=0))[0]
    assert "an instant comes once" in mistakes(Fault("a", Drop(), AtTime(5), times=2))[0]
    assert "an instant comes once" in mistakes(Fault("a", Drop(), AtTime(5), times=None))[0]
    assert "has no end" in mistakes(Fault("a", Slow(MS), WithProbability(0.5)))[0]


def test_every_mistake_of_every_fault_is_told_at_once() -> None:
    found = mistakes(
        Fault("a", Kill(), AtMessage(1)),
        Fault("a//b", Slow(0, 0), AtMessage(0), times=-1),
        Fault("b", Stall(-1), WithProbability(2)),
    )
    assert len(found) == 7
    assert sum(mistake.startswith("fault 2 (a//b: slow by 0 ms for 0 ms, at message 0") for mistake in found) == 5
    assert sum(mistake.startswith("fault 3 (") for mistake in found) == 2


def test_a_plan_may_be_empty() -> None:
    assert FaultPlan().faults == ()


@pytest.mark.parametrize("when", [AtMessage(3), AtTime(5), AfterStart(5)])
def test_what_comes_at_a_number_or_a_time_comes_once(when: When) -> None:
    assert Fault("a", Drop(), when).times == 1
    assert FaultPlan((Fault("a", Drop(), when),))


@pytest.mark.parametrize("when", [OnMessage(anything), WithProbability(0.5)])
def test_what_comes_on_messages_or_by_chance_comes_as_often_as_it_may(when: When) -> None:
    assert Fault("a", Drop(), when).times is None
    assert Fault("a", Drop(), when, times=4).times == 4
    assert FaultPlan((Fault("a", Drop(), when),))


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("ledger", Kill(), AtMessage(100)), "ledger: kill, at message 100"),
        (Fault("*", Stall(5 * MS), AfterStart(2000 * MS)), "*: stall for 5 ms, 2000 ms after the start"),
        (
            Fault("a/**", Slow(MS // 2, 3 * MS), AtTime(7 * MS)),
            "a/**: slow by 0.5 ms for 3 ms, at 7 ms",
        ),
        (
            Fault("a", Drop(), WithProbability(0.25, MessageLike("Trade", (("side", "BUY"), ("size", 5)))), times=3),
            "a: drop, with probability 0.25 of Trade where side == 'BUY' and size == 5, at most 3 times",
        ),
        (Fault("a", Fill(), OnMessage(anything)), "a: fill the mailbox, at each message of anything"),
        (
            Fault("a", CancelWorker("read*"), AtMessage(2, MessageLike("X")), times=None),
            "a: cancel worker read*, at message 2 of X, as often as it comes",
        ),
    ],
)
def test_a_fault_says_in_words_what_it_is(fault: Fault, text: str) -> None:
    assert str(fault) == text


class Side(Enum):
    BUY = 0
    SELL = 1


@frozen
class Order:
    side: Side
    size: int
    is_last: bool = False


@frozen
class Placed:
    order: Order


class TestAMessageLike:
    def test_is_one_of_that_very_type(self) -> None:
        assert MessageLike("Order")(Order(Side.BUY, 5))
        assert not MessageLike("Order")(Placed(Order(Side.BUY, 5)))
        assert not MessageLike("Order")("Order")

    def test_has_each_field_as_said(self) -> None:
        like = MessageLike("Order", (("side", "BUY"), ("size", 5)))
        assert like(Order(Side.BUY, 5))
        assert not like(Order(Side.SELL, 5))
        assert not like(Order(Side.BUY, 6))

    def test_can_be_told_by_a_field_of_a_field(self) -> None:
        like = MessageLike("Placed", (("order.side", "SELL"),))
        assert like(Placed(Order(Side.SELL, 5)))
        assert not like(Placed(Order(Side.BUY, 5)))

    def test_has_all_the_fields_that_are_named(self) -> None:
        assert not MessageLike("Order", (("colour", "red"),))(Order(Side.BUY, 5))
        assert not MessageLike("Order", (("side.order.name", "BUY"),))(Order(Side.BUY, 5))

    def test_does_not_take_a_number_for_a_truth(self) -> None:
        assert not MessageLike("Order", (("size", True),))(Order(Side.BUY, 1))
        assert not MessageLike("Order", (("is_last", 0),))(Order(Side.BUY, 1))
        assert MessageLike("Order", (("is_last", False),))(Order(Side.BUY, 1))

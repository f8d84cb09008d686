"""Whoever moves the exchange's time moves it for all, in the order of what is due."""

from hypothesis import given
from hypothesis import strategies as st

from polyactors.exchange.core import Exchange
from polyactors.exchange.ports.timetable import Timetable
from polyactors.exchange.settings import ExchangeSettings


class Watched:
    """A world that notes how far it was moved; something is due in it every ten nanoseconds."""

    def __init__(self, log: list[tuple[str, int]]) -> None:
        self.exchange = Exchange(ExchangeSettings(), 0, 0)
        self.log = log
        self.now_ns = 0

    def advance(self, now_ns: int) -> None:
        assert now_ns >= self.now_ns, "time went back"
        self.now_ns = now_ns
        self.log.append(("world", now_ns))

    def next_due_ns(self) -> int | None:
        return self.now_ns - self.now_ns % 10 + 10


def test_at_one_time_the_world_goes_first_and_errands_in_the_order_of_their_planning() -> None:
    log: list[tuple[str, int]] = []
    timetable = Timetable(Watched(log), 0)
    timetable.plan(7, lambda at_ns: log.append(("second", at_ns)))
    timetable.plan(5, lambda at_ns: log.append(("first", at_ns)))
    timetable.plan(7, lambda at_ns: log.append(("third", at_ns)))
    assert timetable.next_errand_ns() == 5
    assert timetable.next_due_ns() == 5
    timetable.advance(10)
    assert log == [
        ("world", 5),
        ("first", 5),
        ("world", 7),
        ("second", 7),
        ("world", 7),
        ("third", 7),
        ("world", 10),
    ]
    assert timetable.next_errand_ns() is None
    assert timetable.next_due_ns() == 20


def test_errands_alone_move_the_world_no_further_than_they_need() -> None:
    log: list[tuple[str, int]] = []
    timetable = Timetable(Watched(log), 0)
    timetable.plan(5, lambda at_ns: log.append(("errand", at_ns)))
    timetable.run_errands(100)
    assert log == [("world", 5), ("errand", 5)]
    assert timetable.now_ns == 5


def test_what_was_planned_for_the_past_is_done_now() -> None:
    log: list[tuple[str, int]] = []
    timetable = Timetable(Watched(log), 0)
    timetable.advance(50)
    timetable.plan(10, lambda at_ns: log.append(("late", at_ns)))
    timetable.advance(20)
    assert ("late", 50) in log
    assert timetable.now_ns == 50


def test_an_errand_may_plan_the_next_one() -> None:
    log: list[tuple[str, int]] = []
    timetable = Timetable(Watched(log), 0)

    def again(at_ns: int) -> None:
        log.append(("errand", at_ns))
        timetable.plan(at_ns + 3, again)

    timetable.plan(1, again)
    timetable.advance(8)
    assert [at_ns for name, at_ns in log if name == "errand"] == [1, 4, 7]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 100)), max_size=30))
def test_time_never_goes_back_and_nothing_is_done_before_its_time(steps: list[tuple[bool, int]]) -> None:
    log: list[tuple[str, int]] = []
    timetable = Timetable(Watched(log), 0)
    done: list[tuple[int, int]] = []
    for is_plan, at_ns in steps:
        if is_plan:
            timetable.plan(at_ns, lambda now_ns, due_ns=at_ns: done.append((due_ns, now_ns)))  # type: ignore[misc]
        else:
            timetable.advance(at_ns)
    timetable.advance(101)
    assert len(done) == sum(is_plan for is_plan, _ in steps)
    assert all(due_ns <= now_ns for due_ns, now_ns in done)
    assert [now_ns for _, now_ns in done] == sorted(now_ns for _, now_ns in done)

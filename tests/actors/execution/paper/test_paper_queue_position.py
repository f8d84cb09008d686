"""The queue of a resting order, by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.execution.paper.queue_position import CancelModel, PowerProbability, QueuePosition, RiskAverse
from messages.units import Shares
from tests.actors.execution.paper.paper_world import MS, WINDOW

MODELS = [RiskAverse(), PowerProbability(), PowerProbability(1)]
both = pytest.mark.parametrize("model", MODELS, ids=str)


def joining(model: CancelModel, displayed: int) -> QueuePosition:
    return QueuePosition.joining(model, WINDOW, Shares(displayed))


@both
class TestATradeWhoseBookChangeArrivedFirst:
    def test_is_not_counted_twice(self, model: CancelModel) -> None:
        queue = joining(model, 100)
        queue.book_shows(Shares(40), 10 * MS)
        assert queue.trade(Shares(60), 30 * MS) == 0
        queue.settle(10_000 * MS)
        assert queue.ahead == 40

    def test_reaches_us_with_what_is_beyond_those_ahead(self, model: CancelModel) -> None:
        queue = joining(model, 100)
        queue.book_shows(Shares(0), 10 * MS)
        assert queue.trade(Shares(130), 30 * MS) == 30
        assert queue.ahead == 0

    def test_in_two_prints_is_explained_by_both(self, model: CancelModel) -> None:
        queue = joining(model, 100)
        queue.book_shows(Shares(40), 10 * MS)
        queue.trade(Shares(20), 30 * MS)
        queue.trade(Shares(40), 31 * MS)
        queue.settle(10_000 * MS)
        assert queue.ahead == 40

    def test_nor_when_the_trade_came_first(self, model: CancelModel) -> None:
        queue = joining(model, 100)
        queue.trade(Shares(60), 10 * MS)
        queue.book_shows(Shares(40), 30 * MS)
        queue.settle(10_000 * MS)
        assert queue.ahead == 40

    def test_is_a_cancel_if_the_print_comes_when_the_window_is_over(self, model: CancelModel) -> None:
        queue = joining(model, 100)
        queue.book_shows(Shares(40), 0)
        queue.trade(Shares(10), WINDOW)
        assert queue.ahead == 30, "100 ahead, capped at the 40 that are left, less the 10 traded"


class TestACancel:
    def test_is_behind_us_for_the_risk_averse_until_the_size_caps_us(self) -> None:
        queue = joining(RiskAverse(), 100)
        queue.book_shows(Shares(300), 0)
        queue.book_shows(Shares(120), MS)
        queue.settle(WINDOW + MS)
        assert queue.ahead == 100
        queue.book_shows(Shares(70), 2 * WINDOW)
        queue.settle(3 * WINDOW)
        assert queue.ahead == 70

    def test_is_shared_by_the_power_of_front_and_back(self) -> None:
        queue = joining(PowerProbability(3), 100)
        queue.book_shows(Shares(300), 0)
        queue.book_shows(Shares(210), MS)
        queue.settle(WINDOW + MS)
        assert queue.ahead == 100 - 90 * 100**3 // (100**3 + 200**3)

    def test_takes_from_the_front_what_the_back_is_too_small_for(self) -> None:
        queue = joining(PowerProbability(3), 100)
        queue.book_shows(Shares(110), 0)
        queue.book_shows(Shares(30), MS)
        queue.settle(WINDOW + MS)
        assert queue.ahead == 100 - 80 * 100**3 // (100**3 + 10**3)
        assert queue.ahead <= 30

    def test_counts_only_once_nobody_explained_it_in_time(self) -> None:
        queue = joining(RiskAverse(), 100)
        queue.book_shows(Shares(40), 0)
        queue.settle(WINDOW - 1)
        assert queue.ahead == 100
        queue.settle(WINDOW)
        assert queue.ahead == 40


sizes = st.integers(0, 300)
steps = st.lists(st.tuples(st.sampled_from(["book", "trade", "wait"]), sizes, st.integers(0, 2 * WINDOW)), max_size=40)


@both
@given(start=sizes, history=steps)
def test_the_position_never_goes_up_and_fits_into_the_book_once_the_window_is_over(
    model: CancelModel, start: int, history: list[tuple[str, int, int]]
) -> None:
    queue, now, shown, ahead = joining(model, start), 0, start, start
    for what, size, pause in history:
        now += pause
        if what == "book":
            shown = size
            queue.book_shows(Shares(size), now)
        elif what == "trade":
            assert 0 <= queue.trade(Shares(size), now) <= size
        else:
            queue.settle(now)
        assert 0 <= queue.ahead <= ahead
        ahead = queue.ahead
    queue.settle(now + WINDOW)
    assert queue.ahead <= shown


@both
@given(start=sizes, history=steps, looks=st.lists(st.integers(0, 2 * WINDOW), max_size=10))
def test_settling_late_is_the_same_as_settling_in_time(
    model: CancelModel, start: int, history: list[tuple[str, int, int]], looks: list[int]
) -> None:
    def run(also_between: bool) -> int:
        queue, now = joining(model, start), 0
        for number, (what, size, pause) in enumerate(history):
            if also_between:
                for look in sorted(min(look, pause) for look in looks[number:]):
                    queue.settle(now + look)
            now += pause
            if what == "book":
                queue.book_shows(Shares(size), now)
            elif what == "trade":
                queue.trade(Shares(size), now)
        queue.settle(now + WINDOW)
        return queue.ahead

    assert run(also_between=True) == run(also_between=False)


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(0, 10**15), st.integers(1, 6))
def test_the_power_share_is_exact_and_never_more_than_was_cancelled(
    front: int, back: int, cancelled: int, exponent: int
) -> None:
    ahead = PowerProbability(exponent).cancelled_ahead(Shares(front), Shares(back), Shares(cancelled))
    weight = front**exponent + back**exponent
    assert 0 <= ahead <= cancelled
    if weight:
        assert ahead * weight <= cancelled * front**exponent < (ahead + 1) * weight


def test_an_exponent_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="exponent"):
        PowerProbability(0)


def test_a_level_that_grew_and_nearly_vanished_leaves_nobody_less_than_nobody_ahead() -> None:
    """Incident: the power model moved the order by more than was ahead of it, and a trade of 5 shares filled 8.33."""
    queue = QueuePosition.joining(PowerProbability(3), 250, Shares(10_000_000))
    queue.book_shows(Shares(15_000_000), 0)
    queue.book_shows(Shares(0), 1)
    queue.settle(1000)
    assert queue.ahead == 0
    assert queue.trade(Shares(5_000_000), 1001) == 5_000_000


@given(
    st.integers(0, 100), st.lists(st.tuples(st.integers(0, 100), st.integers(0, 400)), max_size=20), st.integers(1, 5)
)
def test_the_place_in_the_queue_is_never_below_nothing(
    joined: int, shown: list[tuple[int, int]], exponent: int
) -> None:
    queue = QueuePosition.joining(PowerProbability(exponent), 250, Shares(joined))
    now_ns = 0
    for size, later in shown:
        now_ns += later
        before = queue.ahead
        queue.book_shows(Shares(size), now_ns)
        assert 0 <= queue.ahead <= before
    queue.settle(now_ns + 1000)
    assert queue.ahead >= 0

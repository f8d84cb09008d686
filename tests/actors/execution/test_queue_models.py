"""The queue models: beside the published formulas, within their bounds, and with those ahead always served first."""

import math
from collections.abc import Callable

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from actors.execution.paper.queue_position import (
    CancelModel,
    LogProbability,
    PowerProbability,
    QueuePosition,
    RiskAverse,
)
from messages.units import SHARE_SCALE, Shares

WINDOW = 10
MODELS = [RiskAverse(), LogProbability(), PowerProbability(1), PowerProbability(3)]
every = pytest.mark.parametrize("model", MODELS, ids=str)


@frozen
class Optimistic:
    """All cancels come from ahead of us: nobody can be served sooner."""

    def cancelled_ahead(self, front: Shares, back: Shares, cancelled: Shares) -> Shares:
        return Shares(min(front, cancelled))


whole = st.integers(0, 1_000).map(lambda count: count * SHARE_SCALE)
odd = st.integers(0, 10**9)
sizes = st.one_of(whole, odd)
histories = st.lists(st.tuples(st.sampled_from(["book", "trade"]), sizes, st.integers(0, 2 * WINDOW)), max_size=30)


def joining(model: CancelModel, displayed: int) -> QueuePosition:
    return QueuePosition.joining(model, WINDOW, Shares(displayed))


def published(f: Callable[[float], float] | None) -> Callable[[float, float, float], float]:
    """What is left ahead after `change` of the level, in shares, as hftbacktest's documentation has it.

    The probability that a cancel was behind is f(back) / (f(back) + f(front)); without an f it is 1.
    """

    def after(front: float, before: float, change: float) -> float:
        back = before - front
        if f is None:
            behind = 1.0
        else:
            weight = f(back) + f(front)
            behind = f(back) / weight if weight else 1.0
        estimate = front - (1 - behind) * change + min(back - behind * change, 0)
        return min(estimate, before - change)

    return after


PUBLISHED = [
    (RiskAverse(), published(None)),
    (LogProbability(), published(math.log1p)),
    (PowerProbability(1), published(lambda size: size)),
    (PowerProbability(3), published(lambda size: size**3)),
]


@pytest.mark.parametrize(
    ("model", "formula"), PUBLISHED, ids=lambda each: str(each) if hasattr(each, "__attrs_attrs__") else ""
)
@given(start=whole, shown=st.lists(whole, max_size=20))
def test_cancels_move_us_as_the_published_formula_says(
    model: CancelModel, formula: Callable[[float, float, float], float], start: int, shown: list[int]
) -> None:
    queue, now, level = joining(model, start), 0, start
    for size in shown:
        ahead = queue.ahead
        now += WINDOW
        queue.book_shows(Shares(size), now)
        now += WINDOW
        queue.settle(now)
        expected = float(ahead)
        if size < level:
            front, before, change = (each / SHARE_SCALE for each in (ahead, level, level - size))
            expected = formula(front, before, change) * SHARE_SCALE
        assert queue.ahead == pytest.approx(max(0.0, expected), rel=1e-9, abs=2)
        level = size


@every
@given(start=sizes, history=histories)
def test_every_model_is_between_the_optimist_and_the_risk_averse(
    model: CancelModel, start: int, history: list[tuple[str, int, int]]
) -> None:
    best, ours, worst = (joining(each, start) for each in (Optimistic(), model, RiskAverse()))
    now = 0
    for what, size, pause in history:
        now += pause
        got = []
        for queue in (best, ours, worst):
            if what == "book":
                queue.book_shows(Shares(size), now)
            else:
                got.append(queue.trade(Shares(size), now))
        assert got == sorted(got, reverse=True)
        assert best.ahead <= ours.ahead <= worst.ahead
    for queue in (best, ours, worst):
        queue.settle(now + WINDOW)
    assert 0 <= best.ahead <= ours.ahead <= worst.ahead


@every
@given(start=sizes, history=histories)
def test_a_trade_reaches_us_only_with_what_those_ahead_left_of_it(
    model: CancelModel, start: int, history: list[tuple[str, int, int]]
) -> None:
    queue, now = joining(model, start), 0
    traded = reached = 0
    for what, size, pause in history:
        now += pause
        queue.settle(now)
        ahead = queue.ahead
        if what == "book":
            queue.book_shows(Shares(size), now)
            continue
        beyond = queue.trade(Shares(size), now)
        traded, reached = traded + size, reached + beyond
        assert beyond == max(0, size - ahead)
        assert beyond == 0 or queue.ahead == 0
    assert reached <= traded


@every
@given(start=sizes, joined=st.lists(sizes, max_size=10))
def test_who_joins_behind_and_leaves_again_never_puts_us_back(
    model: CancelModel, start: int, joined: list[int]
) -> None:
    queue, now, ahead = joining(model, start), 0, start
    for size in joined:
        for shown in (start + size, start):
            now += WINDOW
            queue.book_shows(Shares(shown), now)
            queue.settle(now + WINDOW)
            assert 0 <= queue.ahead <= ahead
            ahead = queue.ahead
    assert not isinstance(model, RiskAverse) or ahead == start


@given(front=st.integers(0, 10**18), back=st.integers(0, 10**18), cancelled=st.integers(0, 10**18))
def test_the_log_share_is_never_more_than_was_cancelled(front: int, back: int, cancelled: int) -> None:
    model = LogProbability()
    ahead = model.cancelled_ahead(Shares(front), Shares(back), Shares(cancelled))
    assert 0 <= ahead <= cancelled
    behind = model.cancelled_ahead(Shares(back), Shares(front), Shares(cancelled))
    assert front + back == 0 or 0 <= cancelled - ahead - behind <= 1 or math.log1p((front + back) / SHARE_SCALE) < 1e-9


def test_the_log_model_weighs_a_long_queue_little_more_than_a_short_one() -> None:
    """100 ahead and 900 behind: a tenth of the level by size, 4.6 / (4.6 + 6.8) by the logarithm."""
    front, back, cancelled = (Shares(count * SHARE_SCALE) for count in (100, 900, 100))
    by_size = PowerProbability(1).cancelled_ahead(front, back, cancelled)
    by_logarithm = LogProbability().cancelled_ahead(front, back, cancelled)
    assert by_size == 10 * SHARE_SCALE
    assert by_logarithm / SHARE_SCALE == pytest.approx(100 * math.log(101) / (math.log(101) + math.log(901)))

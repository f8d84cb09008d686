"""The states of a session under any clock, and times that make sense."""

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.risk.session_rules import (
    InStep,
    Schedule,
    SessionSettings,
    SessionTimes,
    end_ns_of,
    has_reached,
    next_state,
    reason_for,
    schedule_of,
    wound_down_at,
)
from messages.markets import Market
from messages.periods import Period, PeriodLength, Series
from messages.sessions import SessionIs, SessionState
from supervision.specs import SECOND
from supervision.testing import MILLISECOND
from tests.actors.samples import GAME, market
from tests.actors.session_world import BTC, PERIOD, hour_of, period_market

SETTINGS = SessionSettings()
ALL_SEEN = InStep(True, True, True)
BOOT, ACTIVE, WIND_DOWN, FLATTEN, DONE = SessionState

lengths = st.sampled_from(PeriodLength)
seens = st.builds(InStep, st.booleans(), st.booleans(), st.booleans())


def period(length: PeriodLength) -> Period:
    return Series(BTC, length).period_at(1_700_000_000_000)


def schedule(length: PeriodLength = PeriodLength.HOUR) -> Schedule:
    return schedule_of(period(length), None, SETTINGS)


@st.composite
def clocks(draw: st.DrawFn) -> tuple[Schedule, list[tuple[int, InStep]]]:
    """A schedule, and what a clock that jumps as it likes shows one after the other."""
    length = draw(lengths)
    start_ns = period(length).start_ms * MILLISECOND
    offset = st.integers(-600, length.length_ns // SECOND + 600)
    instants = draw(st.lists(st.tuples(offset, seens), min_size=1, max_size=20))
    return schedule(length), [(start_ns + seconds * SECOND, seen) for seconds, seen in instants]


@given(clocks())
def test_no_clock_leads_back(case: tuple[Schedule, list[tuple[int, InStep]]]) -> None:
    where, instants = case
    state = BOOT
    for now_ns, seen in instants:
        after = next_state(state, where, seen, now_ns)
        assert has_reached(after, state)
        state = after


@given(clocks())
def test_a_clock_that_jumps_ahead_leads_at_once_to_where_it_is(case: tuple[Schedule, list[tuple[int, InStep]]]) -> None:
    """As far as everything was seen, or the way out has begun."""
    where, instants = case
    latest = max(now_ns for now_ns, _ in instants)
    assert next_state(BOOT, where, ALL_SEEN, latest) is where.by_time(latest)
    for now_ns, seen in instants:
        due = where.by_time(now_ns)
        after = next_state(BOOT, where, seen, now_ns)
        assert after is (due if not seen.missing or due in (FLATTEN, DONE) else BOOT)


@given(clocks())
def test_the_way_does_not_depend_on_how_often_one_looks(case: tuple[Schedule, list[tuple[int, InStep]]]) -> None:
    where, instants = case
    state = BOOT
    for now_ns, _ in sorted(instants, key=lambda each: each[0]):
        state = next_state(state, where, ALL_SEEN, now_ns)
    assert state is where.by_time(max(now_ns for now_ns, _ in instants))


@pytest.mark.parametrize("length", PeriodLength)
def test_each_state_begins_at_its_instant_and_not_a_nanosecond_before(length: PeriodLength) -> None:
    where, times = schedule(length), SETTINGS.times(length)
    start_ns, end_ns = period(length).start_ms * MILLISECOND, period(length).end_ms * MILLISECOND
    begins = {
        ACTIVE: start_ns,
        WIND_DOWN: end_ns - times.wind_down_ns,
        FLATTEN: end_ns - times.flatten_ns,
        DONE: end_ns - times.done_ns,
    }
    before = BOOT
    for state, at_ns in begins.items():
        assert where.by_time(at_ns - 1) is before
        assert where.by_time(at_ns) is state
        assert where.next_ns(at_ns - 1) == at_ns
        before = state
    assert where.next_ns(end_ns) is None


@pytest.mark.parametrize("missing", ["has_book", "has_portfolio", "has_price"])
def test_nothing_begins_before_everything_was_seen_and_the_way_out_needs_nothing(missing: str) -> None:
    where = schedule()
    seen = evolve(ALL_SEEN, **{missing: False})
    assert next_state(BOOT, where, seen, where.start_ns) is BOOT
    assert next_state(BOOT, where, seen, where.flatten_ns - 1) is BOOT
    assert next_state(BOOT, where, seen, where.flatten_ns) is FLATTEN
    assert next_state(ACTIVE, where, seen, where.wind_down_ns - 1) is ACTIVE
    assert seen.missing[0] in reason_for(BOOT, where, seen, where.start_ns)


def test_nothing_begins_before_the_period_does() -> None:
    where = schedule()
    assert next_state(BOOT, where, ALL_SEEN, where.start_ns - 1) is BOOT
    assert "the start" in reason_for(BOOT, where, ALL_SEEN, where.start_ns - 1)


@given(st.lists(st.integers(-(10**12), 10**13), min_size=2))
def test_it_is_wound_down_ever_more_from_0_to_1(offsets: list[int]) -> None:
    where = schedule()
    downs = [where.wound_down(WIND_DOWN, where.wind_down_ns + each) for each in sorted(offsets)]
    assert downs == sorted(downs)
    assert 0.0 <= downs[0] <= downs[-1] <= 1.0
    assert where.wound_down(WIND_DOWN, where.wind_down_ns) == 0.0
    assert where.wound_down(WIND_DOWN, where.flatten_ns) == 1.0
    assert where.wound_down(ACTIVE, where.flatten_ns) == 0.0
    assert where.wound_down(DONE, where.start_ns) == 1.0


@given(st.integers(0, 480), st.integers(0, 480))
def test_who_was_told_once_reckons_on_as_the_session_does(told_at: int, now: int) -> None:
    where = schedule()
    at_ns, now_ns = where.wind_down_ns + told_at * SECOND, where.wind_down_ns + max(told_at, now) * SECOND
    word = SessionIs(GAME, WIND_DOWN, where.wound_down(WIND_DOWN, at_ns), "", at_ns, where.until_ns(WIND_DOWN))
    assert wound_down_at(word, now_ns) == pytest.approx(where.wound_down(WIND_DOWN, now_ns))


@pytest.mark.parametrize(
    ("wind_down", "flatten", "done"), [(10, 10, 5), (10, 5, 5), (5, 10, 1), (10, 5, 0), (10, 0, 0)]
)
def test_times_out_of_their_order_are_refused(wind_down: int, flatten: int, done: int) -> None:
    with pytest.raises(ValueError, match=r"wind_down has to begin|must be"):
        SessionTimes(wind_down_ns=wind_down, flatten_ns=flatten, done_ns=done)


@pytest.mark.parametrize("name", ["hour", "fifteen_minutes", "five_minutes"])
def test_times_that_do_not_fit_into_the_period_are_refused(name: str) -> None:
    too_long: dict[str, Any] = {name: SessionTimes(wind_down_ns=3600 * SECOND, flatten_ns=SECOND, done_ns=1)}
    with pytest.raises(ValueError, match="shorter than the period"):
        evolve(SETTINGS, **too_long)


def test_a_market_that_ends_before_its_period_is_left_in_time() -> None:
    early = period(PeriodLength.HOUR).end_ms - 60_000
    where = schedule_of(period(PeriodLength.HOUR), early, SETTINGS)
    assert where.done_ns == early * MILLISECOND - SETTINGS.hour.done_ns
    late = schedule_of(period(PeriodLength.HOUR), early + 3_600_000, SETTINGS)
    assert late == schedule(PeriodLength.HOUR)


def test_orders_end_with_what_ends_first() -> None:
    listing: Market = period_market()
    assert end_ns_of(listing) == PERIOD.end_ms * MILLISECOND
    assert end_ns_of(evolve(listing, end_ms=None)) == PERIOD.end_ms * MILLISECOND
    assert end_ns_of(evolve(listing, end_ms=PERIOD.end_ms - 5)) == (PERIOD.end_ms - 5) * MILLISECOND
    assert end_ns_of(evolve(market(), end_ms=7, about=None)) == 7 * MILLISECOND
    assert end_ns_of(evolve(market(), about=hour_of(PERIOD))) == PERIOD.end_ms * MILLISECOND
    assert end_ns_of(market()) is None

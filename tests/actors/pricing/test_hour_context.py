"""Periods roll by the clock, to the millisecond and never back; an open price is set once, by its rule, for good."""

from collections.abc import Sequence

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from actors.pricing.hour_context import HourContext, PeriodNow
from actors.pricing.settings import ReadingSettings
from actors.pricing.venue_history import VenueHistory
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.reference import (
    REFERENCE_SCALE,
    CoinSize,
    ReferenceAverage,
    ReferencePrice,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)

MS, SECOND, HOUR = 10**6, 10**9, 3600 * 10**9
START = 1_777_107_600 * SECOND
BTC = Symbol("btcusd")
HOURS, MINUTES = Series(BTC, PeriodLength.HOUR), Series(BTC, PeriodLength.FIVE_MINUTES)
BINANCE, CHAINLINK = ReferenceVenue.BINANCE, ReferenceVenue.CHAINLINK
CANDLE = SettlementRule(BINANCE, Reading.CANDLE)
POINT = SettlementRule(CHAINLINK, Reading.POINT)
MEAN = SettlementRule(CHAINLINK, Reading.MEAN, 60)


@define(slots=False)
class Scene:
    """A context, and the history of the one venue that it listens to."""

    rule: SettlementRule
    series: Series = HOURS
    history: VenueHistory = field(factory=VenueHistory)

    def __attrs_post_init__(self) -> None:
        self.context = HourContext(self.series, self.rule, ReadingSettings())
        self.histories = {self.rule.source: self.history}

    def trade(self, at_ns: int, dollars: float, number: int | None = None) -> None:
        price = ReferencePrice(round(dollars * REFERENCE_SCALE))
        self.history.see(ReferenceTick(self.rule.source, BTC, price, CoinSize(1), None, number, at_ns, at_ns))

    def average(self, at_ns: int, dollars: float, window_s: int = 60) -> None:
        price = ReferencePrice(round(dollars * REFERENCE_SCALE))
        said = ReferenceAverage(self.rule.source, BTC, price, window_s, at_ns, at_ns)
        self.history.see_average(said, ReadingSettings().average_within_ns)

    def now(self, now_ns: int) -> PeriodNow:
        return self.context.advance(now_ns, self.histories)

    def open(self, now_ns: int) -> float | None:
        found = self.now(now_ns).open
        return None if found is None else found.price

    def tell(
        self, strike: float | None, now_ns: int, start_ns: int = START, rule: SettlementRule | None = None
    ) -> None:
        period = Period(self.series, start_ns // MS)
        self.context.about(UpOrDown(period, rule or self.rule, strike), now_ns, self.histories)


def test_it_rolls_at_the_boundary_to_the_millisecond() -> None:
    scene = Scene(CANDLE)
    assert scene.now(START - 1).period.end_ms == START // MS
    assert scene.now(START).period.start_ms == START // MS
    assert scene.now(START + HOUR - 1).period.start_ms == START // MS
    assert scene.now(START + HOUR).period.start_ms == (START + HOUR) // MS


@given(st.lists(st.integers(-3 * HOUR, 40 * HOUR), min_size=1, max_size=30))
def test_a_clock_that_jumps_never_brings_an_ended_period_back(times: Sequence[int]) -> None:
    scene, newest = Scene(CANDLE), 0
    for offset in times:
        found = scene.now(START + offset).period
        expected = HOURS.period_at((START + offset) // MS).start_ms
        newest = max(newest, expected)
        assert found.start_ms == newest


@given(
    st.sampled_from([CANDLE, POINT, MEAN]),
    st.lists(
        st.tuples(
            st.sampled_from(["tick", "average", "told", "clock", "found"]),
            st.integers(-400 * SECOND, 800 * SECOND),
            st.floats(1, 1e6),
        ),
        max_size=60,
    ),
)
def test_whatever_comes_in_whatever_order_an_open_price_never_changes(
    rule: SettlementRule, events: list[tuple[str, int, float]]
) -> None:
    scene = Scene(rule, MINUTES)
    opened: dict[int, float] = {}
    now_ns = START
    for kind, offset_ns, dollars in events:
        at_ns = START + offset_ns
        match kind:
            case "tick":
                scene.trade(at_ns, dollars)
            case "average":
                scene.average(at_ns, dollars)
            case "told":
                scene.tell(dollars, now_ns, MINUTES.period_at(at_ns // MS).start_ms * MS)
            case "found":
                scene.context.found_open(MINUTES.period_at(at_ns // MS), dollars)
            case _:
                now_ns = at_ns
        present = scene.now(now_ns)
        for each in (present, *scene.context.ended):
            if each.open is not None:
                assert opened.setdefault(each.period.start_ms, each.open.price) == each.open.price
            else:
                assert each.period.start_ms not in opened


def test_a_candle_opens_with_the_first_trade_at_or_after_the_start() -> None:
    scene = Scene(CANDLE)
    scene.trade(START - 1, 100, 7)
    assert scene.open(START) is None
    scene.trade(START + 700 * MS, 101, 8)
    scene.trade(START + 800 * MS, 102, 9)
    assert scene.open(START + SECOND) == 101


def test_a_trade_at_the_very_start_is_the_first() -> None:
    scene = Scene(CANDLE)
    scene.trade(START - 1, 100)
    scene.trade(START, 101)
    assert scene.open(START) == 101


def test_what_comes_for_the_next_period_before_our_clock_rolls_is_kept_for_it() -> None:
    """The recorder's clock ran 1.27 s behind the venue's."""
    scene = Scene(CANDLE)
    scene.trade(START - SECOND, 100)
    scene.trade(START + 200 * MS, 101)
    scene.trade(START + 900 * MS, 102)
    assert scene.open(START - 370 * MS) is None
    assert scene.open(START) == 101


def test_what_comes_late_of_the_former_period_changes_nothing() -> None:
    scene = Scene(CANDLE)
    scene.trade(START - SECOND, 100)
    scene.trade(START + 100 * MS, 101)
    scene.trade(START - 500 * MS, 99)
    assert scene.open(START + SECOND) == 101


def test_what_comes_late_is_not_the_last_trade_of_its_period() -> None:
    scene = Scene(CANDLE)
    for at_ns, dollars in ((START, 101.0), (START + HOUR - SECOND, 105.0), (START + HOUR - 10 * SECOND, 50.0)):
        scene.trade(at_ns, dollars)
        scene.now(START)
    scene.trade(START + HOUR, 106)
    scene.now(START + HOUR)
    assert scene.context.ended[0].close == 105


def test_a_first_trade_whose_forerunners_were_lost_is_taken_for_the_first_only_just_after_the_start() -> None:
    lost = Scene(CANDLE)
    lost.trade(START - SECOND, 100, 7)
    lost.history.missed()
    lost.trade(START + 30 * SECOND, 101, 900)
    found = lost.now(START + 31 * SECOND)
    assert found.open is None and found.why_no_open == "the first trade was missed"
    near = Scene(CANDLE)
    near.trade(START - SECOND, 100, 7)
    near.trade(START + SECOND, 101, 9)
    opened = near.now(START + 2 * SECOND).open
    assert opened is not None and (opened.price, opened.doubt_s) == (101, 1.0)


def test_a_quiet_market_opens_with_its_first_trade_however_late_that_is() -> None:
    scene = Scene(CANDLE)
    scene.trade(START - SECOND, 100, 7)
    scene.trade(START + 200 * SECOND, 101, 8)
    assert scene.open(START + 201 * SECOND) == 101


def test_a_service_that_starts_within_a_period_does_not_know_its_open_price_and_knows_the_next() -> None:
    scene = Scene(CANDLE)
    scene.trade(START + 600 * SECOND, 100)
    assert scene.open(START + 601 * SECOND) is None
    scene.trade(START + HOUR - SECOND, 101)
    scene.trade(START + HOUR + SECOND, 102)
    assert scene.open(START + HOUR + SECOND) == 102


def test_a_clock_that_jumps_over_periods_opens_the_one_it_lands_in_by_what_was_heard_there() -> None:
    scene = Scene(CANDLE)
    scene.trade(START - SECOND, 100)
    assert scene.now(START - SECOND).open is None
    scene.trade(START + 3 * HOUR - SECOND, 103)
    scene.trade(START + 3 * HOUR, 104)
    assert scene.open(START + 3 * HOUR + SECOND) == 104


def test_a_point_is_the_last_price_at_or_before_the_start() -> None:
    scene = Scene(POINT, MINUTES)
    scene.trade(START - 1500 * MS, 100)
    scene.trade(START - 500 * MS, 101)
    assert scene.open(START + 400 * MS) is None
    scene.trade(START + 500 * MS, 102)
    assert scene.open(START + 500 * MS) == 101


def test_a_point_at_the_very_start_holds_even_if_it_is_told_twice() -> None:
    scene = Scene(POINT, MINUTES)
    for offset_ns, dollars in ((-SECOND, 100.0), (0, 101.0), (0, 102.0), (SECOND, 103.0)):
        scene.trade(START + offset_ns, dollars)
    assert scene.open(START + SECOND) == 102


def test_a_point_is_not_waited_for_longer_than_patience() -> None:
    scene = Scene(POINT, MINUTES)
    scene.trade(START - SECOND, 100)
    assert scene.open(START + 4999 * MS) is None
    assert scene.open(START + 5 * SECOND) == 100


def test_a_mean_is_the_oracles_own_where_it_tells_one_that_ends_at_the_start_or_just_after() -> None:
    scene = Scene(MEAN, MINUTES)
    for second in range(-70, 1):
        scene.trade(START + second * SECOND, 100 + second)
    scene.average(START - SECOND, 55)
    assert scene.open(START + SECOND) is None
    scene.average(START + 300 * MS, 66)
    scene.average(START + 1300 * MS, 77)
    assert scene.open(START + 2 * SECOND) == 66


@pytest.mark.parametrize(("window_s", "offset_ns"), [(30, 0), (60, 2001 * MS), (60, -SECOND)])
def test_a_mean_of_another_window_or_time_is_not_the_starts(window_s: int, offset_ns: int) -> None:
    scene = Scene(MEAN, MINUTES)
    for second in range(-70, 3):
        scene.trade(START + second * SECOND, 100)
    scene.average(START + offset_ns, 55, window_s)
    assert scene.open(START + 5 * SECOND) == 100


def test_a_mean_is_reckoned_from_the_ticks_of_its_window_where_the_oracle_tells_none() -> None:
    scene = Scene(MEAN, MINUTES)
    for second in range(-90, 1):
        scene.trade(START + second * SECOND, 1000 + second)
    assert scene.open(START) == pytest.approx(sum(1000 + second for second in range(-59, 1)) / 60)


def test_what_is_said_after_the_start_does_not_belong_to_the_mean_before_it() -> None:
    scene = Scene(MEAN, MINUTES)
    for second in range(-90, 0):
        scene.trade(START + second * SECOND + 100 * MS, 100)
    scene.trade(START + 900 * MS, 1000)
    assert scene.open(START + SECOND) == pytest.approx(100)


def test_a_mean_of_which_too_little_was_heard_is_not_known() -> None:
    late, gap = Scene(MEAN, MINUTES), Scene(MEAN, MINUTES)
    for second in range(-40, 1):
        late.trade(START + second * SECOND, 100)
    for second in (*range(-70, -30), *range(-15, 1)):
        gap.trade(START + second * SECOND, 100)
    assert late.now(START + SECOND).why_no_open == "too little of the mean's window was heard"
    assert gap.now(START + SECOND).why_no_open == "there is a gap in the mean's window"


def test_a_strike_told_before_the_start_is_the_open_price_and_final() -> None:
    scene = Scene(CANDLE)
    scene.tell(123.5, START - 10 * SECOND)
    scene.trade(START - SECOND, 100)
    scene.trade(START, 101)
    scene.tell(99.0, START + SECOND)
    found = scene.now(START + SECOND)
    assert found.open is not None and found.open.price == 123.5 and not found.told_otherwise


def test_a_strike_told_after_the_open_price_was_read_changes_nothing_but_is_seen() -> None:
    scene = Scene(CANDLE)
    scene.trade(START - SECOND, 100)
    scene.trade(START, 101)
    assert scene.open(START) == 101
    scene.tell(102.0, START + SECOND)
    found = scene.now(START + SECOND)
    assert found.open is not None and found.open.price == 101 and found.told_otherwise


@pytest.mark.parametrize("strike", [0.0, -5.0, float("nan"), float("inf")])
def test_an_impossible_strike_is_no_strike(strike: float) -> None:
    scene = Scene(CANDLE)
    scene.tell(strike, START - SECOND)
    assert scene.now(START).open is None


def test_the_rule_that_a_market_tells_of_the_next_period_holds_for_that_alone() -> None:
    scene = Scene(MEAN, MINUTES)
    scene.tell(None, START - SECOND, rule=POINT)
    assert scene.now(START - SECOND).rule == MEAN
    assert scene.now(START).rule == POINT
    assert scene.now(START + 300 * SECOND).rule == MEAN


@pytest.mark.parametrize(("close", "is_up"), [(101.0, True), (100.99, False), (101.01, True)])
def test_a_candle_closes_with_the_last_trade_before_the_end_and_a_tie_is_up(close: float, is_up: bool) -> None:
    scene = Scene(CANDLE)
    scene.trade(START - SECOND, 100)
    scene.trade(START, 101)
    scene.now(START)
    scene.trade(START + HOUR - 1, close)
    scene.now(START + HOUR)
    assert scene.context.ended[0].is_up is None
    scene.trade(START + HOUR, 500)
    scene.now(START + HOUR)
    assert scene.context.ended[0].close == close and scene.context.ended[0].is_up is is_up


@pytest.mark.parametrize("rule", [POINT, MEAN])
def test_an_oracles_close_is_the_next_periods_open(rule: SettlementRule) -> None:
    scene = Scene(rule, MINUTES)
    for second in range(-70, 700):
        scene.trade(START + second * SECOND, 1000 + second % 37)
        scene.now(START + second * SECOND)
    former, before = scene.context.ended[0], scene.context.ended[1]
    present = scene.now(START + 699 * SECOND)
    assert present.open is not None and former.close == present.open.price
    assert former.open is not None and before.close == former.open.price


def test_an_outcome_is_unknown_where_an_end_was_not_heard() -> None:
    scene = Scene(CANDLE)
    scene.now(START)
    scene.trade(START + HOUR - SECOND, 101)
    scene.trade(START + HOUR, 102)
    scene.now(START + HOUR)
    assert scene.context.ended[0].close == 101 and scene.context.ended[0].is_up is None

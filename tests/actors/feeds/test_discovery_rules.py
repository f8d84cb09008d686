"""Markets join once, before their periods, and leave once, after them; whatever fails, jumps or dies meanwhile."""

from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from actors.feeds.discovery_settings import DiscoverySettings, end_ns, start_ns
from actors.feeds.discovery_words import SetUp, Stage
from actors.feeds.market_finder import FindFailed, Found, NotListed, Unfit
from messages.periods import Period, PeriodLength, Series
from messages.reference import Symbol
from messages.sessions import MarketJoined, MarketLeft
from supervision.log import Level
from tests.actors.feeds.discovery_world import (
    CANDLE,
    FIFTEEN,
    FIVE,
    HOUR,
    MINUTE,
    SECOND,
    START_NS,
    RulesWorld,
    market_of,
    periods_between,
    with_strike,
)

ALL = DiscoverySettings(series=(FIVE, FIFTEEN, HOUR))
ONE = DiscoverySettings(series=(FIVE,))


def present(series: Series = FIVE, now_ns: int = START_NS) -> Period:
    return series.period_at(now_ns // 1_000_000)


def joined_world(settings_: DiscoverySettings = ONE) -> RulesWorld:
    world = RulesWorld(settings_)
    world.look()
    world.settle()
    return world


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 3599), st.sampled_from([2 * SECOND, 3 * SECOND, 7 * SECOND]))
def test_every_period_of_a_long_run_joins_once_before_its_start_and_leaves_once_after_its_end(
    offset_s: int, step_ns: int
) -> None:
    begun_ns = START_NS + offset_s * SECOND
    world = RulesWorld(ALL, now_ns=begun_ns)
    until_ns = begun_ns + 150 * MINUTE
    world.run(until_ns, step_ns)
    for series in ALL.series:
        for period in periods_between(series, begun_ns + ALL.warm_up_of(series), until_ns - MINUTE):
            name = market_of(period).market
            assert (world.joined(period), world.left(period)) == (1, 1), period.name
            (stood_ns,) = world.stood_ns[name]
            assert start_ns(period) - ALL.warm_up_of(series) <= stood_ns < start_ns(period), period.name
            assert world.gone_ns[name] >= end_ns(period), period.name
    assert not any(say.level is not Level.INFO for say in world.said)


def test_the_present_periods_market_joins_at_once_and_the_next_ones_at_its_warm_up() -> None:
    world = joined_world()
    assert world.joined(present()) == 1
    following = present().following
    world.run(start_ns(following) - ONE.warm_up_of(FIVE))
    assert world.joined(following) == 0
    world.run(start_ns(following) - ONE.warm_up_of(FIVE) + 1)
    assert world.joined(following) == 1


def test_a_period_of_which_too_little_is_left_is_not_begun_with() -> None:
    left_ns = ONE.least_left_of(FIVE)
    assert ONE.wanted(FIVE, end_ns(present()) - left_ns) == (present(), present().following)
    assert ONE.wanted(FIVE, end_ns(present()) - left_ns + 1) == (present().following,)


def test_nothing_is_told_or_set_up_before_it_is_on_disk() -> None:
    world = RulesWorld(ONE)
    world.look()
    world.answer(market_of(present()))
    world.look()
    assert (world.told, world.pricer, world.at_yard) == ([], [], None)
    world.write()
    assert [type(each) for each in world.told] == [MarketJoined]
    assert world.pricer == [market_of(present()).about]
    world.look()
    assert isinstance(world.at_yard, SetUp)


@pytest.mark.parametrize("failure", [NotListed("not yet"), FindFailed("a 502")])
def test_what_is_not_found_is_asked_for_again_ever_more_slowly_until_too_little_is_left(failure: FindFailed) -> None:
    world = RulesWorld(ONE)
    times: list[int] = []
    while world.now_ns < end_ns(present()) - ONE.least_left_of(FIVE) + SECOND:
        world.look()
        while world.open_asks:
            if world.open_asks[0] == present():
                times.append(world.now_ns)
            world.answer(failure)
        world.now_ns += SECOND // 4
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses == sorted(pauses)
    assert pauses[0] <= ONE.first_retry_ns and ONE.last_retry_ns // 2 <= pauses[-1] <= ONE.last_retry_ns + SECOND
    world.look()
    assert any(say.about == present().name and say.reason == failure.reason for say in world.said)
    assert present() not in world.open_asks


def test_an_answer_that_comes_when_the_period_is_given_up_changes_nothing() -> None:
    world = RulesWorld(ONE)
    world.look()
    world.now_ns = end_ns(present())
    world.look()
    world.answer(market_of(present(now_ns=START_NS)))
    assert (world.to_write, world.journal) == ([], [])


def test_an_unfit_market_is_said_once_and_its_period_left_out() -> None:
    world = RulesWorld(ONE)
    world.look()
    world.answer(Unfit(None, "its rule is not known"))
    for _ in range(100):
        world.now_ns += SECOND
        world.look()
        assert present() not in world.open_asks
    errors = [say for say in world.said if say.level is Level.ERROR]
    assert [say.about for say in errors] == [present().name]
    (series,) = world.rules.shown(world.now_ns).series
    assert series.reason == "its rule is not known"


def test_a_market_of_another_period_is_not_taken_for_that_of_the_one_asked_for() -> None:
    world = RulesWorld(ONE)
    world.look()
    world.answer(market_of(present().following))
    assert world.to_write == []
    assert [say.level for say in world.said] == [Level.ERROR]
    world.look()
    assert world.open_asks == []


def test_a_yard_that_cannot_now_is_asked_again() -> None:
    world = RulesWorld(ONE)
    world.look()
    world.answer(market_of(present()))
    world.write()
    world.look()
    world.work_at_yard("the supervisor restarts")
    world.look()
    assert world.at_yard is None
    world.now_ns += 2 * SECOND
    world.look()
    world.work_at_yard()
    assert market_of(present()).market in world.standing


def test_what_does_not_stand_any_more_is_set_up_again_and_not_written_down_again() -> None:
    world = joined_world()
    world.standing.clear()
    world.look()
    world.settle()
    assert market_of(present()).market in world.standing
    assert world.joined(present()) == 1


@pytest.mark.parametrize(
    ("is_done", "is_over", "open_orders"),
    [(False, True, 0), (None, True, 0), (True, False, 0), (True, None, 0), (True, True, 2), (True, True, None)],
)
def test_a_market_stays_until_its_session_is_done_it_is_resolved_and_nothing_is_open(
    is_done: bool | None, is_over: bool | None, open_orders: int | None
) -> None:
    world = joined_world()
    world.now_ns = end_ns(present())
    world.look()
    world.tell_end(is_done, is_over, open_orders)
    world.look()
    assert world.at_yard is None
    assert world.open_looks == []
    world.now_ns += 2 * SECOND
    world.look()
    world.settle()
    assert world.left(present()) == 1


def test_a_market_that_nobody_says_is_resolved_is_left_after_a_while() -> None:
    world = joined_world(evolve(ONE, leave_after_ns=100 * SECOND))
    ends_ns = end_ns(present())
    world.now_ns = ends_ns
    while world.now_ns < ends_ns + 99 * SECOND:
        world.look()
        while world.open_looks:
            world.tell_end(None, None, 0)
        world.now_ns += SECOND
    assert world.left(present()) == 0
    world.now_ns = ends_ns + 140 * SECOND
    world.look()
    world.tell_end(None, None, 0)
    world.look()
    world.settle()
    assert world.left(present()) == 1


def test_an_open_order_keeps_a_market_for_ever_and_is_said_once() -> None:
    world = joined_world()
    ends_ns = end_ns(present())
    world.now_ns = ends_ns + ONE.leave_after_ns
    for _ in range(50):
        world.look()
        while world.open_looks:
            world.tell_end(True, True, 1)
        world.now_ns += MINUTE
    assert world.left(present()) == 0
    assert len([say for say in world.said if say.event == "a market cannot be left"]) == 1


def test_a_clock_that_jumps_over_periods_takes_up_the_present_one_and_leaves_the_old() -> None:
    world = joined_world()
    first = present()
    world.now_ns += 47 * MINUTE
    world.look()
    world.settle()
    now = present(now_ns=world.now_ns)
    assert (world.joined(first), world.left(first), world.joined(now)) == (1, 1, 1)
    assert all(world.joined(period) == 0 for period in periods_between(FIVE, end_ns(first), start_ns(now)))


def test_markets_of_a_former_process_are_told_of_again_and_set_up_or_left() -> None:
    standing, over, gone = present(), present(now_ns=START_NS - 20 * MINUTE), present(now_ns=START_NS - 40 * MINUTE)
    world = RulesWorld(ONE)
    world.journal += [
        MarketJoined(market_of(gone), 1),
        MarketJoined(market_of(over), 2),
        MarketLeft(market_of(gone).market, 3),
        MarketJoined(market_of(standing), 4),
    ]
    world.begin()
    assert [each.market.slug for each in world.told if isinstance(each, MarketJoined)] == [over.name, standing.name]
    world.look()
    assert standing not in world.asked
    world.settle()
    assert list(world.standing) == [market_of(standing).market]
    assert (world.left(over), world.joined(standing), world.joined(over)) == (1, 1, 1)


def test_a_market_that_was_left_before_its_end_does_not_join_again() -> None:
    world = RulesWorld(ONE)
    world.journal += [MarketJoined(market_of(present()), 1), MarketLeft(market_of(present()).market, 2)]
    world.begin()
    world.look()
    assert world.open_asks == []


def test_a_fixed_market_is_only_told_of() -> None:
    world = RulesWorld(ONE)
    world.begin((market_of(present()),))
    world.run(end_ns(present()) + MINUTE)
    assert world.pricer[0] == market_of(present()).about
    assert (world.joined(present()), world.left(present())) == (0, 0)
    assert world.joined(present().following) == 1


def test_the_pricer_is_told_again_of_what_lasts_and_after_its_death() -> None:
    world = joined_world()
    told = len(world.pricer)
    world.now_ns += ONE.tell_again_ns
    world.look()
    assert len(world.pricer) == told + 1
    world.rules.pricer_died(world.now_ns)
    world.look()
    assert len(world.pricer) == told + 1
    world.now_ns += ONE.look_every_ns
    world.look()
    assert len(world.pricer) == told + 2
    assert {about.period for about in world.pricer} == {present()}


def test_a_strike_that_the_venue_tells_later_is_passed_on() -> None:
    world = joined_world()
    world.now_ns += ONE.ask_for_strike_after_ns
    world.look()
    assert world.open_asks == [present()]
    world.answer(FindFailed("not now"))
    world.now_ns += ONE.ask_for_strike_after_ns
    world.look()
    world.answer(with_strike(market_of(present()), 77_643.36752))
    assert world.pricer[-1].strike == 77_643.36752
    world.now_ns += 20 * SECOND
    world.look()
    assert world.open_asks == []
    assert world.joined(present()) == 1


def test_the_strike_of_a_candle_is_not_asked_for() -> None:
    world = joined_world(DiscoverySettings(series=(HOUR,)))
    about = market_of(present(HOUR)).about
    assert about is not None
    assert about.rule == CANDLE
    world.run(START_NS + 10 * MINUTE)
    assert len(world.asked) == 1


def test_a_market_whose_rule_changed_is_not_believed_to_tell_the_strike() -> None:
    world = joined_world()
    world.now_ns += ONE.ask_for_strike_after_ns
    world.look()
    market = with_strike(market_of(present()), 1.0)
    assert market.about is not None
    world.answer(evolve(market, about=evolve(market.about, rule=CANDLE)))
    assert all(about.strike is None for about in world.pricer)


def test_settings_that_make_no_sense_are_refused() -> None:
    for wrong in (
        {"series": (FIVE, FIVE)},
        {"warm_up_ns": 0},
        {"warm_up_percent": 91},
        {"last_retry_ns": 1},
        {"leave_after_ns": 0},
    ):
        with pytest.raises(ValueError, match=r"."):
            DiscoverySettings(**wrong)


def test_what_it_shows_of_itself() -> None:
    world = joined_world()
    shown = world.rules.shown(world.now_ns)
    (series,) = shown.series
    assert (series.series, series.present, series.next) == ("btcusd-5m", present().name, "")
    (market,) = shown.markets
    assert market.stage is Stage.STANDS


class Troubles(RuleBasedStateMachine):
    """Chance decides what is answered, when, and who dies."""

    @initialize(offset_s=st.integers(0, 3599))
    def begin(self, offset_s: int) -> None:
        self.settings = DiscoverySettings(series=(FIVE, Series(Symbol("ethusd"), PeriodLength.FIVE_MINUTES)))
        self.world = RulesWorld(self.settings, now_ns=START_NS + offset_s * SECOND)

    @rule(seconds=st.sampled_from([1, 1, 5, 30, 90, 200, 301, 1000]))
    def time_passes(self, seconds: int) -> None:
        self.world.now_ns += seconds * SECOND
        self.world.look()

    @rule(how=st.sampled_from(["found", "found", "found", "not listed", "failed", "unfit", "another"]))
    def the_finder_answers(self, how: str) -> None:
        if self.world.open_asks:
            period = self.world.open_asks[0]
            found: dict[str, Found] = {
                "not listed": NotListed("not yet"),
                "failed": FindFailed("a 502"),
                "unfit": Unfit(None, "unknown"),
                "another": market_of(period.following),
            }
            self.world.answer(found.get(how, market_of(period)))
            self.world.look()

    @rule()
    def the_journal_writes(self) -> None:
        if self.world.to_write:
            self.world.write()
            self.world.look()

    @rule(refusal=st.sampled_from([None, None, "not now"]))
    def the_yard_works(self, refusal: str | None) -> None:
        if self.world.at_yard:
            self.world.work_at_yard(refusal)
            self.world.look()

    @rule(
        is_done=st.sampled_from([True, True, False, None]),
        is_over=st.sampled_from([True, True, False, None]),
        open_orders=st.sampled_from([0, 0, 1, None]),
    )
    def the_end_is_told(self, is_done: bool | None, is_over: bool | None, open_orders: int | None) -> None:
        if self.world.open_looks:
            market = self.world.open_looks[0]
            self.world.tell_end(is_done, is_over, open_orders)
            self.world.look()
            if open_orders != 0 and isinstance(self.world.at_yard, SetUp | None):
                assert market.market not in self.world.gone_ns

    @rule()
    def it_is_killed(self) -> None:
        self.world.kill()
        self.world.look()

    @rule()
    def the_markets_fall(self) -> None:
        self.world.standing.clear()
        self.world.look()

    @invariant()
    def the_journal_tells_a_sound_story(self) -> None:
        """Each market joins at most once, and leaves at most once, after that and after its end."""
        inside: dict[str, MarketJoined] = {}
        ever: set[str] = set()
        for record in self.world.journal:
            if isinstance(record, MarketJoined):
                assert record.market.market not in ever
                ever.add(record.market.market)
                inside[record.market.market] = record
            else:
                joined = inside.pop(record.market)
                assert record.at_ns >= (joined.market.end_ms or 0) * 1_000_000
        assert set(self.world.standing) <= ever

    @invariant()
    def nothing_stands_that_has_left(self) -> None:
        left = {record.market for record in self.world.journal if isinstance(record, MarketLeft)}
        assert not left & set(self.world.standing)

    def teardown(self) -> None:
        """When the troubles are over everything that joined is left, and the present is traded."""
        world = getattr(self, "world", None)
        if world is None:
            return
        world.look()
        world.settle()
        world.run(world.now_ns + 12 * MINUTE, 5 * SECOND)
        inside = {each.market.market: each.market for each in world.journal if isinstance(each, MarketJoined)}
        for record in world.journal:
            if isinstance(record, MarketLeft):
                del inside[record.market]
        assert set(inside) == set(world.standing)
        for series in self.settings.series:
            now = present(series, world.now_ns)
            if world.now_ns - start_ns(now) > 10 * SECOND:
                assert market_of(now).market in world.standing
        assert all((each.end_ms or 0) * 1_000_000 > world.now_ns - 10 * SECOND for each in world.standing.values())


def test_whatever_fails_jumps_or_dies_the_story_is_sound() -> None:
    run_state_machine_as_test(Troubles, settings=settings(max_examples=150, stateful_step_count=60, deadline=None))

"""What is made of what was seen: the clock's arithmetic, terms of markets, standings, and checks that fail."""

import pytest
import trio
import trio.testing
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from messages.identity import EventId, MarketId, TokenId
from messages.markets import NO_FEES, Market
from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, SHARE_SCALE, Cash, Shares, TickSize
from polyactors.config import Configuration
from polyactors.doctor.chart import Chart
from polyactors.doctor.checks import balance, clock, markets
from polyactors.doctor.checks.clock import Reading, Skew, skew_of
from polyactors.doctor.checks.trading_mode import rate_tier_finding, trading_mode_finding
from polyactors.doctor.failed_calls import failed_call
from polyactors.doctor.finding import Check, Finding, State, is_ready, ok, skipped, warning
from polyactors.venues.polymarket.rest.clob_markets import ClobMarket
from polyactors.venues.polymarket.rest.failures import (
    Failure,
    Geoblocked,
    Malformed,
    RateLimited,
    Rejected,
    RestrictedMode,
    Restriction,
    Standing,
    Unauthorised,
    UnknownOutcome,
    Unreachable,
)
from polyactors.venues.polymarket.rest.reject_codes import RejectCode

START_S = 1_800_000_000
MILLISECOND = 1_000_000
MARKET = Market(
    market=MarketId("0x" + "ab" * 32),
    event=EventId("event"),
    slug="a-market",
    question="Is it so?",
    yes_token=TokenId("1" * 70),
    no_token=TokenId("2" * 70),
    tick_size=TickSize(100),
    minimum_size=Shares(5 * SHARE_SCALE),
)
TERMS = ClobMarket(
    market=MARKET.market,
    yes_token=MARKET.yes_token,
    no_token=MARKET.no_token,
    labels=("Yes", "No"),
    tick_size=TickSize(100),
    minimum_size=Shares(5 * SHARE_SCALE),
    fees=NO_FEES,
    neg_risk=False,
    accepts_orders=True,
    taker_delay_s=0,
)
FAILURES: tuple[Failure, ...] = (
    Rejected("no"),
    RestrictedMode(Restriction.DISABLED),
    RateLimited(1.0),
    UnknownOutcome("lost"),
    Unauthorised("no"),
    Geoblocked("no"),
    Malformed("odd", 200, b""),
    Unreachable("no route"),
)


@given(
    ahead_ms=st.integers(-100_000, 100_000),
    waits_ms=st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)), min_size=1, max_size=5),
)
def test_the_skew_is_never_farther_off_than_it_says(ahead_ms: int, waits_ms: list[tuple[int, int]]) -> None:
    venue_ns, readings = START_S * NANOSECONDS_PER_SECOND + 123_456_789, []
    for there_ms, back_ms in waits_ms:
        asked_ns = venue_ns + ahead_ms * MILLISECOND
        venue_ns += there_ms * MILLISECOND
        shown_s = venue_ns // NANOSECONDS_PER_SECOND
        venue_ns += back_ms * MILLISECOND
        readings.append(Reading(asked_ns, shown_s, venue_ns + ahead_ms * MILLISECOND))
    skew = skew_of(readings)
    assert skew is not None
    assert abs(skew.ahead_ns - ahead_ms * MILLISECOND) <= skew.uncertainty_ns + 1
    assert skew.uncertainty_ns <= (NANOSECONDS_PER_SECOND + min(map(sum, waits_ms)) * MILLISECOND) // 2


def test_a_clock_that_jumps_between_two_readings_is_no_clock() -> None:
    second = NANOSECONDS_PER_SECOND
    readings = [
        Reading(START_S * second, START_S, START_S * second),
        Reading((START_S + 9) * second, START_S, (START_S + 9) * second),
    ]
    assert skew_of(readings) is None
    assert clock.judged(None).state is State.FAILED


@pytest.mark.parametrize(
    ("ahead_ms", "uncertainty_ms", "state"),
    [
        (0, 500, State.OK),
        (999, 500, State.OK),
        (-999, 500, State.OK),
        (1_000, 500, State.WARNING),
        (-5_000, 500, State.WARNING),
        (5_001, 500, State.FAILED),
        (-5_001, 500, State.FAILED),
        (0, 3_000, State.WARNING),
        (5_001, 3_000, State.WARNING),
        (-8_001, 3_000, State.FAILED),
    ],
)
def test_a_skew_of_a_second_warns_and_one_of_five_fails(ahead_ms: int, uncertainty_ms: int, state: State) -> None:
    found = clock.judged(Skew(ahead_ms * MILLISECOND, uncertainty_ms * MILLISECOND))
    assert found.state is state
    assert bool(found.advice) is (state is not State.OK)


def of_market(configuration: Configuration, market: Market = MARKET, terms: ClobMarket = TERMS) -> Finding:
    return markets.judged(configuration, [(MARKET, TERMS), (market, terms)])


def test_markets_that_fit_are_counted_with_their_ticks_and_sizes() -> None:
    found = of_market(Configuration(), terms=evolve(TERMS, tick_size=TickSize(100), minimum_size=Shares(15_000_000)))
    assert found.state is State.WARNING  # the catalogue has another size
    found = of_market(Configuration())
    assert found == ok(Check.MARKETS, "2 markets; ticks 0.01 (2); smallest orders 5 shares")


def test_a_quote_below_the_smallest_order_fails_whatever_else_there_is() -> None:
    usual = Configuration()
    small = evolve(usual, maker=evolve(usual.maker, quote_size=Shares(4_990_000)))
    assert of_market(small).state is State.FAILED
    assert "a-market" in of_market(small).seen
    assert of_market(evolve(small, strategies=evolve(small.strategies, maker=False))).state is State.OK


def test_a_cap_that_no_sale_fits_under_is_told_before_the_signer_says_so() -> None:
    usual = Configuration()

    def capped(dollars: int) -> Configuration:
        return evolve(usual, live=evolve(usual.live, order_notional=Cash(dollars * CASH_SCALE)))

    assert of_market(capped(4)).state is State.FAILED
    assert of_market(capped(49)).state is State.WARNING
    assert of_market(capped(50)).state is State.OK


def test_a_market_that_takes_no_orders_or_has_changed_is_a_warning() -> None:
    usual = Configuration()
    assert of_market(usual, terms=evolve(TERMS, accepts_orders=None)).state is State.OK
    for terms in (
        evolve(TERMS, accepts_orders=False),
        evolve(TERMS, tick_size=TickSize(10)),
        evolve(TERMS, neg_risk=True),
        evolve(TERMS, yes_token=TERMS.no_token, no_token=TERMS.yes_token),
    ):
        assert of_market(usual, terms=terms).state is State.WARNING


def test_less_than_what_the_limits_want_warns() -> None:
    usual = Configuration()
    states = [balance.judged(usual, Cash(cash)).state for cash in (1, 600 * CASH_SCALE - 1, 600 * CASH_SCALE)]
    assert states == [State.WARNING, State.WARNING, State.OK]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_call_that_failed_is_a_failed_check_with_something_to_do(failure: Failure) -> None:
    found = failed_call(Check.BALANCE, "the balance", failure)
    assert found.state is State.FAILED
    assert found.advice
    assert found.seen.startswith("the balance: ")


def test_a_batch_refused_for_being_empty_is_the_good_answer_and_no_other_is() -> None:
    good = (
        None,
        Rejected("Invalid order payload", RejectCode.BAD_REQUEST, 400),
        Rejected("no orders", RejectCode.OTHER, 422),
    )
    assert {trading_mode_finding(answer).state for answer in good} == {State.OK}
    assert trading_mode_finding(RestrictedMode(Restriction.POST_ONLY)).state is State.WARNING
    bad = (
        Rejected("'0x1' address banned", RejectCode.BANNED, 400),
        Rejected("'0x1' address in closed only mode", RejectCode.CLOSED_ONLY, 400),
        Rejected("not found", RejectCode.NOT_FOUND, 404),
        *(RestrictedMode(each) for each in Restriction if each is not Restriction.POST_ONLY),
        *(each for each in FAILURES if not isinstance(each, Rejected | RestrictedMode)),
    )
    assert {trading_mode_finding(answer).state for answer in bad} == {State.FAILED}


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (Standing(60, tier="standard"), State.OK),
        (Standing(60, tier="Gold"), State.OK),
        (Standing(60, tier="Uranium"), State.WARNING),
        (Standing(60), State.WARNING),
        (Standing(-3, tier="Gold"), State.WARNING),
        (Standing(60, tier="Gold", is_warning=True), State.WARNING),
        (None, State.WARNING),
    ],
)
def test_a_tier_is_well_when_it_is_known_and_nobody_else_uses_it_up(standing: Standing | None, state: State) -> None:
    assert rate_tier_finding(None, standing).state is state


def test_a_tier_that_could_not_be_asked_for_is_left_out() -> None:
    assert rate_tier_finding(Unreachable("no"), None).state is State.SKIPPED


async def test_a_check_that_does_not_end_is_a_failed_one(autojump_clock: trio.testing.MockClock) -> None:
    chart = Chart(within_s=3)

    async def hangs() -> Finding:
        await trio.sleep_forever()
        raise AssertionError("unreachable")

    await chart.make(hangs, Check.CLOCK)
    assert trio.current_time() == 3
    (found,) = chart.findings
    assert (found.check, found.state) == (Check.CLOCK, State.FAILED)
    assert "within 3 s" in found.seen


async def test_a_check_that_breaks_is_a_failed_one_and_its_words_are_not_repeated() -> None:
    chart = Chart()

    async def breaks() -> Finding:
        raise RuntimeError("a secret")

    await chart.make(breaks, Check.CLOCK)
    (found,) = chart.findings
    assert (found.state, found.seen) == (State.FAILED, "the check itself failed: RuntimeError")


def test_it_is_ready_when_every_check_was_made_and_none_failed() -> None:
    well = [ok(check, "") for check in Check]
    assert is_ready(well)
    assert is_ready([warning(Check.CLOCK, "", ""), *well[:4], *well[5:]])
    assert not is_ready(well[1:])
    assert not is_ready([])
    assert not is_ready([skipped(Check.CLOCK, "", ""), *well[:4], *well[5:]])
    assert not is_ready([failed_call(Check.CLOCK, "", Unreachable("")), *well[:4], *well[5:]])

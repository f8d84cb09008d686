"""A snapshot is made of one look: what it says of time, source, quotes and doubt agrees with itself."""

import math

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from actors.pricing.hour_context import OpenPrice, PeriodNow
from actors.pricing.pricer import Priced, PricerInput
from actors.pricing.settings import PricingSettings
from actors.pricing.snapshot import pricer_input, snapshot_of
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.reference import REFERENCE_SCALE, CoinSize, ReferencePrice, ReferenceQuote, ReferenceVenue, Symbol
from tests.actors.pricing.pure_pricing import PurePricer, tick

MS, SECOND = 10**6, 10**9
START = 1_777_107_600 * SECOND
BTC = Symbol("btcusd")
MINUTES, HOURS = Series(BTC, PeriodLength.FIVE_MINUTES), Series(BTC, PeriodLength.HOUR)
BINANCE, COINBASE, KRAKEN, CHAINLINK, _ = ReferenceVenue
MEAN = SettlementRule(CHAINLINK, Reading.MEAN, 60)
CANDLE = SettlementRule(BINANCE, Reading.CANDLE)
SETTINGS = PricingSettings()


def oracle(until_ns: int, step_ns: int = SECOND, lag_ns: int = 0) -> PurePricer:
    """A five-minute market of an oracle that counts up a dollar a second, heard from 70 s before its start."""
    pricer = PurePricer(MINUTES, MEAN)
    for at_ns in range(START - 70 * SECOND, until_ns + 1, step_ns):
        price = 77_000 + (at_ns - START) / SECOND
        pricer.see(tick(CHAINLINK, price, at_ns - lag_ns, received_ns=at_ns))
        pricer.context.advance(at_ns, pricer.histories)
    return pricer


def quote(venue: ReferenceVenue, bid: float, ask: float, at_ns: int) -> ReferenceQuote:
    sides = [ReferencePrice(round(dollars * REFERENCE_SCALE)) for dollars in (bid, ask)]
    return ReferenceQuote(venue, BTC, sides[0], CoinSize(1), sides[1], CoinSize(1), None, at_ns)


def test_in_the_last_window_the_known_part_of_the_mean_is_that_of_the_sources_ticks() -> None:
    now_ns = START + 270 * SECOND
    given = pricer_input(oracle(now_ns).look(now_ns), SETTINGS)
    assert given.left_s == 30
    assert given.known_mean == approx(77_000 + sum(range(241, 271)) / 30)
    assert given.strike == approx(77_000 - sum(range(60)) / 60)


def test_before_the_last_window_nothing_of_the_mean_is_known() -> None:
    now_ns = START + 239 * SECOND
    assert pricer_input(oracle(now_ns).look(now_ns), SETTINGS).known_mean is None


def test_the_time_left_is_counted_from_when_the_source_said_its_price() -> None:
    now_ns = START + 200 * SECOND
    assert pricer_input(oracle(now_ns, lag_ns=1600 * MS).look(now_ns), SETTINGS).left_s == approx(101.6)
    assert pricer_input(oracle(now_ns, lag_ns=-1200 * MS).look(now_ns), SETTINGS).left_s == approx(98.8)


@pytest.mark.parametrize(
    ("fair", "lo", "hi"),
    [(math.nan, 0.4, 0.6), (2.0, 0.4, 2.0), (0.5, 0.6, 0.7), (0.5, -0.1, 0.6), (0.5, 0.4, math.inf)],
)
def test_what_a_broken_pricer_said_once_reached_the_strategies_of_its_own_tree(
    fair: float, lo: float, hi: float
) -> None:
    """From another process it was refused; within the tree it was published as it was."""

    class Broken:
        def price(self, given: PricerInput) -> Priced:
            return Priced(fair, lo, hi, False)

    now_ns = START + 200 * SECOND
    found = snapshot_of(oracle(now_ns).look(now_ns), 1, 1, Broken(), SETTINGS)
    assert (found.p_yes_fair, found.p_yes_band_lo, found.p_yes_band_hi) == (None, None, None)
    assert found.uncertain


def test_a_mean_with_a_gap_is_not_known() -> None:
    pricer = oracle(START + 245 * SECOND)
    now_ns = START + 270 * SECOND
    pricer.see(tick(CHAINLINK, 77_270, now_ns))
    assert pricer_input(pricer.look(now_ns), SETTINGS).known_mean is None


@given(st.integers(START // MS - 400_000, START // MS + 800_000))
def test_time_left_and_period_agree_at_every_millisecond(now_ms: int) -> None:
    pricer = PurePricer(MINUTES, MEAN)
    pricer.see(tick(CHAINLINK, 77_000, now_ms * MS))
    found = pricer.snapshot(now_ms * MS)
    assert found.hour_start_ts_ms <= found.ts_local_ms < found.hour_end_ts_ms
    assert found.t_remaining_ms == found.hour_end_ts_ms - now_ms > 0
    assert found.hour_id == Period(MINUTES, found.hour_start_ts_ms).name
    assert found.ts_exchange_ms == now_ms and found.age_ms == 0


def test_the_best_prices_are_those_of_the_rules_source_and_else_of_who_quoted_last() -> None:
    candle, mean = PurePricer(HOURS, CANDLE), PurePricer(MINUTES, MEAN)
    for pricer in (candle, mean):
        pricer.see(tick(CHAINLINK, 77_000, START))
        pricer.see(quote(BINANCE, 76_999, 77_001, START))
        pricer.see(quote(KRAKEN, 76_998, 77_004, START + SECOND))
    of_candle, of_mean = candle.snapshot(START + SECOND), mean.snapshot(START + SECOND)
    assert (of_candle.bbo_bid, of_candle.bbo_ask, of_candle.mid) == (76_999, 77_001, 77_000)
    assert (of_mean.bbo_bid, of_mean.bbo_ask, of_mean.mid) == (76_998, 77_004, 77_001)
    assert of_mean.last_trade_price == 77_000
    late = mean.snapshot(START + 4 * SECOND)
    assert (late.bbo_bid, late.bbo_ask, late.mid) == (None, None, None)


def test_two_strikes_make_it_doubt_and_uncertain() -> None:
    pricer = PurePricer(HOURS, CANDLE)
    for venue in (BINANCE, COINBASE):
        pricer.see(tick(venue, 77_000, START - SECOND))
        pricer.see(tick(venue, 77_000, START))
    pricer.context.advance(START, pricer.histories)
    pricer.context.about(UpOrDown(Period(HOURS, START // MS), CANDLE, 77_077.0), START, pricer.histories)
    found = pricer.snapshot(START)
    assert found.open_price == 77_000 and found.uncertain
    assert pricer_input(pricer.look(START), SETTINGS).strike_doubt == approx(0.001)


def test_a_strike_that_may_be_off_is_told_to_the_pricer() -> None:
    pricer = PurePricer(HOURS, CANDLE)
    pricer.see(tick(BINANCE, 77_000, START))
    look = pricer.look(START)
    doubtful = evolve(look, period=PeriodNow(look.period.period, CANDLE, open=OpenPrice(77_000, "a guess", 1.5)))
    assert pricer_input(doubtful, SETTINGS).strike_doubt_s == 1.5

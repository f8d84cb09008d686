"""Features are what the textbook says of the ticks, cost the same for each, and say when they are ready."""

import math
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.pricing.default_engine import DefaultEngine
from actors.pricing.features import (
    JUMP_SHARE,
    QUOTE_IMBALANCE,
    RETURNS_SEEN,
    VOLATILITY_EWMA,
    imbalance_over,
    return_over,
    volatility_of,
)
from actors.pricing.return_windows import VenueReturns
from actors.pricing.trade_flow import TradeFlow
from messages.identity import Side
from messages.reference import CoinSize, ReferencePrice, ReferenceQuote, ReferenceTick, ReferenceVenue, Symbol

SECOND = 10**9
START = 1_777_107_600 * SECOND
BTC = Symbol("btcusd")
BINANCE, COINBASE = ReferenceVenue.BINANCE, ReferenceVenue.COINBASE


def tick(
    price: float, at_ns: int, venue: ReferenceVenue = BINANCE, size: int = 1, side: Side | None = None
) -> ReferenceTick:
    return ReferenceTick(venue, BTC, ReferencePrice(round(price * 1e8)), CoinSize(size), side, None, at_ns, at_ns)


def walked(engine: DefaultEngine, seconds: int, deviation: float, jump_at: int | None = None) -> list[float]:
    """A random walk, one tick a second; its logarithms."""
    random, logarithm = Random(1), math.log(77_000)
    logarithms = []
    for second in range(seconds):
        logarithm += random.gauss(0, deviation)
        if second == jump_at:
            logarithm += 40 * deviation
        logarithms.append(logarithm)
        engine.see(tick(math.exp(logarithm), START + second * SECOND))
    return logarithms


@given(st.lists(st.integers(1_000_000, 1_000_400), min_size=3, max_size=60), st.integers(1, 12))
def test_window_sums_are_those_of_a_plain_loop(prices: list[int], length: int) -> None:
    returns = VenueReturns((length, 50))
    for second, price in enumerate(prices):
        returns.see((second + 1) * SECOND, price)
    changes = [round((math.log(later) - math.log(sooner)) * 1e9) for sooner, later in pairwise(prices[:-1])]
    kept = changes[-length:]
    pairs = list(pairwise(changes))[-length + 1 or len(changes) :] if length > 1 else []
    window = returns.windows[length]
    assert window.count == len(kept)
    assert window.total == pytest.approx(sum(kept), abs=len(kept) + 1)
    assert window.squares == pytest.approx(sum(each * each for each in kept), rel=1e-3, abs=1e4)
    if length > 1:
        sizes = sum(abs(one * other) for one, other in pairs)
        assert window.absolute_neighbours == pytest.approx(sizes, rel=1e-2, abs=1e6)
        assert window.neighbours == pytest.approx(sum(one * other for one, other in pairs), rel=1e-2, abs=1e6)


def test_a_silence_of_a_few_seconds_is_no_movement_and_a_longer_one_begins_anew() -> None:
    returns = VenueReturns((10, 60))
    for second, price in ((0, 100), (1, 100), (5, 110), (6, 110)):
        returns.see(START + second * SECOND, price)
    assert returns.count == 5
    returns.see(START + 30 * SECOND, 200)
    returns.see(START + 31 * SECOND, 200)
    returns.see(START + 32 * SECOND, 200)
    assert returns.windows[60].change == pytest.approx(math.log(1.1))


@pytest.mark.parametrize("deviation", [1e-5, 1e-4, 1e-3])
def test_realised_volatility_is_that_of_the_walk(deviation: float) -> None:
    engine = DefaultEngine()
    walked(engine, 1900, deviation)
    found = engine.features(START + 1900 * SECOND)
    for window_s, error in ((60, 0.5), (300, 0.25), (1800, 0.1)):
        assert found.value(volatility_of(window_s)) == pytest.approx(deviation, rel=error)
    assert found.value(VOLATILITY_EWMA) == pytest.approx(deviation, rel=0.3)
    assert found.value(RETURNS_SEEN) == 1800


def test_returns_over_windows_are_those_of_the_walk() -> None:
    engine = DefaultEngine()
    logarithms = walked(engine, 400, 1e-4)
    found = engine.features(START + 400 * SECOND)
    for window_s in (10, 60, 300):
        assert found.value(return_over(window_s)) == pytest.approx(logarithms[-2] - logarithms[-2 - window_s], abs=1e-6)


def test_a_jump_shows_in_the_jump_share_and_a_plain_walk_has_little_of_it() -> None:
    plain, jumping = DefaultEngine(), DefaultEngine()
    walked(plain, 320, 1e-4)
    walked(jumping, 320, 1e-4, jump_at=200)
    now_ns = START + 320 * SECOND
    smooth, jumped = (each.features(now_ns).value(JUMP_SHARE) for each in (plain, jumping))
    assert smooth is not None and jumped is not None
    assert smooth < 0.25 and jumped > 0.6


def test_a_bounce_between_bid_and_ask_is_hardly_volatility() -> None:
    engine, random = DefaultEngine(), Random(3)
    for second in range(1000):
        engine.see(tick(77_000 + random.choice((-5, 5)), START + second * SECOND))
    found = engine.features(START + 1000 * SECOND).value(volatility_of(300))
    plain = math.sqrt(2) * 5 / 77_000
    assert found is not None and found < 0.7 * plain


def test_differences_between_venues_are_no_movement() -> None:
    engine = DefaultEngine()
    for second in range(200):
        engine.see(tick(77_000, START + second * SECOND))
        engine.see(tick(77_030, START + second * SECOND + SECOND // 2, COINBASE))
    assert engine.features(START + 200 * SECOND).value(volatility_of(60)) == 0


def test_it_is_ready_after_a_minute_of_returns_and_not_any_more_when_all_are_silent() -> None:
    engine = DefaultEngine()
    assert not engine.features(START).is_ready
    ready = []
    for second in range(70):
        engine.see(tick(77_000 + second, START + second * SECOND))
        ready.append(engine.features(START + second * SECOND).is_ready)
    assert ready.index(True) == 61
    assert not engine.features(START + 200 * SECOND).is_ready


def test_what_is_not_ready_is_none() -> None:
    engine = DefaultEngine()
    walked(engine, 30, 1e-4)
    found = engine.features(START + 30 * SECOND)
    assert found.value(return_over(10)) is not None and found.value(return_over(60)) is None
    assert found.value(imbalance_over(10)) is None and found.value(QUOTE_IMBALANCE) is None


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.integers(1, 1000)), max_size=50))
def test_the_trade_imbalance_is_that_of_the_trades_in_the_window(trades: list[tuple[int, bool, int]]) -> None:
    flow = TradeFlow((10, 60))
    now_s, heard = START // SECOND, []
    for after_s, is_buy, size in trades:
        now_s += after_s
        flow.see(Side.BUY if is_buy else Side.SELL, size, now_s * SECOND)
        heard.append((now_s, size if is_buy else -size))
    for window_s in (10, 60):
        inside = [size for at_s, size in heard if at_s > now_s - window_s]
        expected = sum(inside) / sum(map(abs, inside)) if inside else None
        assert flow.imbalance(window_s, now_s * SECOND) == expected


def test_the_quote_imbalance_is_that_of_the_sizes() -> None:
    engine = DefaultEngine()
    bid, ask = ReferencePrice(10**12), ReferencePrice(10**12 + 10**6)
    engine.see(ReferenceQuote(BINANCE, BTC, bid, CoinSize(300), ask, CoinSize(100), None, START))
    assert engine.features(START).value(QUOTE_IMBALANCE) == 0.5
    assert engine.features(START + 11 * SECOND).value(QUOTE_IMBALANCE) is None

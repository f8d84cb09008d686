"""The price of the rule's source: its own, or what the others say it would be; an oracle's moved by what they moved."""

import math
from random import Random

import pytest

from actors.feeds.reference.median import MedianBoard
from actors.feeds.reference.median_settings import MedianSettings
from actors.pricing.lead import Lead
from actors.pricing.source_price import SourceEstimate, SourcePrice
from messages.reference import (
    REFERENCE_SCALE,
    CoinSize,
    ReferencePrice,
    ReferenceQuote,
    ReferenceVenue,
    Symbol,
)
from tests.actors.pricing.pure_pricing import tick

SECOND, MS = 10**9, 10**6
START = 1_777_107_600 * SECOND
BTC = Symbol("btcusd")
BINANCE, COINBASE, KRAKEN, CHAINLINK, _ = ReferenceVenue
MINUTE = 60 * SECOND


class Scene:
    def __init__(self, source: ReferenceVenue) -> None:
        self.board = MedianBoard(BTC, MedianSettings())
        self.estimate = SourceEstimate(source, MINUTE)
        self.now_ns = START

    def trade(self, venue: ReferenceVenue, dollars: float) -> None:
        assert self.board.see(tick(venue, dollars, self.now_ns)) is None

    def look(self) -> SourcePrice | None:
        return self.estimate.look(self.board.look(self.now_ns), self.now_ns)

    def price(self) -> SourcePrice:
        found = self.look()
        assert found is not None
        return found


def test_where_the_source_is_fresh_its_own_price_is_the_price() -> None:
    scene = Scene(BINANCE)
    scene.trade(BINANCE, 77_000)
    scene.trade(COINBASE, 77_050)
    found = scene.price()
    assert (found.price, found.is_own, found.doubt, found.at_ns) == (77_000, True, 0.0, START)


def test_where_it_is_not_the_others_say_what_it_would_say_by_how_far_they_were_from_it() -> None:
    scene = Scene(BINANCE)
    for second in range(120):
        scene.now_ns = START + second * SECOND
        scene.trade(BINANCE, 77_000 + second)
        scene.trade(COINBASE, 77_050 + second)
        scene.trade(KRAKEN, 76_980 + second)
        scene.look()
    scene.now_ns += 3 * SECOND
    scene.trade(COINBASE, 77_350)
    scene.trade(KRAKEN, 77_280)
    found = scene.price()
    assert not found.is_own
    assert found.price == pytest.approx(77_300, abs=1)
    assert 0 < found.doubt < 1e-4


def test_of_venues_that_were_never_compared_the_median_is_taken_and_doubted() -> None:
    scene = Scene(CHAINLINK)
    scene.trade(BINANCE, 77_000)
    scene.trade(COINBASE, 77_100)
    found = scene.price()
    assert (found.price, found.is_own) == (77_050, False)
    assert found.doubt > 1e-3


def test_where_nobody_says_anything_there_is_no_price() -> None:
    assert Scene(BINANCE).look() is None


def test_an_outlier_says_nothing_of_the_source() -> None:
    scene = Scene(CHAINLINK)
    for venue, dollars in ((BINANCE, 77_000.0), (COINBASE, 77_010.0), (KRAKEN, 80_000.0)):
        scene.trade(venue, dollars)
    assert scene.price().price == 77_005


def test_the_sources_own_spread_is_its_error() -> None:
    scene = Scene(BINANCE)
    size = CoinSize(1)
    bid, ask = (ReferencePrice(round(dollars * REFERENCE_SCALE)) for dollars in (76_990, 77_010))
    scene.board.see(ReferenceQuote(BINANCE, BTC, bid, size, ask, size, None, START))
    assert scene.price().error == pytest.approx(10 / 77_000)


def followed(lag_s: int, seconds: int = 900) -> tuple[float, float, float]:
    """An oracle that repeats its venues after so many seconds: how far it is in three seconds from what it says, and
    from what is expected of it; and the slope that was learned."""
    random, lead = Random(5), Lead()
    walk = [math.log(77_000)]
    for _ in range(seconds):
        walk.append(walk[-1] + random.gauss(0, 1e-4))
    plain = expected = 0.0
    for second in range(lag_s + 10, seconds - 3):
        oracle = walk[second - lag_s]
        move = lead.see(START + second * SECOND, {BINANCE: walk[second]}, oracle)
        later = walk[second + 3 - lag_s]
        plain += (later - oracle) ** 2
        expected += (later - oracle - move) ** 2
    return plain, expected, lead.slope


def test_an_oracle_that_comes_late_is_expected_where_its_venues_are() -> None:
    plain, expected, slope = followed(3)
    assert expected < 0.4 * plain and slope > 0.7


def test_of_an_oracle_that_does_not_come_late_it_is_learned_that_nothing_is_to_be_expected() -> None:
    plain, expected, slope = followed(0)
    assert expected < 1.1 * plain and slope < 0.2


def test_the_oracles_price_is_moved_by_what_the_venues_moved_and_the_move_is_its_error() -> None:
    scene = Scene(CHAINLINK)
    for quarter in range(20):
        scene.now_ns = START + quarter * 250 * MS
        scene.trade(CHAINLINK, 77_000)
        scene.trade(BINANCE, 77_010 if quarter < 19 else 77_110)
        found = scene.price()
    assert 77_000 < found.price < 77_100 and found.is_own
    assert found.error == pytest.approx(found.price / 77_000 - 1, rel=1e-3)


def test_a_gap_in_looking_expects_nothing() -> None:
    lead = Lead()
    lead.see(START, {BINANCE: 1.0}, 1.0)
    assert lead.see(START + MINUTE, {BINANCE: 2.0}, 1.0) == 0.0

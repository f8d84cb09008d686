"""How lively markets are is measured by one method, on the exchange as on what was recorded of the venue."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from messages.identity import MarketId, Outcome, Side
from messages.market_data import BookDelta, Level, MarketData, TradePrint, WholeBook
from messages.units import SHARE_SCALE, Price, Shares, TickSize
from polyactors.exchange.core import Exchange
from polyactors.exchange.traders.calibration import Activity, ActivityMeter, Spread, spread_of
from polyactors.exchange.traders.compare import compare, of_exchange, of_recording
from polyactors.exchange.traders.watching import ExchangeWatch
from polyactors.exchange.world import World, WorldSettings
from tests.exchange.traders_world import BEGUN_NS, SECOND_NS, SMALL

MARKET = MarketId("0x01")
YES, NO = Outcome.YES, Outcome.NO


def shares(number: float) -> Shares:
    return Shares(round(number * SHARE_SCALE))


def whole(second: float, *levels: tuple[Outcome, int, float]) -> WholeBook:
    return WholeBook(
        market=MARKET,
        outcome=YES,
        levels=tuple(Level(outcome, Price(price), shares(size)) for outcome, price, size in levels),
        hash=None,
        tick_size=None,
        minimum_size=None,
        neg_risk=None,
        last_trade_price=None,
        exchange_ms=0,
        received_ns=round(second * SECOND_NS),
    )


def delta(second: float, bid: int, ask: int, *levels: tuple[Outcome, int, float]) -> BookDelta:
    return BookDelta(
        market=MARKET,
        levels=tuple(Level(outcome, Price(price), shares(size)) for outcome, price, size in levels),
        best_bid=Price(bid),
        best_ask=Price(ask),
        yes_hash=None,
        no_hash=None,
        exchange_ms=0,
        received_ns=round(second * SECOND_NS),
    )


def traded(second: float, size: float) -> TradePrint:
    return TradePrint(MARKET, Price(5000), shares(size), Side.BUY, "0.5", 0, round(second * SECOND_NS))


def measured(*messages: MarketData) -> Activity:
    meter = ActivityMeter({MARKET: TickSize(100)}, warm_up_ns=10 * SECOND_NS)
    for message in messages:
        meter.see(message)
    (activity,) = meter.activities()
    return activity


def test_rates_are_those_of_the_time_after_the_warming_up() -> None:
    activity = measured(
        whole(0, (YES, 4900, 10), (NO, 4900, 20)),
        delta(5, 4900, 5100, (YES, 4800, 7)),
        traded(6, 100),
        delta(12, 4900, 5100, (YES, 4700, 7), (NO, 4700, 3)),
        traded(13, 30),
        traded(14, 40),
        delta(30, 4900, 5100, (YES, 4700, 0)),
    )
    assert activity.seconds == 20
    assert activity.changes == pytest.approx(3 / 20)
    assert activity.trades == pytest.approx(2 / 20)
    assert (activity.trade_size.low, activity.trade_size.count) == (30, 2)
    assert activity.spread_ticks.middle == 2
    assert activity.spread_cents.middle == 2
    assert activity.two_sided == 1


def test_what_a_trade_took_is_gone_as_soon_as_the_best_price_says_so() -> None:
    activity = measured(
        whole(0, (YES, 4900, 10), (YES, 4700, 30), (NO, 4900, 20)),
        delta(11, 4700, 5100, (NO, 4800, 1)),
        delta(12.5, 4700, 5100, (NO, 4800, 2)),
        delta(13.5, 4700, 5100, (NO, 4800, 1)),
    )
    assert activity.spread_ticks.high == 4
    assert activity.best_depth.high == 30


def test_a_second_with_one_side_counts_as_such() -> None:
    activity = measured(
        whole(0, (YES, 4900, 10), (NO, 4900, 20)),
        delta(11.5, 4900, 10_000, (NO, 4900, 0)),
        delta(12.5, 4900, 10_000, (YES, 4800, 1)),
        delta(13.5, 4900, 10_000, (YES, 4800, 2)),
    )
    assert activity.two_sided == pytest.approx(1 / 3)


def test_markets_that_were_seen_for_a_moment_are_not_measured() -> None:
    meter = ActivityMeter({}, warm_up_ns=10 * SECOND_NS)
    meter.see(whole(0, (YES, 4900, 10)))
    meter.see(whole(9, (YES, 4900, 10)))
    assert meter.activities() == ()


def test_no_values_have_a_spread_of_nothing() -> None:
    assert spread_of([]) == Spread(0, 0, 0, 0)
    assert spread_of(range(11)) == Spread(1, 5, 9, 11)


def test_a_book_kept_from_what_the_watch_tells_is_the_book_of_the_exchange() -> None:
    books: dict[MarketId, dict[Outcome, dict[Price, Shares]]] = {}

    def keep(message: MarketData) -> None:
        if isinstance(message, WholeBook):
            books[message.market] = {
                outcome: {level.price: level.size for level in message.levels if level.outcome is outcome}
                for outcome in Outcome
            }
        elif isinstance(message, BookDelta):
            book = books.setdefault(message.market, {outcome: {} for outcome in Outcome})
            for outcome, price, size in message.levels:
                book[outcome][price] = size
            for outcome in Outcome:
                book[outcome] = {price: size for price, size in book[outcome].items() if size}

    def introduce(exchange: Exchange) -> None:
        ExchangeWatch(exchange, keep)

    world = World(WorldSettings(listings=SMALL), 2, BEGUN_NS, introduce)
    for seconds in range(5, 60, 5):
        world.advance(BEGUN_NS + seconds * SECOND_NS)
        for market, book in books.items():
            for outcome in Outcome:
                assert sorted(book[outcome].items(), reverse=True) == world.exchange.bids(market, outcome)
    assert len(books) == len(world.exchange.listings)


def test_the_same_exchange_measures_the_same() -> None:
    settings = WorldSettings(listings=SMALL)
    first = of_exchange(settings, 1, 90)
    assert len(first) > 4
    assert first == of_exchange(settings, 1, 90)
    assert first != of_exchange(settings, 2, 90)


def test_simulated_markets_are_as_lively_as_recorded_ones(shared: Path) -> None:
    """The median simulated market lies within the recorded markets, or by a factor of two outside of them."""
    recorded = of_recording(shared / "recordings" / "nhl-20260607")
    simulated = of_exchange(WorldSettings(), 1, 240)
    assert len(recorded) == 6
    assert len(simulated) > 20
    figures: list[Callable[[Activity], float]] = [
        lambda activity: activity.changes,
        lambda activity: activity.trades,
        lambda activity: activity.moves,
        lambda activity: activity.spread_cents.middle,
        lambda activity: activity.best_depth.middle,
        lambda activity: activity.top_depth.middle,
        lambda activity: activity.levels_a_side.middle,
        lambda activity: activity.level_size.middle,
        lambda activity: activity.trade_size.middle,
    ]
    for figure in figures:
        found = sorted(figure(activity) for activity in simulated)[len(simulated) // 2]
        bounds = [figure(activity) for activity in recorded]
        assert min(bounds) / 2 <= found <= max(bounds) * 2


def test_the_command_says_what_is_wrong_with_a_folder_that_is_no_recording(tmp_path: Path) -> None:
    result = CliRunner().invoke(compare, [str(tmp_path)])
    assert result.exit_code == 1
    assert "manifest.json is missing" in result.output


def test_the_command_prints_both_sides(shared: Path) -> None:
    recording = str(shared / "recordings" / "nhl-20260607")
    result = CliRunner().invoke(compare, [recording, "--seconds", "65", "--pace", "0.5"])
    assert result.exit_code == 0, result.output
    assert "recorded (6 markets)" in result.output
    assert "trades a minute" in result.output

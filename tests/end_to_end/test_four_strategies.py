"""All strategies at once on the exchange in process: each has its turn, and the sums and the invariants hold.

The set arbitrage is armed and finds nothing: a book that is proven is never crossed.
"""

import json
from collections import Counter
from pathlib import Path

import attrs
import pytest
import trio

from actors.strategies.hourly_quoter import HOURLY_QUOTER
from actors.strategies.maker import MAKER
from actors.strategies.set_arbitrage import SET_ARBITRAGE
from actors.strategies.taker import TAKER
from actors.strategies.unwinder import UNWINDER
from messages.fills import Fill
from messages.identity import MarketId, Outcome, Side, StrategyName, Tier
from messages.intents import TimeInForce
from messages.orders import Order
from messages.ownership import LeaseChanged
from messages.serial import to_json
from messages.units import NANOSECONDS_PER_SECOND as SECOND
from messages.units import Price
from polyactors.config import Configuration, Strategies
from polyactors.exchange.ports.execution import OWN_KEY
from polyactors.exchange.ports.simulation import simulated_place
from polyactors.service import Service
from polyactors.summary.build import summarise
from supervision.clock import VirtualClock
from supervision.faults.plan import AtMessage, Fault, FaultPlan, Kill
from supervision.log import LogEvent
from supervision.virtual_time import run_repeatably
from tests.end_to_end.exchange_runs import SMALL, START_NS, ExchangeRun
from tests.end_to_end.program import check_agrees, check_sound, records, run_here

ALL = Strategies(set_arbitrage_trades=True, taker=True, taker_alone_percent=50, unwinder=True)
SECONDS = 90
NO_FAULTS = FaultPlan()


def configured() -> Configuration:
    """A taker that is content with little, and inventory that grows old within the run."""
    default = Configuration()
    taker = attrs.evolve(default.taker, minimum_edge=Price(10))
    unwinder = attrs.evolve(default.unwinder, age_limit_ns=5 * SECOND, take_after_ns=15 * SECOND, quiet_ns=SECOND)
    return attrs.evolve(default, strategies=ALL, taker=taker, unwinder=unwinder)


def run_with(configuration: Configuration, folder: Path, seconds: int, faults: FaultPlan = NO_FAULTS) -> ExchangeRun:
    place = simulated_place(configuration, START_NS, SMALL)
    clock = VirtualClock(place.start_ns)
    log: list[LogEvent] = []
    service = Service(configuration, place, clock, log.append, folder / "journal")
    service.plan(faults)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(service.end_after, seconds * SECOND)
            await service.run_on(clock, lambda: None)
            nursery.cancel_scope.cancel()

    run_repeatably(main, clock, configuration.service.seed)
    summary = summarise(service, 1, clock.now_ns() - START_NS, journal_is_kept=True)
    return ExchangeRun(service, summary, place, log)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> ExchangeRun:
    return run_with(configured(), tmp_path_factory.mktemp("four"), SECONDS)


@pytest.fixture(scope="module")
def kept(ran: ExchangeRun) -> list[object]:
    return list(records(ran.service.journal_path))


def test_maker_taker_and_unwinder_all_trade(ran: ExchangeRun, kept: list[object]) -> None:
    orders = Counter(each.strategy for each in kept if isinstance(each, Order))
    fills = Counter(each.strategy for each in kept if isinstance(each, Fill))
    # Markets of periods have a strategy of their own besides.
    assert set(orders) - {HOURLY_QUOTER} == set(fills) - {HOURLY_QUOTER} == {MAKER, TAKER, UNWINDER}
    assert SET_ARBITRAGE in {line.strategy for line in ran.summary.strategies}


def test_the_sums_are_right_and_no_invariant_broke(ran: ExchangeRun, kept: list[object]) -> None:
    summary = json.loads(to_json(ran.summary))
    assert summary["exit_code"] == 0
    assert summary["ended"] == "TIME_OVER"
    check_sound(summary)
    check_agrees(summary, records(ran.service.journal_path))
    assert ran.summary.restarts == 0


def test_each_market_has_one_owner_at_a_time_and_each_order_is_its_owner_s(kept: list[object]) -> None:
    owners: dict[MarketId, StrategyName] = {}
    tiers: set[tuple[StrategyName, Tier]] = set()
    for each in kept:
        if isinstance(each, LeaseChanged) and each.lease is not None:
            owners[each.market] = each.lease.strategy
            tiers.add((each.lease.strategy, each.lease.tier))
        elif isinstance(each, Order):
            assert owners[each.market] == each.strategy
    tiers.discard((HOURLY_QUOTER, Tier.MARKET_MAKING))
    assert tiers == {(MAKER, Tier.MARKET_MAKING), (TAKER, Tier.DIRECTIONAL), (UNWINDER, Tier.EVENT_ARBITRAGE)}


def test_the_taker_takes_and_gets_out_by_both_ways(kept: list[object]) -> None:
    orders = [each for each in kept if isinstance(each, Order) and each.strategy == TAKER]
    ways = {(each.side, each.time_in_force, each.post_only) for each in orders}
    assert ways >= {(Side.BUY, TimeInForce.FAK, False), (Side.SELL, TimeInForce.GTD, True)}
    assert (Side.BUY, TimeInForce.GTD, True) not in ways


def test_nobody_sells_what_the_account_has_not(kept: list[object]) -> None:
    held: Counter[tuple[MarketId, Outcome]] = Counter()
    for each in kept:
        if isinstance(each, Fill):
            held[each.market, each.outcome] += each.size if each.side is Side.BUY else -each.size
            assert held[each.market, each.outcome] >= 0


def test_the_unwinder_only_sells(kept: list[object]) -> None:
    orders = [each for each in kept if isinstance(each, Order) and each.strategy == UNWINDER]
    assert {each.side for each in orders} == {Side.SELL}


def test_strategies_that_are_killed_cost_nothing_but_their_restarts(tmp_path: Path) -> None:
    """Their leases are over, their orders are cancelled, and their next lives sell what the former ones bought."""
    faults = tuple(
        Fault(f"markets/*/*/{name}", Kill(), AtMessage(after))
        for name, after in ((TAKER, 150), (UNWINDER, 250), (SET_ARBITRAGE, 100))
    )
    ran = run_with(configured(), tmp_path, 60, FaultPlan(faults))
    assert ran.summary.restarts >= len(faults)
    orders = {line.strategy: line.activity.orders for line in ran.summary.strategies}
    assert orders[TAKER] > 0
    assert orders[UNWINDER] > 0
    check_sound(json.loads(to_json(ran.summary)))
    assert ran.place.exchange.open_orders(OWN_KEY) == ()


def test_the_same_seed_makes_the_same_decisions(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one, other = (run_with(configured(), tmp_path / name, 30) for name in ("one", "other"))
    assert one.summary.decisions > 50
    assert one.summary.decision_hash == other.summary.decision_hash


def test_the_taker_s_own_markets_are_the_same_ones_each_time_and_as_many_as_was_said() -> None:
    markets = [MarketId(f"0x{number:064x}") for number in range(1000)]
    for percent in (0, 30, 100):
        which = attrs.evolve(ALL, taker_alone_percent=percent)
        without = sum(not which.has_maker(market) for market in markets)
        assert abs(without - 10 * percent) < 60
    assert all(attrs.evolve(ALL, taker=False).has_maker(market) for market in markets)
    assert not any(attrs.evolve(ALL, maker=False).has_maker(market) for market in markets)


def test_a_set_arbitrage_that_trades_and_does_not_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[strategies]\nset_arbitrage = false\nset_arbitrage_trades = true\n")
    ran = run_here("run", "--venue", "exchange", "--duration", 1, "--config", tmp_path / "c.toml")
    assert ran.code == 2
    assert "set_arbitrage_trades needs set_arbitrage" in ran.err


def test_the_program_runs_with_all_four(tmp_path: Path) -> None:
    (tmp_path / "four.toml").write_text(
        f'[service]\ndata_folder = "{tmp_path / "data"}"\n'
        "[strategies]\nset_arbitrage_trades = true\ntaker = true\ntaker_alone_percent = 70\nunwinder = true\n"
        '[taker]\nminimum_edge = "0.0001"\n'
        "[unwinder]\nage_limit_ms = 1000\ntake_after_ms = 2000\nquiet_ms = 500\n"
    )
    ran = run_here("run", "--venue", "exchange", "--duration", 8, "--json", "--config", tmp_path / "four.toml")
    assert ran.code == 0, ran.err[-2000:]
    check_sound(ran.summary)
    orders = {line["strategy"]: line["activity"]["orders"] for line in ran.summary["strategies"]}
    assert orders[MAKER] > 0
    assert orders[TAKER] > 0

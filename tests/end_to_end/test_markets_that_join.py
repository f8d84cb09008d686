"""Markets that are listed after the start join a running service, are quoted, resolve and leave."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from attrs import evolve, frozen

from actors.paths import market_path
from messages.markets import Market
from messages.orders import Order
from messages.periods import PeriodLength, Series
from messages.reference import Symbol
from messages.serial import to_json
from messages.sessions import MarketJoined, MarketLeft
from messages.units import ONE
from polyactors.config import Configuration
from polyactors.exchange.ports.execution import OWN_KEY
from polyactors.service import NoSuchActor
from supervision.faults.plan import AtMessage, Fault, FaultPlan, Kill
from supervision.kill_everywhere import kill_at_every_message
from supervision.registry import UnknownActor
from supervision.runtime import Runtime
from tests.end_to_end.exchange_runs import check_account_agrees
from tests.end_to_end.joining import join, leave
from tests.end_to_end.program import check_agrees, check_sound, records
from tests.end_to_end.rolling_exchange import FIVE_MINUTES_ALONE, SECOND_NS, Rolling, run_rolling

LASTS_S = 630


@frozen
class Seen:
    rolling: Rolling
    markets: tuple[Market, ...]
    resting_at_the_end: tuple[int, ...]
    paths_after: tuple[str, ...]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Two periods, one after the other. There was no market at all when the service was made."""
    markets: list[Market] = []
    resting: list[int] = []
    paths: list[str] = []

    async def trade(rolling: Rolling, market: Market) -> None:
        service, exchange = rolling.service, rolling.place.exchange
        await join(service, market)
        markets.append(market)
        await rolling.until(lambda: exchange.resolution(market.market) is not None)
        resting.append(sum(each.order.market == market.market for each in exchange.open_orders(OWN_KEY)))
        await leave(service, market)
        paths.extend(cell.path for cell in service.runtime.registry.cells() if market.market in cell.path)

    async def script(rolling: Rolling) -> None:
        assert rolling.service.place.markets == ()
        (first,) = rolling.up_or_down
        async with trio.open_nursery() as nursery:
            await rolling.at(20)
            nursery.start_soon(trade, rolling, first)
            await rolling.at(292)
            (second,) = (market for market in rolling.up_or_down if market != first)
            nursery.start_soon(trade, rolling, second)

    rolling = run_rolling(tmp_path_factory.mktemp("rolling"), LASTS_S, script)
    return Seen(rolling, tuple(markets), tuple(resting), tuple(paths))


def test_they_are_quoted_and_traded(seen: Seen) -> None:
    summary = seen.rolling.summary()
    assert len(seen.markets) == 2
    for market in seen.markets:
        (line,) = [each for each in summary.markets if each.market == market.market and each.strategy == "maker"]
        assert line.activity.orders > 10
        assert line.activity.fills > 0
        assert line.middle in (0, 10_000), "what a resolved market pays is what its shares are worth"


def test_nothing_rests_in_them_when_they_resolve_and_nobody_is_left_of_them(seen: Seen) -> None:
    assert seen.resting_at_the_end == (0, 0)
    assert seen.paths_after == ()
    registry = seen.rolling.service.runtime.registry
    for market in seen.markets:
        with pytest.raises(UnknownActor):
            registry.address(market_path(market.event, market.market))


def test_the_account_agrees_with_the_exchange_to_the_last_unit(seen: Seen) -> None:
    agrees(seen.rolling)


def test_the_sums_are_right_and_the_journal_tells_who_came_and_went(seen: Seen) -> None:
    rolling = seen.rolling
    summary = json.loads(to_json(rolling.summary()))
    check_sound(summary)
    kept = records(rolling.service.journal_path)
    check_agrees(summary, kept)
    came = [each.market.market for each in kept if isinstance(each, MarketJoined)]
    went = [each.market for each in kept if isinstance(each, MarketLeft)]
    assert came == went == [market.market for market in seen.markets]
    for market in seen.markets:
        of_it = [number for number, each in enumerate(kept) if isinstance(each, Order) and each.market == market.market]
        joined = next(
            number
            for number, each in enumerate(kept)
            if isinstance(each, MarketJoined) and each.market.market == market.market
        )
        assert joined < min(of_it), "no order before the market is in the journal"


def test_the_books_were_proven_by_hash_and_the_world_was_driven_by_one(seen: Seen) -> None:
    feed = seen.rolling.summary().feed
    assert {book.market for book in feed.markets} == {market.market for market in seen.markets}
    assert all(book.books_closed > 500 and book.closed_by_hash == book.books_closed for book in feed.markets)
    assert feed.connections == 1 + len(seen.markets)
    assert feed.connections_lost == 0
    assert feed.bad_input == ()


LASTS_SHORT_S = 15
SELDOM = evolve(Configuration(), maker=evolve(Configuration().maker, look_every_ns=SECOND_NS))
"""Fewer decisions, so that there are not too many messages to die at."""


def short_run(
    folder: Path,
    *,
    prepare: Callable[[Runtime], None] = lambda runtime: None,
    killed: str = "",
    seed: int = 0,
) -> Rolling:
    """A market joins, is quoted, resolves and leaves, whoever dies; `killed` is a supervisor that does while it is
    traded."""

    async def script(rolling: Rolling) -> None:
        service, exchange = rolling.service, rolling.place.exchange
        (market,) = rolling.up_or_down
        await rolling.at(2)
        await join(service, market)
        await rolling.at(4)
        if killed:
            service.runtime.kill(killed, "a test")
            await rolling.at(6)
        await rolling.until(lambda: bool(exchange.open_orders(OWN_KEY)))
        assert service.yard.stands(market.market)
        exchange.resolve(market.market, ONE, service.now_ns)
        await rolling.until(lambda: not exchange.open_orders(OWN_KEY))
        await rolling.at(10)
        await leave(service, market)
        assert not service.yard.stands(market.market)

    rolling = run_rolling(folder, LASTS_SHORT_S, script, prepare=prepare, seed=seed, configuration=SELDOM)
    check_sound(json.loads(to_json(rolling.summary())))
    agrees(rolling)
    return rolling


def agrees(rolling: Rolling) -> None:
    check_account_agrees(rolling.service, rolling.place.exchange)


ACTORS = (
    "journal",
    "ledger",
    "governor",
    "execution/gateway",
    "execution/executor",
    "records/auditor",
)


@pytest.mark.parametrize("path", ACTORS)
def test_whoever_dies_at_whatever_message_the_market_is_traded_and_leaves_and_the_account_agrees(
    path: str, tmp_path: Path
) -> None:
    numbers = itertools.count()

    def scenario(prepare: Callable[[Runtime], None]) -> Runtime:
        return short_run(tmp_path / str(next(numbers)), prepare=prepare).service.runtime

    assert kill_at_every_message(scenario, path) > 0


ABOVE_OR_BESIDE = ("market-data/shard-1", "market-data", "markets", "trading", "core", "execution", "service")


@pytest.mark.parametrize("path", ABOVE_OR_BESIDE)
def test_a_market_that_joined_comes_back_with_whoever_dies_above_or_beside_it(path: str, tmp_path: Path) -> None:
    rolling = short_run(tmp_path, killed=path)
    assert any(each.event == "child ended" and each.fields["child"] == path for each in rolling.log)


def test_the_same_seed_makes_the_same_decisions(tmp_path: Path) -> None:
    first, again, other = (
        short_run(tmp_path / name, seed=seed).summary() for name, seed in (("first", 5), ("again", 5), ("other", 6))
    )
    assert first.decisions > 20
    assert first.decision_hash == again.decision_hash != other.decision_hash


def test_faults_can_be_meant_for_actors_of_markets_that_will_join(tmp_path: Path) -> None:
    """Where none ever will, they are a mistake."""
    rolling = evolve(
        SELDOM, discovery=evolve(SELDOM.discovery, series=(Series(Symbol("btcusd"), PeriodLength.FIVE_MINUTES),))
    )
    plan = FaultPlan((Fault("markets/*/*/market", Kill(), AtMessage(3)),))
    met: list[str] = []

    async def script(running: Rolling) -> None:
        await running.at(8)
        ended = [each.fields for each in running.log if each.event == "child ended"]
        met.extend(str(fields["child"]) for fields in ended if str(fields["reason"]).startswith("killed"))

    ran = run_rolling(tmp_path, 12, script, configuration=rolling, plan=plan)
    assert met[0].endswith("/market")
    assert ran.summary().broken_invariants == ()
    with pytest.raises(NoSuchActor):
        run_rolling(tmp_path / "fixed", 12, script, configuration=SELDOM, plan=plan)


def test_discovery_that_dies_at_whatever_message_leaves_no_half_of_a_market(tmp_path: Path) -> None:
    """What the yard was doing for it goes on, or is done again."""
    numbers = itertools.count()
    series = Series(Symbol("btcusd"), PeriodLength.FIVE_MINUTES)
    configuration = evolve(Configuration(), discovery=evolve(Configuration().discovery, series=(series,)))

    def scenario(prepare: Callable[[Runtime], None]) -> Runtime:
        async def script(rolling: Rolling) -> None:
            service = rolling.service
            await rolling.at(8)
            (market,) = service.yard.joined.values()
            assert service.yard.stands(market.market)
            assert service.runtime.registry.cell(market_path(market.event, market.market).text).is_running
            assert rolling.place.exchange.open_orders(OWN_KEY), "it is not quoted"

        folder = tmp_path / str(next(numbers))
        rolling = run_rolling(folder, 9, script, prepare=prepare, configuration=configuration)
        check_sound(json.loads(to_json(rolling.summary())))
        agrees(rolling)
        return rolling.service.runtime

    assert kill_at_every_message(scenario, "discovery") > 5


THREE_PERIODS = evolve(FIVE_MINUTES_ALONE, listings=evolve(FIVE_MINUTES_ALONE.listings, five_minutes_ahead=2))


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 4, 6, 8, 12, 20])
def test_several_may_join_at_once_and_who_is_cancelled_in_the_middle_joins_again(turns: int, tmp_path: Path) -> None:
    """All of them are there, also after a restart of their supervisors."""

    async def script(rolling: Rolling) -> None:
        service, registry = rolling.service, rolling.service.runtime.registry
        first, second, third = rolling.up_or_down
        await rolling.at(2)
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                for market in (first, second):
                    nursery.start_soon(service.yard.join, market)
                for _ in range(turns):
                    await trio.lowlevel.checkpoint()
                scope.cancel()
        async with trio.open_nursery() as nursery:
            for market in (third, first, second):
                nursery.start_soon(join, service, market)
        for path in ("markets", "market-data"):
            service.runtime.kill(path, "a test")
        await rolling.at(5)
        for market in (first, second, third):
            assert service.yard.stands(market.market)
            assert registry.cell(market_path(market.event, market.market).text).is_running
        shards = [cell for cell in registry.cells() if cell.path.startswith("market-data/")]
        assert sorted(cell.path[-1] for cell in shards) == ["0", "1", "2", "3"]
        assert all(cell.is_running for cell in shards)

    rolling = run_rolling(tmp_path, 7, script, world=THREE_PERIODS, configuration=SELDOM)
    assert rolling.summary().broken_invariants == ()

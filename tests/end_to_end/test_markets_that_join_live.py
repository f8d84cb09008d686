"""A market joins a live service over real sockets; another life of the process goes on with it; it is paid out."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import trio
from attrs import evolve

from actors.execution.live.reconciler_words import ReconcilerState
from actors.paths import RECONCILER, market_path
from messages.control import AccountOpened
from messages.fills import Fill
from messages.markets import Market
from messages.orders import Order
from messages.portfolio import AccountMoved
from messages.risk import RiskMode
from messages.sessions import MarketJoined
from polyactors.cli.run_live import with_patience
from polyactors.config import Configuration
from polyactors.endings import End
from polyactors.live.opening import open_place
from polyactors.live.own_exchange import at_exchange
from polyactors.service import Service
from polyactors.venues.polymarket.live_account.account import PolymarketAccount
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.gamma_pages import Gamma
from supervision.clock import SteadyClock
from supervision.log import Level, LogEvent
from tests.end_to_end.joining import join, leave
from tests.end_to_end.live_world import Exchange, Trader, booked, check_account, exchange

PATIENCE_S = 90
Script = Callable[[Service], Awaitable[None]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with exchange(tmp_path_factory.mktemp("exchange"), 7) as found:
        yield found


def configured(served: Exchange, folder: Path, markets_an_hour: int = 0) -> Configuration:
    """No market is traded from the beginning."""
    usual = with_patience(Configuration())
    none = evolve(
        usual,
        service=evolve(usual.service, data_folder=folder),
        polymarket=evolve(usual.polymarket, most_markets=0),
        live=evolve(usual.live, markets_an_hour=markets_an_hour, reconcile_every_ns=2 * 10**9),
    )
    return at_exchange(none, served.url)


async def live(configuration: Configuration, folder: Path, script: Script) -> tuple[Service, list[LogEvent]]:
    """A session on the journal in `folder`; it ends with the script."""
    log: list[LogEvent] = []
    clock = SteadyClock()

    async def admit(_: PolymarketAccount) -> None:
        """Nobody's money."""

    opening = open_place("exchange", configuration, lambda _: folder / "journal", admit, clock.now_ns, log.append)
    async with opening as opened:
        service = Service(configuration, opened.place, clock, log.append, opened.journal)
        with trio.fail_after(PATIENCE_S):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(service.run)
                await service.is_up.wait()
                await script(service)
                service.finish(End.ASKED)
    return service, log


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 - another process is waited for
        await trio.sleep(0.05)


async def listed(configuration: Configuration, slug: str) -> Market:
    async with Gamma.opened(Budgets(), base_url=configuration.polymarket.gamma_url) as gamma:
        rows = await gamma.markets_called((slug,))
    assert isinstance(rows, tuple), rows
    (market,) = rows
    assert isinstance(market, Market), market
    return market


def reconciler(service: Service) -> ReconcilerState:
    actor = service.runtime.registry.cell(RECONCILER.text).actor
    shown = actor.describe() if actor is not None else None
    assert isinstance(shown, ReconcilerState)
    return shown


async def test_it_is_traded_reconciled_and_paid_out_across_two_lives_of_the_process(
    served: Exchange, tmp_path: Path
) -> None:
    trader = Trader(tmp_path, served)
    configuration = configured(served, tmp_path)
    slug = next(line["slug"] for line in served.get("markets")["markets"] if line["kind"] == "binary")
    market = await listed(configuration, slug)

    async def first_life(service: Service) -> None:
        assert service.place.markets == ()
        await join(service, market)
        await until(lambda: trader.count(Fill.__name__) >= 1)

    first, log = await live(configuration, tmp_path, first_life)
    assert first.violations == []
    assert [each.event for each in log if each.level >= Level.ERROR] == []
    check_account(trader)
    orders = trader.count(Order.__name__)

    async def second_life(service: Service) -> None:
        await until(lambda: reconciler(service).agreed_ns > 0)
        assert reconciler(service).not_compared == (), "what it holds of the market is compared before it joins again"
        await join(service, market)
        await until(lambda: trader.count(Order.__name__) > orders)
        held = next(outcome for (_, outcome), size in booked(trader.records()).shares.items() if size > 0)
        served.resolve(market.market, held)
        await until(lambda: service.health.markets[market.market].is_resolved)
        await until(lambda: trader.count(AccountMoved.__name__) > 0)
        await leave(service, market)
        assert market_path(market.event, market.market).text not in [c.path for c in service.runtime.registry.cells()]
        compared = reconciler(service).comparisons
        await until(lambda: reconciler(service).comparisons >= compared + 2)

    second, log = await live(configuration, tmp_path, second_life)
    assert second.violations == []
    assert not [each for each in log if each.event == "mode" and each.fields["mode"] == RiskMode.HALT.name][1:]
    check_account(trader)
    kept = trader.records()
    assert sum(isinstance(each, MarketJoined) for each in kept) == 2
    opened = [each for each in kept if isinstance(each, AccountOpened) and each.shares]
    assert [each.shares[0][0] for each in opened] == [market.market], "what was there before is read once"

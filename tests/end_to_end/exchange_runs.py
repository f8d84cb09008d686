"""The whole service on the exchange in process, on a virtual clock."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import attrs
import trio
from attrs import frozen

from messages.identity import MarketId, Outcome
from polyactors.config import Configuration
from polyactors.exchange.core import Exchange
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.ports.execution import OWN_KEY, OWN_WALLET
from polyactors.exchange.ports.place import ExchangePlace
from polyactors.exchange.ports.simulation import simulated_place
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.world import WorldSettings
from polyactors.service import Service
from polyactors.summary.build import summarise
from polyactors.summary.document import Summary
from supervision.clock import VirtualClock
from supervision.faults.plan import FaultPlan
from supervision.log import LogEvent
from supervision.virtual_time import run_repeatably

START_NS = 1_800_000_000 * 10**9
SECOND_NS = 10**9
SMALL = WorldSettings(
    listings=ListingPlan(binary_markets=3, neg_risk_outcomes=(3,), protocol_two_markets=0, hours_ahead=0),
    traders=TraderSettings(pace=4.0),
)


@frozen
class ExchangeRun:
    service: Service
    summary: Summary
    place: ExchangePlace
    log: list[LogEvent]


def run_on_the_exchange(
    folder: Path,
    seconds: float,
    *,
    seed: int = 0,
    faults: FaultPlan | None = None,
    meanwhile: Callable[[Exchange, int], None] = lambda exchange, now_ns: None,
) -> ExchangeRun:
    """`meanwhile` is called at each instant, with the exchange and the time."""
    default = Configuration()
    configuration = attrs.evolve(default, service=attrs.evolve(default.service, seed=seed))
    place = simulated_place(configuration, START_NS, SMALL)
    clock = VirtualClock(place.start_ns)
    log: list[LogEvent] = []
    service = Service(configuration, place, clock, log.append, folder / f"journal-{seed}-{seconds}")
    service.plan(faults or FaultPlan())

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(service.end_after, round(seconds * SECOND_NS))
            await service.run_on(clock, lambda: meanwhile(place.exchange, clock.now_ns()))
            nursery.cancel_scope.cancel()

    run_repeatably(main, clock, seed)
    summary = summarise(service, 1, clock.now_ns() - START_NS, journal_is_kept=True)
    return ExchangeRun(service, summary, place, log)


def check_account_agrees(service: Service, exchange: Exchange) -> None:
    """Once what the run left unsettled is mined, ledger and exchange have the same. Nothing is asked of the port."""
    view = service.portfolio
    assert view is not None
    later_ns = service.now_ns + 60 * SECOND_NS
    exchange.advance(later_ns)
    assert exchange.open_orders(OWN_KEY) == ()
    assert exchange.cash(OWN_WALLET, later_ns) == view.wallet.cash
    ours: Counter[tuple[MarketId, Outcome]] = Counter()
    for position in (position for market in view.markets for position in market.positions):
        ours[position.market, Outcome.YES] += position.yes
        ours[position.market, Outcome.NO] += position.no
    theirs = Counter({(each.market, each.outcome): each.settled for each in exchange.holdings(OWN_WALLET)})
    assert +ours == +theirs

"""A service on the exchange in process whose markets come and go, on a virtual clock."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import trio
from attrs import evolve, frozen

from messages.markets import Market
from polyactors.config import Configuration
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.ports.choice import Choice
from polyactors.exchange.ports.place import ExchangePlace
from polyactors.exchange.ports.simulation import simulated_place
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.words import Kind
from polyactors.exchange.world import WorldSettings
from polyactors.service import Service
from polyactors.summary.build import summarise
from polyactors.summary.document import Summary
from supervision.clock import VirtualClock
from supervision.faults.plan import FaultPlan
from supervision.log import LogEvent
from supervision.runtime import Runtime
from supervision.virtual_time import run_repeatably

SECOND_NS = 10**9
START_NS = 1_800_000_010 * SECOND_NS
"""Ten seconds into a period of five minutes."""

FIVE_MINUTES_ALONE = WorldSettings(
    listings=ListingPlan(
        binary_markets=0, neg_risk_outcomes=(), protocol_two_markets=0, hourly_symbols=(), five_minutes_ahead=0
    ),
    traders=TraderSettings(pace=4.0),
)
NOTHING_FIXED = Choice(binary_markets=0, neg_risk_events=0, up_down_markets=0)


@frozen
class Rolling:
    service: Service
    place: ExchangePlace
    log: list[LogEvent]

    @property
    def up_or_down(self) -> tuple[Market, ...]:
        """As the exchange lists them now, the first to end first. Without their periods: what a session does to them is
        not the subject here."""
        found = (
            evolve(each.market, about=None)
            for each in self.place.exchange.listings.values()
            if each.kind is Kind.UP_DOWN
        )
        return tuple(sorted(found, key=lambda market: market.end_ms or 0))

    async def at(self, seconds: float) -> None:
        """Until so many seconds after the start."""
        await self.service.runtime.timers.sleep_until(START_NS + round(seconds * SECOND_NS))

    async def until(self, is_so: Callable[[], bool], look_every_s: float = 0.5) -> None:
        while not is_so():
            await self.service.runtime.timers.sleep_until(self.service.now_ns + round(look_every_s * SECOND_NS))

    def summary(self) -> Summary:
        return summarise(self.service, 1, self.service.now_ns - START_NS, journal_is_kept=True)


def run_rolling(
    folder: Path,
    seconds: float,
    script: Callable[[Rolling], Awaitable[None]],
    *,
    prepare: Callable[[Runtime], None] = lambda runtime: None,
    choice: Choice = NOTHING_FIXED,
    seed: int = 0,
    configuration: Configuration | None = None,
    plan: FaultPlan | None = None,
    world: WorldSettings = FIVE_MINUTES_ALONE,
) -> Rolling:
    """`script` is started when the service is up, and has to be over before it ends; `prepare` is told of the tree
    before."""
    default = configuration or Configuration()
    configuration = evolve(default, service=evolve(default.service, seed=seed))
    place = simulated_place(configuration, START_NS, world, choice)
    clock = VirtualClock(place.start_ns)
    log: list[LogEvent] = []
    service = Service(configuration, place, clock, log.append, folder / f"journal-{seed}")
    service.plan(plan or FaultPlan())
    prepare(service.runtime)
    rolling = Rolling(service, place, log)
    is_over = False

    async def play() -> None:
        nonlocal is_over
        await service.is_up.wait()
        await script(rolling)
        is_over = True

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(service.end_after, round(seconds * SECOND_NS))
            nursery.start_soon(play)
            await service.run_on(clock, lambda: None)
            nursery.cancel_scope.cancel()

    run_repeatably(main, clock, seed)
    assert is_over, "the script was not over when the service ended"
    return rolling

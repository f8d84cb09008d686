"""One five-minute market of the exchange in process, traded by the strategies of its session, on a virtual clock.

The fair value comes from a stand-in that knows the exchange's own: what feeds and pricer make of prices is not the
subject here.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from attrs import evolve, frozen

import polyactors.app
from messages.markets import Market
from messages.pricing import NO_MEDIAN, Features, FollowPrices, PriceSnapshot, TellPrices
from messages.serial import to_json
from polyactors.config import Configuration
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.ports.choice import Choice
from polyactors.exchange.ports.execution import Latencies
from polyactors.exchange.ports.place import ExchangePlace
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.world import World, WorldSettings
from polyactors.service import Service
from polyactors.session_settings import SessionStrategies
from polyactors.summary.build import summarise
from polyactors.summary.document import Summary
from supervision.actor import Actor
from supervision.address import Address
from supervision.clock import VirtualClock
from supervision.faults.plan import FaultPlan
from supervision.log import LogEvent
from supervision.specs import ActorSpec, Strategy, SupervisorSpec
from supervision.virtual_time import run_repeatably
from tests.end_to_end.program import records

SECOND_NS = 10**9
MILLISECOND_NS = 10**6
START_NS = 1_800_000_000 * SECOND_NS + 10 * SECOND_NS
"""Ten seconds into a period of five minutes."""

BAND = 0.02
PUBLISH_EVERY_NS = 100 * MILLISECOND_NS
FIVE_MINUTES_ALONE = WorldSettings(
    listings=ListingPlan(
        binary_markets=0, neg_risk_outcomes=(), protocol_two_markets=0, hourly_symbols=(), five_minutes_ahead=0
    ),
    traders=TraderSettings(pace=5.0),
)


@frozen
class Publish:
    """Timer."""


class TruePrices(Actor[FollowPrices | TellPrices | Publish]):
    """Stands in for the pricer; `is_silent_at` says when nothing comes from it."""

    def __init__(self, market: Market, world: World, is_silent_at: Callable[[int], bool]) -> None:
        assert market.about is not None
        self._market = market
        self._period = market.about.period
        self._world = world
        self._is_silent_at = is_silent_at
        self._followers: dict[str, Address[object]] = {}
        self._seq = 0

    def started(self) -> None:
        self.every("publish", PUBLISH_EVERY_NS, Publish())

    def receive(self, message: FollowPrices | TellPrices | Publish) -> None:
        match message:
            case FollowPrices():
                if self.sender is not None:
                    self._followers[self.sender.path] = self.sender
            case TellPrices():
                self.reply(self._snapshot())
            case Publish():
                if not self._is_silent_at(self.now_ns):
                    self.publish(self._followers.values(), self._snapshot())

    def _snapshot(self) -> PriceSnapshot:
        self._seq += 1
        now_ms = self.now_ns // MILLISECOND_NS
        fair = self._world.lifecycle.fair_value(self._market.market, self.now_ns)
        period = self._period
        return PriceSnapshot(
            series=period.series,
            epoch=self.generation,
            seq=self._seq,
            ts_local_ms=now_ms,
            ts_exchange_ms=now_ms,
            age_ms=0,
            stale=False,
            hour_id=period.name,
            hour_start_ts_ms=period.start_ms,
            hour_end_ts_ms=period.end_ms,
            t_remaining_ms=period.end_ms - now_ms,
            open_price=1.0,
            last_trade_price=1.0,
            bbo_bid=None,
            bbo_ask=None,
            mid=None,
            features=Features((), True),
            p_yes_fair=fair,
            p_yes_band_lo=max(0.0, fair - BAND),
            p_yes_band_hi=min(1.0, fair + BAND),
            uncertain=False,
            median=NO_MEDIAN,
        )


@frozen
class SessionRun:
    service: Service
    world: World
    market: Market
    summary: Summary
    log: list[LogEvent]

    @property
    def kept(self) -> list[object]:
        return list(records(self.service.journal_path))

    @property
    def document(self) -> str:
        return to_json(self.summary)


def run_session(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    runs: SessionStrategies,
    *,
    seed: int = 0,
    seconds: int = 289,
    faults: FaultPlan | None = None,
    is_silent_at: Callable[[int], bool] = lambda now_ns: False,
    change: Callable[[Configuration], Configuration] = lambda configuration: configuration,
) -> SessionRun:
    """Until `seconds` after the start; the period ends after 290."""
    default = Configuration()
    default = evolve(default, service=evolve(default.service, seed=seed), sessions=evolve(default.sessions, runs=runs))
    configuration = change(default)
    world = World(FIVE_MINUTES_ALONE, seed, START_NS - 5 * SECOND_NS)
    world.advance(START_NS)
    latencies = Latencies(configuration.paper.order_latency_ns, configuration.paper.cancel_latency_ns)
    place = ExchangePlace(world, START_NS, latencies, Choice(binary_markets=0, neg_risk_events=0, up_down_markets=1))
    (market,) = place.markets
    assert market.about is not None
    prices = ActorSpec(name=market.about.period.series.symbol, create=lambda: TruePrices(market, world, is_silent_at))
    reference = SupervisorSpec(name="reference", strategy=Strategy.ONE_FOR_ONE, children=(prices,))

    monkeypatch.setattr(polyactors.app, "_reference", lambda *_: (reference,))
    clock = VirtualClock(place.start_ns)
    log: list[LogEvent] = []
    service = Service(configuration, place, clock, log.append, folder / f"journal-{seed}")
    service.plan(faults or FaultPlan())

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(service.end_after, seconds * SECOND_NS)
            await service.run_on(clock, lambda: None)
            nursery.cancel_scope.cancel()

    run_repeatably(main, clock, seed)
    summary = summarise(service, 1, clock.now_ns() - START_NS, journal_is_kept=True)
    return SessionRun(service, world, market, summary, log)

"""One hour of a market, from the minutes before it to those after it, on the exchange in process and a virtual clock:
found, quoted around fair value, wound down, flattened, left, and the next hour's market in its place."""

import json
from collections import Counter
from collections.abc import Sequence

import pytest
import trio
from attrs import evolve, frozen

from actors.strategies.hourly_quoter import HOURLY_QUOTER
from messages.fills import Fill
from messages.identity import OrderId, Outcome, Side
from messages.market_data import MarketResolution
from messages.markets import Market
from messages.orders import Order, OrderMoved, OrderState
from messages.periods import PeriodLength, Series
from messages.reference import Symbol
from messages.serial import to_json
from messages.sessions import MarketJoined, MarketLeft, SessionIs, SessionState
from polyactors.config import Configuration
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.ports.choice import Choice
from polyactors.exchange.ports.execution import OWN_KEY
from polyactors.exchange.ports.place import ExchangePlace
from polyactors.exchange.ports.simulation import simulated_place
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.world import WorldSettings
from polyactors.service import Service
from polyactors.summary.build import summarise
from polyactors.summary.document import Summary
from supervision.clock import VirtualClock
from supervision.log import LogEvent
from supervision.virtual_time import run_repeatably
from tests.end_to_end.exchange_runs import check_account_agrees
from tests.end_to_end.program import check_agrees, check_sound, records

SECOND_NS = 10**9
BEGIN_NS = 1_800_000_000 * SECOND_NS
"""A full hour."""
END_NS = BEGIN_NS + 3600 * SECOND_NS
BEFORE_NS, AFTER_NS = 150 * SECOND_NS, 60 * SECOND_NS
HOURS = Series(Symbol("btcusd"), PeriodLength.HOUR)
HOURS_ALONE = WorldSettings(
    listings=ListingPlan(
        binary_markets=0,
        neg_risk_outcomes=(),
        protocol_two_markets=0,
        five_minute_symbols=(),
        fifteen_minute_symbols=(),
        hours_ahead=1,
    ),
    traders=TraderSettings(pace=0.3),
)
NOTHING_FIXED = Choice(binary_markets=0, neg_risk_events=0, up_down_markets=0)
PRICES_EVERY_NS = SECOND_NS
UNDER_WAY_NS = 3 * SECOND_NS
"""From when an order ends to when all have heard of it."""


@frozen
class Hour:
    service: Service
    place: ExchangePlace
    summary: Summary
    records: Sequence[object]
    resting_at_the_end: tuple[OrderId, ...]

    @property
    def market(self) -> Market:
        """That of the hour."""
        (found,) = (each for each in self.joined if each.about is not None and starts_ns(each) == BEGIN_NS)
        return found

    @property
    def joined(self) -> list[Market]:
        return [each.market for each in self.records if isinstance(each, MarketJoined)]

    @property
    def states(self) -> list[SessionIs]:
        return [each for each in self.records if isinstance(each, SessionIs) and each.market == self.market.market]

    @property
    def orders(self) -> list[Order]:
        return [each for each in self.records if isinstance(each, Order) and each.market == self.market.market]

    @property
    def fills(self) -> list[Fill]:
        return [each for each in self.records if isinstance(each, Fill) and each.market == self.market.market]

    def since_ns(self, state: SessionState) -> int:
        (found,) = (each.at_ns for each in self.states if each.state is state)
        return found

    def held(self, until_ns: int) -> Counter[Outcome]:
        held: Counter[Outcome] = Counter()
        for fill in self.fills:
            if fill.at_ns <= until_ns:
                held[fill.outcome] += fill.size if fill.side is Side.BUY else -fill.size
        return held


def starts_ns(market: Market) -> int:
    assert market.about is not None
    return market.about.period.start_ms * 10**6


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Hour:
    default = Configuration()
    configuration = evolve(
        default,
        discovery=evolve(default.discovery, series=(HOURS,)),
        pricing=evolve(default.pricing, publish_every_ns=PRICES_EVERY_NS),
    )
    place = simulated_place(configuration, BEGIN_NS - BEFORE_NS, HOURS_ALONE, NOTHING_FIXED)
    clock = VirtualClock(place.start_ns)
    log: list[LogEvent] = []
    journal = tmp_path_factory.mktemp("hour") / "journal"
    service = Service(configuration, place, clock, log.append, journal)
    at_the_end: list[OrderId] = []

    async def look_at_the_end() -> None:
        await service.runtime.timers.sleep_until(END_NS)
        of_the_hour = {each.market for each in service.yard.joined.values() if starts_ns(each) == BEGIN_NS}
        resting = (each.order for each in place.exchange.open_orders(OWN_KEY))
        at_the_end.extend(each.order for each in resting if each.market in of_the_hour)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(service.end_after, BEFORE_NS + 3600 * SECOND_NS + AFTER_NS)
            nursery.start_soon(look_at_the_end)
            await service.run_on(clock, lambda: None)
            nursery.cancel_scope.cancel()

    run_repeatably(main, clock, 0)
    summary = summarise(service, 1, service.now_ns - place.start_ns, journal_is_kept=True)
    return Hour(service, place, summary, records(journal), tuple(at_the_end))


def test_each_market_joins_before_its_hour_and_leaves_after_it_was_resolved(hour: Hour) -> None:
    came = {each.market.market: each.at_ns for each in hour.records if isinstance(each, MarketJoined)}
    resolved = {each.market: each.received_ns for each in hour.records if isinstance(each, MarketResolution)}
    went = {each.market: each.at_ns for each in hour.records if isinstance(each, MarketLeft)}
    assert [starts_ns(each) for each in hour.joined][-2:] == [BEGIN_NS, END_NS]
    for market in hour.joined[-2:]:
        assert starts_ns(market) - 130 * SECOND_NS < came[market.market] < starts_ns(market)
    over = hour.market.market
    assert END_NS < resolved[over] <= went[over] < END_NS + AFTER_NS
    assert hour.service.yard.stands(hour.joined[-1].market) and not hour.service.yard.stands(over)


def test_its_session_goes_through_all_states_at_their_times(hour: Hour) -> None:
    assert [each.state for each in hour.states] == list(SessionState)
    times = hour.service.configuration.sessions.times.hour
    assert BEGIN_NS <= hour.since_ns(SessionState.ACTIVE) < BEGIN_NS + 5 * SECOND_NS
    assert hour.since_ns(SessionState.WIND_DOWN) == END_NS - times.wind_down_ns
    assert hour.since_ns(SessionState.FLATTEN) == END_NS - times.flatten_ns
    assert hour.since_ns(SessionState.DONE) == END_NS - times.done_ns


def test_both_sides_are_quoted_and_filled_in_part_and_whole(hour: Hour) -> None:
    assert {each.strategy for each in hour.orders} == {HOURLY_QUOTER}
    assert len(hour.orders) > 100
    # To bid for NO is to offer YES.
    sides = {(each.outcome is Outcome.YES) is (each.side is Side.BUY) for each in hour.orders}
    assert sides == {True, False}
    sizes = {each.order: each.size for each in hour.orders}
    filled: Counter[OrderId] = Counter()
    for fill in hour.fills:
        filled[fill.order] += fill.size
    assert any(size == sizes[order] for order, size in filled.items())
    assert any(size < sizes[order] for order, size in filled.items())


def test_no_order_before_the_hour_nor_after_its_session_and_none_outlives_its_expiry(hour: Hour) -> None:
    ended = {each.order: each.at_ns for each in hour.records if isinstance(each, OrderMoved) and each.state.is_final}
    filled: Counter[OrderId] = Counter()
    for fill in hour.fills:
        filled[fill.order] += fill.size
    done_ns = hour.since_ns(SessionState.DONE)
    for order in hour.orders:
        assert BEGIN_NS <= order.written_ns < done_ns + UNDER_WAY_NS
        assert order.written_ns < order.expires_ns <= END_NS
        if filled[order.order] < order.size:
            assert ended[order.order] <= order.expires_ns + UNDER_WAY_NS, order
    assert hour.resting_at_the_end == ()


def test_in_wind_down_sizes_shrink_and_from_flatten_on_only_what_is_held_is_sold(hour: Hour) -> None:
    wind_down, flatten = hour.since_ns(SessionState.WIND_DOWN), hour.since_ns(SessionState.FLATTEN)
    middle = (wind_down + flatten) // 2
    buys = [each for each in hour.orders if each.side is Side.BUY]
    before = max(each.size for each in buys if each.written_ns < wind_down)
    late = [each.size for each in buys if middle <= each.written_ns < flatten]
    assert all(2 * size <= before for size in late)
    after = [each for each in hour.orders if each.written_ns >= flatten]
    assert all(each.side is Side.SELL for each in after)


def test_at_the_end_what_is_held_is_less_than_can_be_sold(hour: Hour) -> None:
    fills = hour.fills
    most = max(abs(held[Outcome.YES] - held[Outcome.NO]) for held in (hour.held(each.at_ns) for each in fills))
    held = hour.held(END_NS)
    assert most >= 4 * hour.market.minimum_size, "there was something to get rid of"
    assert abs(held[Outcome.YES] - held[Outcome.NO]) < hour.market.minimum_size


def test_the_account_agrees_with_the_exchange_and_the_journal_tells_the_whole_story(hour: Hour) -> None:
    summary = json.loads(to_json(hour.summary))
    check_sound(summary)
    check_agrees(summary, list(hour.records))
    check_account_agrees(hour.service, hour.place.exchange)
    last = {each.order: each.state for each in hour.records if isinstance(each, OrderMoved)}
    filled = {each.order for each in hour.fills}
    assert all(last[each.order].is_final or each.order in filled for each in hour.orders)
    assert OrderState.UNKNOWN not in last.values()

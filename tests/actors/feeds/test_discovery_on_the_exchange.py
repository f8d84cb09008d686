"""Discovery on the embedded exchange's own listings."""

from pathlib import Path as FilePath

from attrs import define, field

from actors.feeds.discovery_settings import DiscoverySettings, start_ns
from actors.feeds.market_finder import Found
from messages.markets import Market
from messages.periods import Period, PeriodLength, Series
from messages.reference import Symbol
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.ports.finder import ExchangeFinder
from supervision.specs import SECOND
from supervision.testing import ORIGIN_NS, Tree
from tests.actors.feeds.discovery_world import periods_between
from tests.actors.feeds.test_discovery_actor import Venue, World
from tests.exchange.catalogue_world import CatalogueWorld

BTC, ETH = Symbol("btcusd"), Symbol("ethusd")
SERIES = (
    Series(BTC, PeriodLength.FIVE_MINUTES),
    Series(ETH, PeriodLength.FIVE_MINUTES),
    Series(BTC, PeriodLength.HOUR),
)
PLAN = ListingPlan(
    binary_markets=1,
    neg_risk_outcomes=(3,),
    protocol_two_markets=0,
    five_minute_symbols=(BTC, ETH),
    hourly_symbols=(BTC,),
    five_minutes_ahead=1,
    hours_ahead=1,
)
TWO_HOURS = 7200 * SECOND


@define(eq=False)
class OnTheExchange(Venue):
    """The exchange comes to the present before it is asked."""

    exchange: CatalogueWorld = field(factory=CatalogueWorld)

    async def find(self, period: Period) -> Found:
        self.asked.append(period)
        return await self._at_the_present().find(period)

    async def is_over(self, market: Market) -> bool | None:
        return await self._at_the_present().is_over(market)

    def _at_the_present(self) -> ExchangeFinder:
        self.exchange.wait((self.now_ns() - self.exchange.now_ns) / SECOND)
        return ExchangeFinder(self.exchange.exchange, self.exchange.clock)


def test_every_market_of_two_hours_joins_in_time_and_is_left_when_it_is_resolved(tmp_path: FilePath) -> None:
    catalogue = CatalogueWorld(plan=PLAN, start_ns=ORIGIN_NS)
    venue = OnTheExchange(exchange=catalogue)
    world = World(tmp_path, venue=venue, settings=DiscoverySettings(series=SERIES))

    async def script(tree: Tree) -> None:
        await tree.advance(TWO_HOURS)

    tree = world.run(script)
    story = world.story()
    for series in SERIES:
        for period in periods_between(series, ORIGIN_NS + 180 * SECOND, ORIGIN_NS + TWO_HOURS - 60 * SECOND):
            (slug,) = {each.slug for each in world.markets() if each.about is not None and each.about.period == period}
            assert (story.count(("joined", slug)), story.count(("left", slug))) == (1, 1)
            assert world.yard.times_ns[slug] < start_ns(period)
    assert not tree.logged("no market was found in time")

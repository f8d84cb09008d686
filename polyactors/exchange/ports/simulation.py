"""The whole simulation in this process: an exchange with its traders, and a place on it for one service."""

from collections.abc import Callable

from messages.markets import Market
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.config import Configuration
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.ports.choice import Choice
from polyactors.exchange.ports.execution import Latencies
from polyactors.exchange.ports.open_price import ExchangeOpenPrices
from polyactors.exchange.ports.place import ExchangePlace, WorldPrices
from polyactors.exchange.ports.reference import exchange_references
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.world import World, WorldSettings
from polyactors.venues.priced_series import priced_symbols

WARM_UP_NS = 2 * NANOSECONDS_PER_SECOND
"""How long the simulated traders are alone, so that there are books when the service comes."""

LIVELY = WorldSettings(
    listings=ListingPlan(neg_risk_outcomes=(3, 5), five_minutes_ahead=1, hours_ahead=0),
    traders=TraderSettings(pace=8.0),
)
"""Fewer markets than usual, where everybody acts eight times as often as at the venue: whoever looks on should see
something soon, and two cores have to do."""


def simulated_place(
    configuration: Configuration, now_ns: int, settings: WorldSettings | None = None, choice: Choice | None = None
) -> ExchangePlace:
    """An exchange that follows from the configured seed; `now_ns` is when the service comes to it."""
    begun_ns = now_ns - WARM_UP_NS
    world = World(settings or LIVELY, configuration.service.seed, begun_ns)
    world.advance(now_ns)
    # An order is under way as long as to the paper venue: both are guesses of the same distance.
    latencies = Latencies(configuration.paper.order_latency_ns, configuration.paper.cancel_latency_ns)

    def prices(markets: tuple[Market, ...], clock_ns: Callable[[], int]) -> WorldPrices:
        symbols = priced_symbols(markets, configuration.discovery.series)
        return WorldPrices(exchange_references(world.prices, symbols, clock_ns), ExchangeOpenPrices(world.prices))

    return ExchangePlace(world, now_ns, latencies, choice, prices)

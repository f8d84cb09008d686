"""Up-or-down markets of the embedded exchange for calibration, where the truth is known: its own resolutions.

The market's middle is that of the simulated traders, who know the value that the exchange hides, late and with
opinions: it says how good fair value is, and nothing of a market of people.
"""

from collections.abc import Sequence

from actors.pricing.settings import PricingSettings
from messages.identity import MarketId, Outcome
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.reference import ReferenceVenue, Symbol
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, PRICE_SCALE, Price
from polyactors.calibration.sampler import Wanted
from polyactors.calibration.stage import Stage, play
from polyactors.calibration.words import JudgedMarket, MarketLeftOut, Played
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.ports.reference import exchange_references
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.world import World, WorldSettings
from polyactors.pricer.reference_actors import Feed
from supervision.clock import VirtualClock
from supervision.log import LogSink, discard
from supervision.runtime import Runtime
from supervision.timers import Timers

SYMBOLS = ("btcusd", "ethusd", "solusd", "xrpusd")
RULE = SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60)

WARM_UP_MS = 120_000
RESOLVED_AFTER_MS = 30_000
"""The exchange resolves such a market 15 to 21 s after its end."""

_START_MS = 1_777_107_600_000
_STEP_NS = NANOSECONDS_PER_SECOND // 2
"""Of the simulated prices."""

_PRICES_EVERY_NS = NANOSECONDS_PER_SECOND


def play_simulated(
    markets: int, seed: int, times_left_s: Sequence[int], settings: PricingSettings, log: LogSink = discard
) -> Played:
    """So many five-minute markets, of all symbols in turn. Raises `StageBroken`."""
    periods = [
        Period(Series(Symbol(SYMBOLS[number % len(SYMBOLS)]), PeriodLength.FIVE_MINUTES), start_ms)
        for number in range(markets)
        for start_ms in (_START_MS + number // len(SYMBOLS) * PeriodLength.FIVE_MINUTES.length_ms,)
    ]
    symbols = tuple(dict.fromkeys(period.series.symbol for period in periods))
    begin_ns = (_START_MS - WARM_UP_MS) * NANOSECONDS_PER_MILLISECOND
    world = World(_settings(symbols), seed, begin_ns)
    clock = VirtualClock(begin_ns)
    runtime = Runtime(clock, seed, log)
    feeds = [Feed(source) for source in exchange_references(world.prices, symbols, clock.now_ns)]
    theatre = _Theatre(world, clock, runtime.timers)
    wanted = tuple(Wanted(_named(period), UpOrDown(period, RULE), tuple(times_left_s)) for period in periods)
    until_ns = (periods[-1].end_ms + RESOLVED_AFTER_MS) * NANOSECONDS_PER_MILLISECOND
    stage = Stage(runtime, clock, feeds, wanted, theatre.pump, theatre.middle, until_ns, _PRICES_EVERY_NS)
    seen = play(stage, settings)
    judged: list[JudgedMarket] = []
    left_out: list[MarketLeftOut] = []
    for period in periods:
        payout = theatre.payouts.get(_named(period))
        looks = seen.looks.by_market.get(_named(period), [])
        if payout in (0, PRICE_SCALE):
            is_up = payout == PRICE_SCALE
            judged.append(JudgedMarket(period.name, period.end_ms, is_up, "the exchange", tuple(looks)))
        else:
            left_out.append(MarketLeftOut(period.name, "the exchange did not resolve it"))
    return Played(tuple(judged), tuple(left_out), sum(feed.health.bad.total for feed in feeds))


class _Theatre:
    """Moves the world, and knows its markets by their periods: they are listed while it is played."""

    def __init__(self, world: World, clock: VirtualClock, timers: Timers) -> None:
        self.payouts: dict[MarketId, Price] = {}
        self._world = world
        self._clock = clock
        self._timers = timers
        self._listed: dict[MarketId, MarketId] = {}

    async def pump(self) -> None:
        while True:
            now_ns = self._clock.now_ns()
            await self._timers.sleep_until(now_ns - now_ns % _STEP_NS + _STEP_NS)
            self._world.advance(self._clock.now_ns())
            self._see_listings()

    def middle(self, name: MarketId, now_ns: int) -> float | None:
        market, exchange = self._listed.get(name), self._world.exchange
        if market is None:
            return None
        bid, no_bid = exchange.best_bid(market, Outcome.YES), exchange.best_bid(market, Outcome.NO)
        return None if not bid and not no_bid else (bid + PRICE_SCALE - no_bid) / 2 / PRICE_SCALE

    def _see_listings(self) -> None:
        exchange = self._world.exchange
        for market, listing in exchange.listings.items():
            if listing.market.about is not None:
                self._listed.setdefault(_named(listing.market.about.period), market)
        for name, market in tuple(self._listed.items()):
            payout = exchange.resolution(market)
            if payout is not None:
                self.payouts[name] = payout
                del self._listed[name]


def _named(period: Period) -> MarketId:
    return MarketId(period.name)


def _settings(symbols: tuple[Symbol, ...]) -> WorldSettings:
    """Nothing but the markets that are looked at; the traders as lively as they are at the venue."""
    plan = ListingPlan(
        binary_markets=0,
        neg_risk_outcomes=(),
        augmented_events=0,
        protocol_two_markets=0,
        five_minute_symbols=tuple(map(str, symbols)),
        hourly_symbols=(),
        five_minutes_ahead=0,
        forgotten_after_s=60,
    )
    return WorldSettings(listings=plan, traders=TraderSettings(pace=1.0))

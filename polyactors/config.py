"""One typed configuration, with every default in it.

In a TOML file a section has the name of the field here, prices, shares and money are decimals ("0.01", "50"), and times
are milliseconds: `order_latency_ns` is written `order_latency_ms`. What is left out keeps its default.
"""

from pathlib import Path
from zlib import crc32

from attrs import Factory, field, frozen, validators

from actors.execution.executor import ExecutorSettings
from actors.execution.paper.settings import PaperSettings
from actors.feeds.discovery_settings import DiscoverySettings
from actors.feeds.market_data import ShardSettings
from actors.markets.book import BookSettings
from actors.markets.market import MarketSettings
from actors.pricing.settings import PricingSettings
from actors.risk.governor import GovernorSettings
from actors.risk.limits import RiskLimits
from actors.risk.reject_storm import RejectStormSettings
from actors.strategies.maker_quotes import MakerSettings
from actors.strategies.set_arbitrage_rules import SetArbitrageSettings
from actors.strategies.taker_rules import TakerSettings
from actors.strategies.unwinder_rules import UnwinderSettings
from messages.identity import MarketId
from messages.units import (
    CASH_SCALE,
    NANOSECONDS_PER_MILLISECOND,
    NANOSECONDS_PER_SECOND,
    PRICE_SCALE,
    SHARE_SCALE,
    Cash,
    Price,
    Shares,
)
from polyactors.live.claim_choice import ClaimChoice
from polyactors.live.settings import LiveSettings
from polyactors.pricer.settings import PricerSettings
from polyactors.session_settings import SessionTreeSettings
from polyactors.venues.polymarket.live_paper.settings import PolymarketSettings
from polyactors.venues.reference.settings import ReferenceFeedSettings

MILLISECOND = NANOSECONDS_PER_MILLISECOND
SECOND = NANOSECONDS_PER_SECOND
MINUTE = 60 * SECOND


def _cents(number: int) -> Price:
    return Price(number * PRICE_SCALE // 100)


def _shares(number: int) -> Shares:
    return Shares(number * SHARE_SCALE)


def _dollars(number: int) -> Cash:
    return Cash(number * CASH_SCALE)


@frozen
class ServiceSettings:
    """`stop_within_ns` bounds an orderly end, in real time; the process is ended by force
    0.8 s later. A handler is slow that takes `slow_handler_ns`. `control_socket` is in the data folder unless it is
    absolute."""

    seed: int = 0
    stop_within_ns: int = field(default=4 * SECOND, validator=validators.ge(SECOND))
    slow_handler_ns: int = field(default=100 * MILLISECOND, validator=validators.ge(MILLISECOND))
    data_folder: Path = Path("data")
    control_socket: Path = Path("control.sock")

    @property
    def socket_path(self) -> Path:
        return self.data_folder / self.control_socket


@frozen
class Strategies:
    """Which strategies run on every market.

    `set_arbitrage` counts, and trades as well with `set_arbitrage_trades`. The maker never gives a market up, and the
    taker does not outrank it: so on `taker_alone_percent` of the markets, chosen by their ids, the maker does not run
    where the taker does.
    """

    maker: bool = True
    set_arbitrage: bool = True
    set_arbitrage_trades: bool = False
    taker: bool = False
    taker_alone_percent: int = field(default=0, validator=[validators.ge(0), validators.le(100)])
    unwinder: bool = False

    def __attrs_post_init__(self) -> None:
        """Raises `ValueError`."""
        if self.set_arbitrage_trades and not self.set_arbitrage:
            raise ValueError("set_arbitrage_trades needs set_arbitrage")

    def has_maker(self, market: MarketId) -> bool:
        is_the_taker_s = self.taker and crc32(market.encode()) % 100 < self.taker_alone_percent
        return self.maker and not is_the_taker_s


@frozen
class Configuration:
    service: ServiceSettings = ServiceSettings()
    strategies: Strategies = Strategies()
    maker: MakerSettings = MakerSettings(
        quote_size=_shares(50),
        maximum_inventory=_shares(200),
        minimum_edge=Price(25),
        skew_at_full=_cents(1),
        depth_ahead=_shares(500),
        width_of_volatility=0.5,
        volatility_horizon_ns=10 * SECOND,
        volatility_time_constant_ns=MINUTE,
        lowest_price=_cents(3),
        look_every_ns=200 * MILLISECOND,
        replace_min_ticks=3,
        replace_min_age_ns=5 * SECOND,
        replace_min_size_percent=0,
        time_to_live_ns=MINUTE,
        near_end_ns=5 * MINUTE,
        time_to_live_near_end_ns=20 * SECOND,
        mutations_per_second=20,
        cooldown_ns=0,
        retry_after_ns=SECOND,
    )
    set_arbitrage: SetArbitrageSettings = SetArbitrageSettings(
        order_size=_shares(20),
        maximum_sets=_shares(60),
        minimum_edge=Price(20),
        look_every_ns=200 * MILLISECOND,
        time_to_live_ns=5 * SECOND,
        retry_after_ns=SECOND,
    )
    taker: TakerSettings = TakerSettings(
        order_size=_shares(10),
        maximum_position=_shares(40),
        minimum_edge=Price(50),
        push_at_full=_cents(2),
        levels=3,
        lowest_price=_cents(5),
        holding_ns=MINUTE,
        look_every_ns=200 * MILLISECOND,
        replace_min_age_ns=5 * SECOND,
        time_to_live_ns=30 * SECOND,
        retry_after_ns=3 * SECOND,
    )
    unwinder: UnwinderSettings = UnwinderSettings(
        age_limit_ns=5 * MINUTE,
        take_after_ns=15 * MINUTE,
        near_end_ns=3 * MINUTE,
        take_near_end_ns=30 * SECOND,
        lowest_price=_cents(2),
        quiet_ns=5 * SECOND,
        turn_ns=MINUTE,
        pause_ns=30 * SECOND,
        look_every_ns=SECOND,
        replace_min_age_ns=5 * SECOND,
        time_to_live_ns=MINUTE,
        retry_after_ns=SECOND,
    )
    sessions: SessionTreeSettings = SessionTreeSettings()
    discovery: DiscoverySettings = DiscoverySettings()
    reference: ReferenceFeedSettings = ReferenceFeedSettings()
    pricing: PricingSettings = PricingSettings()
    pricer: PricerSettings = PricerSettings()
    limits: RiskLimits = RiskLimits(
        market_exposure=_dollars(150), total_exposure=_dollars(600), open_orders=6, order_notional=_dollars(60)
    )
    reject_storms: RejectStormSettings = RejectStormSettings(
        rejects_in_market=5,
        window_ns=MINUTE,
        first_pause_ns=5 * SECOND,
        longest_pause_ns=10 * MINUTE,
        rejects_at_venue=15,
        markets_at_venue=3,
    )
    governor_quiet_ns: int = field(default=SECOND, validator=validators.ge(0))
    market: MarketSettings = MarketSettings(
        open_limit_ns=250 * MILLISECOND,
        resync_every_ns=5 * SECOND,
        lease_ns=30 * SECOND,
        decision_limit_ns=SECOND,
        close_window_ns=MINUTE,
        book=BookSettings(),
    )
    feed: ShardSettings = ShardSettings(first_reconnect_ns=250 * MILLISECOND, last_reconnect_ns=30 * SECOND)
    executor: ExecutorSettings = ExecutorSettings(settle_ns=SECOND)
    paper: PaperSettings = Factory(PaperSettings)
    polymarket: PolymarketSettings = PolymarketSettings()
    live: LiveSettings = LiveSettings()
    claims: ClaimChoice = ClaimChoice()

    @property
    def governor(self) -> GovernorSettings:
        return GovernorSettings(limits=self.limits, quiet_ns=self.governor_quiet_ns, reject_storms=self.reject_storms)

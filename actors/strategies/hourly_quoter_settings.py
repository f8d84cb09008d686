"""What a quoter of periods may do; every default is meant for sizes of tens of shares."""

from attrs import evolve, field, frozen
from attrs.validators import ge, gt, le

from actors.order_management.settings import SHORTEST_TIME_TO_LIVE_NS, OrderManagerSettings
from actors.strategies.period_watch import PeriodSettings
from actors.strategies.takes import whole_lots_only
from messages.units import (
    NANOSECONDS_PER_MILLISECOND,
    NANOSECONDS_PER_SECOND,
    ONE,
    PRICE_SCALE,
    SHARE_SCALE,
    Price,
    Shares,
)

SECOND = NANOSECONDS_PER_SECOND


@frozen(kw_only=True)
class HourlyQuoterSettings:
    """Sizes in micro-shares, prices in price units, times in nanoseconds.

    There are `levels` quotes a side, `level_ticks` apart. The half spread is `half_spread_ticks`, `minimum_edge` or
    `band_percent` of the band's half, whichever is most; an uncertain fair value widens it by the whole half of the
    band. A full `maximum_inventory` shifts the quotes by up to `skew_at_full` against it, and by as much again at the
    end of WIND_DOWN, where what reduces may be `give_up_at_end` worse than the fair value. Nothing new is quoted where
    the fair value is nearer than `lowest_price` to certainty, and nothing is sold below `lowest_sale`.

    Orders live `time_to_live_ns`, falling to `time_to_live_at_end_ns` in WIND_DOWN. Of FLATTEN the first
    `resting_percent` are for offers. What is of `OrderManagerSettings` too means what it means there; prices that were
    heard longer ago than `oldest_prices_ns` are none.
    """

    quote_size: Shares = field(default=Shares(20 * SHARE_SCALE), validator=whole_lots_only)
    maximum_inventory: Shares = field(default=Shares(100 * SHARE_SCALE), validator=whole_lots_only)
    levels: int = field(default=1, validator=[ge(1), le(5)])
    level_ticks: int = field(default=2, validator=ge(1))
    minimum_edge: Price = field(default=Price(50), validator=[ge(Price(1)), le(ONE)])
    half_spread_ticks: int = field(default=1, validator=ge(1))
    band_percent: int = field(default=50, validator=[ge(0), le(100)])
    skew_at_full: Price = field(default=Price(200), validator=[ge(Price(0)), le(ONE)])
    give_up_at_end: Price = field(default=Price(100), validator=[ge(Price(0)), le(ONE)])
    lowest_price: Price = field(default=Price(300), validator=[ge(Price(0)), le(Price(PRICE_SCALE // 2))])
    lowest_sale: Price = field(default=Price(0), validator=[ge(Price(0)), le(ONE)])
    resting_percent: int = field(default=50, validator=[ge(0), le(100)])
    look_every_ns: int = field(default=100 * NANOSECONDS_PER_MILLISECOND, validator=ge(NANOSECONDS_PER_MILLISECOND))
    oldest_prices_ns: int = field(default=2 * SECOND, validator=gt(0))
    replace_min_ticks: int = field(default=2, validator=ge(1))
    replace_min_age_ns: int = field(default=SECOND, validator=ge(0))
    replace_min_size_percent: int = field(default=50, validator=[ge(0), le(100)])
    time_to_live_ns: int = field(default=60 * SECOND, validator=ge(SHORTEST_TIME_TO_LIVE_NS))
    time_to_live_at_end_ns: int = field(default=5 * SECOND, validator=ge(SHORTEST_TIME_TO_LIVE_NS))
    mutations_per_second: int = field(default=20, validator=ge(2))
    cooldown_ns: int = field(default=0, validator=ge(0))
    retry_after_ns: int = field(default=SECOND, validator=ge(NANOSECONDS_PER_MILLISECOND))

    def __attrs_post_init__(self) -> None:
        """Raises `ValueError` where times to live would grow towards the end."""
        if self.time_to_live_at_end_ns > self.time_to_live_ns:
            raise ValueError("time_to_live_at_end has to be at most time_to_live")

    @property
    def period(self) -> PeriodSettings:
        return PeriodSettings(self.oldest_prices_ns, self.look_every_ns, self.resting_percent)

    def time_to_live_at(self, share: float) -> int:
        """Where `share` of the sizes is left: from all in ACTIVE to none at the end of WIND_DOWN."""
        return self.time_to_live_at_end_ns + int((self.time_to_live_ns - self.time_to_live_at_end_ns) * share)

    @property
    def order_management(self) -> OrderManagerSettings:
        """In ACTIVE. How long orders live is for the session to say, so that there is no rule for the end here."""
        return OrderManagerSettings(
            replace_min_ticks=self.replace_min_ticks,
            replace_min_age_ns=self.replace_min_age_ns,
            replace_min_size_percent=self.replace_min_size_percent,
            time_to_live_ns=self.time_to_live_ns,
            near_end_ns=0,
            time_to_live_near_end_ns=SHORTEST_TIME_TO_LIVE_NS,
            mutations_per_second=self.mutations_per_second,
            cooldown_ns=self.cooldown_ns,
        )

    def order_management_for(self, time_to_live_ns: int) -> OrderManagerSettings:
        return evolve(self.order_management, time_to_live_ns=time_to_live_ns)

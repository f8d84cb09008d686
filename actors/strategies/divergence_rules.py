"""When the market's implied price is away from the fair value for long enough to trade on its way back."""

from attrs import evolve, field, frozen
from attrs.validators import ge, gt, le

from actors.order_management.desired import Funds
from actors.order_management.settings import SHORTEST_TIME_TO_LIVE_NS
from actors.strategies.fair_taker_rules import Purchase, bought
from actors.strategies.fair_value import micro_price
from actors.strategies.order_in_hand import Wish
from actors.strategies.period_watch import PeriodSettings
from actors.strategies.stance import Aim, Fair
from actors.strategies.takes import whole_lots_only
from actors.strategies.way_out import at_risk, exposure_to, way_out
from messages.identity import Outcome
from messages.market_data import Snapshot
from messages.markets import Market, Phase
from messages.portfolio import Position
from messages.units import (
    NANOSECONDS_PER_MILLISECOND,
    NANOSECONDS_PER_SECOND,
    ONE,
    PRICE_SCALE,
    SHARE_SCALE,
    Price,
    Shares,
    whole_lots,
)

SECOND = NANOSECONDS_PER_SECOND


@frozen(kw_only=True)
class DivergenceSettings:
    """Sizes in micro-shares, prices in price units, times in nanoseconds.

    A difference of `threshold` that lasts for `hold_ns` is traded on, where what is bought costs with its fee
    `minimum_edge` less than it is worth. It is let go when no more than `close_at` is left of the difference, or after
    `maximum_holding_ns`; then it has to close before it is traded on again. `maximum_position` is of one token beyond
    the other. The others mean what they mean for `FairTakerSettings`. Raises `ValueError` where it would let go at
    once.
    """

    threshold: Price = field(default=Price(400), validator=[ge(Price(1)), le(ONE)])
    close_at: Price = field(default=Price(100), validator=[ge(Price(0)), le(ONE)])
    hold_ns: int = field(default=2 * SECOND, validator=ge(0))
    maximum_holding_ns: int = field(default=60 * SECOND, validator=gt(0))
    minimum_edge: Price = field(default=Price(50), validator=[ge(Price(1)), le(ONE)])
    order_size: Shares = field(default=Shares(10 * SHARE_SCALE), validator=whole_lots_only)
    maximum_position: Shares = field(default=Shares(20 * SHARE_SCALE), validator=gt(Shares(0)))
    lowest_sale: Price = field(default=Price(0), validator=[ge(Price(0)), le(ONE)])
    resting_percent: int = field(default=50, validator=[ge(0), le(100)])
    look_every_ns: int = field(default=100 * NANOSECONDS_PER_MILLISECOND, validator=ge(NANOSECONDS_PER_MILLISECOND))
    oldest_prices_ns: int = field(default=2 * SECOND, validator=gt(0))
    replace_min_age_ns: int = field(default=2 * SECOND, validator=ge(0))
    time_to_live_ns: int = field(default=20 * SECOND, validator=ge(SHORTEST_TIME_TO_LIVE_NS))
    retry_after_ns: int = field(default=SECOND, validator=ge(NANOSECONDS_PER_MILLISECOND))

    def __attrs_post_init__(self) -> None:
        if self.close_at >= self.threshold:
            raise ValueError("close_at has to be below threshold")

    @property
    def period(self) -> PeriodSettings:
        return PeriodSettings(self.oldest_prices_ns, self.look_every_ns, self.resting_percent)


@frozen
class Gap:
    """`outcome` has been cheap by the threshold since `since_ns`, without a break. `is_spent`: it was traded on and did
    not close in time."""

    outcome: Outcome
    since_ns: int
    is_spent: bool = False


def difference(snapshot: Snapshot, fair: Fair, outcome: Outcome) -> float | None:
    """By how much `outcome` is worth more than the micro-price says, in price units; None for a book with one side."""
    if not snapshot.is_two_sided or snapshot.is_crossed:
        return None
    more = fair.price - micro_price(snapshot)
    return more if outcome is Outcome.YES else -more


def gap_now(
    before: Gap | None, snapshot: Snapshot, fair: Fair, now_ns: int, settings: DivergenceSettings
) -> Gap | None:
    """None where neither token is cheap enough. An uncertain fair value is no evidence of anything."""
    if fair.is_uncertain:
        return None
    for outcome in Outcome:
        cheap = difference(snapshot, fair, outcome)
        if cheap is not None and cheap >= settings.threshold:
            return before if before is not None and before.outcome is outcome else Gap(outcome, now_ns)
        if before is not None and before.is_spent and before.outcome is outcome and (cheap or 0) > settings.close_at:
            return before
    return None


def entry(
    gap: Gap | None,
    snapshot: Snapshot,
    fair: Fair,
    share: float,
    now_ns: int,
    position: Position,
    funds: Funds,
    market: Market,
    settings: DivergenceSettings,
) -> Wish | None:
    """The best offer of what is cheap, once it has been so for `hold_ns`."""
    if gap is None or gap.is_spent or now_ns - gap.since_ns < settings.hold_ns:
        return None
    if snapshot.phase is not Phase.NORMAL or snapshot.is_crossed:
        return None
    worth = fair.worth(gap.outcome is Outcome.YES)
    room = int(settings.maximum_position * share) - exposure_to(position, gap.outcome)
    size = whole_lots(Shares(min(int(settings.order_size * share), room)))
    since_s = (now_ns - gap.since_ns) / SECOND
    why = f"divergence: {gap.outcome.value} is worth {worth / PRICE_SCALE:.4f}, cheap for {since_s:.1f} s"
    return bought(Purchase(gap.outcome, size, worth - settings.minimum_edge, worth, why), snapshot, funds, market)


def is_due(
    snapshot: Snapshot, fair: Fair, position: Position, held_since_ns: int, now_ns: int, settings: DivergenceSettings
) -> bool:
    """Whether what is held is to be let go: the difference has closed, or it was held for long enough."""
    held = at_risk(position)
    cheap = difference(snapshot, fair, held.outcome)
    has_closed = cheap is not None and cheap <= settings.close_at
    return has_closed or is_too_old(held_since_ns, now_ns, settings)


def is_too_old(held_since_ns: int, now_ns: int, settings: DivergenceSettings) -> bool:
    return now_ns - held_since_ns >= settings.maximum_holding_ns


def leaving(
    snapshot: Snapshot, fair: Fair, position: Position, market: Market, settings: DivergenceSettings
) -> Wish | None:
    """What is held is sold to those who bid."""
    return way_out(Aim.FLATTEN_TAKING, snapshot, position, fair, market, settings.lowest_sale)


def spent(gap: Gap | None, outcome: Outcome, now_ns: int) -> Gap:
    """It was traded on for too long."""
    return evolve(gap, is_spent=True) if gap is not None and gap.outcome is outcome else Gap(outcome, now_ns, True)

"""When an offer is worth taking by the fair value of the period, and when what was taken is let go."""

import math

from attrs import field, frozen
from attrs.validators import ge, gt, le

from actors.order_management.desired import Funds
from actors.order_management.settings import SHORTEST_TIME_TO_LIVE_NS
from actors.strategies.order_in_hand import Wish
from actors.strategies.period_watch import PeriodSettings
from actors.strategies.stance import Aim, Fair
from actors.strategies.takes import (
    ask_on_tick,
    bid_on_tick,
    bought_at_once,
    cost_of_buying,
    gain_of_selling,
    least_bought,
    per_share,
    whole_lots_only,
)
from actors.strategies.way_out import at_risk, exposure_to, sale_at_once, way_out
from messages.identity import Outcome, Side
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
class FairTakerSettings:
    """Sizes in micro-shares, prices in price units, times in nanoseconds.

    What is taken has to cost less, with its fee, than the worse end of the band, and `minimum_edge` less than the fair
    value; `maximum_position` is of one token beyond the other. It is sold again where a bid brings, after its fee, what
    it is worth less `leave_edge`. Nothing is bought where the fair value is nearer than `lowest_price` to certainty,
    and nothing sold below `lowest_sale`. Prices that were heard longer ago than `oldest_prices_ns` are none; of FLATTEN
    the first `resting_percent` are for offers.
    """

    order_size: Shares = field(default=Shares(10 * SHARE_SCALE), validator=whole_lots_only)
    maximum_position: Shares = field(default=Shares(40 * SHARE_SCALE), validator=gt(Shares(0)))
    minimum_edge: Price = field(default=Price(100), validator=[ge(Price(1)), le(ONE)])
    leave_edge: Price = field(default=Price(0), validator=[ge(Price(0)), le(ONE)])
    lowest_price: Price = field(default=Price(300), validator=[ge(Price(0)), le(Price(PRICE_SCALE // 2))])
    lowest_sale: Price = field(default=Price(0), validator=[ge(Price(0)), le(ONE)])
    resting_percent: int = field(default=50, validator=[ge(0), le(100)])
    look_every_ns: int = field(default=100 * NANOSECONDS_PER_MILLISECOND, validator=ge(NANOSECONDS_PER_MILLISECOND))
    oldest_prices_ns: int = field(default=2 * SECOND, validator=gt(0))
    replace_min_age_ns: int = field(default=2 * SECOND, validator=ge(0))
    time_to_live_ns: int = field(default=20 * SECOND, validator=ge(SHORTEST_TIME_TO_LIVE_NS))
    retry_after_ns: int = field(default=SECOND, validator=ge(NANOSECONDS_PER_MILLISECOND))

    @property
    def period(self) -> PeriodSettings:
        return PeriodSettings(self.oldest_prices_ns, self.look_every_ns, self.resting_percent)


@frozen
class Purchase:
    """Up to `size` of `outcome`, for which the best offer may cost `most` price units a share, with the fee."""

    outcome: Outcome
    size: Shares
    most: float
    worth: float
    why: str


def entry(
    snapshot: Snapshot,
    fair: Fair,
    share: float,
    position: Position,
    funds: Funds,
    market: Market,
    settings: FairTakerSettings,
) -> Wish | None:
    """What to take of the best offers of either token, the one with more edge; None where nothing is worth it.

        least worth of the band > cost with fee,  worth - cost with fee >= `minimum_edge`

    For NO the worse end is the upper one: taking the offer of NO is hitting the bid of YES, for less than which it has
    to be sure to be worth. An uncertain fair value has twice the band. `share` is that of the session.
    """
    if snapshot.phase is not Phase.NORMAL or snapshot.is_crossed:
        return None
    if not settings.lowest_price <= fair.price <= PRICE_SCALE - settings.lowest_price:
        return None
    sure = fair.cautious
    size = whole_lots(Shares(int(settings.order_size * share)))
    wishes = []
    for outcome in Outcome:
        is_yes = outcome is Outcome.YES
        room = Shares(int(settings.maximum_position * share) - exposure_to(position, outcome))
        worth, least = sure.worth(is_yes), sure.least_worth(is_yes)
        # Beyond the end of the band, not at it.
        most = min(math.ceil(least) - 1, worth - settings.minimum_edge)
        why = f"take: {outcome.value} is worth {worth / PRICE_SCALE:.4f}, {least / PRICE_SCALE:.4f} at least"
        wishes.append(bought(Purchase(outcome, Shares(min(size, room)), most, worth, why), snapshot, funds, market))
    return max((each for each in wishes if each is not None), key=_edge, default=None)


def bought(purchase: Purchase, snapshot: Snapshot, funds: Funds, market: Market) -> Wish | None:
    """The order that takes the best offer, of what is displayed; None where it costs too much or is too little."""
    outcome = purchase.outcome
    price = ask_on_tick(snapshot, outcome)
    if price is None:
        return None
    displayed = snapshot.bids(outcome.other).best_size
    size = bought_at_once(Shares(max(0, min(purchase.size, displayed))), price)
    if size < least_bought(market, price):
        return None
    cost = cost_of_buying(market.fees, price, size)
    cost_a_share = -per_share(-cost, size)
    if cost_a_share > purchase.most or cost > funds.cash:
        return None
    edge = math.floor(purchase.worth) - cost_a_share
    return Wish(outcome, Side.BUY, price, size, True, edge, purchase.why)


def leaving(
    snapshot: Snapshot,
    fair: Fair,
    share: float,
    position: Position,
    funds: Funds,
    market: Market,
    settings: FairTakerSettings,
) -> Wish | None:
    """How to sell what was bought, settled and free; None while it is better held.

    the best bid brings what it is worth less `leave_edge`  -> take the best bid
    it is worth less than what it is offered at            -> rest at what it is worth, a tick above the bid at least
    more is held than `share` of the most                  -> rest at the best offer
    otherwise                                              -> hold
    """
    held = at_risk(position)
    free = funds.yes if held.outcome is Outcome.YES else funds.no
    size = whole_lots(Shares(max(0, min(held.settled, free))))
    if size < market.minimum_size or snapshot.is_crossed or snapshot.phase not in (Phase.NORMAL, Phase.CLOSE_WINDOW):
        return None
    outcome, worth, tick = held.outcome, fair.worth(held.outcome is Outcome.YES), snapshot.tick_size
    bid = bid_on_tick(snapshot, outcome)
    if bid is not None and bid >= settings.lowest_sale:
        net = per_share(gain_of_selling(market.fees, bid, size), size)
        if net >= worth - settings.leave_edge:
            shown = Shares(max(min(size, snapshot.bids(outcome).best_size), market.minimum_size))
            why = "the bid pays what it is worth"
            return sale_at_once(outcome, shown, snapshot, fair, market, bid, why)
    if worth < snapshot.best_ask_of(outcome):
        price = Price(max(math.ceil(worth / tick) * tick, snapshot.bids(outcome).best // tick * tick + tick))
        if settings.lowest_sale <= price < ONE:
            edge = math.floor(price - worth)
            return Wish(outcome, Side.SELL, price, size, False, edge, "leave: the edge is gone")
    if held.size > settings.maximum_position * share:
        return way_out(Aim.REDUCE, snapshot, position, fair, market, settings.lowest_sale)
    return None


def _edge(wish: Wish) -> int:
    return wish.edge

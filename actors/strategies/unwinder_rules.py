"""How the inventory of the account is got rid of where nobody else does: resting first, taking at the end."""

import math

from attrs import field, frozen
from attrs.validators import ge, le

from actors.order_management.settings import SHORTEST_TIME_TO_LIVE_NS
from actors.strategies.fair_value import micro_price
from actors.strategies.holdings import free_shares
from actors.strategies.order_in_hand import Wish
from actors.strategies.takes import bid_on_tick, gain_of_selling, per_share, sold_at_once
from messages.identity import Outcome, Side, StrategyName
from messages.market_data import Snapshot
from messages.markets import Market, Phase
from messages.portfolio import MarketPortfolio
from messages.units import NANOSECONDS_PER_MILLISECOND, ONE, PRICE_SCALE, Price, Shares, whole_lots


@frozen(kw_only=True)
class UnwinderSettings:
    """Prices in price units, times in nanoseconds.

    What the account has held for `age_limit_ns`, or holds in the last `near_end_ns` of a market, is offered; what it
    has held for `take_after_ns`, or holds in the last `take_near_end_ns`, is sold at the best bid, unless that is below
    `lowest_price`: such shares wait for the end. A market counts as left alone when nobody else had an order there for
    `quiet_ns`. A turn is `turn_ns` at most, with `pause_ns` after it in which others may have the market.
    """

    age_limit_ns: int = field(validator=ge(0))
    take_after_ns: int = field(validator=ge(0))
    near_end_ns: int = field(validator=ge(0))
    take_near_end_ns: int = field(validator=ge(0))
    lowest_price: Price = field(validator=[ge(Price(0)), le(ONE)])
    quiet_ns: int = field(validator=ge(0))
    turn_ns: int = field(validator=ge(NANOSECONDS_PER_MILLISECOND))
    pause_ns: int = field(validator=ge(0))
    look_every_ns: int = field(validator=ge(NANOSECONDS_PER_MILLISECOND))
    replace_min_age_ns: int = field(validator=ge(0))
    time_to_live_ns: int = field(validator=ge(SHORTEST_TIME_TO_LIVE_NS))
    retry_after_ns: int = field(validator=ge(NANOSECONDS_PER_MILLISECOND))

    def __attrs_post_init__(self) -> None:
        """Raises `ValueError` where it would take before it has offered."""
        if self.take_after_ns < self.age_limit_ns:
            raise ValueError("take_after has to be at least age_limit: what is held is offered first")
        if self.take_near_end_ns > self.near_end_ns:
            raise ValueError("take_near_end has to be at most near_end: what is held is offered first")


@frozen
class Inventory:
    """What is at risk: shares of `outcome` beyond those of the other token. Pairs are worth 1 whatever happens."""

    outcome: Outcome
    size: Shares


def inventory_of(portfolio: MarketPortfolio) -> Inventory:
    """Of the account. Below zero counts as nothing."""
    yes, no = max(0, portfolio.yes), max(0, portfolio.no)
    return Inventory(Outcome.YES if yes >= no else Outcome.NO, Shares(abs(yes - no)))


def others_act(portfolio: MarketPortfolio, strategy: StrategyName) -> bool:
    """Whether anybody else has an order open in the market."""
    return any(each.order.strategy != strategy for each in portfolio.open_orders)


def unwinding(
    snapshot: Snapshot,
    portfolio: MarketPortfolio,
    own_reserved: Shares,
    age_ns: int,
    left_ns: int | None,
    market: Market,
    settings: UnwinderSettings,
) -> Wish | None:
    """What to sell now, of settled shares that nobody else is to sell.

    held for `take_after_ns`, or `take_near_end_ns` left -> take the best bid
    held for `age_limit_ns`, or `near_end_ns` left       -> rest, a tick better than others where there is room
    otherwise, or too little                             -> nothing

    `own_reserved` is what our own order is to sell. `left_ns` is the time to the market's end, None where it has none.
    """
    if snapshot.phase not in (Phase.NORMAL, Phase.CLOSE_WINDOW) or snapshot.is_crossed:
        return None
    inventory = inventory_of(portfolio)
    outcome = inventory.outcome
    free = free_shares(portfolio).of(outcome) + own_reserved
    size = whole_lots(Shares(max(0, min(inventory.size, free))))
    if size < market.minimum_size:
        return None
    if _is_due(age_ns, settings.take_after_ns, left_ns, settings.take_near_end_ns):
        bid = bid_on_tick(snapshot, outcome)
        if bid is not None and bid >= settings.lowest_price:
            return _taken(outcome, bid, size, snapshot, market)
    elif not _is_due(age_ns, settings.age_limit_ns, left_ns, settings.near_end_ns):
        return None
    price = offer_price(snapshot, outcome)
    if price is None or price < settings.lowest_price:
        return None
    return Wish(outcome, Side.SELL, price, size, False, _edge(price, outcome, snapshot), "unwind: offered")


def offer_price(snapshot: Snapshot, outcome: Outcome) -> Price | None:
    """A tick below the best offer, but never at a bid; None where there is no such price, or nobody trades at all."""
    tick = snapshot.tick_size
    bid, ask = snapshot.bids(outcome).best, snapshot.best_ask_of(outcome)
    if not bid and ask >= ONE:
        return None
    price = max((ask - 1) // tick * tick, bid // tick * tick + tick)
    return Price(price) if 0 < price < ONE else None


def _is_due(age_ns: int, limit_ns: int, left_ns: int | None, left_limit_ns: int) -> bool:
    return age_ns >= limit_ns or (left_ns is not None and left_ns <= left_limit_ns)


def _taken(outcome: Outcome, bid: Price, size: Shares, snapshot: Snapshot, market: Market) -> Wish | None:
    """Not less than the venue takes, even where less is displayed: the rest is killed."""
    displayed = snapshot.bids(outcome).best_size
    taken = sold_at_once(Shares(max(min(size, displayed), market.minimum_size)), bid)
    if taken < market.minimum_size:
        return None
    loss = bid - per_share(gain_of_selling(market.fees, bid, taken), taken)
    return Wish(outcome, Side.SELL, bid, taken, True, _edge(bid, outcome, snapshot) - loss, "unwind: its time is over")


def _edge(price: Price, outcome: Outcome, snapshot: Snapshot) -> int:
    """Against the micro-price; 0 where there is none."""
    if not snapshot.is_two_sided:
        return 0
    fair = micro_price(snapshot)
    return math.floor(price - (fair if outcome is Outcome.YES else PRICE_SCALE - fair))

"""When the best price of a book is worth taking, and how what was taken is sold again."""

import math
from collections.abc import Mapping

from attrs import field, frozen
from attrs.validators import ge, gt, le

from actors.order_management.desired import Funds
from actors.order_management.settings import SHORTEST_TIME_TO_LIVE_NS
from actors.strategies.fair_value import micro_price
from actors.strategies.order_in_hand import Wish
from actors.strategies.takes import (
    ask_on_tick,
    bid_on_tick,
    bought_at_once,
    cost_of_buying,
    gain_of_selling,
    least_bought,
    per_share,
    sold_at_once,
    whole_lots_only,
)
from messages.depth import Depth
from messages.identity import Outcome, Side
from messages.market_data import Snapshot
from messages.markets import Market, Phase
from messages.portfolio import Position
from messages.units import NANOSECONDS_PER_MILLISECOND, ONE, PRICE_SCALE, Price, Shares, whole_lots


@frozen(kw_only=True)
class TakerSettings:
    """Sizes in micro-shares, prices in price units, times in nanoseconds.

    The fair value is the micro-price, moved by `push_at_full` when the nearest `levels` of the book have one side only,
    and in proportion to their imbalance otherwise. What is taken has to be worth `minimum_edge` a share more than it
    costs with its fee; `maximum_position` counts the shares of both tokens. What was bought is sold at any bid after
    `holding_ns`.
    """

    order_size: Shares = field(validator=whole_lots_only)
    maximum_position: Shares = field(validator=gt(Shares(0)))
    minimum_edge: Price = field(validator=ge(Price(1)))
    push_at_full: Price = field(validator=[ge(Price(0)), le(ONE)])
    levels: int = field(validator=ge(1))
    lowest_price: Price = field(validator=[ge(Price(0)), le(Price(PRICE_SCALE // 2))])
    holding_ns: int = field(validator=ge(0))
    look_every_ns: int = field(validator=ge(NANOSECONDS_PER_MILLISECOND))
    replace_min_age_ns: int = field(validator=ge(0))
    time_to_live_ns: int = field(validator=ge(SHORTEST_TIME_TO_LIVE_NS))
    retry_after_ns: int = field(validator=ge(NANOSECONDS_PER_MILLISECOND))


def imbalance(snapshot: Snapshot, levels: int) -> float:
    """What is bid less what is offered at the best `levels` prices, over both: from -1 to 1; 0 for an empty book."""
    bid, offered = _nearest(snapshot.yes_bids, levels), _nearest(snapshot.no_bids, levels)
    return (bid - offered) / (bid + offered) if bid + offered else 0.0


def fair_value(snapshot: Snapshot, settings: TakerSettings) -> float:
    """Of YES, in price units: where the price is about to be. For a two-sided book.

    Imbalance tells the sign of the next change of the middle (Gould and Bonart, "Queue imbalance as a one-tick-ahead
    price predictor in a limit order book", 2016).
    """
    pushed = micro_price(snapshot) + settings.push_at_full * imbalance(snapshot, settings.levels)
    return max(0.0, min(float(PRICE_SCALE), pushed))


def entry(snapshot: Snapshot, position: Position, funds: Funds, market: Market, settings: TakerSettings) -> Wish | None:
    """What to take of the best offers of either token, the one with more edge; None where nothing is worth it."""
    if snapshot.phase is not Phase.NORMAL or not snapshot.is_two_sided or snapshot.is_crossed:
        return None
    fair = fair_value(snapshot, settings)
    if not settings.lowest_price <= fair <= PRICE_SCALE - settings.lowest_price:
        return None
    wishes = [_bought(each, fair, snapshot, position, funds, market, settings) for each in Outcome]
    return max((each for each in wishes if each is not None), key=_edge, default=None)


def leaving(
    snapshot: Snapshot,
    position: Position,
    funds: Funds,
    held_since_ns: Mapping[Outcome, int],
    now_ns: int,
    market: Market,
    settings: TakerSettings,
) -> Wish | None:
    """How to sell what was bought, settled and free; None while it is better held.

    held for `holding_ns`, or the market is about to end -> take the best bid
    the best bid brings what it is worth, after the fee   -> take the best bid
    worth less than what it is offered at                -> rest at what it is worth, behind no better price than a tick
    otherwise                                            -> hold

    `held_since_ns` says since when each token is held.
    """
    if snapshot.is_crossed:
        return None
    for outcome in Outcome:
        free = funds.yes if outcome is Outcome.YES else funds.no
        size = whole_lots(Shares(min(position.settled(outcome), free)))
        if size < market.minimum_size:
            continue
        is_due = now_ns - held_since_ns.get(outcome, now_ns) >= settings.holding_ns
        is_due = is_due or snapshot.phase is not Phase.NORMAL
        wish = _sold(outcome, size, is_due, snapshot, market, settings)
        if wish is not None:
            return wish
    return None


def _bought(
    outcome: Outcome,
    fair: float,
    snapshot: Snapshot,
    position: Position,
    funds: Funds,
    market: Market,
    settings: TakerSettings,
) -> Wish | None:
    price = ask_on_tick(snapshot, outcome)
    if price is None:
        return None
    displayed = snapshot.bids(outcome.other).best_size
    room = settings.maximum_position - position.yes - position.no
    size = bought_at_once(Shares(max(0, min(settings.order_size, displayed, room))), price)
    if size < least_bought(market, price):
        return None
    cost = cost_of_buying(market.fees, price, size)
    edge = math.floor(_worth(outcome, fair)) + per_share(-cost, size)
    if edge < settings.minimum_edge or cost > funds.cash:
        return None
    why = f"take: {outcome.value} is worth {_worth(outcome, fair) / PRICE_SCALE:.4f}"
    return Wish(outcome, Side.BUY, price, size, True, edge, why)


def _sold(
    outcome: Outcome, size: Shares, is_due: bool, snapshot: Snapshot, market: Market, settings: TakerSettings
) -> Wish | None:
    bid = bid_on_tick(snapshot, outcome)
    if not snapshot.is_two_sided:
        # Nothing says what it is worth.
        return _taken(outcome, bid, size, size, 0, "its time is over", market) if is_due and bid is not None else None
    worth = _worth(outcome, fair_value(snapshot, settings))
    displayed = snapshot.bids(outcome).best_size
    if is_due and bid is not None:
        return _taken(outcome, bid, size, displayed, worth, "its time is over", market)
    if bid is not None:
        take = _taken(outcome, bid, size, displayed, worth, "the bid pays what it is worth", market)
        if take.edge >= 0:
            return take
    if worth >= snapshot.best_ask_of(outcome):
        return None
    tick = snapshot.tick_size
    price = Price(max(math.ceil(worth / tick) * tick, snapshot.bids(outcome).best // tick * tick + tick))
    if price >= ONE:
        return None
    return Wish(outcome, Side.SELL, price, size, False, math.floor(price - worth), "leave: the edge is gone")


def _taken(
    outcome: Outcome, price: Price, size: Shares, displayed: Shares, worth: float, why: str, market: Market
) -> Wish:
    """Not less than the venue takes at once, even where less is displayed: the rest is killed."""
    taken = sold_at_once(Shares(max(min(size, displayed), min(size, market.minimum_size))), price)
    edge = per_share(gain_of_selling(market.fees, price, taken), taken) - math.ceil(worth)
    return Wish(outcome, Side.SELL, price, taken, True, edge, f"leave: {why}")


def _worth(outcome: Outcome, fair: float) -> float:
    return fair if outcome is Outcome.YES else PRICE_SCALE - fair


def _nearest(depth: Depth, levels: int) -> int:
    return sum(size for _, (_, size) in zip(range(levels), depth.levels(), strict=False))


def _edge(wish: Wish) -> int:
    return wish.edge

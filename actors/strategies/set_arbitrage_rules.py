"""When both tokens of a market are worth trading together, and what becomes of one that stays alone.

A full set (one YES, one NO) pays 1. Since an ask of one token is a bid of the other, sets are to be had for less than 1
exactly when they can be sold for more: when the best bids of both add up to more than 1 and the fees of both.
"""

from attrs import field, frozen
from attrs.validators import ge, gt

from actors.order_management.desired import Funds
from actors.order_management.settings import SHORTEST_TIME_TO_LIVE_NS
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
from messages.identity import Outcome, Side
from messages.market_data import Snapshot
from messages.markets import FeeSchedule, Market, Phase
from messages.portfolio import Position
from messages.units import NANOSECONDS_PER_MILLISECOND, PRICE_SCALE, Price, Shares, format_price

YES, NO = Outcome.YES, Outcome.NO


@frozen(kw_only=True)
class SetArbitrageSettings:
    """Sizes in micro-shares, prices in price units, times in nanoseconds; for the strategy that trades.

    At most `order_size` sets are traded at once and `maximum_sets` held. A set has to bring `minimum_edge` after all
    fees. The book is shown each `look_every_ns` even while its best prices stay.
    """

    order_size: Shares = field(validator=whole_lots_only)
    maximum_sets: Shares = field(validator=gt(Shares(0)))
    minimum_edge: Price = field(validator=ge(Price(1)))
    look_every_ns: int = field(validator=ge(NANOSECONDS_PER_MILLISECOND))
    time_to_live_ns: int = field(validator=ge(SHORTEST_TIME_TO_LIVE_NS))
    retry_after_ns: int = field(validator=ge(NANOSECONDS_PER_MILLISECOND))


def both_legs(
    snapshot: Snapshot, position: Position, funds: Funds, market: Market, settings: SetArbitrageSettings
) -> tuple[Wish, ...]:
    """A SELL of both tokens where enough is held, a BUY of both otherwise; nothing where neither brings the edge."""
    if snapshot.phase is not Phase.NORMAL or not snapshot.is_two_sided or not snapshot.is_crossed:
        return ()
    sold = _both_sold(snapshot, position, funds, market, settings)
    return sold or _both_bought(snapshot, position, funds, market, settings)


def lone_leg(snapshot: Snapshot, position: Position, funds: Funds, market: Market) -> Wish | None:
    """How to be rid at once of what is held of one token beyond the other.

    settled, and the venue takes as little -> sell it at the best bid
    otherwise                              -> buy the other token at its best offer

    Both come to the same: the offer of one token is the bid for the other, so that the set that is completed costs what
    the sale would have brought, but for the money that it binds until the market's end. What is too little for the
    venue stays.
    """
    if snapshot.phase not in (Phase.NORMAL, Phase.CLOSE_WINDOW):
        return None
    outcome = YES if position.yes > position.no else NO
    alone = abs(position.yes - position.no)
    bid = bid_on_tick(snapshot, outcome)
    if bid is not None:
        free = funds.yes if outcome is YES else funds.no
        size = sold_at_once(Shares(max(0, min(alone, free))), bid)
        if size >= market.minimum_size:
            return Wish(outcome, Side.SELL, bid, size, True, 0, "a leg stayed alone: sell it")
    ask = ask_on_tick(snapshot, outcome.other)
    if ask is None or snapshot.phase is not Phase.NORMAL:
        return None
    size = bought_at_once(Shares(alone), ask)
    if size < least_bought(market, ask) or cost_of_buying(market.fees, ask, size) > funds.cash:
        return None
    return Wish(outcome.other, Side.BUY, ask, size, True, 0, "a leg stayed alone: complete the set")


def edge_of_buying(fees: FeeSchedule, yes: Price, no: Price, size: Shares) -> int:
    """What `size` sets earn each that are bought at these prices or better, in price units, after the worst fees."""
    return PRICE_SCALE + per_share(-cost_of_buying(fees, yes, size) - cost_of_buying(fees, no, size), size)


def edge_of_selling(fees: FeeSchedule, yes: Price, no: Price, size: Shares) -> int:
    """The same of sets that are sold."""
    return per_share(gain_of_selling(fees, yes, size) + gain_of_selling(fees, no, size), size) - PRICE_SCALE


def _both_bought(
    snapshot: Snapshot, position: Position, funds: Funds, market: Market, settings: SetArbitrageSettings
) -> tuple[Wish, ...]:
    yes, no = ask_on_tick(snapshot, YES), ask_on_tick(snapshot, NO)
    if yes is None or no is None:
        return ()
    room = settings.maximum_sets - max(position.yes, position.no)
    size = bought_at_once(_displayed(snapshot, min(settings.order_size, max(0, room))), yes, no)
    if size < least_bought(market, yes, no):
        return ()
    edge = edge_of_buying(market.fees, yes, no, size)
    cost = cost_of_buying(market.fees, yes, size) + cost_of_buying(market.fees, no, size)
    if edge < settings.minimum_edge or cost > funds.cash:
        return ()
    return _legs(Side.BUY, yes, no, size, edge)


def _both_sold(
    snapshot: Snapshot, position: Position, funds: Funds, market: Market, settings: SetArbitrageSettings
) -> tuple[Wish, ...]:
    yes, no = bid_on_tick(snapshot, YES), bid_on_tick(snapshot, NO)
    if yes is None or no is None:
        return ()
    held = min(position.settled(YES), position.settled(NO), funds.yes, funds.no)
    size = sold_at_once(_displayed(snapshot, min(settings.order_size, max(0, held))), yes, no)
    if size < market.minimum_size:
        return ()
    edge = edge_of_selling(market.fees, yes, no, size)
    return _legs(Side.SELL, yes, no, size, edge) if edge >= settings.minimum_edge else ()


def _legs(side: Side, yes: Price, no: Price, size: Shares, edge: int) -> tuple[Wish, ...]:
    why = f"{side.value} sets at {format_price(yes)} and {format_price(no)}: {edge} a set after fees"
    return tuple(Wish(outcome, side, price, size, True, edge // 2, why) for outcome, price in ((YES, yes), (NO, no)))


def _displayed(snapshot: Snapshot, most: int) -> Shares:
    return Shares(min(most, snapshot.yes_bids.best_size, snapshot.no_bids.best_size))

"""How what a strategy holds at risk is sold: offered first, and at the end for whatever is bid."""

import math

from attrs import frozen

from actors.strategies.fair_value import micro_price
from actors.strategies.order_in_hand import Wish
from actors.strategies.stance import Aim, Fair, NoFair
from actors.strategies.takes import gain_of_selling, per_share, sold_at_once
from actors.strategies.unwinder_rules import offer_price
from messages.identity import Outcome, Side
from messages.market_data import Snapshot
from messages.markets import Market, Phase
from messages.portfolio import Position
from messages.units import ONE, PRICE_SCALE, Price, Shares, whole_lots


@frozen
class AtRisk:
    """Shares of `outcome` beyond those of the other token, for a pair is worth 1 whatever happens; of them, those that
    are settled can be sold. Whole lots."""

    outcome: Outcome
    size: Shares
    settled: Shares


def at_risk(position: Position) -> AtRisk:
    """What `position` has at risk; shares below zero count as none."""
    yes, no = max(0, position.yes), max(0, position.no)
    outcome = Outcome.YES if yes >= no else Outcome.NO
    size = whole_lots(Shares(abs(yes - no)))
    return AtRisk(outcome, size, whole_lots(Shares(max(0, min(size, position.settled(outcome))))))


def exposure_to(position: Position, outcome: Outcome) -> int:
    """What `position` has of `outcome` beyond the other token; below zero for what it has of the other."""
    more = max(0, position.yes) - max(0, position.no)
    return more if outcome is Outcome.YES else -more


def way_out(
    aim: Aim, snapshot: Snapshot, position: Position, fair: Fair | NoFair, market: Market, lowest_price: Price
) -> Wish | None:
    """The sale that fits the aim; never more than what is at risk, settled, and not below `lowest_price`.

    REDUCE            at the best offer, behind those who are there
    FLATTEN_RESTING   a tick better than the best offer
    FLATTEN_TAKING    as deep into the bids as it takes
    """
    if snapshot.phase not in (Phase.NORMAL, Phase.CLOSE_WINDOW) or snapshot.is_crossed:
        return None
    held = at_risk(position)
    if held.settled < market.minimum_size:
        return None
    if aim is Aim.FLATTEN_TAKING:
        return sale_at_once(held.outcome, held.settled, snapshot, fair, market, lowest_price, "its time is over")
    if aim not in (Aim.REDUCE, Aim.FLATTEN_RESTING):
        return None
    price = offer_price(snapshot, held.outcome) if aim is Aim.FLATTEN_RESTING else _best_offer(snapshot, held.outcome)
    if price is None or price < lowest_price:
        return None
    edge = math.floor(price - _worth(held.outcome, snapshot, fair))
    return Wish(held.outcome, Side.SELL, price, held.settled, False, edge, f"leave: {aim.value}")


def sale_at_once(
    outcome: Outcome,
    size: Shares,
    snapshot: Snapshot,
    fair: Fair | NoFair,
    market: Market,
    lowest_price: Price,
    why: str,
) -> Wish | None:
    """Of `size`, for the bids there are, the deepest that it needs; the rest is killed. None where nobody bids."""
    limit = sweep_price(snapshot, outcome, size, lowest_price)
    if limit is None:
        return None
    taken = sold_at_once(size, limit)
    if taken < market.minimum_size:
        return None
    edge = per_share(gain_of_selling(market.fees, limit, taken), taken) - math.ceil(_worth(outcome, snapshot, fair))
    return Wish(outcome, Side.SELL, limit, taken, True, edge, f"leave: {why}")


def sweep_price(snapshot: Snapshot, outcome: Outcome, size: Shares, lowest_price: Price) -> Price | None:
    """The limit, on the tick, of a sale that takes `size` of the bids, or all that are at `lowest_price` or better."""
    left, found = size, None
    for price, displayed in snapshot.bids(outcome).levels():
        limit = price // snapshot.tick_size * snapshot.tick_size
        if limit <= 0 or limit < lowest_price:
            break
        found, left = Price(limit), Shares(left - displayed)
        if left <= 0:
            break
    return found


def _best_offer(snapshot: Snapshot, outcome: Outcome) -> Price | None:
    """Where others offer it best, on the tick; never at a bid. None where nobody does."""
    tick = snapshot.tick_size
    ask = snapshot.best_ask_of(outcome)
    price = max(-(-ask // tick) * tick, snapshot.bids(outcome).best // tick * tick + tick)
    return Price(price) if 0 < ask < ONE and price < ONE else None


def _worth(outcome: Outcome, snapshot: Snapshot, fair: Fair | NoFair) -> float:
    """By the fair value, else by the book; 0 where neither says anything."""
    if isinstance(fair, Fair):
        return fair.worth(outcome is Outcome.YES)
    if not snapshot.is_two_sided:
        return 0.0
    middle = micro_price(snapshot)
    return middle if outcome is Outcome.YES else PRICE_SCALE - middle

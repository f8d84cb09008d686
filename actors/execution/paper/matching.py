"""Who meets whom: pure rules over displayed depth, trade prints and our own orders.

Our own orders never meet each other: the venue has no self-trade prevention whose behaviour is known (reference
polymarket.md, 3.3), and a fill against ourselves would only make the record look busier.
"""

from collections.abc import Iterable
from typing import NamedTuple

from actors.execution.paper.depth_taken import DepthTaken
from actors.execution.paper.live_order import Bid, LiveOrder, as_bid
from actors.execution.paper.trade_reports import Reported
from messages.identity import Outcome, Side
from messages.market_data import Snapshot, TradePrint
from messages.units import Price, Shares, TickSize, complement, whole_lots


class Match(NamedTuple):
    """`size` of the displayed bids of `outcome` at `price`."""

    outcome: Outcome
    price: Price
    size: Shares


class Share(NamedTuple):
    """What one of our resting orders gets."""

    live: LiveOrder
    size: Shares


def displayed_matches(snapshot: Snapshot, taken: DepthTaken, bid: Bid, size: Shares) -> tuple[Match, ...]:
    """The displayed levels that `size` of `bid` meets, best first, less what we took of them before; in whole lots.

    A bid for a token at p meets the bids for the other token at 1 - p and more: together they pay for the pair.
    """
    matches: list[Match] = []
    outcome = bid.outcome.other
    depth = snapshot.bids(outcome)
    worst = complement(bid.price)
    for price, _ in depth.levels():
        if price < worst or not size:
            break
        found = whole_lots(Shares(min(size, taken.left_of(depth, outcome, price))))
        if found:
            matches.append(Match(outcome, price, found))
            size = Shares(size - found)
    return tuple(matches)


def paid_price(side: Side, match: Match) -> Price:
    """What a taker on `side` pays or gets a share, in the terms of its own token: the resting price."""
    return complement(match.price) if side is Side.BUY else match.price


def against_the_book(orders: Iterable[LiveOrder], snapshot: Snapshot, taken: DepthTaken) -> list[Share]:
    """What resting orders of one ladder, best first, get from opposite depth at or through their price.

    The real book was not crossed, so whoever shows there now would have met us on the way. What is used counts as
    taken.
    """
    shares: list[Share] = []
    for live in orders:
        matches = displayed_matches(snapshot, taken, live.bid, live.remaining)
        for match in matches:
            taken.take(*match)
        if matches:
            shares.append(Share(live, Shares(sum(match.size for match in matches))))
    return shares


def what_was_hit(trade: TradePrint) -> Bid:
    """The lowest bid that the print's taker met: a SELL of YES met bids of YES, a BUY met those of NO."""
    return as_bid(Outcome.YES, trade.taker_side.opposite, trade.price)


def from_a_trade(
    orders: Iterable[LiveOrder],
    hit: Bid,
    size: Shares,
    reported: tuple[Reported, ...],
    tick: TickSize,
    now_ns: int,
) -> list[Share]:
    """What resting orders of the ladder that was hit, best first, get of a trade print of `size`.

    at a better price than the trade's -> the trade went through the order, which is filled without a queue
    at the trade's price               -> in its queue turn
    at a worse price                   -> nothing

    A trade's price between two ticks is an average over levels: then the queue of a better price had its turn as well.
    An order has no part in what the book had shown before it joined (`reported`). Each share of the trade is used once.
    """
    shares: list[Share] = []
    left = int(size)
    is_average = bool(hit.price % tick)
    for live in orders:
        if live.bid.price < hit.price:
            break
        before_it = sum(part.size for part in reported if part.book <= live.joined)
        reach = Shares(left - before_it)
        if reach <= 0:
            continue
        if live.bid.price > hit.price and not is_average:
            live.queue.traded_through()
        else:
            reach = live.queue.trade(reach, now_ns)
        got = whole_lots(Shares(min(reach, live.remaining)))
        if got:
            shares.append(Share(live, got))
            left -= got
    return shares

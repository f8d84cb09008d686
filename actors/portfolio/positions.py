"""What one fill does to cash and to a position, and how that is rounded."""

from attrs import evolve

from messages.fills import Fill
from messages.identity import Outcome, Side
from messages.portfolio import Position
from messages.units import Cash, Price, Shares, complement, notional, proceeds


def middle_of_token(fill: Fill) -> Price:
    """The middle at the time of the fill, in the terms of the token that was traded."""
    return fill.middle if fill.outcome is Outcome.YES else complement(fill.middle)


def cash_flow(fill: Fill) -> Cash:
    """What the fill brought (positive) or cost, in micro-pUSD, without its fee; parts of a unit are against us."""
    if fill.side is Side.BUY:
        return Cash(-notional(fill.price, fill.size))
    return proceeds(fill.price, fill.size)


def edge_at_fill(fill: Fill) -> Cash:
    """What the fill was better than the middle of its moment, in micro-pUSD.

    It is the cash flow plus the value of the shares that moved, each rounded to whole units against us. So cash and
    edge of a position always differ by a whole value at fill, and the causes of profit sum exactly whatever the sizes.
    Exact for whole lots: (middle - price) x size for a BUY, (price - middle) x size for a SELL.
    """
    middle = middle_of_token(fill)
    moved = proceeds(middle, fill.size) if fill.side is Side.BUY else -notional(middle, fill.size)
    return Cash(cash_flow(fill) + moved)


def booked(position: Position, fill: Fill) -> Position:
    """The position after the fill. It may go below zero: a strategy may sell what another one bought."""
    after = _moved(position, fill, 1)
    return _provisional(after, fill, 1) if fill.provisional else after


def settled(position: Position, fill: Fill) -> Position:
    """The position now that the provisional `fill`, which it has booked, is final."""
    return _provisional(position, fill, -1)


def reversed_(position: Position, fill: Fill) -> Position:
    """The position as if the provisional `fill`, which it has booked, had never been."""
    return _provisional(_moved(position, fill, -1), fill, -1)


def _moved(position: Position, fill: Fill, times: int) -> Position:
    buy = fill.side is Side.BUY
    size = times * fill.size
    moved = size if buy else -size
    on_yes = fill.outcome is Outcome.YES
    return evolve(
        position,
        yes=Shares(position.yes + moved) if on_yes else position.yes,
        no=position.no if on_yes else Shares(position.no + moved),
        cash=Cash(position.cash + times * cash_flow(fill)),
        fees=Cash(position.fees + times * fill.fee),
        edge_at_fill=Cash(position.edge_at_fill + times * edge_at_fill(fill)),
        bought=Shares(position.bought + size) if buy else position.bought,
        sold=position.sold if buy else Shares(position.sold + size),
        fills=position.fills + times,
    )


def _provisional(position: Position, fill: Fill, times: int) -> Position:
    """Only what a fill brings is provisional; what it costs is gone at once."""
    if fill.side is Side.SELL:
        return position
    if fill.outcome is Outcome.YES:
        return evolve(position, provisional_yes=Shares(position.provisional_yes + times * fill.size))
    return evolve(position, provisional_no=Shares(position.provisional_no + times * fill.size))

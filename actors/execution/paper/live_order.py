"""An order at the paper venue, seen as what every order of this market is: a bid for one of the two tokens."""

from typing import NamedTuple

from attrs import define

from actors.execution.paper.queue_position import QueuePosition
from messages.identity import Outcome, Side
from messages.orders import Order
from messages.units import Cash, Price, Shares, complement, notional


class Bid(NamedTuple):
    """A place in the book: SELL of a token at p is a bid for the other one at 1 - p (reference polymarket.md, 3.3)."""

    outcome: Outcome
    price: Price


def as_bid(outcome: Outcome, side: Side, price: Price) -> Bid:
    return Bid(outcome, price) if side is Side.BUY else Bid(outcome.other, complement(price))


@define(eq=False)
class LiveOrder:
    """An order that arrived. `joined` numbers the last closed book before it, `arrival` the order among the orders."""

    order: Order
    bid: Bid
    queue: QueuePosition
    joined: int
    arrival: int
    filled: Shares = Shares(0)
    matches: int = 0

    @property
    def remaining(self) -> Shares:
        return Shares(self.order.size - self.filled)

    @property
    def open_notional(self) -> Cash:
        """What the rest of a BUY may still cost, without fees."""
        return notional(self.order.price, self.remaining)

    @property
    def priority(self) -> tuple[int, int]:
        """Price, then time: smaller comes first."""
        return -self.bid.price, self.arrival

"""What should rest, and what does: the two sides that the order manager compares."""

from enum import Enum

from attrs import evolve, field, frozen
from attrs.validators import gt

from messages.identity import OrderId, Outcome, Side
from messages.units import ONE, Cash, Price, Shares, TickSize, notional


@frozen
class Desired:
    """One order that a strategy wants to have resting, in the token's own terms.

    `worst_price` is the last price at which an order in its place may go on resting: the highest of a BUY, the lowest
    of a SELL. Beyond it a fill would be a loss, so that such an order goes however young it is. `edge` is what a fill
    earns a share, in price units. Raises `ValueError` for a price that is itself beyond the worst.
    """

    outcome: Outcome
    side: Side
    price: Price
    size: Shares = field(validator=gt(Shares(0)))
    worst_price: Price
    edge: int
    rationale: str = ""

    def __attrs_post_init__(self) -> None:
        if self.forbids(self.price):
            raise ValueError(f"{self.side.value} at {self.price} is beyond its own worst price {self.worst_price}")

    @property
    def gains(self) -> Outcome:
        """The token that a fill adds exposure to: selling one is like buying the other."""
        return gained(self.outcome, self.side)

    def forbids(self, price: Price) -> bool:
        """Whether an order of this side at `price` would trade for more than the token is worth."""
        return price > self.worst_price if self.side is Side.BUY else price < self.worst_price

    def on_grid(self, tick_size: TickSize) -> "Desired | None":
        """The same at the nearest tick that is no nearer to the market; None where there is none between 0 and 1."""
        off = self.price % tick_size
        if not off:
            return self if 0 < self.price < ONE else None
        price = Price(self.price - off if self.side is Side.BUY else self.price - off + tick_size)
        return evolve(self, price=price) if 0 < price < ONE else None


class Stage(Enum):
    """How an order of ours stands, as far as acting on it goes."""

    ASKED = "asked for and not answered: nothing can be done about it yet"
    RESTING = "it can be cancelled"
    ENDING = "its cancel is under way, or its time is over: it may still be filled until that is confirmed"


@frozen
class WorkingOrder:
    """An order of ours that may still be filled. `order` is None while it is only asked for; `since_ns` is when it
    came to rest, or was asked for. One that `may_be_replaced` can hand over what is reserved for it."""

    order: OrderId | None
    outcome: Outcome
    side: Side
    price: Price
    remaining: Shares
    stage: Stage
    since_ns: int
    expires_ns: int | None = None
    may_be_replaced: bool = False

    @property
    def gains(self) -> Outcome:
        return gained(self.outcome, self.side)

    def stage_at(self, now_ns: int) -> Stage:
        """An order whose time is over ends by itself, so that there is no need to cancel it."""
        is_over = self.expires_ns is not None and now_ns >= self.expires_ns
        return Stage.ENDING if is_over and self.stage is Stage.RESTING else self.stage


@frozen
class Funds:
    """What is free now: after the reservations of all orders that rest, are being cancelled or are asked for."""

    cash: Cash
    yes: Shares
    no: Shares

    def pays(self, outcome: Outcome, side: Side, price: Price, size: Shares) -> bool:
        """Whether it is enough for such an order."""
        after = self.without(outcome, side, price, size)
        if side is Side.BUY:
            return after.cash >= 0
        return (after.yes if outcome is Outcome.YES else after.no) >= 0

    def without(self, outcome: Outcome, side: Side, price: Price, size: Shares) -> "Funds":
        """What such an order leaves; below zero where there was not enough."""
        if side is Side.BUY:
            return evolve(self, cash=Cash(self.cash - notional(price, size)))
        if outcome is Outcome.YES:
            return evolve(self, yes=Shares(self.yes - size))
        return evolve(self, no=Shares(self.no - size))

    def at_most(self, other: "Funds") -> "Funds":
        return Funds(min(self.cash, other.cash), min(self.yes, other.yes), min(self.no, other.no))

    def instead_of(self, order: WorkingOrder) -> "Funds":
        """What is free for an order that takes the place of `order`: what that one reserves, too."""
        if order.side is Side.BUY:
            return evolve(self, cash=Cash(self.cash + notional(order.price, order.remaining)))
        if order.outcome is Outcome.YES:
            return evolve(self, yes=Shares(self.yes + order.remaining))
        return evolve(self, no=Shares(self.no + order.remaining))


def gained(outcome: Outcome, side: Side) -> Outcome:
    return outcome if side is Side.BUY else outcome.other

"""What the exchange plans to do later."""

from attrs import frozen

from messages.identity import OrderId, TradeId


@frozen
class Expire:
    order: OrderId


@frozen
class Execute:
    """A taker's delay is over."""

    order: OrderId


@frozen
class MoveOn:
    """A trade takes its next step towards settlement."""

    trade: TradeId


@frozen
class EndPostOnly:
    """The time after a restart in which nobody takes is over."""


@frozen
class PayRebates:
    pass


Step = Expire | Execute | MoveOn | EndPostOnly | PayRebates

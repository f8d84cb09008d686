"""What passes between the executor, the ledger and the gateway besides the messages that everybody knows."""

from attrs import frozen

from messages.identity import OrderId
from messages.markets import Market
from messages.orders import Order, OrderChanged


@frozen
class Prepare:
    """To the gateway: the order is being written. Make ready what can be before it may be sent; `Submit` says when, and
    may never come."""

    order: Order


@frozen
class Sending:
    """From a gateway that prepares orders: all that it waited for is there, and the order is on its way."""

    order: OrderId
    at_ns: int


@frozen
class OrderOnDisk:
    """From the ledger: the order is written and its record is on disk; it may be sent."""

    order: Order


@frozen
class OrderNotWritten:
    """From the ledger: the order was refused and will never be on disk."""

    order: OrderId
    reason: str


@frozen
class OpenOrders:
    """From the ledger: every order that is not final, and the markets that joined while the service ran."""

    orders: tuple[OrderChanged, ...]
    joined: tuple[Market, ...] = ()


@frozen
class TellOpenOrders:
    """To the ledger; answered by `OpenOrders`."""


@frozen
class TellSettled:
    """To the ledger; answered by a `SettledAccount`."""


@frozen
class TellVenueState:
    """To the gateway; answered by a `VenueReport`."""


@frozen
class LookAgain:
    """Timer of the reconciliation: enough time has passed for everything in flight to have arrived."""


@frozen
class VenueDue:
    """Timer of the gateway: the venue has something to do now."""


@frozen
class VenueNews:
    """From the venue to its gateway: something has become of an order by itself."""

"""What the executor hears, how it is set, and what it shows of itself."""

from enum import Enum

from attrs import frozen

from actors.execution.words import LookAgain, OpenOrders, OrderNotWritten, OrderOnDisk, Sending
from messages.control import AreYouThere
from messages.fills import FillReversed, FillSettled
from messages.identity import OrderId
from messages.intents import Cancel, Flatten
from messages.orders import (
    Accepted,
    CancelOrders,
    CancelRefused,
    Doubtful,
    Ended,
    Executed,
    Rejected,
    VenueReport,
)
from messages.ownership import Fence
from messages.risk import Authorised
from messages.sessions import MarketJoined, MarketLeft


@frozen
class CancelAgain:
    """Timer: the venue refused to cancel the order, and nobody has said meanwhile that it has ended."""

    order: OrderId


@frozen
class EndDue:
    """Timer: the order has ended, and fills that came before that have not been told of."""

    order: OrderId


@frozen
class ReplacementDue:
    """Timer: the order has not ended, and what was to replace it was decided too long ago."""

    order: OrderId


ExecutorMessage = (
    Authorised
    | Cancel
    | Flatten
    | CancelOrders
    | Fence
    | OrderOnDisk
    | OrderNotWritten
    | OpenOrders
    | VenueReport
    | Sending
    | Accepted
    | Rejected
    | Ended
    | CancelRefused
    | Doubtful
    | Executed
    | FillSettled
    | FillReversed
    | LookAgain
    | CancelAgain
    | EndDue
    | ReplacementDue
    | MarketJoined
    | MarketLeft
    | AreYouThere
)


@frozen(kw_only=True)
class ExecutorSettings:
    """`settle_ns` is longer than anything takes from here to the venue and back. With `prepares` the gateway hears of
    each order while it is being written, so that it is signed by the time it may be sent, and says when it sends it."""

    settle_ns: int
    prepares: bool = False


class Stage(Enum):
    RECONCILING = "reconciling"
    READY = "ready"


@frozen
class ExecutorState:
    """What the executor shows of itself."""

    stage: Stage
    open_orders: int
    waiting_for_orders_to_go: int
    replacements: int = 0
    """Authorised, and held until what they replace has ended."""

"""What the live gateway is told: by the executor, by the user feed, by the reconciler, and by its own workers."""

from attrs import frozen

from actors.execution.live.words import (
    AskFailed,
    CancelOutcome,
    NoSuchOrder,
    NotSigned,
    OpenOrdersRead,
    PostOutcome,
    VenueOrder,
    VenueTrade,
)
from actors.execution.words import Prepare, TellVenueState
from actors.records.words import Confirmed
from messages.identity import OrderId, VenueOrderId
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.orders import Submit, Withdraw
from messages.sessions import MarketJoined, MarketLeft
from supervision.address import Address


@frozen
class OrderWasSigned:
    """From the signing worker."""

    order: OrderId
    outcome: VenueOrderId | NotSigned


@frozen
class PostReady:
    """To itself, behind everything that waits already: what is ready goes in one call."""


@frozen
class WerePosted:
    """From a posting worker; in the same order."""

    orders: tuple[OrderId, ...]
    outcomes: tuple[PostOutcome, ...]


@frozen
class CancelReady:
    """To itself, as `PostReady`."""


@frozen
class WereCancelled:
    """From a cancelling worker."""

    asked: tuple[VenueOrderId, ...]
    outcome: CancelOutcome | AskFailed


@frozen
class LookUp:
    """Timer: ask what became of an order."""

    order: OrderId


@frozen
class WasLookedUp:
    """From a looking worker. `trades` were asked for after the venue had not found it, else None."""

    order: OrderId
    outcome: VenueOrder | NoSuchOrder | AskFailed
    trades: tuple[VenueTrade, ...] | AskFailed | None = None


@frozen
class TimeIsOver:
    """Timer: the order's own time has passed."""

    order: OrderId


@frozen
class StateWasRead:
    """From the reading worker: open orders first, then trades."""

    orders: tuple[VenueOrder, ...]
    trades: tuple[VenueTrade, ...]
    asked_ns: int
    asked_by: Address[object]


@frozen
class StateWasNotRead:
    """From the reading worker: that says nothing of what is at the venue (field note 16)."""

    reason: str
    asked_by: Address[object]


@frozen
class ReadStateAgain:
    """Timer."""

    asked_by: Address[object]


LiveGatewayMessage = (
    Prepare
    | Submit
    | Withdraw
    | Snapshot
    | TradeSeen
    | BookOpened
    | MarketJoined
    | MarketLeft
    | TellVenueState
    | Confirmed
    | VenueOrder
    | VenueTrade
    | OpenOrdersRead
    | OrderWasSigned
    | PostReady
    | WerePosted
    | CancelReady
    | WereCancelled
    | LookUp
    | WasLookedUp
    | TimeIsOver
    | StateWasRead
    | StateWasNotRead
    | ReadStateAgain
)

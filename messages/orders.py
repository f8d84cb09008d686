"""Orders: what is written before it is sent, what the venue answers, and the states in between."""

from enum import Enum

from attrs import frozen

from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import IntentId, MarketId, OrderId, Outcome, Side, StrategyName, VenueOrderId
from messages.intents import SnapshotId, TimeInForce
from messages.units import Price, Shares


@frozen
class Order:
    """An authorised intent with an identity. `order` is known before anything is sent (field note 10). What it
    `replaces` had ended before this was written."""

    order: OrderId
    intent: IntentId
    strategy: StrategyName
    market: MarketId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    time_in_force: TimeInForce
    post_only: bool
    expires_ns: int
    fencing: int
    snapshot: SnapshotId
    rationale: str
    written_ns: int
    replaces: OrderId | None = None


class OrderState(Enum):
    """How far an order has come, as far as was heard (actors.execution.order_rules)."""

    WRITTEN = "WRITTEN"
    SENT = "SENT"
    LIVE = "LIVE"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    CANCELLING = "CANCELLING"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_final(self) -> bool:
        return self in _FINAL


_FINAL = frozenset({OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED})


@frozen
class OrderChanged:
    """An order as the ledger has it after a change: for its strategy, the governor, the market and the journal."""

    order: Order
    state: OrderState
    filled: Shares
    reason: str
    at_ns: int

    @property
    def remaining(self) -> Shares:
        """What may still be filled: 0 once the order is final."""
        return Shares(0) if self.state.is_final else Shares(self.order.size - self.filled)


@frozen
class OrderMoved:
    """From the executor to the ledger: something was heard of an order. It may be late, repeated or out of order."""

    order: OrderId
    state: OrderState
    reason: str
    at_ns: int


@frozen
class OrderSigned:
    """What the venue will call the order: on disk before the order is on the wire, so that it can be asked for
    whatever becomes of us (invariant 4)."""

    order: OrderId
    venue_order: VenueOrderId
    at_ns: int


@frozen
class Submit:
    """To the venue's gateway: the order is on disk; send it."""

    order: Order


@frozen
class Withdraw:
    """To the venue's gateway: cancel the order."""

    order: OrderId
    market: MarketId


@frozen
class CancelOrders:
    """To the executor: cancel what rests in a market, everything or one strategy's; answered by `OrdersGone`."""

    market: MarketId | None
    strategy: StrategyName | None
    reason: str


@frozen
class OrdersGone:
    """None of the orders that `CancelOrders` meant is open any more."""

    market: MarketId | None
    strategy: StrategyName | None


@frozen
class Accepted:
    """The venue has the order. It may already be filled in part."""

    order: OrderId
    at_ns: int


@frozen
class Rejected:
    """The venue refused the order; `reason` is its text."""

    order: OrderId
    reason: str
    at_ns: int


@frozen
class Ended:
    """The order does not rest any more: cancelled or expired. `filled` is what the venue says it filled in all, without
    trades that failed before they were told."""

    order: OrderId
    state: OrderState
    filled: Shares
    reason: str
    at_ns: int


@frozen
class CancelRefused:
    """The venue did not cancel: the order is gone already, or was never there."""

    order: OrderId
    reason: str
    at_ns: int


@frozen
class Executed:
    """The venue matched a part of an order."""

    fill: Fill


@frozen
class Doubtful:
    """The order was sent, and nobody knows whether the venue has it; it is being looked up."""

    order: OrderId
    reason: str
    at_ns: int


VenueEvent = Accepted | Rejected | Ended | CancelRefused | Executed | FillSettled | FillReversed | Doubtful


@frozen
class VenueReport:
    """What the venue says is true: which orders rest, and every fill but the first so many, provisional or not as it is
    now; fills that failed are `reversed` instead. Never a guess."""

    open_orders: tuple[OrderId, ...]
    fills: tuple[Fill, ...]
    at_ns: int
    reversed: tuple[FillReversed, ...] = ()

"""What the desks of the live gateway share, how the gateway is set, and what it shows of itself."""

from collections.abc import Iterable

from attrs import define, field, frozen
from attrs.validators import gt

from actors.execution.executor_words import ExecutorMessage
from actors.execution.live.account import LiveAccount
from actors.execution.live.gateway_words import LiveGatewayMessage
from actors.execution.live.live_orders import LiveOrders
from messages.orders import Executed, VenueEvent
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from supervision.actor import Actor
from supervision.address import Address

MARGIN_NS = 5 * 60 * NANOSECONDS_PER_SECOND
"""So much earlier than anything can have been missed are trades asked for: clocks differ."""
LONGEST_DOUBLINGS = 6


@frozen(kw_only=True)
class LiveGatewaySettings:
    """`lost_after_ns`: an order that the venue does not know so long after it was posted never arrived. `look_after_ns`
    is the first pause before something is looked up, or asked for again; the pauses double. In a rehearsal nothing is
    sent, so that orders which nobody here has placed are left alone."""

    is_rehearsal: bool = False
    lost_after_ns: int = field(default=10 * NANOSECONDS_PER_SECOND, validator=gt(0))
    look_after_ns: int = field(default=500 * NANOSECONDS_PER_MILLISECOND, validator=gt(0))


@define
class LiveCounts:
    """Counted over all lives of the gateway. `of_nobody`: news of orders and trades of this account that nobody here
    has placed."""

    submitted: int = 0
    fills: int = 0
    of_nobody: int = 0


@frozen
class LiveGatewayState:
    """What the gateway shows of itself."""

    open_orders: int
    in_doubt: int
    waiting_for_fills: int
    submitted: int
    fills: int
    of_nobody: int


@frozen(eq=False)
class GatewayRoom:
    actor: Actor[LiveGatewayMessage]
    account: LiveAccount
    settings: LiveGatewaySettings
    counts: LiveCounts
    orders: LiveOrders
    executor: Address[ExecutorMessage]

    def tell_executor(self, events: Iterable[VenueEvent]) -> None:
        for event in events:
            self.counts.fills += isinstance(event, Executed)
            self.actor.tell(self.executor, event)

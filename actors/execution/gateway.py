"""The way to the venue: orders go in, market data goes in, and what becomes of the orders comes out.

The venue itself is not part of this actor's life: a restart of the gateway finds the orders that rest there.
"""

from attrs import frozen

from actors.execution.ports import Venue
from actors.execution.words import Prepare, TellVenueState, VenueDue, VenueNews
from actors.paths import EXECUTOR
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.orders import Submit, VenueEvent, Withdraw
from messages.sessions import MarketJoined, MarketLeft
from messages.units import Cash
from supervision.actor import Actor

GatewayMessage = (
    Prepare
    | Submit
    | Withdraw
    | Snapshot
    | TradeSeen
    | BookOpened
    | MarketJoined
    | MarketLeft
    | TellVenueState
    | VenueDue
    | VenueNews
)


@frozen
class GatewayState:
    """What the gateway shows of the venue."""

    open_orders: int
    cash: Cash
    next_due_ns: int | None


class Gateway(Actor[GatewayMessage]):
    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._due_ns: int | None = None

    def started(self) -> None:
        self._executor = self.address(EXECUTOR)
        self._set_timer()
        to_self = self.own_address
        self._venue.call_when_news(lambda: to_self.tell(VenueNews()))

    def receive(self, message: GatewayMessage) -> None:
        venue = self._venue
        now_ns = self.now_ns
        events = venue.snapshot(message, now_ns) if type(message) is Snapshot else self._told(message, now_ns)
        for event in events:
            self.tell(self._executor, event)
        self._set_timer()

    def describe(self) -> GatewayState:
        return GatewayState(len(self._venue.open_orders()), self._venue.cash, self._venue.next_due_ns())

    def _told(self, message: GatewayMessage, now_ns: int) -> tuple[VenueEvent, ...]:
        venue = self._venue
        match message:
            case TradeSeen():
                return venue.trade(message.trade, now_ns)
            case BookOpened():
                return venue.book_opened(message.market)
            case Submit():
                return venue.submit(message.order, now_ns)
            case Withdraw():
                return venue.withdraw(message.order, now_ns)
            case MarketJoined():
                venue.list_market(message.market)
                return ()
            case VenueDue():
                self._due_ns = None
                return venue.advance(now_ns)
            case VenueNews():
                return venue.advance(now_ns)
            case TellVenueState():
                events = venue.advance(now_ns)
                self.reply(venue.report(0, now_ns))
                return events
            case _:
                return ()

    def _set_timer(self) -> None:
        due_ns = self._venue.next_due_ns()
        if due_ns == self._due_ns:
            return
        self._due_ns = due_ns
        if due_ns is None:
            self.cancel_timer("due")
        else:
            self.after("due", due_ns - self.now_ns, VenueDue())

"""The way to a venue where money is real: signs, writes down, posts, cancels, and finds out what became of each order.

An order's digest is on disk before the order is on the wire, and nothing is ever posted twice: an order whose answer
was lost is looked up by its digest until the venue has said what became of it (field note 10).

Each part of that has a desk: `post_desk`, `cancel_desk`, `look_up_desk`, `news_desk`, `state_desk`.
"""

from actors.execution.live.account import LiveAccount
from actors.execution.live.cancel_desk import CancelDesk
from actors.execution.live.gateway_room import GatewayRoom, LiveCounts, LiveGatewaySettings, LiveGatewayState
from actors.execution.live.gateway_words import (
    CancelReady,
    LiveGatewayMessage,
    LookUp,
    OrderWasSigned,
    PostReady,
    ReadStateAgain,
    StateWasNotRead,
    StateWasRead,
    TimeIsOver,
    WasLookedUp,
    WereCancelled,
    WerePosted,
)
from actors.execution.live.live_order import TIME_IS_OVER, Stage
from actors.execution.live.live_orders import KINDS, LiveOrders, recovered
from actors.execution.live.look_up_desk import LookUpDesk
from actors.execution.live.news_desk import NewsDesk
from actors.execution.live.post_desk import PostDesk
from actors.execution.live.state_desk import StateDesk
from actors.execution.live.words import OpenOrdersRead, VenueOrder, VenueTrade
from actors.execution.words import Prepare, TellVenueState
from actors.paths import EXECUTOR, JOURNAL
from actors.records.words import Confirmed, ReadRecords, Records
from messages.identity import MarketId
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.orders import Order, OrderSigned, Submit, Withdraw
from messages.sessions import MarketJoined, MarketLeft
from messages.units import NANOSECONDS_PER_SECOND, TickSize
from supervision.actor import Actor

READ_WITHIN_NS = 120 * NANOSECONDS_PER_SECOND


class LiveGateway(Actor[LiveGatewayMessage]):
    def __init__(self, account: LiveAccount, settings: LiveGatewaySettings, counts: LiveCounts) -> None:
        self._account = account
        self._settings = settings
        self._counts = counts
        self._orders = LiveOrders()
        self._missed_since_ns = 0
        self._grids: dict[MarketId, TickSize] = {}

    async def load(self) -> object:
        return await self.ask(self.address(JOURNAL), ReadRecords(KINDS), READ_WITHIN_NS)

    def recover(self, snapshot: object) -> None:
        if isinstance(snapshot, Records):
            self._orders, self._missed_since_ns = recovered(snapshot.records)

    def started(self) -> None:
        room = GatewayRoom(self, self._account, self._settings, self._counts, self._orders, self.address(EXECUTOR))
        self._look_ups = LookUpDesk(room)
        self._cancels = CancelDesk(room, self._look_ups)
        self._posts = PostDesk(room, self._cancels, self._look_ups)
        self._news = NewsDesk(room, self._cancels, self._look_ups)
        self._state = StateDesk(room, self._missed_since_ns)

    def receive(self, message: LiveGatewayMessage) -> None:
        match message:
            case Snapshot():
                self._see(message)
            case Prepare(order):
                self._posts.prepare(order)
            case Submit(order):
                self._submit(order)
            case OrderWasSigned():
                self._posts.signed(message)
            case Confirmed():
                if isinstance(message.record, OrderSigned):
                    self._posts.recorded(message.record)
            case PostReady():
                self._posts.post()
            case WerePosted():
                self._posts.posted(message)
            case Withdraw():
                self._cancels.withdraw(message.order, "")
            case TimeIsOver(order):
                self._cancels.withdraw(order, TIME_IS_OVER)
            case CancelReady():
                self._cancels.cancel()
            case WereCancelled():
                self._cancels.cancelled(message)
            case VenueOrder():
                self._news.shown(message)
            case VenueTrade():
                self._news.traded(message)
            case LookUp(order):
                self._look_ups.look_up(order)
            case WasLookedUp():
                self._news.looked_up(message)
            case OpenOrdersRead():
                self._news.compare(message.orders, message.asked_ns)
            case TellVenueState():
                if self.sender is not None:
                    self._state.read(self.sender)
            case ReadStateAgain(asked_by):
                self._state.read(asked_by)
            case StateWasRead():
                self._state.was_read()
                self._news.tell_state(message)
            case StateWasNotRead():
                self._state.read_again(message)
            case MarketLeft(market):
                self._news.forget(market)
                self._grids.pop(market, None)
            case TradeSeen() | BookOpened() | MarketJoined():
                pass

    def describe(self) -> LiveGatewayState:
        live = list(self._orders.open())
        return LiveGatewayState(
            open_orders=sum(each.is_open for each in live),
            in_doubt=sum(each.stage is Stage.IN_DOUBT for each in live),
            waiting_for_fills=sum(each.is_waiting_for_fills for each in live),
            submitted=self._counts.submitted,
            fills=self._counts.fills,
            of_nobody=self._counts.of_nobody,
        )

    def _see(self, snapshot: Snapshot) -> None:
        self._news.see(snapshot)
        if self._grids.get(snapshot.market) != snapshot.tick_size:
            self._grids[snapshot.market] = snapshot.tick_size
            self._account.tick_size_changed(snapshot.market, snapshot.tick_size)

    def _submit(self, order: Order) -> None:
        if self._posts.submit(order):
            self.after(("over", order.order), max(0, order.expires_ns - self.now_ns), TimeIsOver(order.order))


__all__ = ["LiveCounts", "LiveGateway", "LiveGatewaySettings", "LiveGatewayState"]

"""What the venue tells of our orders and trades, asked or not: each piece goes to the order that it is about."""

from collections.abc import Iterable, Sequence

from actors.execution.live.cancel_desk import CancelDesk
from actors.execution.live.gateway_room import GatewayRoom
from actors.execution.live.gateway_words import StateWasRead, WasLookedUp
from actors.execution.live.live_order import Stage
from actors.execution.live.look_up_desk import LookUpDesk
from actors.execution.live.words import NoSuchOrder, VenueOrder, VenueTrade
from messages.identity import MarketId, OrderId, VenueOrderId
from messages.intents import TimeInForce
from messages.market_data import Snapshot
from messages.orders import VenueReport
from messages.units import Price
from supervision.log import Level

IMMEDIATE = (TimeInForce.FOK, TimeInForce.FAK)


class NewsDesk:
    """Sits in the live gateway. `see` keeps the middles, for what a fill is worth."""

    def __init__(self, room: GatewayRoom, cancels: CancelDesk, look_ups: LookUpDesk) -> None:
        self._room = room
        self._actor = room.actor
        self._cancels = cancels
        self._look_ups = look_ups
        self._middles: dict[MarketId, Price] = {}

    def see(self, snapshot: Snapshot) -> None:
        self._middles[snapshot.market] = snapshot.middle

    def forget(self, market: MarketId) -> None:
        self._middles.pop(market, None)

    def shown(self, venue: VenueOrder) -> None:
        live = self._room.orders.at_venue(venue.venue_order)
        if live is None:
            if venue.status.is_open:
                self._nobody(venue.venue_order, "order")
                if not self._room.settings.is_rehearsal:
                    self._cancels.ask(venue.venue_order)
            return
        was_over = live.is_over
        self._room.tell_executor(live.shown(venue, self._actor.now_ns))
        if was_over and venue.status.is_open and venue.matched < live.order.size:
            self._actor.log(Level.WARNING, "an order that was taken for gone is at the venue", order=live.order.order)
            self._cancels.ask(venue.venue_order)
        elif live.is_waiting_for_fills:
            self._look_ups.look_later(live)
        elif live.cancel_reason is not None:
            self._cancels.want(live)

    def traded(self, trade: VenueTrade) -> None:
        for part in trade.parts:
            live = self._room.orders.at_venue(part.venue_order)
            if live is None:
                self._nobody(part.venue_order, "trade")
            else:
                middle = self._middles.get(part.market)
                self._room.tell_executor(live.traded(trade, part, middle, self._actor.now_ns))

    def looked_up(self, message: WasLookedUp) -> None:
        live = self._look_ups.came(message)
        if live is None:
            return
        if isinstance(message.trades, tuple):
            self._hear_trades(message.trades)
        if live.is_over:
            return
        live.lookups_in_vain += 1
        match message.outcome:
            case VenueOrder():
                in_vain = live.lookups_in_vain
                self.shown(message.outcome)
                live.lookups_in_vain = in_vain if live.is_waiting_for_fills else 0
            case NoSuchOrder() if isinstance(message.trades, tuple):
                # What it had shown to have is gone and forgotten; what it never showed may still be on its way.
                now_ns = self._actor.now_ns
                if live.is_accepted or now_ns - live.posted_ns >= self._room.settings.lost_after_ns:
                    self._room.tell_executor(live.not_found(now_ns))
        needs_more = live.stage is Stage.IN_DOUBT or live.is_waiting_for_fills or live.cancel_reason is not None
        if not live.is_over and (needs_more or live.order.time_in_force in IMMEDIATE):
            self._look_ups.look_later(live)

    def compare(self, orders: Sequence[VenueOrder], asked_ns: int) -> None:
        """Each order that is open at the venue is shown; one of ours that should be among them is looked up."""
        for venue in orders:
            self.shown(venue)
        there = {venue.venue_order for venue in orders}
        for live in self._room.orders.open():
            if live.stage is Stage.AT_VENUE and live.posted_ns < asked_ns and live.venue_order not in there:
                self._look_ups.look_later(live)

    def tell_state(self, state: StateWasRead) -> None:
        """To the executor, for its reconciliation. What our orders were filled for goes before the report."""
        self._hear_trades(state.trades)
        orders, now_ns = self._room.orders, self._actor.now_ns
        names = []
        for venue in state.orders:
            live = orders.at_venue(venue.venue_order)
            self.shown(venue)
            if live is None and self._room.settings.is_rehearsal:
                continue
            names.append(OrderId(venue.venue_order) if live is None else live.order.order)
        there = set(names)
        for live in orders.open():
            is_asked_of = live.stage is Stage.RECORDING or live.may_be_at_venue
            if is_asked_of and live.order.order not in there and live.posted_ns < state.asked_ns:
                # Its trades, if it had any, were just told.
                self._room.tell_executor(live.not_found(now_ns))
        self._actor.tell(state.asked_by, VenueReport(tuple(names), (), now_ns))

    def _hear_trades(self, trades: Iterable[VenueTrade]) -> None:
        for trade in trades:
            self.traded(trade)

    def _nobody(self, venue_order: VenueOrderId, what: str) -> None:
        self._room.counts.of_nobody += 1
        self._actor.log(Level.ERROR, f"an {what} that nobody here has placed", venue_order=venue_order)

"""Tells each owner what happens to its orders and trades."""

from collections.abc import Iterator

from attrs import define, field

from messages.identity import MarketId
from polyactors.exchange.core import Exchange
from polyactors.exchange.streams.outbox import Outbox
from polyactors.exchange.streams.stream_faults import StreamFaults, StreamKind
from polyactors.exchange.streams.user_frames import order_frame, trade_frame
from polyactors.exchange.streams.wire import Wire
from polyactors.exchange.words import ApiKey, ExchangeEvent, OrderReported, Trade, TradeReported


@define(eq=False)
class UserSubscriber:
    """One connection of `owner`. Without `markets` it hears of all of them."""

    outbox: Outbox
    owner: ApiKey
    markets: dict[MarketId, None] = field(factory=dict)

    def hears_of(self, market: MarketId) -> bool:
        return not self.markets or market in self.markets


class UserHub:
    """Listens to the exchange from its making on."""

    def __init__(self, exchange: Exchange, faults: StreamFaults) -> None:
        self._exchange = exchange
        self._wire = Wire(StreamKind.USER, faults)
        self._by_owner: dict[ApiKey, dict[UserSubscriber, None]] = {}
        exchange.listeners.append(self._heard)

    def __len__(self) -> int:
        """How many are connected."""
        return sum(map(len, self._by_owner.values()))

    def enter(self, subscriber: UserSubscriber) -> None:
        self._by_owner.setdefault(subscriber.owner, {})[subscriber] = None

    def leave(self, subscriber: UserSubscriber) -> None:
        connected = self._by_owner.get(subscriber.owner, {})
        connected.pop(subscriber, None)
        if not connected:
            self._by_owner.pop(subscriber.owner, None)

    def breaks(self, now_ns: int) -> bool:
        """Whether all connections break now, by a fault."""
        return self._wire.breaks([each for connected in self._by_owner.values() for each in connected], now_ns)

    def advance(self, now_ns: int) -> None:
        """Send the frames that a fault held back long enough."""
        self._wire.advance(now_ns)

    def next_due_ns(self) -> int | None:
        return self._wire.next_due_ns()

    def _heard(self, event: ExchangeEvent) -> None:
        match event:
            case OrderReported(view=view) if view.order.owner in self._by_owner:
                self._order_reported(event)
            case TradeReported(trade):
                for party in _parties(trade):
                    if party in self._by_owner:
                        self._trade_reported(trade, party, event.at_ns)

    def _order_reported(self, reported: OrderReported) -> None:
        order = reported.view.order
        listing = self._exchange.listings.get(order.market)
        if listing is None or self.breaks(reported.at_ns):
            return
        subscribers = self._of(order.owner, order.market)
        if subscribers:
            fault = self._wire.fault_for(listing.market.token(order.outcome), reported.at_ns)
            self._wire.send(order.market, order_frame(reported, listing), subscribers, fault, reported.at_ns)

    def _trade_reported(self, trade: Trade, party: ApiKey, at_ns: int) -> None:
        listing = self._exchange.listings.get(trade.market)
        if listing is None or self.breaks(at_ns):
            return
        subscribers = self._of(party, trade.market)
        if subscribers:
            fault = self._wire.fault_for(listing.market.token(trade.outcome), at_ns)
            self._wire.send(trade.market, trade_frame(trade, listing, party), subscribers, fault, at_ns)

    def _of(self, owner: ApiKey, market: MarketId) -> tuple[UserSubscriber, ...]:
        return tuple(each for each in self._by_owner.get(owner, ()) if each.hears_of(market))


def _parties(trade: Trade) -> Iterator[ApiKey]:
    """The taker and its makers, each once: who met itself sees the trade as its taker."""
    return iter(dict.fromkeys((trade.taker_owner, *(part.owner for part in trade.makers))))

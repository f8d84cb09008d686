"""The orders that were ever written, by their own name and by their intent's, and what each may still cost."""

from attrs import Factory, define

from actors.portfolio.booking import AlreadyWritten
from actors.portfolio.reserve import NOTHING, Reserve, reserve_for
from messages.identity import IntentId, MarketId, OrderId
from messages.markets import NO_FEES, FeeSchedule
from messages.orders import Order, OrderChanged, OrderState
from messages.units import Shares


@define
class WrittenOrders:
    _fees: dict[MarketId, FeeSchedule] = Factory(dict)
    _orders: dict[OrderId, OrderChanged] = Factory(dict)
    _intents: dict[IntentId, OrderId] = Factory(dict)

    def get(self, order: OrderId) -> OrderChanged | None:
        return self._orders.get(order)

    def put(self, changed: OrderChanged) -> None:
        self._orders[changed.order.order] = changed
        self._intents.setdefault(changed.order.intent, changed.order.order)

    def already(self, order: Order) -> AlreadyWritten | None:
        written = order.order if order.order in self._orders else self._intents.get(order.intent)
        return None if written is None else AlreadyWritten(order.order, order.intent, written)

    def add_market(self, market: MarketId, fees: FeeSchedule) -> None:
        """One that is known keeps its fees."""
        self._fees.setdefault(market, fees)

    def knows(self, market: MarketId) -> bool:
        return market in self._fees

    def fees(self, market: MarketId) -> FeeSchedule:
        return self._fees.get(market, NO_FEES)

    def reserve(self, changed: OrderChanged) -> Reserve:
        # FILLED before its fills have come: the money is as good as gone, so it stays reserved until they do.
        order, state = changed.order, changed.state
        if state.is_final and state is not OrderState.FILLED:
            return NOTHING
        remaining = Shares(order.size - changed.filled)
        return reserve_for(order.side, order.outcome, order.price, remaining, order.post_only, self.fees(order.market))

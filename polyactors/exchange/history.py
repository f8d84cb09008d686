"""What ended, as far back as is kept: so that memory stays flat however long the exchange runs.

Simulated traders do a thousand times what a client does, and never ask: what they did among themselves is kept apart,
and not for long, so that it does not push out what clients will ask for.
"""

from collections import OrderedDict, deque
from itertools import islice
from typing import Generic, TypeVar

from messages.identity import OrderId, TradeId
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import ApiKey, OrderView, Trade

K = TypeVar("K")
V = TypeVar("V")

KEPT_OF_A_SIMULATED_OWNER = 50


class Newest(Generic[K, V]):
    """The `most` newest by when they were first kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        return self._kept.get(key)

    def keep(self, key: K, value: V) -> None:
        self._kept[key] = value
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def replace(self, key: K, value: V) -> None:
        """Unless it is not kept any more."""
        if key in self._kept:
            self._kept[key] = value


class History:
    """`simulated` are the owners who never ask."""

    def __init__(self, settings: ExchangeSettings) -> None:
        self.simulated: set[ApiKey] = set()
        self._kept_an_owner = settings.trades_kept_an_owner
        self._ended = Newest[OrderId, OrderView](settings.ended_orders_kept)
        self._ended_simulated = Newest[OrderId, OrderView](settings.simulated_orders_kept)
        self._trades = Newest[TradeId, Trade](settings.trades_kept)
        self._trades_simulated = Newest[TradeId, Trade](settings.simulated_trades_kept)
        self._by_owner: dict[ApiKey, deque[TradeId]] = {}

    def ended(self, view: OrderView) -> None:
        among = self._ended_simulated if view.order.owner in self.simulated else self._ended
        among.keep(view.order.order, view)

    def order(self, order: OrderId) -> OrderView | None:
        return self._ended.get(order) or self._ended_simulated.get(order)

    def traded(self, trade: Trade) -> None:
        """A new trade."""
        owners = _owners(trade)
        self._among(owners).keep(trade.trade, trade)
        for owner in owners:
            kept = self._by_owner.get(owner)
            if kept is None:
                most = KEPT_OF_A_SIMULATED_OWNER if owner in self.simulated else self._kept_an_owner
                kept = self._by_owner[owner] = deque(maxlen=most)
            kept.appendleft(trade.trade)

    def moved_on(self, trade: Trade) -> None:
        """A new status of a trade."""
        self._among(_owners(trade)).replace(trade.trade, trade)

    def trade(self, trade: TradeId) -> Trade | None:
        return self._trades.get(trade) or self._trades_simulated.get(trade)

    def trades_of(self, owner: ApiKey, most: int | None = None) -> tuple[Trade, ...]:
        """Newest first."""
        found = (self.trade(trade) for trade in self._by_owner.get(owner, ()))
        return tuple(islice((trade for trade in found if trade is not None), most))

    def _among(self, owners: set[ApiKey]) -> Newest[TradeId, Trade]:
        return self._trades_simulated if owners <= self.simulated else self._trades


def _owners(trade: Trade) -> set[ApiKey]:
    return {trade.taker_owner, *(maker.owner for maker in trade.makers)}

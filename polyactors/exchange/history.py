"""What ended, as far back as is kept: so that memory stays flat however long the exchange runs."""

from collections import OrderedDict, deque
from itertools import islice

from messages.identity import OrderId, TradeId
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import ApiKey, OrderView, Trade


class History:
    def __init__(self, settings: ExchangeSettings) -> None:
        self._settings = settings
        self._ended: OrderedDict[OrderId, OrderView] = OrderedDict()
        self._trades: OrderedDict[TradeId, Trade] = OrderedDict()
        self._by_owner: dict[ApiKey, deque[TradeId]] = {}

    def ended(self, view: OrderView) -> None:
        self._ended[view.order.order] = view
        if len(self._ended) > self._settings.ended_orders_kept:
            self._ended.popitem(last=False)

    def order(self, order: OrderId) -> OrderView | None:
        return self._ended.get(order)

    def traded(self, trade: Trade) -> None:
        """A new trade, or a new status of one."""
        is_new = trade.trade not in self._trades
        self._trades[trade.trade] = trade
        if not is_new:
            return
        if len(self._trades) > self._settings.trades_kept:
            self._trades.popitem(last=False)
        for owner in {trade.taker_owner, *(maker.owner for maker in trade.makers)}:
            kept = self._by_owner.get(owner)
            if kept is None:
                kept = self._by_owner[owner] = deque(maxlen=self._settings.trades_kept_an_owner)
            kept.appendleft(trade.trade)

    def trade(self, trade: TradeId) -> Trade | None:
        return self._trades.get(trade)

    def trades_of(self, owner: ApiKey, most: int | None = None) -> tuple[Trade, ...]:
        """Newest first."""
        found = (self._trades.get(trade) for trade in self._by_owner.get(owner, ()))
        return tuple(islice((trade for trade in found if trade is not None), most))

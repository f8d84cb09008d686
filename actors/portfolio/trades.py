"""What was heard of each trade. Its first final word stands, settled or failed, also where it came before the fill."""

from attrs import Factory, define

from messages.fills import Fill
from messages.identity import TradeId


@define
class Trades:
    _booked: dict[TradeId, Fill] = Factory(dict)
    _unsettled: dict[TradeId, Fill] = Factory(dict)
    _settled_early: set[TradeId] = Factory(set)
    _failed: set[TradeId] = Factory(set)

    def book(self, fill: Fill) -> None:
        self._booked[fill.trade] = fill
        if fill.provisional:
            self._unsettled[fill.trade] = fill

    def booked(self, trade: TradeId) -> Fill | None:
        """Also where it has failed since."""
        return self._booked.get(trade)

    def is_settled(self, trade: TradeId) -> bool:
        """Its fill need not be known."""
        if trade in self._settled_early:
            return True
        return trade in self._booked and trade not in self._unsettled and trade not in self._failed

    def has_failed(self, trade: TradeId) -> bool:
        return trade in self._failed

    def settle(self, trade: TradeId) -> Fill | None:
        """The fill that is final from now on; None where it has not come yet. Only for what has had no final word."""
        fill = self._unsettled.pop(trade, None)
        if fill is None:
            self._settled_early.add(trade)
        return fill

    def fail(self, trade: TradeId) -> Fill | None:
        """The fill that has never been; None where it has not come yet. Only for what has had no final word."""
        self._failed.add(trade)
        return self._unsettled.pop(trade, None)

    def unsettled(self) -> tuple[Fill, ...]:
        return tuple(self._unsettled.values())

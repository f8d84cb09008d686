"""One order that the exchange has taken, while it is open."""

from attrs import define

from messages.identity import Outcome, Side, TradeId
from messages.units import PRICE_SCALE, Price, Shares
from polyactors.exchange.words import NewOrder, OrderStatus, OrderView


@define(eq=False)
class OpenOrder:
    """`bids_for` and `bid` say the order as a bid in the merged book: a SELL of YES at p bids for NO at 1 - p."""

    order: NewOrder
    bids_for: Outcome
    bid: Price
    remaining: Shares
    created_ns: int
    sequence: int
    status: OrderStatus = OrderStatus.LIVE
    trades: tuple[TradeId, ...] = ()

    @property
    def matched(self) -> Shares:
        return Shares(self.order.size - self.remaining)

    def view(self) -> OrderView:
        return OrderView(self.order, self.status, self.matched, self.created_ns, self.trades)


def as_open(order: NewOrder, now_ns: int, sequence: int) -> OpenOrder:
    if order.side is Side.BUY:
        return OpenOrder(order, order.outcome, order.price, order.size, now_ns, sequence)
    return OpenOrder(order, order.outcome.other, Price(PRICE_SCALE - order.price), order.size, now_ns, sequence)

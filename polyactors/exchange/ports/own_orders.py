"""What the exchange says of one owner's orders, in the words of execution."""

from collections.abc import Callable, Iterable, Iterator

from attrs import define, evolve

from messages.fills import Fill, FillReversed, FillSettled, Liquidity
from messages.identity import MarketId, OrderId, Outcome, Side, TradeId
from messages.orders import Accepted, Ended, Executed, Order, OrderState, VenueEvent
from messages.units import PRICE_SCALE, Cash, Price, Shares
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import (
    ApiKey,
    BookChanged,
    ExchangeEvent,
    OrderReported,
    OrderStatus,
    OrderView,
    Trade,
    TradeReported,
    TradeStatus,
)

FAK_REST = "the rest of an order that does not rest"
DUST = "what is left is less than a hundredth of a share"


@define
class _Placed:
    """`ended` waits for the fills that the exchange tells after it."""

    order: Order
    is_accepted: bool = False
    filled: int = 0
    ended: Ended | None = None


class OwnOrders:
    """Listens to the exchange; `tell` hears of each order Accepted first, then its fills, then its end.

    All fills are provisional at first.
    """

    def __init__(
        self, exchange: Exchange, owner: ApiKey, markets: Iterable[MarketId], tell: Callable[[VenueEvent], None]
    ) -> None:
        self._exchange = exchange
        self._owner = owner
        self._tell = tell
        self._placed: dict[OrderId, _Placed] = {}
        self._fills: dict[TradeId, Fill] = {}
        self._reversed: list[FillReversed] = []
        self._of_trades: dict[TradeId, list[TradeId]] = {}
        # The middle now, and the one before a match changed the book.
        self._middles = {market: self._middle(market) for market in markets}
        self._before = dict(self._middles)
        exchange.listeners.append(self._heard)

    @property
    def fills(self) -> tuple[Fill, ...]:
        """All but those that failed, from the beginning, each as it is now."""
        return tuple(self._fills.values())

    @property
    def reversed(self) -> tuple[FillReversed, ...]:
        """All that failed."""
        return tuple(self._reversed)

    def watch(self, market: MarketId) -> None:
        """Its fills are told with the middle of their moment, as those of the others."""
        if market not in self._middles:
            self._middles[market] = self._before[market] = self._middle(market)

    def sent(self, order: Order) -> None:
        """It is about to reach the exchange."""
        if order.order not in self._placed:
            self._placed[order.order] = _Placed(order)

    def refused(self, order: OrderId) -> None:
        """The exchange did not take it: there is nothing to be heard of it."""
        placed = self._placed.get(order)
        if placed is not None and not placed.is_accepted:
            del self._placed[order]

    def _heard(self, event: ExchangeEvent) -> None:
        match event:
            case BookChanged():
                self._book_changed(event)
            case OrderReported(view=view) if view.order.owner == self._owner:
                self._order_reported(view, event.at_ns)
            case TradeReported(trade) if trade.status is TradeStatus.MATCHED:
                for fill in self._fills_of(trade):
                    self._of_trades.setdefault(trade.trade, []).append(fill.trade)
                    self._executed(fill)
            case TradeReported(trade) if trade.trade in self._of_trades:
                self._moved_on(trade, event.at_ns)

    def _book_changed(self, change: BookChanged) -> None:
        before = self._middles.get(change.market)
        if before is not None:
            self._before[change.market] = before
            self._middles[change.market] = self._middle(change.market)

    def _middle(self, market: MarketId) -> Price:
        """Half way between the best prices, in YES terms; an empty side counts as 0 or 1, as in a snapshot."""
        bid, ask = (
            self._exchange.best_bid(market, Outcome.YES),
            PRICE_SCALE - self._exchange.best_bid(market, Outcome.NO),
        )
        return Price((bid + ask) // 2)

    def _order_reported(self, view: OrderView, at_ns: int) -> None:
        placed = self._placed.get(view.order.order)
        if placed is None:
            return
        if not placed.is_accepted and view.status is not OrderStatus.DELAYED:
            # A delayed order cannot be cancelled: who wanted that meanwhile says it again at this.
            placed.is_accepted = True
            self._tell(Accepted(view.order.order, at_ns))
        if view.status.is_open:
            return
        if view.status is OrderStatus.MATCHED and not view.remaining:
            self._forget_when_filled(placed)
            return
        placed.ended = _ended(view, at_ns)
        self._end_if_complete(placed)

    def _fills_of(self, trade: Trade) -> Iterator[Fill]:
        """A trade may be of several of our orders."""
        if trade.taker_owner == self._owner and (placed := self._placed.get(trade.taker_order)):
            yield self._fill(
                placed.order, trade, trade.outcome, trade.side, trade.price, trade.size, trade.fee, Liquidity.TAKER
            )
        for part in trade.makers:
            if part.owner == self._owner and (placed := self._placed.get(part.order)):
                yield self._fill(
                    placed.order, trade, part.outcome, part.side, part.price, part.size, Cash(0), Liquidity.MAKER
                )

    def _fill(
        self,
        order: Order,
        trade: Trade,
        outcome: Outcome,
        side: Side,
        price: Price,
        size: Shares,
        fee: Cash,
        liquidity: Liquidity,
    ) -> Fill:
        return Fill(
            trade=TradeId(f"{trade.trade}:{order.order}"),
            order=order.order,
            strategy=order.strategy,
            market=order.market,
            outcome=outcome,
            side=side,
            price=price,
            size=size,
            fee=fee,
            liquidity=liquidity,
            middle=self._before.get(order.market, price),
            at_ns=trade.matched_ns,
            provisional=True,
        )

    def _moved_on(self, trade: Trade, at_ns: int) -> None:
        """What is mined can be used; what failed never was."""
        if trade.status is TradeStatus.MINED:
            for name in self._of_trades.pop(trade.trade):
                fill = self._fills[name] = evolve(self._fills[name], provisional=False)
                self._tell(FillSettled(name, fill.order, fill.market, at_ns))
        elif trade.status is TradeStatus.FAILED:
            for name in self._of_trades.pop(trade.trade):
                fill = self._fills.pop(name)
                reversal = FillReversed(name, fill.order, fill.market, at_ns)
                self._reversed.append(reversal)
                self._tell(reversal)

    def _executed(self, fill: Fill) -> None:
        self._fills[fill.trade] = fill
        placed = self._placed[fill.order]
        placed.filled += fill.size
        self._tell(Executed(fill))
        self._forget_when_filled(placed)
        self._end_if_complete(placed)

    def _forget_when_filled(self, placed: _Placed) -> None:
        if placed.filled >= placed.order.size:
            self._placed.pop(placed.order.order, None)

    def _end_if_complete(self, placed: _Placed) -> None:
        if placed.ended is not None and placed.filled >= placed.ended.filled:
            self._placed.pop(placed.order.order, None)
            self._tell(placed.ended)


def _ended(view: OrderView, at_ns: int) -> Ended:
    order = view.order
    match view.status:
        case OrderStatus.CANCELED_EXPIRED_ORDER:
            state, reason = OrderState.EXPIRED, view.status.value
        case OrderStatus.CANCELED:
            state, reason = OrderState.CANCELLED, ""
        case OrderStatus.MATCHED:
            state, reason = OrderState.CANCELLED, DUST if order.order_type.rests else FAK_REST
        case _:
            state, reason = OrderState.CANCELLED, view.status.value
    return Ended(order.order, state, view.matched, reason, at_ns)

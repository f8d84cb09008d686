"""Invariants 1 and 5 from the journal alone: money and shares reckoned anew, without the ledger."""

from collections.abc import Collection, Iterator, Mapping

from attrs import Factory, define

from messages.fills import Fill, FillReversed
from messages.identity import MarketId, OrderId, Outcome, Side, TradeId
from messages.markets import NO_FEES, FeeSchedule, Market
from messages.orders import Order, OrderMoved
from messages.portfolio import AccountMoved, MoveCause
from messages.sessions import MarketJoined
from messages.units import Cash, Shares, format_cash, format_shares, notional, proceeds

Token = tuple[MarketId, Outcome]


@define
class MoneyCheck:
    """Folds orders, fills, and what moved without a trade; each step yields pairs of invariant number and text.

    Whether the reservations are covered is asked after orders and fills alone: what is taken out or redeemed is done
    outside, and the orders that it leaves uncovered are the venue's to cancel.
    """

    cash: int
    _fees: dict[MarketId, FeeSchedule] = Factory(dict)
    _shares: dict[Token, int] = Factory(dict)
    _orders: dict[OrderId, Order] = Factory(dict)
    _filled: dict[OrderId, int] = Factory(dict)
    _open: dict[OrderId, Order] = Factory(dict)
    _trades: dict[TradeId, Fill] = Factory(dict)
    _failed: set[TradeId] = Factory(set)
    _moves: set[str] = Factory(set)

    def see(self, message: object) -> Iterator[tuple[int, str]]:
        match message:
            case Market():
                self._fees[message.market] = message.fees
            case MarketJoined(market):
                self._fees.setdefault(market.market, market.fees)
            case Order() if message.order not in self._orders:
                self._orders[message.order] = self._open[message.order] = message
                yield from self._covered(message.market, message.outcome)
            case OrderMoved() if message.state.is_final:
                self._open.pop(message.order, None)
            case Fill():
                yield from self._on_fill(message)
            case FillReversed():
                yield from self._on_reversed(message)
            case AccountMoved():
                yield from self._on_moved(message)

    def held(self, market: MarketId, outcome: Outcome) -> int:
        return self._shares.get((market, outcome), 0)

    def agrees_with_venue(
        self, cash: Cash, shares: Mapping[Token, Shares], open_orders: Collection[OrderId]
    ) -> Iterator[str]:
        """Each way in which the venue's word differs from the journal's, once nothing is under way any more."""
        if cash != self.cash:
            yield f"the venue has {format_cash(cash)} pUSD, the journal {format_cash(Cash(self.cash))}"
        for token in sorted(self._shares.keys() | shares.keys(), key=lambda each: (each[0], each[1].value)):
            there, here = shares.get(token, Shares(0)), Shares(self._shares.get(token, 0))
            if there != here:
                name = f"{token[1].value} of {token[0]}"
                yield f"the venue has {format_shares(there)} {name}, the journal {format_shares(here)}"
        for order in sorted(self._open.keys() - set(open_orders)):
            yield f"order {order} is open in the journal and not at the venue"
        for order in sorted(set(open_orders) - self._open.keys()):
            yield f"order {order} is open at the venue and not in the journal"

    def _on_fill(self, fill: Fill) -> Iterator[tuple[int, str]]:
        if fill.trade in self._trades:
            yield 5, f"trade {fill.trade} is booked twice"
            return
        if fill.trade in self._failed:
            yield 5, f"trade {fill.trade} is booked although it has failed"
        self._trades[fill.trade] = fill
        self._move(fill, 1)
        filled = self._filled[fill.order] = self._filled.get(fill.order, 0) + fill.size
        order = self._orders.get(fill.order)
        if order is None:
            yield 5, f"trade {fill.trade} fills order {fill.order}, which was never written"
        elif filled >= order.size:
            self._open.pop(fill.order, None)
            if filled > order.size:
                over = f"{format_shares(Shares(filled))} of {format_shares(order.size)}"
                yield 5, f"order {fill.order} is filled beyond its size by trade {fill.trade}: {over}"
        yield from self._covered(fill.market, fill.outcome)

    def _on_reversed(self, reversal: FillReversed) -> Iterator[tuple[int, str]]:
        if reversal.trade in self._failed:
            yield 5, f"trade {reversal.trade} is reversed twice"
            return
        self._failed.add(reversal.trade)
        fill = self._trades.get(reversal.trade)
        if fill is not None:
            self._move(fill, -1)

    def _on_moved(self, moved: AccountMoved) -> Iterator[tuple[int, str]]:
        if moved.move in self._moves:
            yield 5, f"move {moved.move} is booked twice"
            return
        self._moves.add(moved.move)
        if moved.cause in (MoveCause.SPLIT, MoveCause.MERGE) and not moved.yes == moved.no == -moved.cash:
            yield 5, f"move {moved.move} does not exchange sets of both tokens for their price"
        self.cash += moved.cash
        for outcome, came in ((Outcome.YES, moved.yes), (Outcome.NO, moved.no)):
            if came and moved.market is None:
                yield 5, f"move {moved.move} moves shares of no market"
            elif came and moved.market is not None:
                self._hold(moved.market, outcome, came)

    def _move(self, fill: Fill, times: int) -> None:
        buy = fill.side is Side.BUY
        flow = -notional(fill.price, fill.size) if buy else proceeds(fill.price, fill.size)
        self.cash += times * (flow - fill.fee)
        self._hold(fill.market, fill.outcome, times * (fill.size if buy else -fill.size))

    def _hold(self, market: MarketId, outcome: Outcome, came: int) -> None:
        self._shares[market, outcome] = self.held(market, outcome) + came

    def _covered(self, market: MarketId, outcome: Outcome) -> Iterator[tuple[int, str]]:
        reserved = sum(self._reserved_cash(order) for order in self._open.values() if order.side is Side.BUY)
        if reserved > self.cash:
            yield 1, f"{format_cash(Cash(reserved))} pUSD are reserved of {format_cash(Cash(self.cash))}"
        sold = Shares(sum(self._remaining(order) for order in self._open.values() if _sells(order, market, outcome)))
        held = self.held(market, outcome)
        if sold > max(held, 0):
            name = f"{outcome.value} of {market}"
            yield 1, f"{format_shares(sold)} {name} are reserved of {format_shares(Shares(held))}"

    def _reserved_cash(self, order: Order) -> int:
        remaining = self._remaining(order)
        fees = self._fees.get(order.market, NO_FEES)
        return notional(order.price, remaining) + (0 if order.post_only else fees.taker_fee(order.price, remaining))

    def _remaining(self, order: Order) -> Shares:
        return Shares(order.size - self._filled.get(order.order, 0))


def _sells(order: Order, market: MarketId, outcome: Outcome) -> bool:
    return order.side is Side.SELL and order.market == market and order.outcome is outcome

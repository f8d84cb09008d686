"""One wallet: what it owns, and what it has promised to its open orders."""

from collections import defaultdict

from messages.identity import MarketId, OrderId, Outcome, Side
from messages.units import Cash, Shares, notional
from polyactors.exchange.matching.resting import OpenOrder
from polyactors.exchange.words import Wallet

ShareKey = tuple[MarketId, Outcome]


class Account:
    """`cash` and `shares` are settled: what waits for settlement is in escrow.

    Promises are kept a market, as the venue does: the BUY orders of one market may not cost more than the cash there
    is, its SELL orders not more than the shares; other markets' orders may promise the same cash (polymarket.md 3.2).
    """

    __slots__ = ("_promised_cash", "_promised_shares", "cash", "open_orders", "shares", "wallet")

    def __init__(self, wallet: Wallet) -> None:
        self.wallet = wallet
        self.cash = 0
        self.shares: defaultdict[ShareKey, int] = defaultdict(int)
        self.open_orders: dict[MarketId, dict[OrderId, OpenOrder]] = {}
        self._promised_cash: defaultdict[MarketId, int] = defaultdict(int)
        self._promised_shares: defaultdict[ShareKey, int] = defaultdict(int)

    def promised_cash(self, market: MarketId) -> Cash:
        return Cash(self._promised_cash.get(market, 0))

    def promised_shares(self, market: MarketId, outcome: Outcome) -> Shares:
        return Shares(self._promised_shares.get((market, outcome), 0))

    def free_cash(self, market: MarketId) -> Cash:
        """What a further BUY in this market may cost."""
        return Cash(self.cash - self._promised_cash.get(market, 0))

    def free_shares(self, market: MarketId, outcome: Outcome) -> Shares:
        """What a further SELL may offer."""
        key = (market, outcome)
        return Shares(self.shares.get(key, 0) - self._promised_shares.get(key, 0))

    def promise(self, order: OpenOrder) -> None:
        market = order.order.market
        self.open_orders.setdefault(market, {})[order.order.order] = order
        self._move_promise(order, order.remaining, Shares(0))

    def reduce_promise(self, order: OpenOrder, before: Shares) -> None:
        """An open order of this account went from `before` to what remains of it now."""
        self._move_promise(order, order.remaining, before)

    def release(self, order: OpenOrder) -> None:
        """The order is not open any more."""
        market = order.order.market
        orders = self.open_orders[market]
        del orders[order.order.order]
        if not orders:
            del self.open_orders[market]
        self._move_promise(order, Shares(0), order.remaining)

    def is_short(self, market: MarketId) -> bool:
        """Whether open orders in the market have lost their backing."""
        return (
            self._promised_cash.get(market, 0) > self.cash
            or self._promised_shares.get((market, Outcome.YES), 0) > self.shares.get((market, Outcome.YES), 0)
            or self._promised_shares.get((market, Outcome.NO), 0) > self.shares.get((market, Outcome.NO), 0)
        )

    def lacks_backing(self, order: OpenOrder) -> bool:
        """Whether what this order is backed by is promised more than once over."""
        market, outcome = order.order.market, order.order.outcome
        if order.order.side is Side.BUY:
            return self.free_cash(market) < 0
        return self.free_shares(market, outcome) < 0

    def _move_promise(self, order: OpenOrder, now: Shares, before: Shares) -> None:
        market, outcome = order.order.market, order.order.outcome
        if order.order.side is Side.BUY:
            left = self._promised_cash[market] + _cost(order, now) - _cost(order, before)
            if left:
                self._promised_cash[market] = left
            else:
                del self._promised_cash[market]
        else:
            key = (market, outcome)
            left = self._promised_shares[key] + now - before
            if left:
                self._promised_shares[key] = left
            else:
                del self._promised_shares[key]


def _cost(order: OpenOrder, size: Shares) -> Cash:
    """What a BUY may come to cost without fees; one that waits with a budget, no more than that."""
    limit, budget = notional(order.order.price, size), order.order.budget
    return limit if budget is None else min(limit, budget)

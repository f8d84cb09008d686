"""The venue's own account of us: what it would say we have, for reconciliation."""

from messages.fills import Fill
from messages.identity import MarketId, Outcome, Side
from messages.units import Cash, Shares, proceeds


class Account:
    """Cash and shares after every fill. Exact: fills are whole lots, so that no amount is rounded.

    What a provisional fill brought is here at once and cannot be used before it settled: neither the shares of a BUY
    nor the money of a SELL. What it cost is gone at once.
    """

    __slots__ = ("_provisional_shares", "_shares", "cash", "provisional_cash")

    def __init__(self, deposit: Cash) -> None:
        self.cash = deposit
        self.provisional_cash = Cash(0)
        self._shares: dict[tuple[MarketId, Outcome], Shares] = {}
        self._provisional_shares: dict[tuple[MarketId, Outcome], Shares] = {}

    @property
    def spendable(self) -> Cash:
        return Cash(self.cash - self.provisional_cash)

    def shares(self, market: MarketId, outcome: Outcome) -> Shares:
        return self._shares.get((market, outcome), Shares(0))

    def sellable(self, market: MarketId, outcome: Outcome) -> Shares:
        provisional = self._provisional_shares.get((market, outcome), Shares(0))
        return Shares(self.shares(market, outcome) - provisional)

    def apply(self, fill: Fill) -> None:
        """A BUY pays its price and the fee, a SELL gets its price less the fee (reference polymarket.md, 4.1)."""
        self._move(fill, 1)
        if fill.provisional:
            self._hold(fill, 1)

    def settle(self, fill: Fill) -> None:
        """What the provisional `fill` brought can be used."""
        self._hold(fill, -1)

    def reverse(self, fill: Fill) -> None:
        """The provisional `fill` has failed: nothing was exchanged, and no fee was paid."""
        self._hold(fill, -1)
        self._move(fill, -1)

    def _move(self, fill: Fill, times: int) -> None:
        direction = times if fill.side is Side.BUY else -times
        self.cash = Cash(self.cash - direction * proceeds(fill.price, fill.size) - times * fill.fee)
        _add(self._shares, fill, direction)

    def _hold(self, fill: Fill, times: int) -> None:
        if fill.side is Side.BUY:
            _add(self._provisional_shares, fill, times)
        else:
            brought = proceeds(fill.price, fill.size) - fill.fee
            self.provisional_cash = Cash(self.provisional_cash + times * brought)


def _add(holdings: dict[tuple[MarketId, Outcome], Shares], fill: Fill, times: int) -> None:
    token = (fill.market, fill.outcome)
    held = Shares(holdings.get(token, 0) + times * fill.size)
    if held:
        holdings[token] = held
    else:
        holdings.pop(token, None)

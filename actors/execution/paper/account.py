"""The venue's own account of us: what it would say we have, for reconciliation."""

from messages.fills import Fill
from messages.identity import MarketId, Outcome, Side
from messages.units import Cash, Shares, proceeds


class Account:
    """Cash and shares after every fill. Exact: fills are whole lots, so that no amount is rounded."""

    __slots__ = ("_shares", "cash")

    def __init__(self, deposit: Cash) -> None:
        self.cash = deposit
        self._shares: dict[tuple[MarketId, Outcome], Shares] = {}

    def shares(self, market: MarketId, outcome: Outcome) -> Shares:
        return self._shares.get((market, outcome), Shares(0))

    def apply(self, fill: Fill) -> None:
        """A BUY pays its price and the fee, a SELL gets its price less the fee (reference polymarket.md, 4.1)."""
        amount = proceeds(fill.price, fill.size)
        direction = 1 if fill.side is Side.BUY else -1
        self.cash = Cash(self.cash - direction * amount - fill.fee)
        held = Shares(self.shares(fill.market, fill.outcome) + direction * fill.size)
        if held:
            self._shares[fill.market, fill.outcome] = held
        else:
            self._shares.pop((fill.market, fill.outcome), None)

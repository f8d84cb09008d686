"""What makers get back of the fees that their takers paid (polymarket.md 4.2)."""

from collections import defaultdict

from messages.identity import MarketId
from messages.units import CASH_SCALE, Cash
from polyactors.exchange.words import Trade, Wallet

PARTS = 1_000_000

SMALLEST_PAYOUT = CASH_SCALE


class RebatesDue:
    """A maker's part of a trade's fee follows its part of the size; less than a pUSD waits for a later day."""

    def __init__(self) -> None:
        self._due: defaultdict[tuple[Wallet, MarketId], int] = defaultdict(int)

    def earned(self, trade: Trade, rebate_ppm: int) -> None:
        pool = trade.fee * rebate_ppm // PARTS
        if not pool:
            return
        for maker in trade.makers:
            self._due[maker.wallet, trade.market] += pool * maker.size // trade.size

    def due(self) -> list[tuple[Wallet, MarketId, Cash]]:
        return [(wallet, market, Cash(cash)) for (wallet, market), cash in self._due.items()]

    def pay_day(self) -> list[tuple[Wallet, MarketId, Cash]]:
        """What is to be paid now; it is not due any more."""
        payouts = [entry for entry in self.due() if entry[2] >= SMALLEST_PAYOUT]
        for wallet, market, _ in payouts:
            del self._due[wallet, market]
        return payouts

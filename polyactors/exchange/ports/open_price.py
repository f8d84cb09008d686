"""The price at a period's start, as the exchange's own markets are settled by it, for who was not there to hear it."""

from messages.periods import Period, Reading, SettlementRule
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.exchange.listings.reference_price import ReferencePrices


class ExchangeOpenPrices:
    """An `OpenPriceSource` on the world's prices, in process: what it says was told by then, and no later."""

    def __init__(self, prices: ReferencePrices) -> None:
        self._prices = prices

    async def open_price(self, period: Period, rule: SettlementRule) -> float | None:
        """None before the start, and for symbols that the world does not have. Raises nothing."""
        symbol, at_ns = str(period.series.symbol), period.start_ms * NANOSECONDS_PER_MILLISECOND
        newest_ns = self._prices.next_due_ns() - self._prices.step_ns
        if symbol not in self._prices.symbols or newest_ns < at_ns:
            return None
        if rule.reading is Reading.MEAN:
            return self._prices.twap(symbol, at_ns, rule.window_s)
        return self._prices.price_at(symbol, at_ns)

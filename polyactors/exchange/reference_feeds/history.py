"""What a price, or its average, was at the beginning of each of the last seconds."""

from polyactors.exchange.listings.reference_price import ReferencePrices
from polyactors.exchange.reference_feeds.writing import SECOND_NS

HISTORY_S = 120
"""About two minutes, as both of Polymarket's feeds begin with."""


def value(prices: ReferencePrices, symbol: str, at_ns: int, window_s: int | None) -> float:
    """The price that held then, or the average of the `window_s` seconds before."""
    return prices.price_at(symbol, at_ns) if window_s is None else prices.twap(symbol, at_ns, window_s)


def last_seconds(prices: ReferencePrices, symbol: str, last_ns: int, window_s: int | None) -> list[tuple[int, float]]:
    """Times and values up to `last_ns`, oldest first."""
    newest_ns = last_ns - last_ns % SECOND_NS
    times = range(newest_ns - (HISTORY_S - 1) * SECOND_NS, newest_ns + 1, SECOND_NS)
    return [(at_ns, value(prices, symbol, at_ns, window_s)) for at_ns in times]

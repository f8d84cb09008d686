"""Candles of the simulated prices: those of hours are the ones that decide markets."""

from collections.abc import Iterator
from enum import Enum

from attrs import evolve, frozen

from polyactors.exchange.listings.reference_price import HOUR_NS, ReferencePrices


class Interval(Enum):
    """The names are Binance's."""

    MINUTE = "1m"
    HOUR = "1h"

    @property
    def length_ns(self) -> int:
        return HOUR_NS if self is Interval.HOUR else HOUR_NS // 60


@frozen
class Kline:
    """Trades `first_number` to `last_number`, the prices they made, and what was traded: `base` in coins, `quote` in
    the other currency, and how much of it takers bought."""

    start_ns: int
    interval: Interval
    open: float
    high: float
    low: float
    close: float
    first_number: int
    last_number: int
    base: float = 0.0
    quote: float = 0.0
    bought_base: float = 0.0
    bought_quote: float = 0.0

    @property
    def trades(self) -> int:
        return self.last_number - self.first_number + 1

    @property
    def end_ns(self) -> int:
        """The first moment after it."""
        return self.start_ns + self.interval.length_ns

    def with_volumes(self, base: float, quote: float, bought_base: float, bought_quote: float) -> "Kline":
        return evolve(self, base=base, quote=quote, bought_base=bought_base, bought_quote=bought_quote)


def klines(prices: ReferencePrices, symbol: str, interval: Interval, since_ns: int, until_ns: int) -> Iterator[Kline]:
    """Those that open from `since_ns` to `until_ns`, both included, without volumes, oldest first.

    Hours are the candles that markets are decided by; minutes reach back as far as single prices are kept.
    """
    if interval is Interval.HOUR:
        return _hours(prices, symbol, since_ns, until_ns)
    return _minutes(prices, symbol, since_ns, until_ns)


def _hours(prices: ReferencePrices, symbol: str, since_ns: int, until_ns: int) -> Iterator[Kline]:
    newest_ns = prices.next_due_ns() - prices.step_ns
    for start_ns in _starts(since_ns, until_ns, Interval.HOUR, newest_ns):
        candle = prices.candle(symbol, start_ns)
        if candle is None:
            continue
        last_ns = min(start_ns + HOUR_NS - 1, newest_ns)
        yield Kline(
            start_ns=start_ns,
            interval=Interval.HOUR,
            open=candle.open,
            high=candle.high,
            low=candle.low,
            close=candle.close,
            first_number=-(-start_ns // prices.step_ns),
            last_number=last_ns // prices.step_ns,
        )


def _minutes(prices: ReferencePrices, symbol: str, since_ns: int, until_ns: int) -> Iterator[Kline]:
    length_ns = Interval.MINUTE.length_ns
    first_ns = -(-since_ns // length_ns) * length_ns
    of_minute: dict[int, list[tuple[int, float]]] = {}
    for at_ns, price in prices.recent(symbol, first_ns):
        if at_ns - at_ns % length_ns > until_ns:
            break
        of_minute.setdefault(at_ns // length_ns, []).append((at_ns, price))
    for minute, told in of_minute.items():
        start_ns = minute * length_ns
        if told[0][0] >= start_ns + prices.step_ns:
            continue  # its first prices are not kept any more
        only = [price for _, price in told]
        yield Kline(
            start_ns=start_ns,
            interval=Interval.MINUTE,
            open=only[0],
            high=max(only),
            low=min(only),
            close=only[-1],
            first_number=told[0][0] // prices.step_ns,
            last_number=told[-1][0] // prices.step_ns,
        )


_MOST_HOURS = 1_100
"""More than are ever kept or asked for."""


def _starts(since_ns: int, until_ns: int, interval: Interval, newest_ns: int) -> range:
    length_ns = interval.length_ns
    last = min(until_ns, newest_ns) // length_ns
    first = max(-(-since_ns // length_ns), last - _MOST_HOURS)
    return range(first * length_ns, last * length_ns + 1, length_ns)

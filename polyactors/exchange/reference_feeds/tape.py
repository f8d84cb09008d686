"""The trades that all feeds tell of, with the quotes around them and what was traded in each candle."""

from collections import OrderedDict, deque
from collections.abc import Sequence

from attrs import define, frozen

from polyactors.exchange.listings.reference_price import ReferencePrices, ReferenceTick
from polyactors.exchange.reference_feeds.candles import Interval, Kline, klines

_TRADES_KEPT = 50
_CANDLES_KEPT = 400


@frozen
class Print:
    """One trade, and the best bid and ask after it. `number` counts the trades of its symbol without a gap.

    Prices have `decimals` places. Sizes in coins.
    """

    symbol: str
    number: int
    at_ns: int
    price: float
    size: float
    is_buy: bool
    decimals: int
    bid: float
    bid_size: float
    ask: float
    ask_size: float

    def begins(self, every_ns: int, step_ns: int) -> bool:
        """Whether it is the first of its symbol in a span of `every_ns`."""
        return self.at_ns // every_ns != (self.at_ns - step_ns) // every_ns


@define
class Traded:
    """How much in a candle, and how much of it takers bought. `quote` is in the other currency."""

    trades: int = 0
    base: float = 0.0
    quote: float = 0.0
    bought_base: float = 0.0
    bought_quote: float = 0.0


@frozen
class Day:
    """The last 24 hours, or as much of them as there is."""

    open: float
    high: float
    low: float
    volume: float
    average: float
    """Of the prices, by what was traded at them."""


class Tape:
    """Has to hear every tick, by `hear`, before those who ask it."""

    def __init__(self, prices: ReferencePrices) -> None:
        self.prices = prices
        self._traded: dict[tuple[str, Interval], OrderedDict[int, Traded]] = {
            (symbol, interval): OrderedDict() for symbol in prices.symbols for interval in Interval
        }
        self._recent = {symbol: deque([self._first(symbol)], maxlen=_TRADES_KEPT) for symbol in prices.symbols}

    @property
    def step_ns(self) -> int:
        return self.prices.step_ns

    @property
    def newest_ns(self) -> int:
        """When the newest price was made."""
        return self.prices.next_due_ns() - self.step_ns

    def hear(self, tick: ReferenceTick) -> Print:
        told = self._print(tick)
        self._recent[tick.symbol].append(told)
        for interval in Interval:
            self._count(self._traded[tick.symbol, interval], tick, interval)
        return told

    def last(self, symbol: str) -> Print:
        """Raises `KeyError` for a symbol that there is not."""
        return self._recent[symbol][-1]

    def recent(self, symbol: str) -> Sequence[Print]:
        """Oldest first, at most 50."""
        return tuple(self._recent[symbol])

    def klines(self, symbol: str, interval: Interval, since_ns: int, until_ns: int) -> list[Kline]:
        """Those that are known and open from `since_ns` to `until_ns`, both included, oldest first.

        Trades before this tape began were not heard: each counts with the usual size, a half of it bought.
        """
        traded = self._traded[symbol, interval]
        usual_size = self.prices.model(symbol).usual_size
        found = []
        for bare in klines(self.prices, symbol, interval, since_ns, min(until_ns, self.newest_ns)):
            heard = traded.get(bare.start_ns // interval.length_ns, _NOTHING)
            unheard = (bare.trades - heard.trades) * usual_size
            mean = (bare.open + bare.close) / 2
            found.append(
                bare.with_volumes(
                    base=heard.base + unheard,
                    quote=heard.quote + unheard * mean,
                    bought_base=heard.bought_base + unheard / 2,
                    bought_quote=heard.bought_quote + unheard * mean / 2,
                )
            )
        return found

    def kline(self, symbol: str, interval: Interval, at_ns: int) -> Kline | None:
        """The one that `at_ns` is in."""
        start_ns = at_ns - at_ns % interval.length_ns
        return next(iter(self.klines(symbol, interval, start_ns, start_ns)), None)

    def day(self, symbol: str) -> Day:
        last = self.last(symbol)
        hour_ns = Interval.HOUR.length_ns
        candles = self.klines(symbol, Interval.HOUR, last.at_ns - 24 * hour_ns + 1, last.at_ns)
        return Day(
            open=candles[0].open,
            high=max(candle.high for candle in candles),
            low=min(candle.low for candle in candles),
            volume=sum(candle.base for candle in candles),
            average=sum(candle.quote for candle in candles) / sum(candle.base for candle in candles),
        )

    def _first(self, symbol: str) -> Print:
        size = self.prices.model(symbol).usual_size
        return self._print(ReferenceTick(symbol, self.newest_ns, self.prices.price(symbol), size, True))

    def _print(self, tick: ReferenceTick) -> Print:
        """The taker met the best price of the other side; the spread is one step of the grid."""
        model = self.prices.model(tick.symbol)
        count = tick.at_ns // self.step_ns
        spread = 10.0**-model.decimals
        return Print(
            symbol=tick.symbol,
            number=count,
            at_ns=tick.at_ns,
            price=tick.price,
            size=tick.size,
            is_buy=tick.is_buy,
            decimals=model.decimals,
            bid=tick.price - spread if tick.is_buy else tick.price,
            bid_size=_waiting(count, 1) * model.usual_size,
            ask=tick.price if tick.is_buy else tick.price + spread,
            ask_size=_waiting(count, 2) * model.usual_size,
        )

    def _count(self, candles: OrderedDict[int, Traded], tick: ReferenceTick, interval: Interval) -> None:
        found = candles.setdefault(tick.at_ns // interval.length_ns, Traded())
        if len(candles) > _CANDLES_KEPT:
            candles.popitem(last=False)
        quote = tick.price * tick.size
        found.trades += 1
        found.base += tick.size
        found.quote += quote
        if tick.is_buy:
            found.bought_base += tick.size
            found.bought_quote += quote


_NOTHING = Traded()


def _waiting(count: int, side: int) -> float:
    """A size, in usual sizes, that looks like chance and is the same for everybody."""
    return 1 + (count * 2_654_435_761 + side * 40_503) % 65_521 / 4_096

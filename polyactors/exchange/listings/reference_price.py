"""Simulated prices of what up/down markets are about: geometric random walks with jumps.

Prices move on a grid of times. What they are follows from the seed and from when they began, however often and however
far apart `advance` is called. A bounded past is kept.
"""

import math
import random
from collections import OrderedDict
from collections.abc import Callable

from attrs import define, frozen

from messages.units import NANOSECONDS_PER_SECOND

HOUR_NS = 3600 * NANOSECONDS_PER_SECOND
_SECONDS_PER_YEAR = 365 * 24 * 3600


@frozen
class ReferenceTick:
    """A trade on the simulated market: `is_buy` says that the taker bought. `size` in coins."""

    symbol: str
    at_ns: int
    price: float
    size: float
    is_buy: bool


@frozen
class PriceModel:
    """Where a symbol starts and how wild it is. `decimals` is the grid of its prices, `jumps_an_hour` their number."""

    start: float
    decimals: int
    yearly_volatility: float
    jump_size: float = 0.0008
    jumps_an_hour: float = 5.0
    usual_size: float = 0.05

    @property
    def variance_a_second(self) -> float:
        """Of the logarithm of the price, jumps included."""
        return self.yearly_volatility**2 / _SECONDS_PER_YEAR + self.jump_size**2 * self.jumps_an_hour / 3600


USUAL_MODELS = {
    "btcusd": PriceModel(65_000.0, 2, 0.50),
    "ethusd": PriceModel(3_200.0, 2, 0.65, jump_size=0.001, usual_size=0.8),
    "solusd": PriceModel(150.0, 3, 0.85, jump_size=0.0012, usual_size=15.0),
    "xrpusd": PriceModel(2.2, 5, 0.80, jump_size=0.0012, usual_size=900.0),
}


@define
class Candle:
    """One hour. `open` is the first price in it, `close` the last so far."""

    open: float
    high: float
    low: float
    close: float


class _Walk:
    """One symbol's prices. `prices[i]` is that of `first_step + i`."""

    def __init__(self, model: PriceModel, source: random.Random, first_step: int, step_ns: int) -> None:
        self.model = model
        self.first_step = first_step
        self.candles: OrderedDict[int, Candle] = OrderedDict()
        self._source = source
        self._logarithm = math.log(model.start * source.uniform(0.97, 1.03))
        step_s = step_ns / NANOSECONDS_PER_SECOND
        self._deviation = model.yearly_volatility * math.sqrt(step_s / _SECONDS_PER_YEAR)
        self._jump_chance = model.jumps_an_hour * step_s / 3600
        self.prices = [round(math.exp(self._logarithm), model.decimals)]

    def step(self) -> tuple[float, float, bool]:
        """The next price, and size and direction of the trade that made it."""
        source = self._source
        move = source.gauss(0.0, self._deviation)
        if source.random() < self._jump_chance:
            move += source.gauss(0.0, self.model.jump_size)
        self._logarithm += move
        price = round(math.exp(self._logarithm), self.model.decimals)
        self.prices.append(price)
        return price, round(self.model.usual_size * source.expovariate(1.0) + 1e-5, 5), move >= 0

    def trim(self, kept: int) -> None:
        if len(self.prices) > 2 * kept:
            dropped = len(self.prices) - kept
            del self.prices[:dropped]
            self.first_step += dropped


class ReferencePrices:
    """Begins an hour before the hour of `now_ns`, so that candles and averages of the present are whole.

    `listeners` hear every tick, symbol after symbol, in the order of time.
    """

    def __init__(
        self,
        seed: int,
        now_ns: int,
        models: dict[str, PriceModel] | None = None,
        step_ns: int = NANOSECONDS_PER_SECOND // 2,
        kept_ns: int = 3 * HOUR_NS,
        candles_kept: int = 72,
    ) -> None:
        self.listeners: list[Callable[[ReferenceTick], None]] = []
        self.step_ns = step_ns
        self._kept = kept_ns // step_ns
        self._candles_kept = candles_kept
        self._step = (now_ns - now_ns % HOUR_NS - HOUR_NS) // step_ns
        self._walks = {
            symbol: _Walk(model, random.Random(f"{seed} price {symbol}"), self._step, step_ns)
            for symbol, model in (models or USUAL_MODELS).items()
        }
        for walk in self._walks.values():
            self._count(walk, self._step * step_ns, walk.prices[0])
        self.advance(now_ns)

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self._walks)

    def model(self, symbol: str) -> PriceModel:
        return self._walks[symbol].model

    def advance(self, now_ns: int) -> None:
        """All steps up to `now_ns`; a time that was reached before changes nothing."""
        last = now_ns // self.step_ns
        while self._step < last:
            self._step += 1
            at_ns = self._step * self.step_ns
            for symbol, walk in self._walks.items():
                price, size, is_buy = walk.step()
                self._count(walk, at_ns, price)
                if self.listeners:
                    tick = ReferenceTick(symbol, at_ns, price, size, is_buy)
                    for listener in self.listeners:
                        listener(tick)
                walk.trim(self._kept)

    def next_due_ns(self) -> int:
        return (self._step + 1) * self.step_ns

    def price(self, symbol: str) -> float:
        """The newest. Raises `KeyError` for a symbol that there is not, as all the others do."""
        return self._walks[symbol].prices[-1]

    def price_at(self, symbol: str, at_ns: int) -> float:
        """The price that held then: the oldest kept for times before it, the newest for times to come."""
        walk = self._walks[symbol]
        index = at_ns // self.step_ns - walk.first_step
        return walk.prices[max(0, min(index, len(walk.prices) - 1))]

    def twap(self, symbol: str, now_ns: int, window_s: int = 60) -> float:
        """The mean of the prices of the last `window_s` seconds before `now_ns`, its own moment included."""
        walk = self._walks[symbol]
        end = min(max(now_ns // self.step_ns - walk.first_step + 1, 1), len(walk.prices))
        begin = max(0, min((now_ns - window_s * NANOSECONDS_PER_SECOND) // self.step_ns - walk.first_step + 1, end - 1))
        return math.fsum(walk.prices[begin:end]) / (end - begin)

    def recent(self, symbol: str, since_ns: int) -> list[tuple[int, float]]:
        """Times and prices from `since_ns` on, oldest first, as far back as is kept."""
        walk = self._walks[symbol]
        begin = max(0, -(-since_ns // self.step_ns) - walk.first_step)
        return [
            ((walk.first_step + begin + index) * self.step_ns, price) for index, price in enumerate(walk.prices[begin:])
        ]

    def candle(self, symbol: str, hour_start_ns: int) -> Candle | None:
        """The candle of the hour that begins then; None for one that is not kept, or has not begun."""
        return self._walks[symbol].candles.get(hour_start_ns // HOUR_NS)

    def candle_open(self, symbol: str, hour_start_ns: int) -> float:
        candle = self.candle(symbol, hour_start_ns)
        return self.price_at(symbol, hour_start_ns) if candle is None else candle.open

    def candle_close(self, symbol: str, hour_start_ns: int) -> float:
        """The last price before the hour's end; that of the moment while it lasts."""
        candle = self.candle(symbol, hour_start_ns)
        return self.price_at(symbol, hour_start_ns + HOUR_NS - 1) if candle is None else candle.close

    def _count(self, walk: _Walk, at_ns: int, price: float) -> None:
        hour = at_ns // HOUR_NS
        candle = walk.candles.get(hour)
        if candle is None:
            walk.candles[hour] = Candle(price, price, price, price)
            if len(walk.candles) > self._candles_kept:
                walk.candles.popitem(last=False)
            return
        candle.close = price
        candle.high = max(candle.high, price)
        candle.low = min(candle.low, price)

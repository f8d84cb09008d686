"""How lively a market is: the same figures from a recording of the venue and from the simulated traders.

Figures are a market's. An order shows on both of its tokens, mirrored, so those of each token are the same: what a side
of the book is to one token, the other side is to the other one.
"""

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from messages.identity import MarketId, Outcome
from messages.market_data import BookDelta, MarketData, TickSizeChange, TradePrint, WholeBook
from messages.units import NANOSECONDS_PER_SECOND, PRICE_SCALE, SHARE_SCALE, Price, Shares, TickSize

TOP_LEVELS = 5
PRICE_UNITS_A_CENT = PRICE_SCALE // 100
NO_TICK = TickSize(100)


@frozen
class Spread:
    """The least tenth of the values lies up to `low`, half of them up to `middle`, nine tenths up to `high`."""

    low: float
    middle: float
    high: float
    count: int


@frozen
class Activity:
    """What was measured of one market. Rates a second; sizes in shares; depths are those of one side of the book.

    `changes` counts levels that got a new total, `moves` how often the middle was another one than a second before.
    Spreads, depths and `levels_a_side` are sampled once a second, `level_size` at the best five levels.
    `two_sided` is the part of the samples in which both sides were quoted.
    """

    market: MarketId
    seconds: float
    changes: float
    trades: float
    moves: float
    spread_cents: Spread
    spread_ticks: Spread
    best_depth: Spread
    top_depth: Spread
    levels_a_side: Spread
    level_size: Spread
    trade_size: Spread
    two_sided: float


class ActivityMeter:
    """Takes in `MarketData` in order; samples the books at each whole second that passes between two messages.

    The first `warm_up_ns` of each market are not counted: the books are being built then.
    """

    def __init__(self, tick_sizes: Mapping[MarketId, TickSize], warm_up_ns: int = 60 * NANOSECONDS_PER_SECOND) -> None:
        self._tick_sizes = dict(tick_sizes)
        self._warm_up_ns = warm_up_ns
        self._markets: dict[MarketId, _Watched] = {}

    def know(self, market: MarketId, tick_size: TickSize) -> None:
        """What its grid is at the beginning, for there may be no message that says so."""
        self._tick_sizes[market] = tick_size

    def see(self, message: MarketData) -> None:
        if not isinstance(message, BookDelta | WholeBook | TradePrint | TickSizeChange):
            return
        watched = self._markets.get(message.market)
        if watched is None:
            tick_size = self._tick_sizes.get(message.market, NO_TICK)
            watched = self._markets[message.market] = _Watched(tick_size, message.received_ns, self._warm_up_ns)
        watched.see(message)

    def activities(self) -> tuple[Activity, ...]:
        """Of the markets that were seen for longer than the warming up, in the order of their first message."""
        return tuple(
            watched.activity(market) for market, watched in self._markets.items() if watched.counted_seconds() > 0
        )


class _Watched:
    """The book of one market, as far as it takes to measure it."""

    def __init__(self, tick_size: TickSize, begin_ns: int, warm_up_ns: int) -> None:
        self._count_from_ns = begin_ns + warm_up_ns
        self._last_ns = begin_ns
        self._tick_size = tick_size
        self._bids: dict[Outcome, dict[Price, Shares]] = {Outcome.YES: {}, Outcome.NO: {}}
        self._changes = 0
        self._moves = 0
        self._middle = 0
        self._samples = 0
        self._trade_sizes: list[float] = []
        self._cents: list[float] = []
        self._spreads: list[float] = []
        self._best: list[float] = []
        self._top: list[float] = []
        self._levels: list[float] = []
        self._level_sizes: list[float] = []

    def counted_seconds(self) -> float:
        return (self._last_ns - self._count_from_ns) / NANOSECONDS_PER_SECOND

    def see(self, message: BookDelta | WholeBook | TradePrint | TickSizeChange) -> None:
        self._sample_until(message.received_ns)
        match message:
            case BookDelta():
                self._change(message)
            case WholeBook(levels=levels, tick_size=tick_size):
                self._tick_size = tick_size or self._tick_size
                self._bids = {
                    outcome: {level.price: level.size for level in levels if level.outcome is outcome}
                    for outcome in Outcome
                }
            case TradePrint(size=size):
                if message.received_ns >= self._count_from_ns:
                    self._trade_sizes.append(size / SHARE_SCALE)
            case TickSizeChange(tick_size=tick_size):
                self._tick_size = tick_size

    def activity(self, market: MarketId) -> Activity:
        seconds = self.counted_seconds()
        return Activity(
            market=market,
            seconds=seconds,
            changes=self._changes / seconds,
            trades=len(self._trade_sizes) / seconds,
            moves=self._moves / seconds,
            spread_cents=spread_of(self._cents),
            spread_ticks=spread_of(self._spreads),
            best_depth=spread_of(self._best),
            top_depth=spread_of(self._top),
            levels_a_side=spread_of(self._levels),
            level_size=spread_of(self._level_sizes),
            trade_size=spread_of(self._trade_sizes),
            two_sided=len(self._spreads) / max(1, self._samples),
        )

    def _change(self, delta: BookDelta) -> None:
        if delta.received_ns >= self._count_from_ns:
            self._changes += len(delta.levels)
        for outcome, price, size in delta.levels:
            if size:
                self._bids[outcome][price] = size
            else:
                self._bids[outcome].pop(price, None)
        self._prune(Outcome.YES, delta.best_bid)
        self._prune(Outcome.NO, None if delta.best_ask is None else Price(PRICE_SCALE - delta.best_ask))

    def _prune(self, outcome: Outcome, best: Price | None) -> None:
        """A trade takes levels away without a word; the best prices that the venue declares tell which."""
        bids = self._bids[outcome]
        if best is not None and max(bids, default=Price(0)) > best:
            self._bids[outcome] = {price: size for price, size in bids.items() if price <= best}

    def _sample_until(self, now_ns: int) -> None:
        passed = now_ns // NANOSECONDS_PER_SECOND - self._last_ns // NANOSECONDS_PER_SECOND
        if passed > 0 and now_ns >= self._count_from_ns:
            self._sample()
        self._last_ns = max(self._last_ns, now_ns)

    def _sample(self) -> None:
        self._samples += 1
        yes, no = self._bids[Outcome.YES], self._bids[Outcome.NO]
        if not yes or not no:
            return
        best_bid, best_ask = max(yes), PRICE_SCALE - max(no)
        self._cents.append((best_ask - best_bid) / PRICE_UNITS_A_CENT)
        self._spreads.append((best_ask - best_bid) / self._tick_size)
        self._moves += best_bid + best_ask != self._middle
        self._middle = best_bid + best_ask
        for bids in (yes, no):
            sizes = [bids[price] / SHARE_SCALE for price in sorted(bids, reverse=True)[:TOP_LEVELS]]
            self._best.append(sizes[0])
            self._top.append(sum(sizes))
            self._level_sizes.extend(sizes)
            self._levels.append(len(bids))


def spread_of(values: Iterable[float]) -> Spread:
    ordered = sorted(values)
    return Spread(_quantile(ordered, 1), _quantile(ordered, 5), _quantile(ordered, 9), len(ordered))


def _quantile(ordered: Sequence[float], tenths: int) -> float:
    return ordered[(len(ordered) - 1) * tenths // 10] if ordered else 0.0

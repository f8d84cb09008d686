"""The prices of the exchange's world in process, as those of the venues that it pretends to be: no sockets, no JSON.

They only listen: who trades on the exchange drives it, and the prices with it.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable

import trio

from actors.feeds.reference.ports import DeliverReference
from messages.identity import Side
from messages.reference import (
    REFERENCE_SCALE,
    CoinSize,
    ReferenceAverage,
    ReferenceData,
    ReferenceMissed,
    ReferencePrice,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from polyactors.exchange.listings.reference_price import ReferencePrices
from polyactors.exchange.listings.reference_price import ReferenceTick as WorldTick
from polyactors.exchange.reference_feeds.history import last_seconds, value
from polyactors.exchange.reference_feeds.tape import Print, Tape
from polyactors.exchange.reference_feeds.writing import SECOND_NS

MOST_WAITING = 10_000
"""Prices that may wait for who reads them. With more than that all are dropped, and it is told."""

WINDOW_S = 60


def exchange_references(
    prices: ReferencePrices, symbols: Iterable[Symbol], now_ns: Callable[[], int]
) -> "tuple[InProcessReference, ...]":
    """Binance, Coinbase, Kraken and Chainlink, for those of `symbols` that the world has. `now_ns` is the service's
    clock. From now on they listen to `prices`."""
    known = tuple(symbol for symbol in dict.fromkeys(symbols) if symbol in prices.symbols)
    if not known:
        return ()
    tape = Tape(prices)
    sources: tuple[InProcessReference, ...] = (
        InProcessTrades(ReferenceVenue.BINANCE, "binance", known, tape, now_ns, with_quotes=True),
        InProcessTrades(ReferenceVenue.COINBASE, "coinbase", known, tape, now_ns),
        InProcessTrades(ReferenceVenue.KRAKEN, "kraken", known, tape, now_ns),
        InProcessOracle(known, tape, now_ns),
    )

    def hear(tick: WorldTick) -> None:
        told = tape.hear(tick)
        for source in sources:
            source.hear(told)

    prices.listeners.append(hear)
    return sources


class InProcessReference(ABC):
    """A `ReferenceSource`. What happens while nobody pumps is not kept, as with any connection."""

    def __init__(
        self,
        venue: ReferenceVenue,
        name: str,
        symbols: tuple[Symbol, ...],
        tape: Tape,
        now_ns: Callable[[], int],
    ) -> None:
        self.venue = venue
        self.name = name
        self.symbols = symbols
        self._tape = tape
        self._now_ns = now_ns
        self._by_name = {str(symbol): symbol for symbol in symbols}
        self._waiting: deque[ReferenceData] = deque()
        self._news: trio.Event | None = None

    def hear(self, told: Print) -> None:
        """There was a trade in the world."""
        symbol = self._by_name.get(told.symbol)
        if self._news is None or symbol is None:
            return
        received_ns = self._now_ns()
        self._waiting.extend(self._said(told, symbol, received_ns))
        if len(self._waiting) > MOST_WAITING:
            self._waiting.clear()
            self._waiting.append(ReferenceMissed(self.venue, None, "too much was waiting to be read", received_ns))
        self._news.set()

    async def pump(self, deliver: DeliverReference) -> None:
        """Never ends, and never raises `ConnectionLost`."""
        self._waiting.clear()
        for symbol in self.symbols:
            self._waiting.extend(self._first(symbol, self._now_ns()))
        self._news = trio.Event()
        try:
            while True:
                while self._waiting:
                    waiting = deliver(self._waiting.popleft())
                    if waiting is not None:
                        await waiting
                await self._news.wait()
                self._news = trio.Event()
        finally:
            self._news = None

    @abstractmethod
    def _said(self, told: Print, symbol: Symbol, received_ns: int) -> Iterable[ReferenceData]:
        """What the venue says of a trade."""

    def _first(self, symbol: Symbol, received_ns: int) -> Iterable[ReferenceData]:
        """What a new subscription begins with."""
        return ()


class InProcessTrades(InProcessReference):
    """A venue that tells each trade, and with `with_quotes` the best bid and ask after it."""

    def __init__(
        self,
        venue: ReferenceVenue,
        name: str,
        symbols: tuple[Symbol, ...],
        tape: Tape,
        now_ns: Callable[[], int],
        *,
        with_quotes: bool = False,
    ) -> None:
        super().__init__(venue, name, symbols, tape, now_ns)
        self._with_quotes = with_quotes

    def _said(self, told: Print, symbol: Symbol, received_ns: int) -> Iterable[ReferenceData]:
        yield ReferenceTick(
            self.venue,
            symbol,
            _price(told.price),
            _size(told.size),
            Side.BUY if told.is_buy else Side.SELL,
            told.number,
            told.at_ns,
            received_ns,
        )
        if self._with_quotes:
            yield ReferenceQuote(
                self.venue,
                symbol,
                _price(told.bid),
                _size(told.bid_size),
                _price(told.ask),
                _size(told.ask_size),
                None,
                received_ns,
            )


class InProcessOracle(InProcessReference):
    """Chainlink by way of Polymarket: the price and its average, each second, with two minutes of both to begin
    with."""

    def __init__(self, symbols: tuple[Symbol, ...], tape: Tape, now_ns: Callable[[], int]) -> None:
        super().__init__(ReferenceVenue.CHAINLINK, "polymarket-prices", symbols, tape, now_ns)

    def _said(self, told: Print, symbol: Symbol, received_ns: int) -> Iterable[ReferenceData]:
        if told.begins(SECOND_NS, self._tape.step_ns):
            prices, at_ns = self._tape.prices, told.at_ns - told.at_ns % SECOND_NS
            yield self._spot(symbol, value(prices, told.symbol, told.at_ns, None), at_ns, received_ns)
            yield self._average(symbol, value(prices, told.symbol, told.at_ns, WINDOW_S), at_ns, received_ns)

    def _first(self, symbol: Symbol, received_ns: int) -> Iterable[ReferenceData]:
        prices, newest_ns = self._tape.prices, self._tape.last(symbol).at_ns
        for at_ns, price in last_seconds(prices, symbol, newest_ns, None):
            yield self._spot(symbol, price, at_ns, received_ns)
        for at_ns, price in last_seconds(prices, symbol, newest_ns, WINDOW_S):
            yield self._average(symbol, price, at_ns, received_ns)

    def _spot(self, symbol: Symbol, price: float, at_ns: int, received_ns: int) -> ReferenceTick:
        return ReferenceTick(self.venue, symbol, _price(price), CoinSize(0), None, None, at_ns, received_ns)

    def _average(self, symbol: Symbol, price: float, at_ns: int, received_ns: int) -> ReferenceAverage:
        return ReferenceAverage(self.venue, symbol, _price(price), WINDOW_S, at_ns, received_ns)


def _price(price: float) -> ReferencePrice:
    return ReferencePrice(round(price * REFERENCE_SCALE))


def _size(size: float) -> CoinSize:
    return CoinSize(round(size * REFERENCE_SCALE))

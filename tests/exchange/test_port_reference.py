"""The world's prices in process, as those of the venues: the same trades, at their times, the same each time."""

from collections.abc import Awaitable, Callable

import trio
import trio.testing

from messages.identity import Side
from messages.reference import (
    REFERENCE_SCALE,
    ReferenceAverage,
    ReferenceData,
    ReferenceMissed,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from polyactors.exchange.listings.reference_price import USUAL_MODELS, ReferencePrices
from polyactors.exchange.listings.reference_price import ReferenceTick as WorldTick
from polyactors.exchange.ports.reference import MOST_WAITING, WINDOW_S, InProcessReference, exchange_references
from polyactors.exchange.reference_feeds.history import HISTORY_S
from supervision.clock import VirtualClock
from supervision.timers import Timers
from supervision.virtual_time import drive, run_repeatably

SECOND = 1_000_000_000
START_NS = 1_790_491_135 * SECOND
BTC, ETH = Symbol("btcusd"), Symbol("ethusd")
NAMES = ["binance", "coinbase", "kraken", "polymarket-prices"]
MODELS = {name: USUAL_MODELS[name] for name in ("btcusd", "ethusd")}


class PricesWorld:
    """Prices that move by themselves, half a second after half a second, and everybody who listens to them."""

    def __init__(self, length_s: int, symbols: tuple[Symbol, ...] = (BTC, ETH)) -> None:
        self.clock = VirtualClock(START_NS)
        self.timers = Timers(self.clock)
        self.prices = ReferencePrices(7, START_NS, MODELS)
        self.made: list[WorldTick] = []
        self.prices.listeners.append(self.made.append)
        self.sources = exchange_references(self.prices, symbols, self.clock.now_ns)
        self.heard: dict[str, list[ReferenceData]] = {source.name: [] for source in self.sources}
        self._end_ns = START_NS + length_s * SECOND

    def run(self, seed: int = 0, pumped: Callable[[InProcessReference], Awaitable[None]] | None = None) -> None:
        async def main() -> None:
            over = trio.Event()
            async with trio.open_nursery() as nursery:
                for source in self.sources:
                    nursery.start_soon(pumped or self._pump, source)
                nursery.start_soon(self._move, over)
                await drive(self.clock, self.timers, keep_going=lambda: not over.is_set())
                nursery.cancel_scope.cancel()

        run_repeatably(main, self.clock, seed)

    def of(self, source: str, symbol: Symbol) -> list[ReferenceData]:
        return [each for each in self.heard[source] if each.symbol == symbol]

    async def _pump(self, source: InProcessReference) -> None:
        await source.pump(self.heard[source.name].append)

    async def _move(self, over: trio.Event) -> None:
        while self.clock.now_ns() < self._end_ns:
            await self.timers.sleep_until(self.prices.next_due_ns())
            self.prices.advance(self.clock.now_ns())
        # Who is woken by the last of it has a turn still.
        await self.timers.sleep_until(self.clock.now_ns() + 1)
        over.set()


def test_each_venue_tells_each_trade_of_the_world_at_its_time() -> None:
    world = PricesWorld(30)
    world.run()
    assert list(world.heard) == NAMES
    for name in NAMES[:3]:
        for symbol in (BTC, ETH):
            ticks = [each for each in world.of(name, symbol) if isinstance(each, ReferenceTick)]
            wanted = [each for each in world.made if each.symbol == symbol]
            assert [(each.price, each.exchange_ns, each.received_ns, each.aggressor) for each in ticks] == [
                (
                    round(each.price * REFERENCE_SCALE),
                    each.at_ns,
                    each.at_ns,
                    Side.BUY if each.is_buy else Side.SELL,
                )
                for each in wanted
            ]
            assert len(ticks) == 60
            numbers = [each.number or 0 for each in ticks]
            assert numbers == list(range(numbers[0], numbers[0] + 60))
            assert {each.venue for each in ticks} == {ReferenceVenue(name)}


def test_binance_alone_tells_quotes_and_they_are_around_the_price() -> None:
    world = PricesWorld(10)
    world.run()
    quotes = {name: [each for each in heard if isinstance(each, ReferenceQuote)] for name, heard in world.heard.items()}
    assert [name for name, found in quotes.items() if found] == ["binance"]
    messages = world.of("binance", BTC)
    for tick, quote in zip(messages[::2], messages[1::2], strict=True):
        assert isinstance(tick, ReferenceTick) and isinstance(quote, ReferenceQuote)
        assert quote.bid < quote.ask and quote.bid <= tick.price <= quote.ask


def test_chainlink_tells_the_price_and_its_average_each_second_after_two_minutes_of_both() -> None:
    world = PricesWorld(30)
    world.run()
    for symbol in (BTC, ETH):
        messages = world.of("polymarket-prices", symbol)
        ticks = [each for each in messages if isinstance(each, ReferenceTick)]
        averages = [each for each in messages if isinstance(each, ReferenceAverage)]
        assert len(ticks) == len(averages) == HISTORY_S + 30
        for times in ([each.exchange_ns for each in ticks], [each.exchange_ns for each in averages]):
            assert times == list(range(times[0], times[0] + len(times) * SECOND, SECOND))
        for tick in ticks:
            assert tick.price == round(world.prices.price_at(symbol, tick.exchange_ns) * REFERENCE_SCALE)
        for average in averages:
            mean = world.prices.twap(symbol, average.exchange_ns, WINDOW_S)
            assert (average.window_s, average.price) == (60, round(mean * REFERENCE_SCALE))


def test_a_run_is_the_same_each_time_and_the_prices_are_those_that_nobody_listens_to() -> None:
    first, second = PricesWorld(20), PricesWorld(20)
    first.run(1)
    second.run(2)
    assert first.heard == second.heard
    alone = ReferencePrices(7, START_NS, MODELS)
    alone.advance(START_NS + 20 * SECOND)
    assert [alone.price(each) for each in (BTC, ETH)] == [first.prices.price(each) for each in (BTC, ETH)]


def test_what_happens_while_nobody_listens_is_not_kept() -> None:
    world = PricesWorld(0)
    world.prices.advance(START_NS + 60 * SECOND)
    heard: list[ReferenceData] = []

    async def once(source: InProcessReference) -> None:
        with trio.move_on_after(0):
            await source.pump(heard.append)

    world.run(pumped=once)
    assert not [each for each in heard if each.venue is not ReferenceVenue.CHAINLINK]


def test_a_reader_that_is_too_slow_is_told_what_it_missed() -> None:
    """And hears what comes afterwards."""
    world = PricesWorld(0, (BTC,))
    source = world.sources[0]
    heard: list[ReferenceData] = []

    async def main() -> None:
        room = trio.Event()

        def deliver(message: ReferenceData) -> Awaitable[None] | None:
            heard.append(message)
            return None if room.is_set() else room.wait()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(source.pump, deliver)
            await trio.testing.wait_all_tasks_blocked()
            world.prices.advance(START_NS + (MOST_WAITING // 4 + 1) * SECOND)
            await trio.testing.wait_all_tasks_blocked()
            room.set()
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()

    trio.run(main)
    (missed,) = [each for each in heard if isinstance(each, ReferenceMissed)]
    assert missed.reason == "too much was waiting to be read"
    last = heard[-1]
    assert isinstance(last, ReferenceQuote)
    assert last.bid <= round(world.prices.price(BTC) * REFERENCE_SCALE) <= last.ask


def test_symbols_that_the_world_does_not_have_are_left_out() -> None:
    world = PricesWorld(0, (Symbol("dogeusd"), BTC))
    assert [source.symbols for source in world.sources] == [(BTC,)] * 4
    assert exchange_references(world.prices, [Symbol("dogeusd")], world.clock.now_ns) == ()

"""The live sources against the served exchange, over real sockets: what its prices are, and what goes wrong there."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import trio
from attrs import evolve

from actors.feeds.reference.ports import ReferenceSource
from messages.reference import (
    REFERENCE_SCALE,
    ReferenceAverage,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
)
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.faults.kinds import StalledFeed
from polyactors.venues.polymarket.live_streams import price_stream
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials
from polyactors.venues.polymarket.signing.addresses import Address
from polyactors.venues.reference import stream
from polyactors.venues.reference.settings import ReferenceFeedSettings
from polyactors.venues.reference.sources import reference_sources
from supervision.log import LogEvent
from tests.venues.polymarket.live_streams_world import Venue, until, venue
from tests.venues.reference.reference_world import BOTH, Listener, pumped

FEED_OF = {"binance": "binance", "coinbase": "coinbase", "kraken": "kraken", "chainlink": "rtds"}


class VenueClock:
    """The clock of the exchange, for those who listen to it."""

    is_virtual = False
    speed = 1.0

    def __init__(self, at: Venue) -> None:
        self._at = at

    def now_ns(self) -> int:
        return self._at.served.world.now_ns

    def real_seconds_until(self, deadline_ns: int) -> float:
        return 0.0


def addresses(at: Venue, **changes: object) -> ReferenceFeedSettings:
    base = f"ws://127.0.0.1:{at.port}"
    found = ReferenceFeedSettings(
        symbols=BOTH,
        binance_url=f"{base}/binance/ws",
        binance_data_url=f"{base}/binance/ws",
        coinbase_url=f"{base}/coinbase",
        kraken_url=f"{base}/kraken/v2",
        rtds_url=f"{base}/ws/rtds",
        realtime_url=f"{base}/ws/live",
    )
    return evolve(found, **changes)  # type: ignore[arg-type]


class Ears:
    """Everything that the sources say, a listener each."""

    def __init__(self) -> None:
        self.listeners: dict[str, Listener] = {}
        self.sources: dict[str, ReferenceSource] = {}
        self.log: list[LogEvent] = []

    def logged(self, event: str) -> list[str]:
        return [each.actor for each in self.log if each.event == event]


@asynccontextmanager
async def listening_to(
    at: Venue, settings: ReferenceFeedSettings, credentials: StreamCredentials | None = None
) -> AsyncIterator[Ears]:
    ears = Ears()
    async with AsyncExitStack() as stack:
        counts = Listener().counts
        for source in reference_sources(
            settings, settings.wanted_symbols, VenueClock(at), counts, ears.log.append, credentials
        ):
            listener = Listener()
            listener.counts = counts
            ears.listeners[source.name] = listener
            ears.sources[source.name] = source
            await stack.enter_async_context(pumped(source, listener))
        await until(
            lambda: len(ears.logged("subscribed")) >= len([name for name in settings.venues if name != "chainlink"])
        )
        yield ears


async def pass_until(at: Venue, is_so: Callable[[], bool]) -> None:
    while not is_so():
        at.pass_time(NANOSECONDS_PER_SECOND // 2)
        for _ in range(20):
            await trio.lowlevel.checkpoint()


def world_prices(at: Venue, symbol: str) -> dict[int, float]:
    """By the time at which they were made."""
    return dict(at.served.world.prices.recent(symbol, 0))


@pytest.mark.parametrize("name", ["binance", "coinbase", "kraken"])
async def test_every_trade_of_the_exchange_is_told_once_as_it_was(name: str) -> None:
    async with venue() as at, listening_to(at, addresses(at, venues=(name,))) as ears:
        listener = ears.listeners[name]
        await pass_until(at, lambda: len(listener.of(ReferenceTick)) >= 40)
        for symbol in BOTH:
            ticks = [each for each in listener.of(ReferenceTick) if each.symbol == symbol]
            prices = world_prices(at, symbol)
            assert len(ticks) > 10
            assert {each.venue for each in ticks} == {ReferenceVenue(name)}
            assert [each.price for each in ticks] == [
                round(prices[each.exchange_ns] * REFERENCE_SCALE) for each in ticks
            ]
            numbers = [each.number or 0 for each in ticks]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert listener.missed == []
        assert listener.counts.bad.total == 0


async def test_the_taker_of_a_trade_is_the_same_at_each_venue() -> None:
    """Though Coinbase names the maker's side, Kraken the taker's and Binance whether the buyer was the maker."""
    async with venue() as at, listening_to(at, addresses(at, venues=("binance", "coinbase", "kraken"))) as ears:
        await pass_until(at, lambda: all(len(each.numbers) >= 40 for each in ears.listeners.values()))
        takers = [
            {(each.symbol, each.number): each.aggressor for each in listener.of(ReferenceTick)}
            for listener in ears.listeners.values()
        ]
        common = set(takers[0]) & set(takers[1]) & set(takers[2])
        assert len(common) > 20
        for trade in common:
            assert len({each[trade] for each in takers}) == 1


async def test_binance_tells_quotes_around_its_trades() -> None:
    async with venue() as at, listening_to(at, addresses(at, venues=("binance",))) as ears:
        listener = ears.listeners["binance"]
        await pass_until(at, lambda: len(listener.of(ReferenceQuote)) >= 10)
        for quote in listener.of(ReferenceQuote):
            assert 0 < quote.bid < quote.ask and quote.exchange_ns is None


@pytest.mark.parametrize("with_credentials", [False, True])
async def test_polymarkets_prices_are_chainlinks_with_their_average(with_credentials: bool) -> None:
    async with venue() as at:
        found = at.served.keys.create(Address("0x" + "11" * 20), 0)
        credentials = StreamCredentials(found.key, found.secret, found.passphrase) if with_credentials else None
        settings = addresses(at, venues=("chainlink",), with_pyth=True)
        async with listening_to(at, settings, credentials) as ears:
            listener = ears.listeners["polymarket-prices"]
            await until(lambda: bool(listener.of(ReferenceTick)) and bool(listener.of(ReferenceAverage)))
            began_ns = at.served.world.now_ns + NANOSECONDS_PER_SECOND
            await pass_until(at, lambda: at.served.world.now_ns > began_ns + 10 * NANOSECONDS_PER_SECOND)
            await until(lambda: max(each.exchange_ns for each in listener.of(ReferenceTick)) > began_ns)
            prices = at.served.world.prices
            oracles = (ReferenceVenue.CHAINLINK, ReferenceVenue.PYTH)
            venues = set(oracles[: 1 + with_credentials])
            for symbol in BOTH:
                ticks = [each for each in listener.of(ReferenceTick) if each.symbol == symbol]
                averages = [each for each in listener.of(ReferenceAverage) if each.symbol == symbol]
                venues = (
                    {ReferenceVenue.CHAINLINK, ReferenceVenue.PYTH} if with_credentials else {ReferenceVenue.CHAINLINK}
                )
                assert {each.venue for each in ticks} == venues
                assert {each.window_s for each in averages} == ({60} if with_credentials else {30, 60})
                for tick in ticks:
                    wanted = prices.price_at(symbol, tick.exchange_ns)
                    assert abs(tick.price / REFERENCE_SCALE / wanted - 1) < 0.01
                    assert (tick.size, tick.aggressor, tick.number) == (0, None, None)
                for average in averages:
                    wanted = prices.twap(symbol, average.exchange_ns, average.window_s)
                    assert abs(average.price / REFERENCE_SCALE / wanted - 1) < 0.01
                for one in venues:
                    times = [each.exchange_ns for each in ticks if each.venue is one]
                    assert times == sorted(set(times))
            assert listener.counts.bad.total == 0


@pytest.mark.parametrize("name", ["binance", "coinbase", "kraken", "chainlink"])
async def test_a_feed_that_stalls_on_an_open_socket_is_connected_anew(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its prices come again when it speaks again. The limit is of the exchange's time, which runs when the test has
    it run, so that a busy machine makes nothing look silent; the looks are of real time."""
    for module in (stream, price_stream):
        monkeypatch.setattr(module, "_LOOKS_PER_LIMIT", 2_000)
    limit_ns = 20 * NANOSECONDS_PER_SECOND
    async with venue() as at:
        settings = addresses(at, venues=(name,), **{f"{name}_stall_ns": limit_ns})
        async with listening_to(at, settings) as ears:
            (listener,) = ears.listeners.values()
            await pass_until(at, lambda: len(listener.of(ReferenceTick)) > 0)
            assert listener.missed == []
            at.arm(StalledFeed(FEED_OF[name]))
            await pass_until(at, lambda: len(listener.missed) > 0)
            at.calm()
            before = len(listener.of(ReferenceTick))
            await pass_until(at, lambda: len(listener.of(ReferenceTick)) > before + 5)

"""Reference prices: ticks decoded and aggregated a second, and how long a tick takes to the snapshot that holds it."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import trio
from attrs import evolve

from actors.feeds.reference.median import MedianBoard
from actors.pricing.default_engine import DefaultEngine
from actors.pricing.digital_option import DigitalOption
from actors.pricing.hour_context import HourContext
from actors.pricing.settings import PricingSettings
from actors.pricing.snapshot import Look, snapshot_of
from actors.pricing.source_price import SourceEstimate
from actors.pricing.symbol_pricer import SymbolPricer
from actors.pricing.symbol_pricer_words import SymbolPricerMessage, usual_rule
from actors.pricing.venue_history import VenueHistory
from messages.periods import PeriodLength, Series
from messages.pricing import FollowPrices, PriceSnapshot
from messages.reference import ReferenceTick, ReferenceVenue, Symbol
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.bench.measure import Figure, Rated, WorkNotDone, beside, demand, frozen_heap, percentile, rates, spread
from polyactors.bench.small_tree import ROOMY
from polyactors.venues.binance.frames import BinanceFrames
from supervision.actor import Actor
from supervision.address import Path
from supervision.clock import SteadyClock, VirtualClock
from supervision.runtime import Runtime
from supervision.specs import ActorSpec, Strategy, SupervisorSpec

TICKS_PER_SECOND = 10_000
SECONDS = 3.0
RUNS = 3
BURST = 64
PACE_NS = NANOSECONDS_PER_MILLISECOND
BTC = Symbol("btcusd")
BINANCE = ReferenceVenue.BINANCE
SERIES = Series(BTC, PeriodLength.HOUR)
PRICER: "Path[SymbolPricerMessage]" = Path("btcusd")

_A_PACE = TICKS_PER_SECOND * PACE_NS // NANOSECONDS_PER_SECOND
_BEGIN_NS = 1_780_000_500 * NANOSECONDS_PER_SECOND
_CENTS = 7_700_000
_DIFFERENT = 100_000
"""So many prices in turn, a cent apart: the price of a snapshot tells which tick it holds."""


def reference_prices() -> list[Figure]:
    """Raises `WorkNotDone`."""
    count = int(TICKS_PER_SECOND * SECONDS)
    frames = _frames(count)
    through = Rated(
        "trades decoded and aggregated by the symbol's actor", "ticks/s", count, lambda: trio.run(_burst, frames),
        aim="20,000 or more: 10,000/s on half a core",
    )  # fmt: skip
    plain = Rated("decoded and aggregated in a plain loop", "ticks/s", count, lambda: _plain_loop(frames))
    decoded = Rated("decoded alone", "ticks/s", count, lambda: _decoded(frames))
    figures = rates([through], [plain, decoded])
    each_20_ms, each_tick = (evolve(PricingSettings(), publish_every_ns=every_ns) for every_ns in (20 * PACE_NS, 0))
    figures += _latencies("published at 50 Hz", "under 25", lambda: _paced(frames, each_20_ms))
    alone = _latencies("reckoned in a plain loop", "", lambda: _plain_paced(frames))
    return [
        *figures,
        *_beside(_latencies("published on every tick", "under 1", lambda: _paced(frames, each_tick)), alone),
    ]


def _latencies(how: str, aim: str, paced: Callable[[], tuple[list[float], float]]) -> list[Figure]:
    with frozen_heap():
        runs = [paced() for _ in range(RUNS)]
    latencies = [sorted(taken) for taken, _ in runs]
    what = f"tick to the snapshot that holds it at {TICKS_PER_SECOND:,}/s, {how}"
    return [
        spread(f"{what}, p50", "ms", [percentile(each, 50) for each in latencies]),
        spread(f"{what}, p99", "ms", [percentile(each, 99) for each in latencies], aim),
        spread(
            f"share of one core at {TICKS_PER_SECOND:,}/s, {how}", "%", [share for _, share in runs], aim and "under 50"
        ),
    ]


def _beside(figures: Sequence[Figure], yardsticks: Sequence[Figure]) -> list[Figure]:
    return [*(beside(*pair) for pair in zip(figures, yardsticks, strict=True)), *yardsticks]


def _frames(count: int) -> list[bytes]:
    """Trades as Binance tells them, at even distances of time."""
    frames = []
    for number in range(count):
        at_ms = (_BEGIN_NS + number * NANOSECONDS_PER_SECOND // TICKS_PER_SECOND) // NANOSECONDS_PER_MILLISECOND
        cents = _CENTS + number % _DIFFERENT
        frames.append(
            b'{"e":"trade","E":%d,"s":"BTCUSDT","t":%d,"p":"%d.%02d000000","q":"0.00120000","T":%d,"m":%s,"M":true}'
            % (at_ms, number, cents // 100, cents % 100, at_ms, b"true" if number % 3 else b"false")
        )
    return frames


def _decoder() -> Callable[[bytes, int], ReferenceTick]:
    read = BinanceFrames((BTC,)).read

    def decode(frame: bytes, received_ns: int) -> ReferenceTick:
        said = read(frame, received_ns)
        assert isinstance(said, ReferenceTick)
        return said

    return decode


def _decoded(frames: Sequence[bytes]) -> None:
    decode = _decoder()
    for number, frame in enumerate(frames):
        decode(frame, _received_ns(number))


def _plain_loop(frames: Sequence[bytes]) -> None:
    """The same rules without an actor, and with as many looks."""
    decode, settings = _decoder(), PricingSettings()
    board, engine, history = MedianBoard(BTC, settings.median), DefaultEngine(), VenueHistory()
    taken = 0
    for number, frame in enumerate(frames):
        tick = decode(frame, _received_ns(number))
        if board.see(tick) is None:
            engine.see(tick)
            history.see(tick)
            taken += 1
    demand(taken, len(frames), "ticks aggregated in a plain loop")


async def _burst(frames: Sequence[bytes]) -> None:
    """As fast as it goes, on a clock that stands at the time of each burst."""
    runtime = Runtime(VirtualClock(_BEGIN_NS))
    pricer = SymbolPricer(BTC, (SERIES,), PricingSettings())
    runtime.describe(_tree(lambda: pricer, lambda: _Follower([], [])))
    async with trio.open_nursery() as nursery:
        await nursery.start(runtime.run)
        address, decode = runtime.registry.address(PRICER), _decoder()
        for number, frame in enumerate(frames):
            address.tell(decode(frame, _received_ns(number)))
            if number % BURST == 0:
                await trio.lowlevel.checkpoint()
        while address.mailbox.depth:
            await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()
        shown = pricer.describe()
        runtime.stop("measured")
    demand(sum(count for _, count in shown.taken), len(frames), "ticks aggregated by the actor")


def _paced(frames: Sequence[bytes], settings: PricingSettings) -> tuple[list[float], float]:
    """Milliseconds from handing over each tick's frame to the first snapshot that holds it, and the share of a core, in
    per cent, that all of it took."""
    return trio.run(partial(_in_real_time, frames, settings))


def _plain_paced(frames: Sequence[bytes]) -> tuple[list[float], float]:
    """The same pace without actors: what this machine makes of it."""
    decode, settings, latencies = _decoder(), PricingSettings(), list[float]()
    board, engine, histories = MedianBoard(BTC, settings.median), DefaultEngine(), {BINANCE: VenueHistory()}
    context = HourContext(SERIES, usual_rule(SERIES), settings.reading)
    source, pricer = SourceEstimate(BINANCE, settings.basis_time_constant_ns), DigitalOption(settings.option)
    clock = SteadyClock(_BEGIN_NS)
    began, began_process = time.perf_counter_ns(), time.process_time_ns()
    for start in range(0, len(frames), _A_PACE):
        handed_over = []
        for frame in frames[start : start + _A_PACE]:
            handed_over.append(time.perf_counter_ns())
            tick = decode(frame, clock.now_ns())
            if board.see(tick) is None:
                engine.see(tick)
                histories[BINANCE].see(tick)
        now_ns = clock.now_ns()
        looked = board.look(now_ns)
        period = context.advance(now_ns, histories)
        look = Look(now_ns, 0, looked, engine.features(now_ns), period, source.look(looked, now_ns), histories[BINANCE])
        snapshot_of(look, 1, start, pricer, settings)
        done_ns = time.perf_counter_ns()
        latencies += [(done_ns - each) / NANOSECONDS_PER_MILLISECOND for each in handed_over]
        left_ns = began + (start + _A_PACE) * NANOSECONDS_PER_SECOND // TICKS_PER_SECOND - done_ns
        time.sleep(max(0, left_ns) / NANOSECONDS_PER_SECOND)
    return latencies, 100 * (time.process_time_ns() - began_process) / (time.perf_counter_ns() - began)


async def _in_real_time(frames: Sequence[bytes], settings: PricingSettings) -> tuple[list[float], float]:
    handed_over: list[int] = []
    latencies: list[float] = []
    runtime = Runtime(SteadyClock(_BEGIN_NS))
    runtime.describe(_tree(lambda: SymbolPricer(BTC, (SERIES,), settings), lambda: _Follower(handed_over, latencies)))
    async with trio.open_nursery() as nursery:
        await nursery.start(runtime.run)
        tell, decode, now_ns = runtime.registry.address(PRICER).tell, _decoder(), runtime.clock.now_ns
        await trio.sleep(0.1)
        began, began_process, began_wall = trio.current_time(), time.process_time_ns(), time.perf_counter_ns()
        for start in range(0, len(frames), _A_PACE):
            for frame in frames[start : start + _A_PACE]:
                handed_over.append(time.perf_counter_ns())
                tell(decode(frame, now_ns()))
            await trio.sleep_until(began + (start + _A_PACE) / TICKS_PER_SECOND)
        await trio.sleep(0.05)
        used_ns, taken_ns = time.process_time_ns() - began_process, time.perf_counter_ns() - began_wall
        runtime.stop("measured")
    if len(latencies) < len(frames) * 0.99:
        raise WorkNotDone(f"of {len(frames)} ticks only {len(latencies)} came to a snapshot")
    return latencies, 100 * used_ns / taken_ns


class _Follower(Actor[object]):
    """Knows by the price which tick is the last that a snapshot holds."""

    def __init__(self, handed_over: list[int], latencies: list[float]) -> None:
        self._handed_over = handed_over
        self._latencies = latencies

    def started(self) -> None:
        self.tell(self.address(PRICER), FollowPrices(SERIES))

    def receive(self, message: object) -> None:
        if not isinstance(message, PriceSnapshot) or message.last_trade_price is None:
            return
        now_ns, seen = time.perf_counter_ns(), len(self._latencies)
        held = (round(message.last_trade_price * 100) - _CENTS - seen) % _DIFFERENT + seen
        if held >= len(self._handed_over):
            return
        for number in range(seen, held + 1):
            self._latencies.append((now_ns - self._handed_over[number]) / NANOSECONDS_PER_MILLISECOND)


def _tree(pricer: Callable[[], SymbolPricer], follower: "Callable[[], _Follower]") -> SupervisorSpec:
    return SupervisorSpec(
        name="root",
        strategy=Strategy.ONE_FOR_ONE,
        is_group=True,
        children=(
            ActorSpec(name=PRICER.text, create=pricer, mailbox=ROOMY),
            ActorSpec(name="follower", create=follower, mailbox=ROOMY),
        ),
    )


def _received_ns(number: int) -> int:
    return _BEGIN_NS + number * NANOSECONDS_PER_SECOND // TICKS_PER_SECOND

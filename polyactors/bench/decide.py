"""From a frame to an intent, in real time: real market actors and makers, frames of a recording at a steady rate."""

import gc
import itertools
import time
from pathlib import Path

import attrs
import trio

from actors.paths import market_path
from messages.intents import Place
from messages.market_data import MarketData
from messages.units import NANOSECONDS_PER_MILLISECOND, Shares
from polyactors.bench.frames import Frames, frames_of
from polyactors.bench.measure import Figure, Skipped, percentile, spread
from polyactors.bench.small_tree import Sink, market_tree
from polyactors.config import Configuration
from polyactors.venues.recording.source import MARKET_CHANNEL
from supervision.clock import SteadyClock
from supervision.runtime import Runtime

FRAMES_PER_SECOND = 2000
SECONDS = 5.0
RUNS = 3


def decide(recording: Path) -> list[Figure]:
    """Raises `Skipped`."""
    frames = frames_of(recording)
    gc.collect()
    gc.freeze()
    runs = [_one_run(frames) for _ in range(RUNS)]
    gc.unfreeze()
    at = f"at {FRAMES_PER_SECOND:,} frames/s"
    return [
        spread(f"frame to intent {at}, p50", "us", [percentile(run, 50) for run in runs]),
        spread(f"frame to intent {at}, p99", "us", [percentile(run, 99) for run in runs], aim="under 1,000"),
        spread(f"frame to intent {at}, most", "us", [run[-1] for run in runs]),
        spread("intents measured a run", "", [len(run) for run in runs]),
    ]


def _one_run(frames: Frames) -> list[float]:
    """Microseconds from handing a frame over to the intent that it caused, in ascending order."""
    latencies: list[float] = []
    trio.run(_feed, frames, latencies)
    if not latencies:
        raise Skipped("the recording caused no intents")
    return sorted(latencies)


async def _feed(frames: Frames, latencies: list[float]) -> None:
    handed_over: dict[int, int] = {}

    class Stopwatch(Sink):
        """Stands where the journal is: the first to be told of an intent."""

        def receive(self, message: object) -> None:
            if isinstance(message, Place):
                began = handed_over.get(self.correlation)
                if began is not None:
                    latencies.append((time.perf_counter_ns() - began) / 1000)

    markets = frames.recording.markets
    eager = attrs.evolve(
        Configuration().maker, look_every_ns=0, retry_after_ns=0, replace_min_age_ns=0, depth_ahead=Shares(0)
    )  # fmt: skip
    configuration = attrs.evolve(Configuration(), maker=eager)
    # At the time of the recording, when its markets were open.
    runtime = Runtime(SteadyClock(frames.recording.manifest.start_ms * NANOSECONDS_PER_MILLISECOND))
    runtime.describe(market_tree(configuration, markets, Stopwatch, with_maker=True))
    async with trio.open_nursery() as nursery:
        await nursery.start(runtime.run)
        addresses = {
            market.market: runtime.registry.address(market_path(market.event, market.market)) for market in markets
        }
        decode = frames.channel().decode
        began = trio.current_time()
        some = itertools.islice(itertools.cycle(frames.tape), int(FRAMES_PER_SECOND * SECONDS))
        for sent, frame in enumerate(some, 1):
            now_ns = runtime.clock.now_ns()
            messages: list[MarketData] = decode(frame.frame, now_ns, MARKET_CHANNEL)
            for message in messages:
                handed_over[runtime.last_number + 1] = time.perf_counter_ns()
                addresses[message.market].tell(message)
            await trio.sleep_until(began + sent / FRAMES_PER_SECOND)
        runtime.stop("measured")

"""How long Python's garbage collector stops everything, with many objects alive and messages flowing."""

import time
from collections import deque
from collections.abc import Callable
from contextlib import nullcontext

import trio
from attrs import define, field, frozen

from polyactors.bench.measure import Figure, beside, demand, in_turns, percentile, spread
from polyactors.bench.running import flat, roomy, running
from supervision.actor import Actor
from supervision.address import Address, Path
from supervision.garbage import Collector, PauseMeter, keep_tidy

LIVE_OBJECTS = 600_000
BURST = 64
BURSTS = 2_000
KEPT = 50_000
RUNS = 3

KEEPER: Path[int] = Path("keeper")


@frozen
class _Run:
    """Microseconds, in ascending order: of all collections while messages flowed, a single 0 where there was none, and
    of each message until its handler."""

    collections: int
    pauses: list[float]
    waits: list[float]


def collector() -> list[Figure]:
    """As the service runs, beside the same without the service's tuning."""
    tuned, untuned = in_turns(RUNS, lambda: trio.run(_flow, True), lambda: trio.run(_flow, False))

    def pair(name: str, unit: str, of: Callable[[_Run], float], aim: str = "") -> list[Figure]:
        plain = spread(f"{name}, untuned", unit, map(of, untuned))
        return [beside(spread(f"{name}, as in service", unit, map(of, tuned), aim), plain), plain]

    return [
        *pair("collections in a run", "", lambda run: run.collections),
        *pair("pause of the collector, p99", "us", lambda run: percentile(run.pauses, 99)),
        *pair("longest pause of the collector", "us", lambda run: run.pauses[-1], "500 or less"),
        *pair(f"wait of a message, bursts of {BURST}, p99", "us", lambda run: percentile(run.waits, 99)),
        *pair(f"wait of a message, bursts of {BURST}, p99.9", "us", lambda run: percentile(run.waits, 99.9)),
        *pair(f"longest wait of a message, bursts of {BURST}", "us", lambda run: run.waits[-1]),
    ]


async def _flow(is_tuned: bool) -> _Run:
    alive = [_Record(number) for number in range(LIVE_OBJECTS)]
    meter = PauseMeter(kept=1 << 20)
    waits: list[float] = []
    async with running(flat(roomy(KEEPER.text, lambda: _Keeper(waits)))) as runtime:
        with Collector() if is_tuned else nullcontext() as tidied:
            async with trio.open_nursery() as nursery:
                if tidied is not None:
                    nursery.start_soon(keep_tidy, tidied)
                with meter:
                    await _send(runtime.registry.address(KEEPER))
                nursery.cancel_scope.cancel()
    demand((len(waits), len(alive)), (BURST * BURSTS, LIVE_OBJECTS), "messages handled, and objects alive")
    pauses = [ns / 1000 for generation in range(3) for ns in meter.pauses(generation).last_ns]
    return _Run(len(pauses), sorted(pauses) or [0.0], sorted(waits))


async def _send(keeper: Address[int]) -> None:
    for _ in range(BURSTS):
        for _ in range(BURST):
            keeper.tell(time.perf_counter_ns())
        await trio.sleep(0.001)


@frozen
class _Record:
    number: int


@define(eq=False)
class _Knot:
    """Garbage that counting references does not find."""

    itself: "_Knot | None" = field(default=None, init=False)


class _Keeper(Actor[int]):
    """Keeps something of each message for a while, and leaves a cycle behind now and then."""

    def __init__(self, waits: list[float]) -> None:
        self._waits = waits
        # Not a dict: its growing takes longer than a pause of the collector.
        self._kept: deque[list[_Record]] = deque(maxlen=KEPT)

    def receive(self, message: int) -> None:
        waits = self._waits
        waits.append((time.perf_counter_ns() - message) / 1000)
        self._kept.append([_Record(message)])
        if len(waits) % BURST == 0:
            knot = _Knot()
            knot.itself = knot

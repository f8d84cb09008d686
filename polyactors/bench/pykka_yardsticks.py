"""What pykka's actors do, each in a thread of its own. It is an extra of development: without it there is less to
compare with, and the benchmarks say so.

All threads are kept on one core, where the system allows it: they run one at a time in any case, and are two to three
times as fast when they need not wake another core for that.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

from polyactors.bench.measure import NotMeasured, Rated, Timed, demand
from polyactors.bench.words import Tick

IS_INSTALLED = find_spec("pykka") is not None
MISSING = NotMeasured("pykka's tell and ask", "pykka is not installed; it comes with the extra `dev`")


def tell(burst: Sequence[Tick], bursts: int) -> list[Rated]:
    """None where there is no pykka."""
    return (
        [Rated("pykka, tell", "messages/s", len(burst) * bursts, lambda: _tell(burst, bursts))] if IS_INSTALLED else []
    )


def ask(count: int) -> list[Timed]:
    """None where there is no pykka."""
    return [Timed("pykka, ask", lambda: _ask(count), {})] if IS_INSTALLED else []


def missing() -> list[NotMeasured]:
    return [] if IS_INSTALLED else [MISSING]


@contextmanager
def _on_one_core() -> Iterator[None]:
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


@_on_one_core()
def _tell(burst: Sequence[Tick], bursts: int) -> None:
    from pykka import ThreadingActor

    class Counter(ThreadingActor):
        def __init__(self) -> None:
            super().__init__()
            self.count = self.total = 0

        def on_receive(self, message: object) -> object:
            if isinstance(message, Tick):
                self.count += 1
                self.total += message.number
                return None
            return self.count, self.total

    counter = Counter.start()
    try:
        for _ in range(bursts):
            for tick in burst:
                counter.tell(tick)
        arrived = counter.ask("how many")
    finally:
        counter.stop()
    demand(arrived, (len(burst) * bursts, bursts * sum(tick.number for tick in burst)), "ticks told to pykka")


@_on_one_core()
def _ask(count: int) -> list[float]:
    from pykka import ThreadingActor

    class Echo(ThreadingActor):
        def on_receive(self, message: object) -> object:
            return message

    taken = []
    echo = Echo.start()
    try:
        for number in range(count):
            began_ns = time.perf_counter_ns()
            answer = echo.ask(number, timeout=1)
            taken.append((time.perf_counter_ns() - began_ns) / 1000)
            demand(answer, number, "pykka's answer")
    finally:
        echo.stop()
    return taken

"""Messages between actors, with envelopes, dispatch and counters as in service, beside bare queues."""

import itertools
import time
from collections.abc import Sequence
from functools import partial

import trio

from polyactors.bench import pykka_yardsticks, yardsticks
from polyactors.bench.measure import Figure, Line, Rated, Timed, demand, rates, times
from polyactors.bench.running import Turnstile, flat, roomy, running
from polyactors.bench.words import BURST, TICKS, Other, Tick
from supervision.actor import Actor
from supervision.address import Path

BURSTS = 2000
LONE_MESSAGES = 20_000
HOPS = 5_000

COUNTER: Path[Tick | Other] = Path("counter")
RELAY: Path[Sequence[Tick]] = Path("relay")


def messages() -> list[Line]:
    return [
        *_rates(f"bursts of {BURST}", TICKS, BURSTS, aim="800,000 or more"),
        *_rates("one by one", TICKS[:1], LONE_MESSAGES, aim="115,000 or more"),
        *_times("tell to handler, one hop", 1, {50: "8 or less", 99: "15 or less"}),
        *_times("book to strategy to arbiter to executor, three hops", 3, {50: "28 or less", 99: "60 or less"}),
        *pykka_yardsticks.missing(),
    ]


def _rates(how: str, burst: Sequence[Tick], bursts: int, aim: str) -> list[Figure]:
    unit, count = "messages/s", len(burst) * bursts
    # A burst is sent by an actor, a lone message from outside, so that there is one hop each.
    send = _through_a_relay if len(burst) > 1 else _from_outside
    return rates(
        [Rated(f"tell, {how}", unit, count, lambda: trio.run(send, burst, bursts), aim)],
        [
            Rated(
                f"trio memory channel, {how}, drained",
                unit,
                count,
                lambda: trio.run(yardsticks.channel, burst, bursts),
            ),
            Rated(f"asyncio.Queue, {how}, drained", unit, count, lambda: yardsticks.asyncio_queue(burst, bursts)),
            *pykka_yardsticks.tell(burst, bursts),
        ],
    )


def _times(name: str, hops: int, aims: dict[int, str]) -> list[Figure]:
    bare = "trio memory channel, one hop" if hops == 1 else f"{hops} trio memory channels, as many hops"
    return times(
        [Timed(name, lambda: trio.run(_chain, hops, HOPS), aims)],
        [Timed(bare, lambda: trio.run(yardsticks.channel_hops, hops, HOPS), {})],
    )


class _Counter(Actor[Tick | Other]):
    def __init__(self, expected: int, complete: trio.Event) -> None:
        self._expected = expected
        self._complete = complete
        self.count = 0
        self.total = 0

    def receive(self, message: Tick | Other) -> None:
        match message:
            case Other():
                raise TypeError("nobody sends these")
            case Tick():
                self.count += 1
                self.total += message.number
                if self.count == self._expected:
                    self._complete.set()


class _Relay(Actor[Sequence[Tick]]):
    """Sends each burst on: the sending side of what is measured."""

    def started(self) -> None:
        self._counter = self.address(COUNTER)

    def receive(self, message: Sequence[Tick]) -> None:
        for tick in message:
            self.tell(self._counter, tick)


async def _through_a_relay(burst: Sequence[Tick], bursts: int) -> None:
    complete = trio.Event()
    counter = _Counter(len(burst) * bursts, complete)
    tree = flat(roomy(COUNTER.text, lambda: counter), roomy(RELAY.text, _Relay))
    async with running(tree) as runtime:
        relay = runtime.registry.address(RELAY)
        for _ in range(bursts):
            relay.tell(burst)
            await trio.lowlevel.checkpoint()
        await complete.wait()
        demand(runtime.registry.cell(COUNTER.text).handled, counter.count, "the runtime's count of ticks")
    _demand_all(counter, burst, bursts)


async def _from_outside(burst: Sequence[Tick], bursts: int) -> None:
    complete = trio.Event()
    counter = _Counter(len(burst) * bursts, complete)
    async with running(flat(roomy(COUNTER.text, lambda: counter))) as runtime:
        address = runtime.registry.address(COUNTER)
        for _ in range(bursts):
            for tick in burst:
                address.tell(tick)
            await trio.lowlevel.checkpoint()
        await complete.wait()
    _demand_all(counter, burst, bursts)


def _demand_all(counter: _Counter, burst: Sequence[Tick], bursts: int) -> None:
    expected = (len(burst) * bursts, bursts * sum(tick.number for tick in burst))
    demand((counter.count, counter.total), expected, "ticks told to an actor")


class _PassOn(Actor[int]):
    """A link of a chain of actors."""

    def __init__(self, to: Path[int]) -> None:
        self._to = to

    def started(self) -> None:
        self._next = self.address(self._to)

    def receive(self, message: int) -> None:
        self.tell(self._next, message)


class _Last(Actor[int]):
    def __init__(self, taken: list[float], turnstile: Turnstile) -> None:
        self._taken = taken
        self._turnstile = turnstile

    def receive(self, message: int) -> None:
        self._taken.append((time.perf_counter_ns() - message) / 1000)
        self._turnstile.let_go()


async def _chain(hops: int, count: int) -> list[float]:
    """Microseconds from the outside to the last of `hops` actors."""
    taken: list[float] = []
    turnstile = Turnstile()
    links = [Path[int](f"link-{number}") for number in range(hops)]
    between = [roomy(here.text, partial(_PassOn, to)) for here, to in itertools.pairwise(links)]
    tree = flat(*between, roomy(links[-1].text, lambda: _Last(taken, turnstile)))
    async with running(tree) as runtime:
        first = runtime.registry.address(links[0])
        for _ in range(count):
            first.tell(time.perf_counter_ns())
            await turnstile.wait()
    demand(len(taken), count, "messages at the end of the chain")
    return taken

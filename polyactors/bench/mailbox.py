"""Messages between two actors, beside what trio's memory channels and asyncio's queues do in the same run."""

import asyncio
import time

import trio

from polyactors.bench.measure import Figure, beside, percentile, rate, spread
from supervision.actor import Actor
from supervision.address import Path
from supervision.clock import SteadyClock
from supervision.mailbox import MailboxSpec
from supervision.runtime import Runtime
from supervision.specs import ActorSpec, Strategy, SupervisorSpec

BURST = 64
MESSAGES = 64 * 2000
HOPS = 20_000
ROOM = 1 << 16


class _Echo(Actor[object]):
    """Answers what asks for an answer, counts the rest."""

    def receive(self, message: object) -> None:
        if message == "ask":
            self.reply(message)


class _Relay(Actor[object]):
    """Sends each burst on: the sending side of what is measured."""

    def started(self) -> None:
        self._echo = self.address(ECHO)

    def receive(self, message: object) -> None:
        if isinstance(message, int):
            for number in range(message):
                self.tell(self._echo, number)


ECHO: Path[object] = Path("echo")
RELAY: Path[object] = Path("relay")


def mailbox() -> list[Figure]:
    bursts = MESSAGES // BURST
    channel = rate(
        f"trio memory channel, bursts of {BURST}, drained", "messages/s", MESSAGES, lambda: trio.run(_channel, bursts)
    )
    queue = rate(
        f"asyncio.Queue, bursts of {BURST}, drained", "messages/s", MESSAGES, lambda: asyncio.run(_queue(bursts))
    )
    tell = rate(
        f"tell, bursts of {BURST}", "messages/s", MESSAGES, lambda: trio.run(_tell, BURST, bursts), aim="800,000"
    )
    single = rate("tell, one by one", "messages/s", HOPS, lambda: trio.run(_one_by_one), aim="115,000")
    asks = [trio.run(_ask) for _ in range(3)]
    return [
        channel,
        queue,
        beside(tell, channel),
        beside(single, channel),
        spread("ask with a deadline, p50", "us", [percentile(each, 50) for each in asks], aim="13"),
        spread("ask with a deadline, p99", "us", [percentile(each, 99) for each in asks], aim="30"),
    ]


def _tree() -> Runtime:
    runtime = Runtime(SteadyClock())
    roomy = MailboxSpec(capacity=ROOM)
    children = (
        ActorSpec(name=ECHO.text, create=_Echo, mailbox=roomy),
        ActorSpec(name=RELAY.text, create=_Relay, mailbox=roomy),
    )
    runtime.describe(SupervisorSpec(name="root", strategy=Strategy.ONE_FOR_ONE, is_group=True, children=children))
    return runtime


async def _tell(burst: int, bursts: int) -> None:
    runtime = _tree()
    async with trio.open_nursery() as nursery:
        await nursery.start(runtime.run)
        relay = runtime.registry.address(RELAY)
        for _ in range(bursts):
            relay.tell(burst)
            await trio.lowlevel.checkpoint()
        runtime.stop("measured")


async def _one_by_one() -> None:
    runtime = _tree()
    async with trio.open_nursery() as nursery:
        await nursery.start(runtime.run)
        echo = runtime.registry.address(ECHO)
        for number in range(HOPS):
            echo.tell(number)
            await trio.lowlevel.checkpoint()
        runtime.stop("measured")


async def _ask() -> list[float]:
    runtime = _tree()
    taken = []
    async with trio.open_nursery() as nursery:
        await nursery.start(runtime.run)
        echo = runtime.registry.address(ECHO)
        for _ in range(HOPS):
            began = time.perf_counter_ns()
            await runtime.ask(echo, "ask", 1_000_000_000)
            taken.append((time.perf_counter_ns() - began) / 1000)
        runtime.stop("measured")
    return sorted(taken)


async def _channel(bursts: int) -> None:
    send, receive = trio.open_memory_channel[int](ROOM)

    async def drain() -> None:
        while True:
            await receive.receive()
            try:
                while True:
                    receive.receive_nowait()
            except trio.WouldBlock:
                continue

    async with trio.open_nursery() as nursery:
        nursery.start_soon(drain)
        for _ in range(bursts):
            for number in range(BURST):
                send.send_nowait(number)
            await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()


async def _queue(bursts: int) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()

    async def drain() -> None:
        while True:
            await queue.get()
            while not queue.empty():
                queue.get_nowait()

    task = asyncio.create_task(drain())
    for _ in range(bursts):
        for number in range(BURST):
            queue.put_nowait(number)
        await asyncio.sleep(0)
    task.cancel()

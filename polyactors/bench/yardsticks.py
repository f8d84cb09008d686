"""What trio and asyncio do without actors: the least that a message, a question or a life can cost here."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import outcome
import trio

from polyactors.bench.measure import demand
from polyactors.bench.running import Turnstile
from polyactors.bench.words import Tick

ROOM = 1 << 17


async def channel(burst: Sequence[Tick], bursts: int) -> None:
    """Bursts through one memory channel to a task that takes all there is before it waits again."""
    send, receive = trio.open_memory_channel[Tick](ROOM)
    expected = len(burst) * bursts
    count = total = 0

    async def drain() -> None:
        nonlocal count, total
        while count < expected:
            total += (await receive.receive()).number
            count += 1
            with suppress(trio.WouldBlock):
                while True:
                    total += receive.receive_nowait().number
                    count += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(drain)
        for _ in range(bursts):
            for tick in burst:
                send.send_nowait(tick)
            await trio.lowlevel.checkpoint()
    demand((count, total), (expected, bursts * sum(tick.number for tick in burst)), "ticks through a channel")


def asyncio_queue(burst: Sequence[Tick], bursts: int) -> None:
    """The same through an `asyncio.Queue`."""
    asyncio.run(_asyncio_queue(burst, bursts))


async def _asyncio_queue(burst: Sequence[Tick], bursts: int) -> None:
    queue: asyncio.Queue[Tick] = asyncio.Queue()
    expected = len(burst) * bursts
    count = total = 0

    async def drain() -> None:
        nonlocal count, total
        while count < expected:
            total += (await queue.get()).number
            count += 1
            while not queue.empty():
                total += queue.get_nowait().number
                count += 1

    drained = asyncio.create_task(drain())
    for _ in range(bursts):
        for tick in burst:
            queue.put_nowait(tick)
        await asyncio.sleep(0)
    await drained
    demand((count, total), (expected, bursts * sum(tick.number for tick in burst)), "ticks through a queue")


async def channel_hops(hops: int, count: int) -> list[float]:
    """Microseconds from the first of a chain of tasks to the last, which a message reaches by `hops` channels."""
    taken: list[float] = []
    turnstile = Turnstile()
    channels = [trio.open_memory_channel[int](ROOM) for _ in range(hops)]

    async def pass_on(number: int) -> None:
        _, receive = channels[number]
        send, _ = channels[number + 1]
        async for message in receive:
            send.send_nowait(message)

    async def take() -> None:
        async for began_ns in channels[-1][1]:
            taken.append((time.perf_counter_ns() - began_ns) / 1000)
            turnstile.let_go()

    async with trio.open_nursery() as nursery:
        for number in range(hops - 1):
            nursery.start_soon(pass_on, number)
        nursery.start_soon(take)
        for _ in range(count):
            channels[0][0].send_nowait(time.perf_counter_ns())
            await turnstile.wait()
        nursery.cancel_scope.cancel()
    demand(len(taken), count, "messages at the end of the chain")
    return taken


async def parked_slot(count: int) -> list[float]:
    """Microseconds of a question through a channel whose answer wakes the task that asked. There is no deadline."""
    taken: list[float] = []
    send, receive = trio.open_memory_channel[tuple[int, trio.lowlevel.Task]](ROOM)

    async def answer() -> None:
        async for question, task in receive:
            trio.lowlevel.reschedule(task, outcome.Value(question))

    def abort(_: object) -> trio.lowlevel.Abort:
        return trio.lowlevel.Abort.FAILED

    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer)
        task = trio.lowlevel.current_task()
        for number in range(count):
            began_ns = time.perf_counter_ns()
            send.send_nowait((number, task))
            answered = await trio.lowlevel.wait_task_rescheduled(abort)
            taken.append((time.perf_counter_ns() - began_ns) / 1000)
            demand(answered, number, "the answer of a parked slot")
        nursery.cancel_scope.cancel()
    return taken


async def one_shot_channel(count: int) -> list[float]:
    """Microseconds of a question through a channel that is answered through another, within `trio.fail_after`."""
    taken: list[float] = []
    send, receive = trio.open_memory_channel[tuple[int, trio.MemorySendChannel[int]]](ROOM)

    async def answer() -> None:
        async for question, answers in receive:
            answers.send_nowait(question)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer)
        for number in range(count):
            began_ns = time.perf_counter_ns()
            answers, answered = trio.open_memory_channel[int](1)
            with trio.fail_after(1):
                send.send_nowait((number, answers))
                answer_ = await answered.receive()
            taken.append((time.perf_counter_ns() - began_ns) / 1000)
            demand(answer_, number, "the answer of a channel")
        nursery.cancel_scope.cancel()
    return taken

"""Tasks of trio that live, crash and are replaced without a supervisor worth the name: the least that it can cost."""

import time

import outcome
import trio
from attrs import define, field


@define(eq=False)
class IdleTask:
    """A task that waits for a message that never comes, and can be ended."""

    scope: trio.CancelScope = field(factory=trio.CancelScope)
    ended: trio.Event = field(factory=trio.Event)
    send: trio.MemorySendChannel[None] | None = None

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        with self.scope:
            # The sending end is kept, as an address would.
            self.send, receive = trio.open_memory_channel[None](1024)
            task_status.started()
            await receive.receive()
        self.ended.set()


async def crashes(count: int) -> list[float]:
    """Microseconds from the error in a task to the first line of the one that replaces it."""
    raised: list[int] = []
    started: list[int] = []
    ends_send, ends = trio.open_memory_channel[outcome.Outcome[None]](1)

    async def crash() -> None:
        raised.append(time.perf_counter_ns())
        raise RuntimeError("as the benchmark wants")

    async def live(*, task_status: trio.TaskStatus[None]) -> None:
        with trio.CancelScope():
            started.append(time.perf_counter_ns())
            task_status.started()
            await trio.lowlevel.checkpoint()
            end = await outcome.acapture(crash)
        ends_send.send_nowait(end)

    async with trio.open_nursery() as nursery:
        for _ in range(count):
            await nursery.start(live)
            await ends.receive()
        await nursery.start(live)
        nursery.cancel_scope.cancel()
    return [(begin - end) / 1000 for end, begin in zip(raised[:count], started[1:], strict=True)]


async def stop_and_start(size: int) -> float:
    """Milliseconds for cancelling so many tasks in reverse, each to its end, and starting as many in order."""
    async with trio.open_nursery() as nursery:
        first = await start(nursery, size)
        began_ns = time.perf_counter_ns()
        for task in reversed(first):
            task.scope.cancel()
            await task.ended.wait()
        await start(nursery, size)
        taken_ms = (time.perf_counter_ns() - began_ns) / 1e6
        nursery.cancel_scope.cancel()
    return taken_ms


async def start(nursery: trio.Nursery, count: int) -> list[IdleTask]:
    """Start so many tasks, each when the one before it has acknowledged."""
    tasks = [IdleTask() for _ in range(count)]
    for task in tasks:
        await nursery.start(task.run)
    return tasks

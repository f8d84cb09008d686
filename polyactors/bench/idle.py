"""What it costs to have an actor: its start, and the memory of one that waits for its first message."""

import gc
import time
import tracemalloc

import trio
from trio.testing import wait_all_tasks_blocked

from polyactors.bench import bare_lives
from polyactors.bench.measure import Figure, compared, demand, in_turns, spread
from polyactors.bench.running import flat, running
from supervision.actor import Actor
from supervision.specs import ActorSpec, Strategy, SupervisorSpec

COUNT = 10_000
RUNS = 3
MESSAGES = 300
"""Enough for an actor to remember the times of as many as it ever does."""

DYNAMIC = "dynamic"


def idle() -> list[Figure]:
    return [*_starts(), *_sizes()]


def _starts() -> list[Figure]:
    """By the process's own time, as for rates."""
    at_once, one_by_one, bare = in_turns(
        RUNS, lambda: trio.run(_start_a_tree), lambda: trio.run(_start_children), lambda: trio.run(_start_tasks)
    )
    return compared(
        [
            spread(f"start with its acknowledgement, in a tree of {COUNT:,}", "us", at_once, "90 or less"),
            spread(f"start_child, {COUNT:,} one after another", "us", one_by_one, "90 or less"),
            spread("trio task with a memory channel, nursery.start", "us", bare),
        ],
        measured=2,
    )


def _sizes() -> list[Figure]:
    """As tracemalloc counts: what was allocated for the actors and is still there while all of them wait."""
    # Once each: it takes long, and gives the same number again.
    fresh, used = trio.run(_size_of_actors, COUNT, 0), trio.run(_size_of_actors, COUNT // 10, MESSAGES)
    bare = trio.run(_size_of_tasks)
    return compared(
        [
            spread(f"one of {COUNT:,} idle actors, with its description", "bytes", [fresh], "8,192 or less"),
            spread(f"one of {COUNT // 10:,}, idle after {MESSAGES} messages, with their times", "bytes", [used]),
            spread(f"one of {COUNT:,} trio tasks with a memory channel", "bytes", [bare]),
        ],
        measured=2,
    )


class _Idle(Actor[int]):
    def receive(self, message: int) -> None:
        """There is nothing to do."""


def _spec(number: int) -> ActorSpec:
    return ActorSpec(name=f"idle-{number}", create=_Idle)


async def _start_a_tree() -> float:
    began_ns = time.process_time_ns()
    async with running(flat(*(_spec(number) for number in range(COUNT)))) as runtime:
        taken_ns = time.process_time_ns() - began_ns
        demand(runtime.supervisor("root").count_children().active, COUNT, "actors that live")
    return taken_ns / COUNT / 1000


async def _start_children() -> float:
    dynamic = SupervisorSpec(name=DYNAMIC, strategy=Strategy.ONE_FOR_ONE, is_dynamic=True)
    async with running(flat(dynamic)) as runtime:
        supervisor = runtime.supervisor(DYNAMIC)
        began_ns = time.process_time_ns()
        for number in range(COUNT):
            await supervisor.start_child(_spec(number))
        taken_ns = time.process_time_ns() - began_ns
        demand(supervisor.count_children().active, COUNT, "actors that live")
    return taken_ns / COUNT / 1000


async def _start_tasks() -> float:
    async with trio.open_nursery() as nursery:
        began_ns = time.process_time_ns()
        tasks = await bare_lives.start(nursery, COUNT)
        taken_ns = time.process_time_ns() - began_ns
        demand(len(nursery.child_tasks), COUNT, "tasks that live")
        nursery.cancel_scope.cancel()
    del tasks
    return taken_ns / COUNT / 1000


async def _size_of_actors(count: int, messages: int) -> float:
    before = _traced()
    async with running(flat(*(_spec(number) for number in range(count)))) as runtime:
        for number in range(messages):
            for cell in runtime.registry.cells():
                cell.address.tell(number)
            await trio.lowlevel.checkpoint()
        await wait_all_tasks_blocked()
        each = (_traced() - before) / count
        demand(runtime.supervisor("root").count_children().active, count, "actors that live")
        demand({cell.handled for cell in runtime.registry.cells()}, {messages}, "messages that each has handled")
    tracemalloc.stop()
    return each


async def _size_of_tasks() -> float:
    before = _traced()
    async with trio.open_nursery() as nursery:
        tasks = await bare_lives.start(nursery, COUNT)
        await wait_all_tasks_blocked()
        each = (_traced() - before) / COUNT
        demand(len(nursery.child_tasks), len(tasks), "tasks that live")
        nursery.cancel_scope.cancel()
    tracemalloc.stop()
    return each


def _traced() -> int:
    """Bytes allocated since the first call, until `tracemalloc.stop`."""
    if not tracemalloc.is_tracing():
        tracemalloc.start()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]

"""A look at every mailbox of a large tree, while nothing may stand still for it."""

import time

import trio
from attrs import define
from trio.testing import wait_all_tasks_blocked

from polyactors.bench.measure import RUNS, Figure, compared, demand, frozen_heap, spread
from polyactors.bench.running import flat, running
from supervision.actor import Actor
from supervision.address import Path
from supervision.introspection.picture import take_mailboxes
from supervision.specs import ActorSpec

COUNT = 10_000
MILLISECOND = 1_000_000


def pictures() -> list[Figure]:
    totals, slices, bare = trio.run(_look_over_and_over)
    return compared(
        [
            spread(f"picture of {COUNT:,} mailboxes", "ms", totals, "20 or less"),
            spread("the longest that it held the loop", "ms", slices, "1 or less"),
            spread(f"trio, statistics of {COUNT:,} memory channels at one go", "ms", bare),
        ],
        measured=2,
    )


class _Quiet(Actor[int]):
    def receive(self, message: int) -> None:
        """There is nothing to do."""


async def _look_over_and_over() -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of whole pictures, of their longest slices, and of the yardstick."""
    totals, slices, bare = [], [], []
    paths = [Path[int](f"quiet-{number}") for number in range(COUNT)]
    async with running(flat(*(ActorSpec(name=path.text, create=_Quiet) for path in paths))) as runtime:
        for number, path in enumerate(paths):
            runtime.registry.address(path).tell(number)
        await wait_all_tasks_blocked()
        channels = [trio.open_memory_channel[int](1024) for _ in paths]
        with frozen_heap():
            for _ in range(RUNS + 1):
                began_ns = time.perf_counter_ns()
                taken = await take_mailboxes(runtime)
                totals.append((time.perf_counter_ns() - began_ns) / MILLISECOND)
                demand((len(taken), sum(each.handled for each in taken)), (COUNT, COUNT), "mailboxes, and messages")
                with _Stopwatch() as stopwatch:
                    await take_mailboxes(runtime)
                slices.append(stopwatch.longest_ns / MILLISECOND)
                began_ns = time.perf_counter_ns()
                seen = [send.statistics() for send, _ in channels]
                bare.append((time.perf_counter_ns() - began_ns) / MILLISECOND)
                demand(len(seen), COUNT, "channels")
    # The first of each is thrown away: the interpreter learns the code in it.
    return totals[1:], slices[1:], bare[1:]


@define(eq=False)
class _Stopwatch(trio.abc.Instrument):
    """The longest time for which a task held the loop within the `with` block, the one that looks among them."""

    longest_ns: int = 0
    _began_ns: int = 0

    def __enter__(self) -> "_Stopwatch":
        self._began_ns = time.perf_counter_ns()
        trio.lowlevel.add_instrument(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.after_task_step(trio.lowlevel.current_task())
        trio.lowlevel.remove_instrument(self)

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._began_ns = time.perf_counter_ns()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self.longest_ns = max(self.longest_ns, time.perf_counter_ns() - self._began_ns)

"""Workers that stay: as many as have work at the same time, of which a few are kept, and none outlives its actor."""

from collections.abc import Callable

import trio
from attrs import frozen

from actors.execution.live.standing_workers import MOST_AT_REST, Job, StandingWorkers
from supervision.actor import Actor
from supervision.clock import SteadyClock
from supervision.runtime import Runtime
from supervision.specs import ActorSpec, Backoff, Strategy, SupervisorSpec


@frozen
class Do:
    jobs: tuple[Job, ...]


class Foreman(Actor[Do]):
    def started(self) -> None:
        self._workers = StandingWorkers(self, "work")

    def receive(self, message: Do) -> None:
        for job in message.jobs:
            self._workers.do(job)


class Site:
    """What the workers did, by task."""

    def __init__(self) -> None:
        self.tasks: list[trio.lowlevel.Task] = []
        self._changed = trio.Event()

    async def note(self) -> None:
        self.tasks.append(trio.lowlevel.current_task())
        self._changed.set()
        self._changed = trio.Event()

    async def until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            await self._changed.wait()


def _tree() -> SupervisorSpec:
    return SupervisorSpec(
        name="root",
        strategy=Strategy.ONE_FOR_ONE,
        is_group=True,
        backoff=Backoff(initial_ns=0, maximum_ns=0),
        children=(ActorSpec(name="foreman", create=Foreman),),
    )


async def _with_foreman(script: Callable[[Runtime, Site], object]) -> None:
    runtime, site = Runtime(SteadyClock()), Site()
    runtime.describe(_tree())
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(runtime.run)
            await script(runtime, site)  # type: ignore[misc]
            runtime.stop("over")


def _tell(runtime: Runtime, *jobs: Job) -> None:
    node = runtime.registry.node("foreman")
    assert node is not None
    runtime.registry.cell("foreman").address.tell(Do(jobs))


async def test_one_after_another_is_the_work_of_one() -> None:
    async def script(runtime: Runtime, site: Site) -> None:
        for number in range(1, 11):
            _tell(runtime, site.note)
            await site.until(lambda: len(site.tasks) == number)  # noqa: B023 - awaited within the loop
            await trio.testing.wait_all_tasks_blocked()
        assert len(set(site.tasks)) == 1

    await _with_foreman(script)


async def test_who_is_at_work_is_not_waited_for_and_few_are_kept() -> None:
    async def script(runtime: Runtime, site: Site) -> None:
        may_end = trio.Event()

        async def long() -> None:
            await site.note()
            await may_end.wait()

        _tell(runtime, *[long] * (MOST_AT_REST + 5))
        await site.until(lambda: len(site.tasks) == MOST_AT_REST + 5)
        assert len(set(site.tasks)) == MOST_AT_REST + 5
        may_end.set()
        await trio.testing.wait_all_tasks_blocked()
        life = runtime.registry.cell("foreman").life
        assert life is not None
        assert len(life.workers) == MOST_AT_REST

    await _with_foreman(script)


async def test_an_error_of_one_that_stayed_is_the_actors_crash_and_the_next_life_has_workers_of_its_own() -> None:
    async def script(runtime: Runtime, site: Site) -> None:
        async def fail() -> None:
            raise ValueError("the work went wrong")

        _tell(runtime, site.note)
        await site.until(lambda: len(site.tasks) == 1)
        await trio.testing.wait_all_tasks_blocked()
        _tell(runtime, fail)
        cell = runtime.registry.cell("foreman")
        while cell.generation < 2 or not cell.is_running:
            await trio.lowlevel.checkpoint()
        _tell(runtime, site.note)
        await site.until(lambda: len(site.tasks) == 2)
        assert len(set(site.tasks)) == 2

    await _with_foreman(script)

"""A tree of actors under a steady clock, for as long as something is measured in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Never

import outcome
import trio
from attrs import define

from supervision.actor import Actor
from supervision.clock import SteadyClock
from supervision.mailbox import MailboxSpec
from supervision.runtime import Runtime
from supervision.specs import ActorSpec, Backoff, Strategy, SupervisorSpec

ROOM = 1 << 17
AS_OFTEN_AS_IT_LIKES = 1_000_000
AT_ONCE = Backoff(initial_ns=0, maximum_ns=0)

Create = Callable[[], Actor[Never]]


def flat(
    *children: ActorSpec | SupervisorSpec, name: str = "root", strategy: Strategy = Strategy.ONE_FOR_ONE
) -> SupervisorSpec:
    """A supervisor that leaves its name out of the paths and restarts at once, however often."""
    return SupervisorSpec(
        name=name,
        strategy=strategy,
        is_group=True,
        children=children,
        intensity=AS_OFTEN_AS_IT_LIKES,
        backoff=AT_ONCE,
    )


def roomy(name: str, create: Create) -> ActorSpec:
    return ActorSpec(name=name, create=create, mailbox=MailboxSpec(capacity=ROOM))


@asynccontextmanager
async def running(tree: SupervisorSpec) -> AsyncIterator[Runtime]:
    runtime = Runtime(SteadyClock())
    runtime.describe(tree)
    async with trio.open_nursery() as nursery:
        await nursery.start(runtime.run)
        yield runtime
        runtime.stop("measured")


@define(eq=False)
class Turnstile:
    """One task waits until another lets it go on; nothing stands between them but the scheduler."""

    _task: trio.lowlevel.Task | None = None

    async def wait(self) -> None:
        self._task = trio.lowlevel.current_task()

        def abort(_: object) -> trio.lowlevel.Abort:
            self._task = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def let_go(self) -> None:
        """Raises `RuntimeError` when nobody waits."""
        task, self._task = self._task, None
        if task is None:
            raise RuntimeError("nobody waits at the turnstile")
        trio.lowlevel.reschedule(task, outcome.Value(None))

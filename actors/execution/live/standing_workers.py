"""Workers of an actor that stay when their work is done, and take what comes next: to begin one takes as long as a
third of all the rest that an order needs here."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Never

import outcome
import trio

from supervision.actor import Actor

Job = Callable[[], Awaitable[None]]

MOST_AT_REST = 8


class StandingWorkers:
    """As many as have work at the same time, of which `most_at_rest` stay. Theirs is the life that they began in: an
    error of theirs is its crash, and they end with it."""

    def __init__(self, actor: Actor[Never], name: str, most_at_rest: int = MOST_AT_REST) -> None:
        self._actor = actor
        self._name = name
        self._most_at_rest = most_at_rest
        self._at_rest: list[trio.lowlevel.Task] = []

    def do(self, job: Job) -> None:
        """By whoever rested last, who has it all at hand; else by another one."""
        if self._at_rest:
            trio.lowlevel.reschedule(self._at_rest.pop(), outcome.Value(job))
        else:
            self._actor.work(self._name, partial(self._serve, job))

    async def _serve(self, job: Job) -> None:
        await job()
        while len(self._at_rest) < self._most_at_rest:
            job = await self._rest()
            await job()

    async def _rest(self) -> Job:
        await trio.lowlevel.checkpoint_if_cancelled()
        task = trio.lowlevel.current_task()
        self._at_rest.append(task)

        def abort(_: object) -> trio.lowlevel.Abort:
            self._at_rest.remove(task)
            return trio.lowlevel.Abort.SUCCEEDED

        job: Job = await trio.lowlevel.wait_task_rescheduled(abort)
        return job

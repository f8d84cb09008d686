"""Keeps the process that posts at hand: starts it, and another when it is gone. Meanwhile nothing is posted."""

import os
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import trio

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.venues.polymarket.first_client.client import NotStarted, PostingClient
from polyactors.venues.polymarket.own_process import starting
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials
from polyactors.venues.polymarket.rest.posting import OrderToPost
from polyactors.venues.polymarket.rest.transport import Exchanged, Unsent
from polyactors.venues.streams.backoff import Backoff
from supervision.log import Level, LogEvent, LogSink

PROGRAM = "polyactors.venues.polymarket.first_client"
START_WITHIN_S = 30.0

_NAME = "live account/first client"
_INHERITED = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
)


class FirstClientOffice:
    """Posts by the official client. Calls may be made side by side."""

    def __init__(self, host: str, credentials: ApiCredentials, now_ns: Callable[[], int], log: LogSink) -> None:
        self._host = host
        self._credentials = credentials
        self._now_ns = now_ns
        self._log_sink = log
        self._client: PostingClient | None = None
        self._why_none = "the process that posts is being started"

    @property
    def process_id(self) -> int | None:
        return None if self._client is None else self._client.process_id

    async def post(self, orders: Sequence[OrderToPost], *, is_batch: bool, deadline_s: float) -> Exchanged:
        """`deadline_s` is a time of trio's clock. Raises nothing but `trio.Cancelled`."""
        if self._client is None:
            return Unsent(self._why_none)
        return await self._client.post(orders, is_batch=is_batch, deadline_s=deadline_s)

    async def keep(self, task_status: trio.TaskStatus[NotStarted | None]) -> None:
        """For ever, once there was one; else it says why there is none, and returns."""
        try:
            await self._one(lambda: task_status.started(None))
        except NotStarted as error:
            task_status.started(error)
            return
        backoff = Backoff(random.Random())
        while True:
            await trio.sleep(backoff.next_pause_ns() / NANOSECONDS_PER_SECOND)
            try:
                await self._one(backoff.succeeded)
            except NotStarted as error:
                self._why_none = str(error)
                self._log(Level.ERROR, "no process that posts")

    async def _one(self, is_there: Callable[[], None]) -> None:
        """Until it is gone. Raises `NotStarted`."""
        failure: NotStarted | None = None
        try:
            async with starting.own_process(PROGRAM, _environment) as running, trio.open_nursery() as nursery:
                client = PostingClient(running.stream, running.process_id)
                nursery.start_soon(client.run)
                try:
                    await client.start(self._host, self._credentials, START_WITHIN_S)
                except NotStarted as error:
                    # Kept out of the nursery, which would put it into a group.
                    failure = error
                    nursery.cancel_scope.cancel()
                else:
                    self._client = client
                    is_there()
        except starting.NotStarted as error:
            raise NotStarted(f"the process that posts could not be started: {error}") from None
        finally:
            self._client = None
        if failure is not None:
            raise failure
        self._why_none = client.why_gone
        self._log(Level.ERROR, "process that posts lost")

    def _log(self, level: Level, event: str) -> None:
        self._log_sink(LogEvent(self._now_ns(), level, _NAME, 0, 0, event, {"reason": self._why_none}))


@asynccontextmanager
async def open_first_client(
    host: str, credentials: ApiCredentials, now_ns: Callable[[], int], log: LogSink
) -> AsyncIterator[FirstClientOffice]:
    """Raises `NotStarted`; what is raised inside comes out as it is."""
    failure: Exception | None = None
    async with trio.open_nursery() as nursery:
        office = FirstClientOffice(host, credentials, now_ns, log)
        failure = await nursery.start(office.keep)
        if failure is None:
            try:
                yield office
            except Exception as error:
                # Kept out of the nursery, which would put it into a group.
                failure = error
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure


def _environment() -> dict[str, str]:
    """No variable with a secret that is meant for somebody else."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}

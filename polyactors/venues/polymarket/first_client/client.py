"""The trading process's side of the conversation with the process that posts; calls go side by side."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count

import httpx
import trio
from attrs import define

from polyactors.venues.polymarket.first_client import wire
from polyactors.venues.polymarket.first_client.wire import (
    Answered,
    NotSent,
    Post,
    Start,
    Started,
    decode_answer,
    encode,
)
from polyactors.venues.polymarket.own_process.answers import take_answers
from polyactors.venues.polymarket.own_process.vocabulary import NotUnderstood
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials
from polyactors.venues.polymarket.rest.posting import OrderToPost
from polyactors.venues.polymarket.rest.transport import Answer, Exchanged, Unanswered, Unsent

WRITTEN_WITHIN_S = 1.0
"""The process reads at once whatever comes: one that does not is broken."""

_NANOSECONDS = 1_000_000_000


class NotStarted(Exception):
    """There is no process that posts; the text says what to do."""


@define(eq=False)
class _Waiting:
    come: trio.Event
    answer: wire.Answer | None = None


class PostingClient:
    """`run` has to run beside the calls. What is under way when the process ends is in doubt."""

    def __init__(
        self,
        stream: trio.SocketStream,
        process_id: int | None = None,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._stream = stream
        self._monotonic_ns = monotonic_ns
        self._numbers = count(1)
        self._turn = trio.Lock()
        self._waiting: dict[int, _Waiting] = {}
        self._gone: str | None = None
        self._lost = trio.Event()
        self.process_id = process_id

    @property
    def why_gone(self) -> str:
        return self._gone or ""

    async def run(self) -> None:
        """Until the process is gone, or cannot be spoken with."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read)
            await self._lost.wait()
            nursery.cancel_scope.cancel()

    async def start(self, host: str, credentials: ApiCredentials, within_s: float) -> None:
        """Raises `NotStarted`."""
        answer = None
        with trio.move_on_after(within_s):
            answer = await self._ask(Start(next(self._numbers), host, credentials))
        if isinstance(answer, Started):
            return
        if isinstance(answer, wire.Refused):
            raise NotStarted(answer.detail or answer.reason.value)
        raise NotStarted(self._gone or f"no answer within {within_s:g} s")

    async def post(self, orders: Sequence[OrderToPost], *, is_batch: bool, deadline_s: float) -> Exchanged:
        """`deadline_s` is a time of trio's clock. Raises nothing but `trio.Cancelled`."""
        if self._gone is not None:
            return Unsent(self._gone)
        left_s = deadline_s - trio.current_time()
        deadline_ns = self._monotonic_ns() + max(0, round(left_s * _NANOSECONDS))
        answer: wire.Answer | None = None
        with trio.move_on_at(deadline_s):
            answer = await self._ask(Post(next(self._numbers), tuple(orders), is_batch, deadline_ns))
        match answer:
            case Answered():
                return Answer(answer.status, httpx.Headers(list(answer.headers)), answer.body, answer.is_cut)
            case NotSent(reason=reason):
                return Unsent(reason)
            case wire.Unanswered(reason=reason):
                return Unanswered(reason)
            case wire.Refused():
                return Unsent(f"{answer.reason.value}: {answer.detail}")
            case Started():
                return Unanswered("it answered to something else")
            case None:
                return Unanswered(self._gone or "no answer in time")

    async def _ask(self, request: wire.Request) -> wire.Answer | None:
        """None where the process is gone."""
        waiting = self._waiting[request.number] = _Waiting(trio.Event())
        try:
            await self._write(encode(request))
            await waiting.come.wait()
        finally:
            del self._waiting[request.number]
        return waiting.answer

    async def _write(self, line: bytes) -> None:
        async with self._turn:
            # Half a line would make nonsense of the next one, so that a request is written whole or not at all.
            with trio.move_on_after(WRITTEN_WITHIN_S) as patience:
                patience.shield = True
                with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                    await self._stream.send_all(line)
            if patience.cancelled_caught:
                self._lose("the process that posts takes nothing")

    async def _read(self) -> None:
        why = "the process that posts has ended"
        try:
            await take_answers(self._stream, decode_answer, self._take)
        except NotUnderstood:
            why = "the process that posts said something that is no answer"
        finally:
            self._lose(why)

    def _take(self, answer: wire.Answer) -> None:
        waiting = self._waiting.get(answer.number)
        if waiting is not None:
            waiting.answer = answer
            waiting.come.set()

    def _lose(self, why: str) -> None:
        if self._gone is None:
            self._gone = why
            self._lost.set()
            for waiting in self._waiting.values():
                waiting.come.set()

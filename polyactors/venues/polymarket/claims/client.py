"""The trading process's side of the conversation: one request at a time, each with a deadline.

A claim without an answer is in doubt, for ever: its answer, should it still come, is dropped.
"""

from contextlib import suppress
from itertools import count

import trio

from polyactors.venues.polymarket.claims.wire import Answer, Request, decode_answer, encode
from polyactors.venues.polymarket.own_process.answers import take_answers
from polyactors.venues.polymarket.own_process.vocabulary import NotUnderstood


class ProcessGone(Exception):
    """The process that claims has ended, or was not understood."""


class NoAnswer(Exception):
    """Not in time."""


class ClaimClient:
    """`run` has to run beside the calls."""

    def __init__(self, stream: trio.SocketStream, process_id: int | None = None) -> None:
        self._stream = stream
        self._numbers = count(1)
        self._turn = trio.Lock()
        self._waiting = 0
        self._come = trio.Event()
        self._answer: Answer | None = None
        self._gone: str | None = None
        self.process_id = process_id

    @property
    def is_gone(self) -> bool:
        return self._gone is not None

    def next_number(self) -> int:
        return next(self._numbers)

    async def run(self) -> None:
        """Until the process is gone."""
        why = "its process has ended"
        try:
            await take_answers(self._stream, decode_answer, self._take)
        except NotUnderstood:
            why = "it said something that is no answer"
        finally:
            self._gone = why
            self._come.set()

    async def ask(self, request: Request, within_s: float) -> Answer:
        """The answer. Raises `NoAnswer` and `ProcessGone`; after both a claim may be done all the same."""
        with trio.move_on_after(within_s):
            async with self._turn:
                self._demand_here()
                self._waiting, self._come, self._answer = request.number, trio.Event(), None
                # Half a line would make nonsense of the next one, so that a request is written whole or not at all.
                with trio.CancelScope(shield=True), suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                    await self._stream.send_all(encode(request))
                try:
                    await self._come.wait()
                finally:
                    self._waiting = 0
                if self._answer is not None:
                    return self._answer
                self._demand_here()
        raise NoAnswer(f"no answer within {within_s:g} s")

    def end(self) -> None:
        """Closes the pipe, which ends the process."""
        self._stream.socket.close()

    def _take(self, answer: Answer) -> None:
        if answer.number == self._waiting:
            self._answer = answer
            self._come.set()

    def _demand_here(self) -> None:
        if self._gone is not None:
            raise ProcessGone(f"the process that claims is gone: {self._gone}")

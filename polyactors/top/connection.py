"""Asks a running service on asyncio: one connection, requests answered in their order."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, cast

from attrs import AttrsInstance

from messages.serial import BadDocument
from polyactors.control.client import PATIENCE_S, NoService, RequestRefused, ServiceLost
from polyactors.control.endpoint import peer_of
from polyactors.control.wire import (
    LONGEST_ANSWER,
    Answer,
    AnyRequest,
    LinesLost,
    Pages,
    Refused,
    Request,
    Trace,
    TraceEvent,
    answer_class,
    encode,
)
from supervision.introspection.trace import TraceLine

A = TypeVar("A", bound=AttrsInstance)

MOST_BYTES = 64 * 1024 * 1024
"""Of one answer, all its pages: that of some 200,000 actors."""

GULP = 65_536
GULP_EVERY_S = 0.05
"""Of a trace: some thousand lines a second, which is more than anybody reads; the rest is lost at the service, which
counts it, and the screen stays free."""


class Connection:
    """Open from `connect` to `close`. Every method raises `ServiceLost` when the service is gone, is not understood or
    says nothing for `patience_s`; the connection is of no use then."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience_s: float | None = PATIENCE_S
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._patience_s = patience_s
        self._pages = Pages()
        self._received = bytearray()
        self.uptime_s = _uptime_s(writer)

    @classmethod
    async def connect(cls, path: Path, patience_s: float | None = PATIENCE_S) -> "Connection":
        """Raises `NoService`."""
        try:
            reader, writer = await asyncio.open_unix_connection(path, limit=GULP)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise NoService(f"nobody answers at {path}: {why}") from error
        return cls(reader, writer, patience_s)

    @property
    def peer_pid(self) -> int:
        """The process of the service; 0 where the system does not tell."""
        return _pid_of(self._writer)

    async def ask(self, request: Request[A]) -> A:
        """Raises `RequestRefused` too."""
        (answer,) = await self.ask_all([request])
        if isinstance(answer, Refused):
            raise RequestRefused(answer.why, answer.suggestions)
        return answer

    async def ask_all(self, requests: Sequence[Request[A]]) -> list[A | Refused]:
        """All at once; the answers are in the order of the requests."""
        try:
            async with asyncio.timeout(self._patience_s):
                self._writer.write(b"".join(encode(cast(AnyRequest, request)) for request in requests))
                answers: list[A | Refused] = []
                for request in requests:
                    expected: type[A] = answer_class(type(request))
                    answers.append(_expected(expected, await self._answer()))
                return answers
        except TimeoutError as error:
            raise ServiceLost(f"it did not answer within {self._patience_s:g} s") from error

    async def follow(self, path: str) -> AsyncIterator[list[TraceEvent]]:
        """What `path` handles and sends from now on, in portions; the connection is for nothing else then. Raises
        `RequestRefused` too."""
        await self.ask(Trace(path))
        while True:
            events = []
            while (line := self._line()) is not None:
                event = self._read(line)
                if not isinstance(event, TraceLine | LinesLost):
                    raise ServiceLost(f"it sent {type(event).__name__} within a trace")
                events.append(event)
            if events:
                yield events
                await asyncio.sleep(GULP_EVERY_S)
            await self._more()

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _answer(self) -> Answer | TraceEvent:
        read = 0
        while True:
            while (line := self._line()) is None:
                await self._more()
            read += len(line)
            if read > MOST_BYTES:
                raise ServiceLost(f"it sent an answer of more than {MOST_BYTES} bytes")
            answer = self._read(line)
            if answer is not None:
                return answer
            # The screen has its turn between the pages.
            await asyncio.sleep(0)

    def _read(self, line: bytes) -> Answer | TraceEvent | None:
        try:
            return self._pages.take(line)
        except (BadDocument, UnicodeDecodeError) as error:
            raise ServiceLost(f"its answer is not understood (is it of another version?): {error}") from error

    def _line(self) -> bytes | None:
        """One that has come already."""
        end = self._received.find(b"\n") + 1
        if not end:
            return None
        line = bytes(self._received[:end])
        del self._received[:end]
        return line

    async def _more(self) -> None:
        if len(self._received) > LONGEST_ANSWER:
            raise ServiceLost(f"it sent a line of more than {LONGEST_ANSWER} bytes")
        try:
            more = await self._reader.read(GULP)
        except OSError as error:
            raise ServiceLost(f"the connection broke: {error.strerror or error}") from error
        if not more:
            raise ServiceLost("it closed the connection")
        self._received += more


def _expected(expected: type[A], answer: Answer | TraceEvent) -> A | Refused:
    if isinstance(answer, Refused):
        return answer
    if not isinstance(answer, expected):
        raise ServiceLost(f"it answered with {type(answer).__name__} where {expected.__name__} was expected")
    return answer


def _pid_of(writer: asyncio.StreamWriter) -> int:
    raw = cast(socket.socket, writer.get_extra_info("socket"))
    try:
        return peer_of(raw).pid
    except OSError:
        return 0


def _uptime_s(writer: asyncio.StreamWriter) -> float | None:
    """How long the process at the other end has run; None where the system does not tell."""
    try:
        stat = Path(f"/proc/{_pid_of(writer)}/stat").read_text()
        booted_s_ago = float(Path("/proc/uptime").read_text().split()[0])
        # The name of the program, in brackets, may have anything in it; the start is the 20th field after it.
        started = int(stat.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None
    return max(0.0, booted_s_ago - started)

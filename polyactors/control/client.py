"""Asks a running service over its control socket. Blocking; a program with an event loop reads its own stream and uses
`polyactors.control.wire` (`encode`, `Pages`)."""

import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from attrs import AttrsInstance

from messages.serial import BadDocument
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

PATIENCE_S = 10.0


class NoService(Exception):
    """Nobody listens at the socket, or it cannot be reached. The text is for a person."""


class RequestRefused(Exception):
    """The service did not do it, and says why; `suggestions` are paths that may have been meant."""

    def __init__(self, why: str, suggestions: tuple[str, ...]) -> None:
        self.why = why
        self.suggestions = suggestions
        super().__init__(why)


class ServiceLost(Exception):
    """The service ended the conversation, said nothing for too long, or something that is not understood."""


class ControlClient:
    """One connection. Requests are answered one after another; after `follow` there are no more of them."""

    def __init__(self, path: Path, patience_s: float | None = PATIENCE_S) -> None:
        """Connects; an answer may take `patience_s`. Raises `NoService`."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(patience_s)
        try:
            self._socket.connect(str(path))
        except (OSError, ValueError) as error:
            self._socket.close()
            raise NoService(_why_not(path, error)) from error
        self._received = bytearray()
        self._pages = Pages()

    def request(self, request: Request[A]) -> A:
        """Raises `RequestRefused` and `ServiceLost`."""
        self._send(request)
        answer = self._answer()
        if isinstance(answer, Refused):
            raise RequestRefused(answer.why, answer.suggestions)
        expected = answer_class(type(request))
        if not isinstance(answer, expected):
            raise ServiceLost(f"it answered with {type(answer).__name__} where {expected.__name__} was expected")
        return answer

    def follow(self, request: Trace) -> Iterator[TraceEvent]:
        """Begins at once, and goes on until the service ends or this client is closed. Raises as `request` does."""
        self.request(request)
        self._socket.settimeout(None)
        return self._events()

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _events(self) -> Iterator[TraceEvent]:
        while True:
            event = self._answer()
            if not isinstance(event, TraceLine | LinesLost):
                raise ServiceLost(f"it sent {type(event).__name__} within a trace")
            yield event

    def _send(self, request: "Request[A]") -> None:
        assert isinstance(request, AnyRequest)
        try:
            self._socket.sendall(encode(request))
        except OSError as error:
            raise ServiceLost(f"it takes no requests any more: {error.strerror or error}") from error

    def _answer(self) -> Answer | TraceEvent:
        while True:
            try:
                answer = self._pages.take(self._line())
            except BadDocument as error:
                raise ServiceLost(f"its answer is not understood (is it of another version?): {error}") from error
            if answer is not None:
                return answer

    def _line(self) -> bytes:
        searched = 0
        while True:
            end = self._received.find(b"\n", searched) + 1
            if end:
                line = bytes(self._received[:end])
                del self._received[:end]
                return line
            searched = len(self._received)
            if searched > LONGEST_ANSWER:
                raise ServiceLost(f"it sent a line of more than {LONGEST_ANSWER} bytes")
            self._received += self._more()

    def _more(self) -> bytes:
        try:
            more = self._socket.recv(65_536)
        except TimeoutError as error:
            raise ServiceLost(f"it did not answer within {self._socket.gettimeout():g} s") from error
        except OSError as error:
            raise ServiceLost(f"the connection broke: {error.strerror or error}") from error
        if not more:
            raise ServiceLost("it closed the connection")
        return more


def _why_not(path: Path, error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError() | ConnectionRefusedError():
            return f"nobody listens at {path}"
        case PermissionError():
            return f"{path} belongs to somebody else: only who runs the service may speak to it"
        case OSError():
            return f"{path}: {error.strerror or error}"
        case _:
            return f"{str(path)!r} is no path: {error}"

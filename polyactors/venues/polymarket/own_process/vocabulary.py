"""One JSON document a line, of a closed set, read strictly.

A request has a number above 0, which its one answer repeats. A line that is no request is answered by a refusal with
number 0, and the conversation goes on with the next line.
"""

from typing import Generic, Protocol, TypeVar

import msgspec

NO_NUMBER = 0
LONGEST_DETAIL = 400


class Numbered(Protocol):
    @property
    def number(self) -> int: ...


T = TypeVar("T")
RequestT = TypeVar("RequestT", bound=Numbered)
AnswerT = TypeVar("AnswerT", bound=Numbered)


class NotUnderstood(ValueError):
    """A line that is none of the documents."""


class Vocabulary(Generic[RequestT, AnswerT]):
    """All that one process and the trading process can say to each other."""

    def __init__(self, requests: msgspec.json.Decoder[RequestT], answers: msgspec.json.Decoder[AnswerT]) -> None:
        self._requests = requests
        self._answers = answers
        self._encoder = msgspec.json.Encoder()

    def encode(self, document: RequestT | AnswerT) -> bytes:
        """The line, its end included."""
        return self._encoder.encode(document) + b"\n"

    def decode_request(self, line: bytes) -> RequestT:
        """Raises `NotUnderstood`."""
        request = _decode(self._requests, line)
        if request.number <= NO_NUMBER:
            raise NotUnderstood("a request has a number above 0")
        return request

    def decode_answer(self, line: bytes) -> AnswerT:
        """Raises `NotUnderstood`."""
        return _decode(self._answers, line)


def _decode(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotUnderstood(str(error)[:LONGEST_DETAIL]) from None

"""One line in, one answer out, for as long as the process lives. Nothing that comes in ends it."""

from collections.abc import Callable
from typing import Protocol

from polyactors.venues.polymarket.first_client.official_client import FirstClient, NotInstalled
from polyactors.venues.polymarket.first_client.wire import (
    Answer,
    Answered,
    NotSent,
    Post,
    Reason,
    Refused,
    Request,
    Start,
    Started,
    Unanswered,
    decode_request,
)
from polyactors.venues.polymarket.own_process.answering import answer_line
from polyactors.venues.polymarket.own_process.vocabulary import NO_NUMBER
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials


class Posts(Protocol):
    def post(self, post: Post) -> Answered | NotSent | Unanswered: ...


class Conversation:
    """May be held in several threads, once it is started."""

    def __init__(self, open_client: Callable[[str, ApiCredentials], Posts] = FirstClient) -> None:
        self._open_client = open_client
        self._client: Posts | None = None

    def answer(self, line: bytes) -> Answer:
        return answer_line(line, decode_request, self._answer, _malformed, _unforeseen)

    def _answer(self, request: Request) -> Answer:
        return self._start(request) if isinstance(request, Start) else self._post(request)

    def _start(self, request: Start) -> Answer:
        if self._client is not None:
            return Refused(request.number, Reason.ALREADY_STARTED, "it is started once")
        try:
            self._client = self._open_client(request.host, request.credentials)
        except NotInstalled as error:
            return Refused(request.number, Reason.NOT_INSTALLED, str(error))
        return Started(request.number)

    def _post(self, request: Post) -> Answer:
        if self._client is None:
            return Refused(request.number, Reason.NOT_STARTED, "the first request has to be Start")
        return self._client.post(request)


def _malformed(why: str) -> Refused:
    return Refused(NO_NUMBER, Reason.MALFORMED, why)


def _unforeseen(request: Request, kind: str) -> Answer:
    if isinstance(request, Post):
        return Unanswered(request.number, f"unforeseen: {kind}")
    return Refused(request.number, Reason.INTERNAL, kind)

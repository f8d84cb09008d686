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
    Start,
    Started,
    Unanswered,
    decode_request,
)
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials
from polyactors.venues.polymarket.signer.wire import NO_NUMBER, NotUnderstood


class Posts(Protocol):
    def post(self, post: Post) -> Answered | NotSent | Unanswered: ...


class Conversation:
    """May be held in several threads, once it is started."""

    def __init__(self, open_client: Callable[[str, ApiCredentials], Posts] = FirstClient) -> None:
        self._open_client = open_client
        self._client: Posts | None = None

    def answer(self, line: bytes) -> Answer:
        try:
            request = decode_request(line)
        except NotUnderstood as error:
            return Refused(NO_NUMBER, Reason.MALFORMED, str(error))
        try:
            return self._start(request) if isinstance(request, Start) else self._post(request)
        except Exception as error:
            # The process has to go on, and no text of an unforeseen error is trusted to be free of secrets.
            if isinstance(request, Post):
                return Unanswered(request.number, f"unforeseen: {type(error).__name__}")
            return Refused(request.number, Reason.INTERNAL, type(error).__name__)

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

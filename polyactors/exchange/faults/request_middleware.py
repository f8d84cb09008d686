"""Lets the armed faults happen to HTTP requests. Stands outside everything but the operators' door."""

import json

import trio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from polyactors.exchange.faults.desk import FaultDesk
from polyactors.exchange.faults.kinds import FailAfterwards, LateAnswer, LoseAnswer, RateLimited

_EXEMPT = "/exchange/"


class FaultyRequests:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, desk: FaultDesk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_EXEMPT):
            await self._app(scope, receive, send)
            return
        match self._desk.for_request(scope["method"], scope["path"]):
            case RateLimited(retry_after_s=seconds):
                await _answer(send, 429, {"error": "Too Many Requests", "retry_after_seconds": seconds}, seconds)
            case FailAfterwards():
                await self._carry_out(scope, receive)
                await _answer(send, 500, {"error": "order timed out"})
            case LoseAnswer(hangs=hangs):
                await self._carry_out(scope, receive)
                await (_stay_silent(receive) if hangs else _break(send))
            case LateAnswer(delay_ms=delay_ms):
                answer = await self._carry_out(scope, receive)
                await trio.sleep(delay_ms / 1000)
                for message in answer:
                    await send(message)
            case None:
                await self._app(scope, receive, send)

    async def _carry_out(self, scope: Scope, receive: Receive) -> list[Message]:
        """The answer, which has not been sent."""
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, keep)
        return answer


async def _answer(send: Send, status: int, document: dict[str, object], retry_after_s: int | None = None) -> None:
    headers = [(b"content-type", b"application/json")]
    if retry_after_s is not None:
        headers.append((b"retry-after", str(retry_after_s).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})


async def _stay_silent(receive: Receive) -> None:
    """Until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _break(send: Send) -> None:
    """Promise an answer that never comes: the server then closes the connection, as if the line had broken.

    The promise is an interim one (RFC 9110, 15.2). Any other status, or none, and the server would tell the client how
    it went: it answers 500 for those who send nothing.
    """
    await send({"type": "http.response.start", "status": 100, "headers": []})

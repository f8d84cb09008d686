"""Lets the armed faults happen to HTTP requests. Stands outside everything but the operators' door."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

import trio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.faults.desk import FaultDesk
from polyactors.exchange.faults.kinds import FailAfterwards, LateAnswer, LoseAnswer, RateLimited

_EXEMPT = "/exchange/"
_TIER = "Standard"


class FaultyRequests:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, desk: FaultDesk, now_ns: Callable[[], int]) -> None:
        self._app = app
        self._desk = desk
        self._now_ns = now_ns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_EXEMPT):
            await self._app(scope, receive, send)
            return
        match self._desk.for_request(scope["method"], scope["path"]):
            case RateLimited(retry_after_s=seconds):
                again_s = self._now_ns() // NANOSECONDS_PER_SECOND + seconds
                await _answer(
                    send,
                    429,
                    {"error": "Too Many Requests", "retry_after_seconds": seconds},
                    {
                        "Retry-After": seconds,
                        "Poly-RateLimit-Remaining": 0,
                        "Poly-RateLimit-Reset": again_s,
                        "Poly-RateLimit-Tier": _TIER,
                    },
                )
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


async def _answer(
    send: Send, status: int, document: dict[str, object], headers: Mapping[str, int | str] = MappingProxyType({})
) -> None:
    body = json.dumps(document).encode()
    told = {"Content-Type": "application/json", "Content-Length": len(body), **headers}
    written = [(name.lower().encode(), str(value).encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": written})
    await send({"type": "http.response.body", "body": body})


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

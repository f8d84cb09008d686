"""Counts every answer by its status, however it came about."""

from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNANSWERED = "unanswered"
_FIRST_FINAL = 200


class RequestCounts:
    """ASGI middleware. `counts` has a status ("200", "400") or what became of the request instead."""

    def __init__(self, app: ASGIApp, counts: Counter[str]) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answered = UNANSWERED

        async def counted(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start" and message["status"] >= _FIRST_FINAL:
                answered = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            self._counts[answered] += 1

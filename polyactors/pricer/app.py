"""The pricer's three requests: the newest snapshot, how it does, and what the market of a period says."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from urllib.parse import urlsplit

from attrs import frozen
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from messages.periods import UpOrDown
from messages.serial import BadDocument, to_json
from polyactors.pricer.board import Board, NothingToGive
from polyactors.pricer.health import PricerHealth
from polyactors.pricer.wire import HEALTH_PATH, PERIOD_PATH, SNAPSHOT_PATH, read_about

LONGEST_PERIOD = 4096
_JSON = "application/json"
_HERE = ("localhost", "127.0.0.1", "::1")


@frozen
class Pricer:
    """All that requests are answered from."""

    board: Board
    now_ns: Callable[[], int]
    health: Callable[[], PricerHealth]
    hear_of: Callable[[UpOrDown], None]


Answer = Callable[[Request], Awaitable[Response]]


def new_app(pricer: Pricer) -> Starlette:
    board = pricer.board

    def counted(answer: Answer) -> Answer:
        async def counting(request: Request) -> Response:
            board.requests += 1
            # A page in a browser reaches this machine's ports under whatever name it likes.
            response = await answer(request) if _is_meant(request) else _error(403, "that is not the name of this host")
            board.unchanged += response.status_code == 304
            board.refused += response.status_code >= 400
            return response

        return counting

    async def snapshot(request: Request) -> Response:
        series = board.named(request.query_params.get("symbol"), request.query_params.get("period"))
        if series is None:
            there_are = ", ".join(each.name for each in board.series)
            return _error(404, f"no such series: there are {there_are}")
        found = board.newest(series, pricer.now_ns())
        if isinstance(found, NothingToGive):
            return _error(503, f"{series.name}: {found.reason}")
        headers = {"ETag": found.tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == found.tag:
            return Response(status_code=304, headers=headers)
        return Response(found.body, media_type=_JSON, headers=headers)

    async def health(request: Request) -> Response:
        found = pricer.health()
        return Response(to_json(found), 200 if found.is_well else 503, media_type=_JSON)

    async def period(request: Request) -> Response:
        # Any page may have a browser post a form, and none may have it post JSON unasked.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            return _error(415, "send application/json")
        body = await _body(request)
        if body is None:
            return _error(413, f"send at most {LONGEST_PERIOD} bytes")
        try:
            about = read_about(body)
        except BadDocument as error:
            return _error(400, str(error))
        if about.period.series not in board.series:
            return _error(404, f"no such series: there are {', '.join(each.name for each in board.series)}")
        pricer.hear_of(about)
        return Response(status_code=204)

    app = Starlette(
        routes=[
            Route(SNAPSHOT_PATH, counted(snapshot)),
            Route(HEALTH_PATH, counted(health)),
            Route(PERIOD_PATH, counted(period), methods=["POST"]),
        ],
        exception_handlers={HTTPException: _unknown},
    )
    # Else another path would be answered with a redirection, to whatever host the request names.
    app.router.redirect_slashes = False
    return app


async def _body(request: Request) -> bytes | None:
    """None for one that is too long; no more than that is ever held."""
    body = b""
    async with aclosing(request.stream()) as parts:
        async for part in parts:
            body += part
            if len(body) > LONGEST_PERIOD:
                return None
    return body


def _is_meant(request: Request) -> bool:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname in _HERE
    except ValueError:
        return False


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, error.detail)


def _error(status: int, reason: str) -> JSONResponse:
    return JSONResponse({"error": reason}, status)

"""The one shape of the CLOB's refusals: `{"error": text}`, and what comes with some of them (polymarket.md 2.6)."""

import json

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from polyactors.exchange.admission import POST_ONLY, RESTARTING
from polyactors.exchange.words import Refused

INVALID_API_KEY = Refused(401, "Unauthorized/Invalid api key")
INVALID_L1_HEADERS = Refused(401, "Invalid L1 Request headers")
INVALID_L2_HEADERS = Refused(401, "Invalid L2 Request headers")
INVALID_TOKEN = Refused(400, "Invalid token id")
INVALID_SIDE = Refused(400, "Invalid side")
INVALID_PAYLOAD = Refused(400, "Invalid payload")
PAYLOAD_TOO_LARGE = Refused(400, "Payload exceeds the limit")
INVALID_CURSOR = Refused(400, "Invalid next_cursor")
MARKET_NOT_FOUND = Refused(404, "market not found")

_RESTART_RETRY_S = 1


class Rejected(Exception):
    """A request that cannot be answered; `refused` says what the venue says then."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.text)
        self.refused = refused


def answer(plain: object, status: int = 200) -> Response:
    """`plain` as compact JSON; success is always 200 (reference polymarket_wire.md 14.1)."""
    return Response(json.dumps(plain, separators=(",", ":")), status, media_type="application/json")


def error(status: int, text: str) -> Response:
    return answer({"error": text}, status)


def refused(refusal: Refused, retry_after_s: int | None = None) -> Response:
    """`retry_after_s` says how long the post-only mode goes on; a restart asks for a second by itself."""
    document: dict[str, object] = {"error": refusal.text}
    if refusal == RESTARTING and retry_after_s is None:
        retry_after_s = _RESTART_RETRY_S
    if refusal == POST_ONLY:
        document |= {"code": "post_only_mode", "retry_after_seconds": retry_after_s or _RESTART_RETRY_S}
        retry_after_s = retry_after_s or _RESTART_RETRY_S
    response = answer(document, refusal.http_status)
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    return response


async def unanswered(request: Request, exception: Exception) -> Response:
    """Starlette's own 404 and 405 in the CLOB's shape: a handler for `HTTPException`."""
    if isinstance(exception, HTTPException):
        return error(exception.status_code, exception.detail)
    raise exception

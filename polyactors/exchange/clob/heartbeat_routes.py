"""POST /v1/heartbeats (polymarket_wire.md 7.4)."""

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from polyactors.exchange.admission import BAD_REQUEST
from polyactors.exchange.clob.answering import answering, json_of
from polyactors.exchange.clob.errors import INVALID_PAYLOAD, Rejected, answer
from polyactors.exchange.clob.heartbeats import UNARMED, Heartbeats, Mismatched
from polyactors.exchange.clob.signed_in import SignedIn


def routes(heartbeats: Heartbeats, who: SignedIn, now_ns: Callable[[], int]) -> Sequence[BaseRoute]:

    def beat(request: Request, body: bytes) -> Response:
        credentials = who(request, body)
        outcome = heartbeats.beat(credentials.key, _heartbeat_id(json_of(body)), now_ns())
        if isinstance(outcome, Mismatched):
            document = {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": outcome.expected}
            return answer(document, BAD_REQUEST)
        return answer({"heartbeat_id": outcome.next_id})

    return [Route("/v1/heartbeats", answering(beat), methods=["POST"])]


def _heartbeat_id(plain: object) -> str:
    """Clients write the first one as "" or null. Raises `Rejected`."""
    value = plain.get("heartbeat_id") if isinstance(plain, dict) else 0
    if value is None:
        return UNARMED
    if not isinstance(value, str):
        raise Rejected(INVALID_PAYLOAD)
    return value

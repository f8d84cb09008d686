"""GET /order-scoring and POST /orders-scoring (polymarket_wire.md 4.5)."""

from collections.abc import Callable, Sequence

from attrs import frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from messages.identity import OrderId
from polyactors.exchange.admission import BAD_REQUEST
from polyactors.exchange.clob.answering import answering, json_of
from polyactors.exchange.clob.errors import INVALID_PAYLOAD, PAYLOAD_TOO_LARGE, Rejected
from polyactors.exchange.clob.scoring import ScoringNow
from polyactors.exchange.clob.signed_in import SignedIn
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import ApiKey, Refused

MOST_ORDERS = 500

_BAD_ID = Refused(BAD_REQUEST, "Invalid orderID")


@frozen
class _Scoring:
    exchange: Exchange
    who: SignedIn
    now_ns: Callable[[], int]

    def one(self, request: Request, body: bytes) -> object:
        credentials = self.who(request, body)
        order = request.query_params.get("order_id", "")
        if not order:
            raise Rejected(_BAD_ID)
        return {"scoring": self._scores(order, credentials.key, self._now())}

    def many(self, request: Request, body: bytes) -> object:
        credentials = self.who(request, body)
        plain = json_of(body)
        if not isinstance(plain, list):
            raise Rejected(INVALID_PAYLOAD)
        if len(plain) > MOST_ORDERS:
            raise Rejected(PAYLOAD_TOO_LARGE)
        orders = [each for each in plain if isinstance(each, str)]
        if len(orders) < len(plain):
            raise Rejected(_BAD_ID)
        now = self._now()
        return {order: self._scores(order, credentials.key, now) for order in orders}

    def _now(self) -> ScoringNow:
        return ScoringNow(self.exchange, self.now_ns())

    def _scores(self, order: str, owner: ApiKey, now: ScoringNow) -> bool:
        """Orders that are not the asker's, or not there, do not score."""
        view = self.exchange.order(OrderId(order))
        return view is not None and view.order.owner == owner and now.has(view)


def routes(exchange: Exchange, who: SignedIn, now_ns: Callable[[], int]) -> Sequence[BaseRoute]:
    scoring = _Scoring(exchange, who, now_ns)
    return [
        Route("/order-scoring", answering(scoring.one)),
        Route("/orders-scoring", answering(scoring.many), methods=["POST"]),
    ]

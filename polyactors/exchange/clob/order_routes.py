"""POST /order and POST /orders (polymarket_wire.md 4.4 and 7.1)."""

from collections.abc import Callable, Sequence

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from messages.units import NANOSECONDS_PER_SECOND, Cash, format_cash
from polyactors.exchange.admission import BAD_PAYLOAD, BAD_REQUEST
from polyactors.exchange.clob.answering import answering, json_of
from polyactors.exchange.clob.errors import Rejected, answer, refused
from polyactors.exchange.clob.order_entry import OrderEntry
from polyactors.exchange.clob.signed_in import SignedIn
from polyactors.exchange.words import Placed, Refused


@frozen
class _Orders:
    """The endpoints, apart from their paths."""

    entry: OrderEntry
    who: SignedIn
    now_ns: Callable[[], int]

    def one(self, request: Request, body: bytes) -> Response:
        credentials = self.who(request, body)
        outcome = self.entry.refused_for_all() or self.entry.enter(order_json(body), credentials, self.now_ns())
        return self._refusal(outcome) if isinstance(outcome, Refused) else answer(placed_document(outcome))

    def many(self, request: Request, body: bytes) -> Response:
        """What is wrong with one order is said in its place, and does not keep the others back."""
        credentials = self.who(request, body)
        stopped = self.entry.refused_for_all()
        if stopped is not None:
            return self._refusal(stopped)
        orders, most = order_json(body), self.entry.rules.most_orders
        if not isinstance(orders, list) or not orders:
            raise Rejected(BAD_PAYLOAD)
        if len(orders) > most:
            text = f"Too many orders in payload: {len(orders)}, max allowed: {most}"
            raise Rejected(Refused(BAD_REQUEST, text))
        now_ns = self.now_ns()
        outcomes = [self.entry.enter(order, credentials, now_ns) for order in orders]
        return answer([_element(outcome) for outcome in outcomes])

    def _refusal(self, refusal: Refused) -> Response:
        until_ns = self.entry.exchange.post_only_until_ns
        if until_ns is None:
            return refused(refusal)
        return refused(refusal, max(-((self.now_ns() - until_ns) // NANOSECONDS_PER_SECOND), 1))


def routes(entry: OrderEntry, who: SignedIn, now_ns: Callable[[], int]) -> Sequence[BaseRoute]:
    orders = _Orders(entry, who, now_ns)
    return [
        Route("/order", answering(orders.one), methods=["POST"]),
        Route("/orders", answering(orders.many), methods=["POST"]),
    ]


def order_json(body: bytes) -> object:
    """Raises `Rejected` with the text that orders have of their own."""
    try:
        return json_of(body)
    except Rejected:
        raise Rejected(BAD_PAYLOAD) from None


def placed_document(placed: Placed) -> dict[str, object]:
    """An order that was taken. Amounts are empty while nothing has been matched."""
    document: dict[str, object] = {
        "errorMsg": "",
        "orderID": placed.order,
        "takingAmount": _amount(placed.received),
        "makingAmount": _amount(placed.paid),
        "status": placed.status.value.lower(),
        "success": True,
    }
    if placed.trades:
        document["tradeIDs"] = list(placed.trades)
    return document


def _element(outcome: Placed | Refused) -> dict[str, object]:
    if isinstance(outcome, Placed):
        return placed_document(outcome)
    document: dict[str, object] = {"errorMsg": outcome.text, "orderID": "", "takingAmount": "", "makingAmount": ""}
    return document | {"status": "", "success": True}


def _amount(base_units: int) -> str:
    return format_cash(Cash(base_units)) if base_units else ""

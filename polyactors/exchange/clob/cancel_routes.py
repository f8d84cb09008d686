"""Cancelling orders: one, some, all, or those of a market (polymarket_wire.md 4.4 and 7.2).

An order that cannot be cancelled is no error: its reason is told in `not_canceled`, with HTTP 200.
"""

from collections.abc import Callable, Sequence

from attrs import frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from messages.identity import MarketId, OrderId, TokenId
from polyactors.exchange import admission
from polyactors.exchange.clob.answering import answering
from polyactors.exchange.clob.api_keys import Credentials
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.clob.order_routes import order_json
from polyactors.exchange.clob.signed_in import SignedIn
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import CancelOutcome, Refused

MOST_CANCELS = 3_000

_BAD_ID = Refused(admission.BAD_REQUEST, "Invalid orderID")
_LONGEST_ID = 100
_NOTHING = CancelOutcome((), ())


@frozen
class _Cancels:
    """The endpoints, apart from their paths."""

    exchange: Exchange
    who: SignedIn
    now_ns: Callable[[], int]
    most: int

    def one(self, request: Request, body: bytes) -> object:
        credentials = self._admitted(request, body)
        return self._cancel((_order_id(_object(body).get("orderID")),), credentials)

    def some(self, request: Request, body: bytes) -> object:
        """The same id twice counts as one."""
        credentials = self._admitted(request, body)
        wanted = order_json(body)
        if not isinstance(wanted, list):
            raise Rejected(admission.BAD_PAYLOAD)
        orders = tuple(dict.fromkeys(_order_id(each) for each in wanted))
        if len(orders) > self.most:
            text = f"Too many orders in payload, max allowed: {self.most}"
            raise Rejected(Refused(admission.BAD_REQUEST, text))
        return self._cancel(orders, credentials)

    def all(self, request: Request, body: bytes) -> object:
        credentials = self._admitted(request, body)
        return cancel_document(self.exchange.cancel_all(credentials.key, self.now_ns()))

    def of_market(self, request: Request, body: bytes) -> object:
        """Of a market, of one of its tokens, or of a token alone; an older client sends what it leaves out as ""."""
        credentials = self._admitted(request, body)
        plain = _object(body)
        market, token = _text(plain, "market"), _text(plain, "asset_id")
        if not (market or token):
            raise Rejected(admission.BAD_PAYLOAD)
        if not token:
            outcome = self.exchange.cancel_all(credentials.key, self.now_ns(), MarketId(market))
            return cancel_document(outcome)
        found = self.exchange.listing_of(TokenId(token))
        if found is None or (market and found[0].market.market != market):
            return cancel_document(_NOTHING)
        listing, side_of_market = found
        outcome = self.exchange.cancel_all(credentials.key, self.now_ns(), listing.market.market, side_of_market)
        return cancel_document(outcome)

    def _admitted(self, request: Request, body: bytes) -> Credentials:
        credentials = self.who(request, body)
        refused = admission.refused_cancel(self.exchange.mode)
        if refused is not None:
            raise Rejected(refused)
        return credentials

    def _cancel(self, orders: Sequence[OrderId], credentials: Credentials) -> object:
        return cancel_document(self.exchange.cancel(orders, credentials.key, self.now_ns()))


def routes(
    exchange: Exchange, who: SignedIn, now_ns: Callable[[], int], most_cancels: int = MOST_CANCELS
) -> Sequence[BaseRoute]:
    cancels = _Cancels(exchange, who, now_ns, most_cancels)
    return [
        Route("/order", answering(cancels.one), methods=["DELETE"]),
        Route("/orders", answering(cancels.some), methods=["DELETE"]),
        Route("/cancel-all", answering(cancels.all), methods=["DELETE"]),
        Route("/cancel-market-orders", answering(cancels.of_market), methods=["DELETE"]),
    ]


def cancel_document(outcome: CancelOutcome) -> dict[str, object]:
    return {"canceled": list(outcome.canceled), "not_canceled": dict(outcome.not_canceled)}


def _object(body: bytes) -> dict[str, object]:
    plain = order_json(body)
    if not isinstance(plain, dict):
        raise Rejected(admission.BAD_PAYLOAD)
    return plain


def _text(plain: dict[str, object], name: str) -> str:
    value = plain.get(name, "")
    if not isinstance(value, str):
        raise Rejected(admission.BAD_PAYLOAD)
    return value


def _order_id(plain: object) -> OrderId:
    """Any short text: one that names no order is told apart when it is looked for."""
    if not isinstance(plain, str) or not 0 < len(plain) <= _LONGEST_ID:
        raise Rejected(_BAD_ID)
    return OrderId(plain)

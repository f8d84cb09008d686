"""All that the CLOB tells anybody (reference polymarket_wire.md 4.1)."""

from collections.abc import Callable, Sequence

from attrs import frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.books import BookTimes
from polyactors.exchange.clob.answering import answering
from polyactors.exchange.clob.asking import listed_token
from polyactors.exchange.clob.book_routes import BookRequests
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.clob.market_routes import MarketRequests
from polyactors.exchange.core import Exchange
from polyactors.exchange.data_api.price_history import STEP_S, PriceHistory
from polyactors.exchange.words import Refused

ORDER_VERSION = 2

_INTERVALS_S = {"max": 10**10, "all": 10**10, "1m": 30 * 86400, "1w": 7 * 86400, "1d": 86400, "6h": 21600, "1h": 3600}
_INVALID_INTERVAL = Refused(400, "invalid filters: 'interval' or both 'startTs' and 'endTs' are required")
_INVALID_TIMES = Refused(400, "invalid filters: 'startTs', 'endTs' and 'fidelity' are whole numbers")
_UNKNOWN_BUILDER = Refused(404, "builder not found")
_LONGEST_NUMBER = 12
_MOST_MINUTES = 10_000


def routes(
    exchange: Exchange,
    times: BookTimes,
    history: PriceHistory,
    now_ns: Callable[[], int],
    shown_ns: Callable[[], int],
) -> Sequence[BaseRoute]:
    """`times` and `history` have to have listened to the exchange from its beginning. `shown_ns` is the time that the
    venue tells."""
    public = PublicRequests(exchange, history, now_ns)
    return [
        Route("/", answering(lambda request, body: "OK")),
        Route("/ok", answering(lambda request, body: "OK")),
        Route("/time", answering(lambda request, body: shown_ns() // NANOSECONDS_PER_SECOND)),
        Route("/version", answering(lambda request, body: {"version": ORDER_VERSION})),
        Route("/prices-history", answering(public.prices_history)),
        Route("/fees/builder-fees/{builder}", answering(public.builder_fees)),
        *BookRequests(exchange, times).routes(),
        *MarketRequests(exchange, now_ns).routes(),
    ]


@frozen
class PublicRequests:
    exchange: Exchange
    history: PriceHistory
    now_ns: Callable[[], int]

    def prices_history(self, request: Request, body: bytes) -> object:
        """What a token cost, at most a point every `fidelity` minutes."""
        query = request.query_params
        listing, outcome = listed_token(self.exchange, query.get("market"))
        now_s = self.now_ns() // NANOSECONDS_PER_SECOND
        bucket_s = STEP_S * min(max(_whole(query.get("fidelity")) or 1, 1), _MOST_MINUTES)
        start_s, end_s = _whole(query.get("startTs")), _whole(query.get("endTs"))
        if start_s is None or end_s is None:
            length_s = _INTERVALS_S.get(query.get("interval", ""))
            if length_s is None and start_s is None:
                raise Rejected(_INVALID_INTERVAL)
            end_s = now_s if end_s is None else end_s
            start_s = max(0, end_s - (length_s or 0)) if start_s is None else start_s
        points = self.history.points(listing.market.market, outcome, start_s, end_s, bucket_s)
        return {"history": [{"t": point.at_s, "p": point.price} for point in points]}

    def builder_fees(self, request: Request, body: bytes) -> object:
        """Anybody may be a builder here, and none of them takes a fee."""
        if not _is_builder(request.path_params["builder"]):
            raise Rejected(_UNKNOWN_BUILDER)
        return {"builder_maker_fee_rate_bps": 0, "builder_taker_fee_rate_bps": 0}


def _whole(text: str | None) -> int | None:
    if text is None or text == "":
        return None
    if len(text) > _LONGEST_NUMBER or not (text.isascii() and text.isdecimal()):
        raise Rejected(_INVALID_TIMES)
    return int(text)


def _is_builder(text: str) -> bool:
    digits = text[2:]
    return (
        text.startswith("0x")
        and len(digits) == 64
        and set(digits) <= set("0123456789abcdefABCDEF")
        and any(digit != "0" for digit in digits)
    )

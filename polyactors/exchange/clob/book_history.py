"""What each book looked like: a snapshot a minute in which it changed, as far back as is kept.

The venue documents none of it; the envelope and the parameters are what probes of 2026 saw (polymarket.md 2.2).
"""

import json
import zlib
from collections import deque
from collections.abc import Iterator
from itertools import islice

from attrs import frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from messages.identity import MarketId, Outcome
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.exchange.books import BookDocument, token_book
from polyactors.exchange.clob.answering import answering
from polyactors.exchange.clob.asking import listed_market, listed_token
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.clob.pagination import rows_asked
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import BookChanged, ExchangeEvent, Listing, MarketOpened, Refused

STEP_NS = 60 * NANOSECONDS_PER_SECOND
SNAPSHOTS_KEPT = 240
MOST_ROWS = 1_000

_INVALID = Refused(400, "invalid filters: 'asset_id' or 'market', and 'startTs', are required")
_LONGEST_NUMBER = 15
_SECONDS_END = 10**11
"""From here on a time is in milliseconds: seconds come there in the year 5138."""


@frozen
class _Snapshot:
    at_ms: int
    packed: bytes

    def document(self) -> BookDocument:
        found: BookDocument = json.loads(zlib.decompress(self.packed))
        return found


class BookHistory:
    """Listens from when it is made. Packed, for it is asked for seldom."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._kept: dict[tuple[MarketId, Outcome], deque[_Snapshot]] = {}
        self._newest_step: dict[MarketId, int] = {}
        exchange.listeners.append(self.hear)

    def since(self, listing: Listing, outcome: Outcome, start_ms: int, end_ms: int | None) -> Iterator[BookDocument]:
        """Oldest first."""
        for snapshot in self._kept.get((listing.market.market, outcome), ()):
            if start_ms <= snapshot.at_ms and (end_ms is None or snapshot.at_ms <= end_ms):
                yield snapshot.document()

    def hear(self, event: ExchangeEvent) -> None:
        match event:
            case BookChanged(market):
                step = event.at_ns // STEP_NS
                if self._newest_step.get(market) != step:
                    self._newest_step[market] = step
                    self._keep(market, event.at_ns // NANOSECONDS_PER_MILLISECOND)
            case MarketOpened():
                for gone in [market for market in self._newest_step if market not in self._exchange.listings]:
                    del self._newest_step[gone]
                    for outcome in Outcome:
                        self._kept.pop((gone, outcome), None)

    def _keep(self, market: MarketId, at_ms: int) -> None:
        listing = self._exchange.listings.get(market)
        if listing is None:
            return
        for outcome in Outcome:
            document = token_book(self._exchange, listing, outcome, at_ms).document()
            packed = zlib.compress(json.dumps(document, separators=(",", ":")).encode())
            kept = self._kept.setdefault((market, outcome), deque(maxlen=SNAPSHOTS_KEPT))
            kept.append(_Snapshot(at_ms, packed))


def routes(exchange: Exchange, history: BookHistory) -> list[BaseRoute]:
    """`history` has to have listened to the exchange from its beginning."""

    def asked(request: Request, body: bytes) -> object:
        query = request.query_params
        limit = rows_asked(query.get("limit"), MOST_ROWS, _INVALID)
        start_ms, end_ms = _milliseconds(query.get("startTs")), _milliseconds(query.get("endTs"))
        if start_ms is None:
            raise Rejected(_INVALID)
        if query.get("asset_id"):
            listing, outcome = listed_token(exchange, query["asset_id"])
        elif query.get("market"):
            listing, outcome = listed_market(exchange, query["market"]), Outcome.YES
        else:
            raise Rejected(_INVALID)
        rows = list(islice(history.since(listing, outcome, start_ms, end_ms), limit))
        return {"count": len(rows), "data": rows}

    return [Route("/orderbook-history", answering(asked))]


def _milliseconds(text: str | None) -> int | None:
    if not text:
        return None
    if len(text) > _LONGEST_NUMBER or not (text.isascii() and text.isdecimal()):
        raise Rejected(_INVALID)
    number = int(text)
    return number if number >= _SECONDS_END else number * 1_000

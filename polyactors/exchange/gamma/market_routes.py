"""Gamma's requests for markets."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from polyactors.exchange.gamma.answering import answering
from polyactors.exchange.gamma.catalogue import Catalogue, EventRow, MarketRow
from polyactors.exchange.gamma.event_document import event_reference
from polyactors.exchange.gamma.filters import MARKET_ORDERS, market_number, wanted_markets
from polyactors.exchange.gamma.keyset import page_of, read_order, slice_of
from polyactors.exchange.gamma.market_document import market_document
from polyactors.exchange.gamma.parameters import Parameters, not_found
from polyactors.exchange.gamma.tags import Tag, tags_of

MOST_IN_A_PAGE = 100
MOST_IN_A_LIST = 500


class MarketRequests:
    def __init__(self, catalogue: Catalogue, now_ns: Callable[[], int]) -> None:
        self._catalogue = catalogue
        self._now_ns = now_ns

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/markets/keyset", answering(self.page)),
            Route("/markets", answering(self.offset_list)),
            Route("/markets/slug/{slug}", answering(self.by_slug)),
            Route("/markets/{number}", answering(self.by_number)),
            Route("/markets/{number}/tags", answering(self.tags)),
        ]

    def page(self, request: Request, parameters: Parameters) -> Response:
        order = read_order(parameters, MARKET_ORDERS, market_number)
        rows, cursor = page_of(order, self._wanted(parameters), parameters, MOST_IN_A_PAGE)
        document: dict[str, object] = {"markets": self._documents(rows, parameters)}
        return JSONResponse(document if cursor is None else document | {"next_cursor": cursor})

    def offset_list(self, request: Request, parameters: Parameters) -> Response:
        order = read_order(parameters, MARKET_ORDERS, market_number)
        rows = slice_of(order, self._wanted(parameters), parameters, MOST_IN_A_LIST)
        return JSONResponse(self._documents(rows, parameters))

    def by_number(self, request: Request, parameters: Parameters) -> Response:
        row = self._numbered(request)
        return not_found("id") if row is None else JSONResponse(self._documents([row], parameters)[0])

    def by_slug(self, request: Request, parameters: Parameters) -> Response:
        slug = request.path_params["slug"]
        for row in self._catalogue.markets(self._now_ns()):
            if row.listing.market.slug == slug:
                return JSONResponse(self._documents([row], parameters)[0])
        return not_found("slug")

    def tags(self, request: Request, parameters: Parameters) -> Response:
        row = self._numbered(request)
        return not_found("id") if row is None else JSONResponse([tag.document() for tag in tags_of(row.event)])

    def _wanted(self, parameters: Parameters) -> list[MarketRow]:
        return wanted_markets(self._catalogue.markets(self._now_ns()), parameters, _tags_of)

    def _numbered(self, request: Request) -> MarketRow | None:
        number = request.path_params["number"]
        rows = self._catalogue.markets(self._now_ns())
        return next((row for row in rows if str(row.listing.number) == number), None)

    def _documents(self, rows: list[MarketRow], parameters: Parameters) -> list[dict[str, object]]:
        with_tags = parameters.flag("include_tag") is True
        events: dict[str, EventRow] = {}
        if rows:
            wanted = {row.event.event for row in rows}
            events = {
                row.event.event: row for row in self._catalogue.events(rows[0].now_ns) if row.event.event in wanted
            }
        return [
            market_document(row, _tags_of(row) if with_tags else None)
            | {"events": [event_reference(events[row.event.event])]}
            for row in rows
        ]


def _tags_of(row: MarketRow) -> tuple[Tag, ...]:
    return tags_of(row.event)

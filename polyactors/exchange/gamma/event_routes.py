"""Gamma's requests for events, and for what lies over them: series, tags and searches."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from polyactors.exchange.gamma.answering import answering
from polyactors.exchange.gamma.catalogue import Catalogue, EventRow
from polyactors.exchange.gamma.event_document import event_document, event_reference, series_document
from polyactors.exchange.gamma.filters import EVENT_ORDERS, event_number, wanted_events
from polyactors.exchange.gamma.keyset import page_of, read_order, slice_of
from polyactors.exchange.gamma.parameters import Parameters, not_found

MOST_IN_A_PAGE = 100
MOST_IN_A_LIST = 500
MOST_SERIES = 50


class EventRequests:
    def __init__(self, catalogue: Catalogue, now_ns: Callable[[], int]) -> None:
        self._catalogue = catalogue
        self._now_ns = now_ns

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/events/keyset", answering(self.page)),
            Route("/events", answering(self.offset_list)),
            Route("/events/slug/{slug}", answering(self.by_slug)),
            Route("/events/{number}", answering(self.by_number)),
            Route("/events/{number}/tags", answering(self.tags)),
            Route("/series", answering(self.series)),
            Route("/series/{number}", answering(self.one_series)),
            Route("/public-search", answering(self.search)),
        ]

    def page(self, request: Request, parameters: Parameters) -> Response:
        order = read_order(parameters, EVENT_ORDERS, event_number)
        rows, cursor = page_of(order, self._wanted(parameters), parameters, MOST_IN_A_PAGE)
        document: dict[str, object] = {"events": [event_document(row) for row in rows]}
        return JSONResponse(document if cursor is None else document | {"next_cursor": cursor})

    def offset_list(self, request: Request, parameters: Parameters) -> Response:
        order = read_order(parameters, EVENT_ORDERS, event_number)
        rows = slice_of(order, self._wanted(parameters), parameters, MOST_IN_A_LIST)
        return JSONResponse([event_document(row) for row in rows])

    def by_number(self, request: Request, parameters: Parameters) -> Response:
        row = self._numbered(request)
        return not_found("id") if row is None else JSONResponse(event_document(row))

    def by_slug(self, request: Request, parameters: Parameters) -> Response:
        slug = request.path_params["slug"]
        row = next((row for row in self._events() if row.event.event == slug), None)
        return not_found("slug") if row is None else JSONResponse(event_document(row))

    def tags(self, request: Request, parameters: Parameters) -> Response:
        row = self._numbered(request)
        return not_found("id") if row is None else JSONResponse([tag.document() for tag in row.tags])

    def series(self, request: Request, parameters: Parameters) -> Response:
        slugs, recurrence = parameters.texts("slug"), parameters.text("recurrence")
        limit, offset = parameters.count("limit", 20, MOST_SERIES), parameters.count("offset", 0, 1_000_000)
        closed = parameters.flag("closed")
        found = [
            self._series_document(rows, parameters)
            for _, rows in sorted(self._by_series().items(), reverse=parameters.flag("ascending") is False)
            if (slugs is None or rows[0].event.series_slug in slugs)
            and (recurrence is None or rows[0].event.recurrence == recurrence)
            and closed is not True
        ]
        return JSONResponse(found[offset : offset + limit])

    def one_series(self, request: Request, parameters: Parameters) -> Response:
        for number, rows in self._by_series().items():
            if str(number) == request.path_params["number"]:
                return JSONResponse(self._series_document(rows, parameters))
        return not_found("id")

    def search(self, request: Request, parameters: Parameters) -> Response:
        """Events whose title, or one of whose markets' questions, has all the words."""
        words = (parameters.text("q") or "").lower().split()
        limit, page = parameters.count("limit_per_type", 5, 100, 1), parameters.count("page", 1, 10_000, 1)
        keeps_closed = parameters.flag("keep_closed_markets") is True or parameters.text("events_status") in (
            "resolved",
            "closed",
        )
        found = [
            row
            for row in self._events()
            if words and (keeps_closed or not row.is_closed) and all(word in _text_of(row) for word in words)
        ]
        begin = (page - 1) * limit
        tags = {tag.number: tag for row in found for tag in row.tags} if parameters.flag("search_tags") else {}
        return JSONResponse(
            {
                "events": [event_document(row) for row in found[begin : begin + limit]],
                "tags": [{"id": str(tag.number), "label": tag.label, "slug": tag.slug} for tag in tags.values()],
                "profiles": [],
                "pagination": {"hasMore": len(found) > begin + limit, "totalResults": len(found)},
            }
        )

    def _events(self) -> list[EventRow]:
        return self._catalogue.events(self._now_ns())

    def _wanted(self, parameters: Parameters) -> list[EventRow]:
        return wanted_events(self._events(), parameters)

    def _numbered(self, request: Request) -> EventRow | None:
        number = request.path_params["number"]
        return next((row for row in self._events() if str(row.event.number) == number), None)

    def _by_series(self) -> dict[int, list[EventRow]]:
        found: dict[int, list[EventRow]] = {}
        for row in self._events():
            if row.event.series_slug:
                found.setdefault(row.event.series_number, []).append(row)
        return found

    def _series_document(self, rows: list[EventRow], parameters: Parameters) -> dict[str, object]:
        document = series_document(rows[0].event)
        document["volume"] = round(sum(row.volume for row in rows), 6)
        document["liquidity"] = round(sum(row.liquidity for row in rows), 6)
        if parameters.flag("exclude_events") is not True:
            document["events"] = [event_reference(row) for row in rows]
        return document


def _text_of(row: EventRow) -> str:
    return " ".join((row.event.title, *(market.listing.market.question for market in row.markets))).lower()

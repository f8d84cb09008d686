"""Gamma's catalogue, page by page to the end (polymarket_wire.md 9)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self

import msgspec
from attrs import frozen

from messages.markets import Market
from messages.serial import BadDocument
from polyactors.venues.polymarket.gamma import read_markets
from polyactors.venues.polymarket.rest import endpoints
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import USUAL_TIMEOUTS, Call, Caller, Timeouts
from polyactors.venues.polymarket.rest.decoding import decoded, named
from polyactors.venues.polymarket.rest.endpoints import Endpoint
from polyactors.venues.polymarket.rest.failures import Failure
from polyactors.venues.polymarket.rest.pages import MOST_PAGES, Page, all_rows
from polyactors.venues.polymarket.rest.transport import Pairs, Transport
from polyactors.venues.refused import Refused

GAMMA_URL = "https://gamma-api.polymarket.com"
MOST_IN_A_PAGE = 100


@frozen
class EventPage:
    """An event as Gamma lists it: `slug` is what markets call it by, `is_augmented` that it holds an implicit "Other"
    (field note 9)."""

    number: str
    slug: str
    title: str
    is_closed: bool
    neg_risk: bool
    is_augmented: bool
    markets: tuple[str, ...]
    """Condition ids of its markets, as far as they have one."""


@frozen
class SkippedMarket:
    """A market of the catalogue that cannot be read, with what is wrong; the others are there all the same."""

    number: str
    mistakes: tuple[str, ...]


CatalogueRow = Market | SkippedMarket


class _MarketRows(msgspec.Struct):
    markets: list[dict[str, object]]
    next_cursor: str | None = None


class _EventMarket(msgspec.Struct):
    conditionId: str | None = None


class _Event(msgspec.Struct):
    id: int | str
    slug: str | None = None
    title: str | None = None
    closed: bool | None = None
    negRisk: bool | None = None
    enableNegRisk: bool | None = None
    negRiskAugmented: bool | None = None
    markets: list[_EventMarket] | None = None


class _EventRows(msgspec.Struct):
    events: list[_Event]
    next_cursor: str | None = None


@frozen
class Gamma:
    caller: Caller

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, budgets: Budgets, *, base_url: str = GAMMA_URL, timeouts: Timeouts = USUAL_TIMEOUTS
    ) -> AsyncIterator[Self]:
        async with Transport.opened(base_url) as transport:
            yield cls(Caller(transport, budgets, None, timeouts))

    async def markets(
        self, filters: Pairs = (), *, closed: bool = False, most_pages: int = MOST_PAGES
    ) -> tuple[CatalogueRow, ...] | Failure:
        """All that match the filters, whose names are Gamma's; lists repeat their name."""

        async def page(cursor: str | None) -> Page[CatalogueRow] | Failure:
            return await self.caller.ask(_page(endpoints.GAMMA_MARKETS, filters, closed, cursor), read_market_page)

        return await all_rows(page, _identity, most_pages)

    async def markets_called(self, slugs: Sequence[str]) -> tuple[CatalogueRow, ...] | Failure:
        """Those of the slugs that are open."""
        return await self.markets(tuple(("slug", slug) for slug in slugs))

    async def events(
        self, filters: Pairs = (), *, closed: bool = False, most_pages: int = MOST_PAGES
    ) -> tuple[EventPage, ...] | Failure:
        async def page(cursor: str | None) -> Page[EventPage] | Failure:
            return await self.caller.ask(_page(endpoints.GAMMA_EVENTS, filters, closed, cursor), read_event_page)

        return await all_rows(page, lambda event: event.number, most_pages)


def _page(endpoint: Endpoint, filters: Pairs, closed: bool, cursor: str | None) -> Call:
    """`closed` is always said: what Gamma takes for granted has changed before."""
    after = () if cursor is None else (("after_cursor", cursor),)
    size = ("limit", str(MOST_IN_A_PAGE))
    return Call(endpoint, query=(("closed", str(closed).lower()), *filters, size, *after))


def read_market_page(body: bytes) -> Page[CatalogueRow]:
    page = decoded(body, _MarketRows)
    return Page(tuple(_market(row) for row in page.markets), page.next_cursor or None)


def _market(row: dict[str, object]) -> CatalogueRow:
    """Rows without an order book, or with more than two outcomes, are in the same lists."""
    try:
        return read_markets([row])[0]
    except BadDocument as bad:
        number = row.get("id")
        if not isinstance(number, int | str) or isinstance(number, bool):
            raise Refused("missing_field", "a market without an id") from None
        return SkippedMarket(str(number)[:80], tuple(mistake[:200] for mistake in bad.mistakes[:10]))


def _identity(row: CatalogueRow) -> tuple[str, str]:
    return ("market", row.market) if isinstance(row, Market) else ("skipped", row.number)


def read_event_page(body: bytes) -> Page[EventPage]:
    page = decoded(body, _EventRows)
    return Page(tuple(_event(row) for row in page.events), page.next_cursor or None)


def _event(event: _Event) -> EventPage:
    number = named(str(event.id), "event")
    return EventPage(
        number=number,
        slug=event.slug or number,
        title=event.title or "",
        is_closed=bool(event.closed),
        neg_risk=bool(event.negRisk or event.enableNegRisk),
        is_augmented=bool(event.negRiskAugmented),
        markets=tuple(each.conditionId for each in event.markets or () if each.conditionId),
    )

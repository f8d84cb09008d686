"""Finds the market of a period in Gamma's catalogue: by its names, and if there is none by them, in its series.

A failure is told and not tried again here: who asks knows how long it makes sense to.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from attrs import frozen

from actors.feeds.market_finder import FindFailed, Found, NotListed, Unfit
from messages.markets import Market
from messages.periods import Period, Series
from polyactors.venues.polymarket.finding.fitness import Fitness, OtherPeriod, fitness
from polyactors.venues.polymarket.finding.slugs import series_slug_of, slugs_of
from polyactors.venues.polymarket.rest import endpoints
from polyactors.venues.polymarket.rest.calling import Call, Caller
from polyactors.venues.polymarket.rest.decoding import decoded
from polyactors.venues.polymarket.rest.endpoints import Endpoint
from polyactors.venues.polymarket.rest.failures import Failure
from polyactors.venues.polymarket.rest.pages import Page, all_rows

MARKET_CALLED = Endpoint("GET", "/markets/slug/{}", endpoints.GAMMA_MARKETS.windows)
SERIES = Endpoint("GET", "/series", ("general", "Gamma"))

MOST_PAGES = 5
"""Of events that end at the same second in one series: there is one."""
_SECOND_MS = 1000

_Plain = dict[str, object]


@frozen
class _NotThere:
    """Gamma has nothing of that name."""


class _SeriesRow(msgspec.Struct):
    id: int | str
    slug: str | None = None


class _EventRows(msgspec.Struct):
    events: list[_Plain]
    next_cursor: str | None = None


class GammaFinder:
    """A `MarketFinder`. It remembers the numbers of series, which do not change."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._numbers: dict[Series, str] = {}

    async def find(self, period: Period) -> Found:
        slugs = slugs_of(period)
        if not slugs:
            return Unfit(None, f"there are no such markets of {period.series.symbol}")
        other: OtherPeriod | None = None
        for slug in slugs:
            plain = await self._called(slug)
            if isinstance(plain, Failure):
                return _failed(plain)
            if isinstance(plain, _NotThere):
                continue
            found = fitness(plain, period)
            if not isinstance(found, OtherPeriod):
                return found
            other = other or found
        in_series = await self._in_series(period)
        if isinstance(in_series, NotListed) and other is not None:
            return other.unfit
        return in_series

    async def is_over(self, market: Market) -> bool | None:
        plain = await self._called(market.slug)
        if isinstance(plain, Failure | _NotThere) or plain.get("conditionId") != market.market:
            return None
        return plain.get("closed") is True or plain.get("umaResolutionStatus") == "resolved"

    async def _called(self, slug: str) -> _Plain | _NotThere | Failure:
        return await self._caller.ask(Call(MARKET_CALLED, slug), _read_plain, read_refusal=_read_refusal)

    async def _in_series(self, period: Period) -> Market | NotListed | Unfit | FindFailed:
        """That which ends when the period does, for those whose name is not what it should be."""
        number = await self._number(period.series)
        if isinstance(number, NotListed | FindFailed):
            return number
        first, last = (_iso(period.end_ms + shift) for shift in (-_SECOND_MS, _SECOND_MS))
        query = (
            ("series_id", number),
            ("closed", "false"),
            ("end_date_min", first),
            ("end_date_max", last),
            ("limit", "100"),
        )

        async def page(cursor: str | None) -> "Page[_Plain] | Failure":
            after = () if cursor is None else (("after_cursor", cursor),)
            return await self._caller.ask(Call(endpoints.GAMMA_EVENTS, query=(*query, *after)), _read_events)

        events = await all_rows(page, _number_of, MOST_PAGES)
        if isinstance(events, Failure):
            return _failed(events)
        return _the_one(fitness(plain, period) for event in events for plain in _markets_of(event))

    async def _number(self, series: Series) -> str | NotListed | FindFailed:
        slug = series_slug_of(series)
        if slug is None:
            return NotListed(f"there is no series of {series.name}")
        if series not in self._numbers:
            query = (("slug", slug), ("exclude_events", "true"), ("limit", "50"))
            rows = await self._caller.ask(Call(SERIES, query=query), _read_series)
            if isinstance(rows, Failure):
                return _failed(rows)
            number = next((str(row.id) for row in rows if row.slug == slug), None)
            if number is None:
                return NotListed(f"there is no series {slug}")
            self._numbers[series] = number
        return self._numbers[series]


def _the_one(found: Iterable[Fitness]) -> Market | NotListed | Unfit:
    those = [each for each in found if not isinstance(each, OtherPeriod)]
    markets = {each.market: each for each in those if isinstance(each, Market)}
    if len(markets) > 1:
        return Unfit(None, f"there are several of it: {', '.join(each.slug for each in markets.values())}")
    for kind in (Market, NotListed, Unfit):
        for each in those:
            if isinstance(each, kind):
                return each
    return NotListed("it is neither called by its names nor in its series")


def _markets_of(event: _Plain) -> list[_Plain]:
    """With their event, as they are when they are asked for by themselves."""
    markets = event.get("markets")
    without = {name: value for name, value in event.items() if name != "markets"}
    listed = markets if isinstance(markets, list) else []
    return [{**each, "events": [without]} for each in listed if isinstance(each, dict)]


def _number_of(event: Mapping[str, object]) -> str:
    return str(event.get("id"))


def _read_plain(body: bytes) -> _Plain | _NotThere:
    return decoded(body, _Plain)


def _read_refusal(status: int, _: bytes) -> _Plain | _NotThere | None:
    return _NotThere() if status == 404 else None


def _read_events(body: bytes) -> Page[_Plain]:
    page = decoded(body, _EventRows)
    return Page(tuple(page.events), page.next_cursor or None)


def _read_series(body: bytes) -> list[_SeriesRow]:
    return decoded(body, list[_SeriesRow])


def _failed(failure: Failure) -> FindFailed:
    reason = getattr(failure, "reason", "")
    return FindFailed(f"{type(failure).__name__}: {reason}" if reason else type(failure).__name__)


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

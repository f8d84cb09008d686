"""The market of a period is found in the catalogue; what only looks like it is not."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from actors.feeds.market_finder import FindFailed, Found, NotListed, Unfit
from messages.markets import Market
from messages.periods import Period, PeriodLength, Series
from messages.reference import Symbol
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.ports.finder import ExchangeFinder
from polyactors.venues.polymarket.finding.gamma_finder import GammaFinder
from polyactors.venues.polymarket.gamma import read_markets
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import Caller, Timeouts
from polyactors.venues.polymarket.rest.transport import Transport
from tests.exchange.catalogue_world import SECOND_NS, CatalogueWorld
from tests.venues.polymarket.canned_answers import answer, caller_of
from tests.venues.polymarket.market_texts import HOUR, HOUR_SOURCE, MEAN, MEAN_SOURCE

PLAN = ListingPlan(
    binary_markets=1,
    neg_risk_outcomes=(3,),
    protocol_two_markets=0,
    five_minute_symbols=("btcusd", "ethusd"),
    fifteen_minute_symbols=("ethusd",),
    hourly_symbols=("btcusd",),
    five_minutes_ahead=2,
    fifteen_minutes_ahead=1,
    hours_ahead=1,
)
BTC, ETH = Symbol("btcusd"), Symbol("ethusd")
FIVE, HOURS = Series(BTC, PeriodLength.FIVE_MINUTES), Series(BTC, PeriodLength.HOUR)
NIGHT_NS = 1_793_509_200 * SECOND_NS
"""The first of the two hours from one to two o'clock, New York, in November 2026."""


@asynccontextmanager
async def finder_of(world: CatalogueWorld) -> AsyncIterator[GammaFinder]:
    """Over a real socket."""
    async with world.served() as port, Transport.opened(f"http://127.0.0.1:{port}/gamma") as transport:
        yield GammaFinder(Caller(transport, Budgets(), None, Timeouts(question_s=30)))


def present(world: CatalogueWorld, series: Series) -> Period:
    return series.period_at(world.now_ns // 1_000_000)


async def test_finds_on_the_embedded_exchange_what_it_lists_for_the_present_and_the_next_period() -> None:
    world = CatalogueWorld(plan=PLAN)
    own = ExchangeFinder(world.exchange, world.clock)
    async with finder_of(world) as finder:
        for series in (FIVE, Series(ETH, PeriodLength.FIVE_MINUTES), Series(ETH, PeriodLength.FIFTEEN_MINUTES), HOURS):
            period = present(world, series)
            for each in (period, period.following):
                found = await finder.find(each)
                assert isinstance(found, Market), found
                assert found.about is not None
                assert found.about.period == each
                assert found == await own.find(each)
                assert not await finder.is_over(found)


async def test_a_period_that_is_not_listed_yet_and_one_of_another_coin_are_not_there() -> None:
    world = CatalogueWorld(plan=PLAN)
    async with finder_of(world) as finder:
        far = Period(FIVE, present(world, FIVE).start_ms + 10 * FIVE.length.length_ms)
        assert isinstance(await finder.find(far), NotListed)
        world.wait(300 * 8 + 1)
        assert isinstance(await finder.find(far), Market)
        for symbol in (Symbol("solusd"), Symbol("dogeusd")):
            found = await finder.find(Period(Series(symbol, PeriodLength.FIFTEEN_MINUTES), far.start_ms))
            assert isinstance(found, NotListed | Unfit)


async def test_a_market_is_over_when_it_is_resolved_and_then_it_is_found_no_more() -> None:
    world = CatalogueWorld(plan=PLAN)
    own = ExchangeFinder(world.exchange, world.clock)
    async with finder_of(world) as finder:
        period = present(world, FIVE)
        market = await finder.find(period)
        assert isinstance(market, Market)
        world.wait(300)
        assert [await each.is_over(market) for each in (finder, own)] == [False, False]
        assert [type(await each.find(period)) for each in (finder, own)] == [NotListed, NotListed]
        world.wait(60)
        assert [await each.is_over(market) for each in (finder, own)] == [True, True]
        assert [type(await each.find(period)) for each in (finder, own)] == [Unfit, Unfit]
        world.wait(7 * 3600)
        assert [await each.is_over(market) for each in (finder, own)] == [None, True]
        assert isinstance(await finder.find(present(world, FIVE)), Market)


async def test_in_the_autumn_night_a_market_of_the_other_hour_is_unfit() -> None:
    world = CatalogueWorld(plan=PLAN, start_ns=NIGHT_NS)
    async with finder_of(world) as finder:
        period = present(world, HOURS)
        assert isinstance(await finder.find(period), Market)
        found = await finder.find(period.following)
        assert isinstance(found, Unfit)
        assert period.name in found.reason
        world.wait(2 * 3600)
        third = await finder.find(period.following.following)
        assert isinstance(third, Market)


# A catalogue by hand

OCTOBER_6_MS = 1_791_259_200_000
HOUR_PERIOD = Period(HOURS, OCTOBER_6_MS)
DATED, YEARLESS = "bitcoin-up-or-down-october-6-2026-12am-et", "bitcoin-up-or-down-october-6-12am-et"
MARKET: dict[str, Any] = {
    "conditionId": "0x" + "ab" * 32,
    "slug": DATED,
    "question": "Bitcoin Up or Down",
    "outcomes": '["Up", "Down"]',
    "clobTokenIds": '["11", "22"]',
    "orderPriceMinTickSize": 0.01,
    "orderMinSize": 5,
    "eventStartTime": "2026-10-06T04:00:00Z",
    "endDate": "2026-10-06T05:00:00Z",
    "description": HOUR,
    "resolutionSource": HOUR_SOURCE,
    "active": True,
    "closed": False,
    "acceptingOrders": True,
    "enableOrderBook": True,
    "events": [{"slug": DATED}],
}
LAST_YEAR = {
    **MARKET,
    "conditionId": "0x" + "cd" * 32,
    "slug": YEARLESS,
    "eventStartTime": "2025-10-06T04:00:00Z",
    "endDate": "2025-10-06T05:00:00Z",
    "closed": True,
}
SERIES_ROWS = [{"id": "10114", "slug": "btc-up-or-down-hourly"}]


def event_of(*markets: dict[str, Any]) -> dict[str, Any]:
    return {"id": 7, "slug": DATED, "startTime": "2026-10-06T04:00:00Z", "markets": list(markets)}


class Catalogue:
    """Answers by name and by series, and remembers what it was asked."""

    def __init__(self, *named: dict[str, Any], in_series: tuple[dict[str, Any], ...] = ()) -> None:
        self.named = {market["slug"]: market for market in named}
        self.in_series = in_series
        self.asked: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        path = request.url.path
        if path.startswith("/markets/slug/"):
            market = self.named.get(path.rpartition("/")[2])
            if market is None:
                return answer(404, b'{"type":"not found error","error":"slug not found"}')
            return answer(200, json.dumps(market).encode())
        if path == "/series":
            return answer(200, json.dumps(SERIES_ROWS).encode())
        assert path == "/events/keyset"
        return answer(200, json.dumps({"events": self.in_series}).encode())


async def find(catalogue: Callable[[httpx.Request], httpx.Response], period: Period = HOUR_PERIOD) -> Found:
    async with caller_of(catalogue) as caller:
        return await GammaFinder(caller).find(period)


async def test_the_name_with_the_year_is_asked_first_and_is_enough() -> None:
    catalogue = Catalogue(MARKET, LAST_YEAR)
    found = await find(catalogue)
    assert found == read_markets([MARKET])[0]
    assert [url.path for url in catalogue.asked] == [f"/markets/slug/{DATED}"]


async def test_the_name_without_a_year_is_the_second_try() -> None:
    this_year = {**MARKET, "slug": YEARLESS}
    assert await find(Catalogue(this_year)) == read_markets([this_year])[0]


async def test_last_years_market_of_the_same_name_is_unfit() -> None:
    found = await find(Catalogue(LAST_YEAR))
    assert isinstance(found, Unfit)
    assert found.market == LAST_YEAR["conditionId"]
    assert "btcusd-1h-1759723200000" in found.reason


async def test_the_series_has_what_no_name_has() -> None:
    catalogue = Catalogue(LAST_YEAR, in_series=(event_of({key: MARKET[key] for key in MARKET if key != "events"}),))
    found = await find(catalogue)
    assert isinstance(found, Market)
    assert (found.market, found.event) == (MARKET["conditionId"], DATED)
    assert dict(catalogue.asked[-1].params) == {
        "series_id": "10114",
        "closed": "false",
        "end_date_min": "2026-10-06T04:59:59Z",
        "end_date_max": "2026-10-06T05:00:01Z",
        "limit": "100",
    }


async def test_the_number_of_a_series_is_asked_for_once() -> None:
    catalogue = Catalogue()
    async with caller_of(catalogue) as caller:
        finder = GammaFinder(caller)
        for _ in range(3):
            assert isinstance(await finder.find(HOUR_PERIOD), NotListed)
    assert [url.path for url in catalogue.asked].count("/series") == 1


async def test_two_markets_of_one_period_in_the_series_are_unfit() -> None:
    other = {**MARKET, "conditionId": "0x" + "ef" * 32, "clobTokenIds": '["33", "44"]'}
    found = await find(Catalogue(in_series=(event_of(MARKET), {**event_of(other), "id": 8})))
    assert isinstance(found, Unfit)
    assert "several" in found.reason


@pytest.mark.parametrize(
    ("changes", "kind", "told"),
    [
        ({"acceptingOrders": False}, NotListed, "takes no orders"),
        ({"closed": True}, Unfit, "closed"),
        ({"archived": True}, Unfit, "closed"),
        ({"enableOrderBook": False}, Unfit, "no order book"),
        ({"active": False}, Unfit, "no order book"),
        ({"orderMinSize": 0}, Unfit, "least size"),
        ({"orderPriceMinTickSize": 0.02}, Unfit, "tick size"),
        ({"orderPriceMinTickSize": None}, Unfit, "orderPriceMinTickSize"),
        ({"clobTokenIds": '["11", "11"]'}, Unfit, "clobTokenIds"),
        ({"clobTokenIds": '["11"]'}, Unfit, "clobTokenIds"),
        ({"clobTokenIds": None}, Unfit, "clobTokenIds"),
        ({"conditionId": "0x12"}, Unfit, "condition id"),
        ({"conditionId": None}, Unfit, "conditionId"),
        ({"outcomes": '["Yes", "No"]'}, Unfit, "not Up and Down"),
        ({"description": MEAN, "resolutionSource": MEAN_SOURCE.replace("60", "90")}, Unfit, "90 s"),
        ({"description": "", "resolutionSource": ""}, Unfit, "nothing says"),
        ({"endDate": "2026-10-06T06:00:00Z"}, Unfit, "3600 s long"),
        ({"slug": "will-it-rain"}, Unfit, "no up-or-down market"),
    ],
)
async def test_what_must_not_be_traded_is_told_with_the_reason(
    changes: dict[str, Any], kind: type[Found], told: str
) -> None:
    catalogue = Catalogue()
    catalogue.named[DATED] = {**MARKET, **changes}
    found = await find(catalogue)
    assert isinstance(found, kind), found
    assert isinstance(found, Unfit | NotListed)
    assert told in found.reason


@pytest.mark.parametrize(
    "wrong",
    [
        answer(500, b"oops"),
        answer(502),
        answer(429, retry_after="1"),
        answer(403, b"<html>"),
        answer(200, b"<html>"),
        answer(200, b"[]"),
        answer(200, b'{"id": 1'),
        answer(301, location="http://elsewhere"),
    ],
)
async def test_a_venue_that_does_not_answer_is_no_word_on_the_market(wrong: httpx.Response) -> None:
    body = b"".join(wrong.stream)  # type: ignore[arg-type]

    def answering(request: httpx.Request) -> httpx.Response:
        return httpx.Response(wrong.status_code, headers=wrong.headers, stream=httpx.ByteStream(body))

    found = await find(answering)
    assert isinstance(found, FindFailed)
    assert found.reason
    async with caller_of(answering) as caller:
        assert await GammaFinder(caller).is_over(read_markets([MARKET])[0]) is None


async def test_a_failure_in_the_series_is_no_word_on_the_market_either() -> None:
    def answering(request: httpx.Request) -> httpx.Response:
        return answer(404) if request.url.path.startswith("/markets") else answer(503)

    assert isinstance(await find(answering), FindFailed)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"closed": True}, True),
        ({"umaResolutionStatus": "resolved"}, True),
        ({}, False),
        ({"umaResolutionStatus": "proposed"}, False),
        ({"conditionId": "0x" + "ef" * 32, "closed": True}, None),
    ],
)
async def test_whether_a_market_is_over_is_said_of_that_very_market(
    changes: dict[str, Any], expected: bool | None
) -> None:
    async with caller_of(Catalogue({**MARKET, **changes})) as caller:
        assert await GammaFinder(caller).is_over(read_markets([MARKET])[0]) is expected

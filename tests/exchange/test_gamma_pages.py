"""Gamma's filters, orders and pages, asked over HTTP."""

import json
from typing import Any

import httpx
import pytest

from polyactors.exchange.gamma.filters import EVENT_ORDERS, MARKET_ORDERS
from polyactors.exchange.words import Kind
from tests.exchange.catalogue_world import ALICE, BUY, START_NS, YES, CatalogueWorld

Row = dict[str, Any]


def traded_world() -> CatalogueWorld:
    world = CatalogueWorld()
    for index in range(4):
        world.trade(0.2 + index / 10, 10 + 5 * index, world.market(Kind.BINARY, index))
    return world


async def paged(client: httpx.AsyncClient, what: str, **parameters: str) -> list[Row]:
    """All pages, one after the other."""
    found: list[Row] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get(f"/gamma/{what}/keyset", params=parameters | cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page[what]) <= int(parameters.get("limit", "20"))
        found += page[what]
        if not page.get("next_cursor"):
            return found
        cursor = {"after_cursor": page["next_cursor"]}


@pytest.mark.parametrize("order", sorted(MARKET_ORDERS))
@pytest.mark.parametrize("ascending", ["true", "false"])
async def test_market_pages_of_any_size_are_parts_of_one_order(order: str, ascending: str) -> None:
    world = traded_world()
    async with world.asked() as client:
        whole = await paged(client, "markets", order=order, ascending=ascending, limit="100")
        parts = await paged(client, "markets", order=order, ascending=ascending, limit="4")
    assert [row["id"] for row in parts] == [row["id"] for row in whole]
    assert len(whole) == len(world.exchange.listings)
    if order in whole[0] and order not in ("id", "volume", "liquidity"):
        values = [row[order] for row in whole]
        assert values == sorted(values, reverse=ascending == "false")


@pytest.mark.parametrize("order", sorted(EVENT_ORDERS))
async def test_event_pages_of_any_size_are_parts_of_one_order(order: str) -> None:
    world = traded_world()
    async with world.asked() as client:
        whole = await paged(client, "events", order=order, limit="100")
        parts = await paged(client, "events", order=order, limit="3")
    assert [row["id"] for row in parts] == [row["id"] for row in whole]
    assert {row["slug"] for row in whole} == set(world.exchange.events)


async def test_a_page_is_not_disturbed_by_markets_that_come_and_go() -> None:
    world = traded_world()
    async with world.asked() as client:
        first = (await client.get("/gamma/markets/keyset", params={"limit": "6"})).json()
        world.resolve(world.market().market, 1)
        world.wait(700)
        rest = await paged(client, "markets", limit="6", after_cursor=first["next_cursor"])
    shown = [row["id"] for row in (*first["markets"], *rest)]
    assert len(set(shown)) == len(shown)
    still_open = {
        str(each.number)
        for each in world.exchange.listings.values()
        if world.exchange.resolution(each.market.market) is None
    }
    assert still_open <= set(shown)


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("id", lambda listing: str(listing.number)),
        ("slug", lambda listing: listing.market.slug),
        ("condition_ids", lambda listing: listing.market.market),
        ("clob_token_ids", lambda listing: listing.market.no_token),
        ("question_ids", lambda listing: listing.question_id),
    ],
)
async def test_markets_are_found_by_any_of_their_names(name: str, of: Any) -> None:
    world = traded_world()
    listings = list(world.exchange.listings.values())
    for wanted in (listings[:1], listings[2:5]):
        found = await world.get("/gamma/markets/keyset", [(name, of(each)) for each in wanted])
        assert {row["conditionId"] for row in found["markets"]} == {each.market.market for each in wanted}


@pytest.mark.parametrize(
    ("filters", "test"),
    [
        ({"volume_num_min": "5"}, lambda row: row["volumeNum"] >= 5),
        ({"volume_num_max": "5"}, lambda row: row["volumeNum"] <= 5),
        ({"liquidity_num_min": "1"}, lambda row: row["liquidityNum"] >= 1),
        ({"end_date_max": "2027-01-16T00:00:00Z"}, lambda row: row["endDate"] <= "2027-01-16T00:00:00Z"),
        ({"end_date_min": "2027-01-16T00:00:00Z"}, lambda row: row["endDate"] >= "2027-01-16T00:00:00Z"),
        ({"rewards_min_size": "50"}, lambda row: row["rewardsMinSize"] >= 50),
        ({"version": "v2"}, lambda row: row["version"] == "v2"),
        ({"tag_id": "21"}, lambda row: row["category"] == "Crypto"),
        ({"active": "false"}, lambda row: False),
        ({"archived": "true"}, lambda row: False),
    ],
)
async def test_a_filter_keeps_what_it_says_and_nothing_else(filters: dict[str, str], test: Any) -> None:
    world = traded_world()
    world.give(ALICE, BUY, YES, 0.1, 50, world.market(Kind.NEG_RISK))
    async with world.asked() as client:
        everything = await paged(client, "markets", limit="100")
        found = await paged(client, "markets", limit="100", **filters)
    assert [row["id"] for row in found] == [row["id"] for row in everything if test(row)]
    assert len(found) < len(everything)


async def test_resolved_markets_are_not_shown_unless_asked_for() -> None:
    world = traded_world()
    market = world.market()
    world.resolve(market.market, 0)
    async with world.asked() as client:
        still_open = await paged(client, "markets", limit="100")
        closed = await paged(client, "markets", limit="100", closed="true")
        by_slug = (await client.get(f"/gamma/markets/slug/{market.slug}")).json()
    assert market.market not in {row["conditionId"] for row in still_open}
    assert [row["conditionId"] for row in closed] == [market.market]
    assert by_slug["closed"] and by_slug["umaResolutionStatus"] == "resolved"
    assert json.loads(by_slug["outcomePrices"]) == ["0", "1"]
    assert not by_slug["acceptingOrders"]
    assert by_slug["closedTime"].endswith("+00") and "T" not in by_slug["closedTime"]


async def test_old_lists_are_cut_by_limit_and_offset() -> None:
    world = traded_world()
    everything = await world.get("/gamma/markets", [("limit", "500")])
    assert len(everything) == len(world.exchange.listings)
    assert await world.get("/gamma/markets", [("limit", "3"), ("offset", "4")]) == everything[4:7]
    events = await world.get("/gamma/events", [("limit", "500"), ("closed", "false")])
    assert {row["slug"] for row in events} == set(world.exchange.events)


async def test_unknown_parameters_change_nothing() -> None:
    world = traded_world()
    plain = await world.get("/gamma/markets/keyset")
    assert await world.get("/gamma/markets/keyset", [("never_heard_of", "it"), ("utm_source", "x")]) == plain


async def test_the_documents_times_are_those_of_the_period() -> None:
    world = traded_world()
    listing = next(each for each in world.listings(Kind.UP_DOWN) if "5m" in each.market.slug)
    row = await world.get(f"/gamma/markets/slug/{listing.market.slug}")
    assert row["eventStartTime"] == "2027-01-15T08:00:00Z"
    assert row["endDate"] == "2027-01-15T08:05:00Z"
    assert START_NS // 10**9 == 1_800_000_000
    assert json.loads(row["outcomes"]) == ["Up", "Down"]
    assert json.loads(row["clobTokenIds"]) == [listing.market.yes_token, listing.market.no_token]
    assert row["feeSchedule"] == {"exponent": 1, "rate": 0.07, "takerOnly": True, "rebateRate": 0.2}
    assert row["events"][0]["series"][0]["slug"] == "btc-up-or-down-5m"


async def test_an_event_tells_of_its_negative_risk() -> None:
    world = traded_world()
    events = [event for event in world.exchange.events.values() if event.neg_risk]
    for event in events:
        row = await world.get(f"/gamma/events/{event.number}")
        assert row["negRisk"] and row["enableNegRisk"]
        assert row["negRiskAugmented"] is event.is_augmented
        assert {market["negRiskMarketID"] for market in row["markets"]} == {row["negRiskMarketID"]}
        assert [market["negRiskOther"] for market in row["markets"]].count(True) == event.is_augmented

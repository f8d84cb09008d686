"""What trading clients read of Gamma's markets is what the exchange lists."""

from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.markets import Market
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.venues.polymarket.gamma import read_markets
from tests.exchange.catalogue_world import CatalogueWorld

PLAN = ListingPlan(
    binary_markets=14,
    neg_risk_outcomes=(3, 6, 10),
    protocol_two_markets=2,
    five_minute_symbols=("btcusd", "ethusd"),
    fifteen_minute_symbols=("btcusd", "solusd"),
    binary_lasts_s=(300, 600),
)


async def all_documents(world: CatalogueWorld, closed: str) -> list[Any]:
    found: list[Any] = []
    cursor: list[tuple[str, str]] = []
    while True:
        page = await world.get("/gamma/markets/keyset", [("limit", "100"), ("closed", closed), *cursor])
        found += page["markets"]
        if "next_cursor" not in page:
            return found
        cursor = [("after_cursor", page["next_cursor"])]


def now(world: CatalogueWorld, market: Market) -> Market:
    """As it is traded at this moment."""
    return evolve(
        market,
        tick_size=world.exchange.tick_size(market.market),
        accepting_orders=world.exchange.is_accepting(market.market, world.now_ns),
    )


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 900))
async def test_our_reader_makes_the_same_markets_of_the_documents_at_any_time(seed: int, seconds: int) -> None:
    world = CatalogueWorld(seed, PLAN)
    world.wait(seconds)
    read = [*read_markets(await all_documents(world, "false")), *read_markets(await all_documents(world, "true"))]
    assert {each.market: each for each in read} == {
        market: now(world, listing.market) for market, listing in world.exchange.listings.items()
    }


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
async def test_an_events_markets_are_read_the_same_way(seed: int) -> None:
    world = CatalogueWorld(seed, PLAN)
    for event in await world.get("/gamma/events", [("limit", "500")]):
        documents = [market | {"events": [{"slug": event["slug"]}]} for market in event["markets"]]
        assert list(read_markets(documents)) == [
            now(world, listing.market)
            for listing in world.exchange.listings.values()
            if listing.market.event == event["slug"]
        ]

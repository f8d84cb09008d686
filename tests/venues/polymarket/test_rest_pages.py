"""Pages: all of them or a failure; and Gamma and the Data API of the served exchange, page by page."""

import json
from urllib.parse import parse_qs

import httpx
import pytest
from attrs import evolve

from messages.identity import Outcome, Side
from messages.markets import Market
from messages.units import SHARE_SCALE
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.venues.polymarket.rest.data_api import DataApi, PositionStatus
from polyactors.venues.polymarket.rest.failures import Malformed, RateLimited, Unreachable
from polyactors.venues.polymarket.rest.gamma_pages import Gamma, SkippedMarket
from polyactors.venues.polymarket.rest.posting import Placed
from tests.venues.polymarket.canned_answers import answer, clob_of
from tests.venues.polymarket.rest_world import SETTINGS, rest_world

Pages = dict[str | None, httpx.Response]


def row(number: int, matched: str = "0") -> dict[str, object]:
    return {
        "id": f"0x{number:064x}", "status": "LIVE", "owner": "k", "maker_address": "0x1", "market": "0x2",
        "asset_id": "7", "side": "BUY", "original_size": "10", "size_matched": matched, "price": "0.5",
        "outcome": "Yes", "expiration": "0", "order_type": "GTC", "associate_trades": [], "created_at": 1795262708,
    }  # fmt: skip


def page(rows: list[dict[str, object]], cursor: str | None) -> httpx.Response:
    return answer(200, json.dumps({"data": rows, "next_cursor": cursor, "limit": 2, "count": len(rows)}).encode())


async def open_orders(pages: Pages) -> object:
    def answering(request: httpx.Request) -> httpx.Response:
        return pages[parse_qs(request.url.query.decode()).get("next_cursor", [None])[0]]

    async with clob_of(answering) as clob:
        return await clob.account.open_orders()


async def test_all_pages_are_read_to_the_end() -> None:
    found = await open_orders({
        None: page([row(1), row(2)], "Mg=="),
        "Mg==": page([row(3), row(4)], "NA=="),
        "NA==": page([row(5)], "LTE="),
    })  # fmt: skip
    assert isinstance(found, tuple), found
    assert [int(order.order, 16) for order in found] == [1, 2, 3, 4, 5]


async def test_an_order_that_moved_to_the_next_page_meanwhile_is_there_once_as_it_was_last_seen() -> None:
    found = await open_orders({None: page([row(1), row(2)], "Mg=="), "Mg==": page([row(2, "4"), row(3)], None)})
    assert isinstance(found, tuple), found
    assert [(int(order.order, 16), order.matched) for order in found] == [(1, 0), (2, 4 * SHARE_SCALE), (3, 0)]


@pytest.mark.parametrize(
    ("last", "failure"),
    [
        (answer(429, b"{}", retry_after="1"), RateLimited),
        (answer(502), Unreachable),
        (answer(200, b""), Malformed),
        (answer(200, b"[]"), Malformed),
        (answer(200, b'{"data":[]}'), Malformed),
        (answer(200, b'{"data":null,"next_cursor":"LTE="}'), Malformed),
        (answer(200, b'{"data":[],"next_cursor":""}'), Malformed),
        (page([row(3), row(4) | {"status": "WHATEVER"}], "LTE="), Malformed),
        (page([row(3), row(4, matched="11")], "LTE="), Malformed),
        (page([row(3)], "Mg=="), Malformed),
    ],
)
async def test_a_page_that_fails_fails_the_whole_read(last: httpx.Response, failure: type[object]) -> None:
    found = await open_orders({None: page([row(1), row(2)], "Mg=="), "Mg==": last})
    assert isinstance(found, failure), found


async def test_pages_without_an_end_are_given_up() -> None:
    asked = 0

    def answering(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return page([row(asked)], f"cursor {asked}")

    async with clob_of(answering) as clob:
        found = await clob.account.open_orders()
    assert isinstance(found, Malformed), found
    assert asked == 200


async def test_every_market_and_event_of_gamma_is_found_over_several_pages() -> None:
    many = ListingPlan(binary_markets=130, neg_risk_outcomes=(3, 5), five_minutes_ahead=0, hours_ahead=0)
    async with rest_world(evolve(SETTINGS, listings=many)) as world:
        exchange = world.served.world.exchange
        async with Gamma.opened(world.budgets, base_url=f"{world.url}/gamma") as gamma:
            markets = await gamma.markets()
            assert isinstance(markets, tuple), markets
            assert not [each for each in markets if isinstance(each, SkippedMarket)]
            found = {each.market: each for each in markets if isinstance(each, Market)}
            assert set(found) == set(exchange.listings)
            assert len(markets) == len(found) > 100
            for market, listing in exchange.listings.items():
                assert found[market].yes_token == listing.market.yes_token
                assert found[market].tick_size == listing.market.tick_size
            events = await gamma.events()
            assert isinstance(events, tuple), events
            assert {event.slug for event in events} == set(exchange.events)
            one = await gamma.markets_called([world.listing.market.slug])
            assert isinstance(one, tuple), one
            assert [each.market for each in one if isinstance(each, Market)] == [world.listing.market.market]


async def test_what_a_wallet_holds_did_and_is_worth() -> None:
    async with rest_world() as world:
        world.split(10)
        async with DataApi.opened(world.budgets, base_url=f"{world.url}/data") as data:
            positions = await data.positions(world.wallet)
            assert isinstance(positions, tuple), positions
            market = world.listing.market
            assert {(each.token, each.size) for each in positions} == {
                (market.token(outcome), 10 * SHARE_SCALE) for outcome in Outcome
            }
            assert all(each.is_mergeable and each.status is PositionStatus.OPEN for each in positions)
            did = await data.activity(world.wallet)
            assert isinstance(did, tuple), did
            assert {"SPLIT"} <= {each.kind for each in did}
            assert await data.value(world.wallet) == sum(each.value for each in positions)


async def test_open_orders_of_the_served_exchange_are_those_it_has() -> None:
    async with rest_world() as world:
        world.split(20)
        orders = [world.order(price="0.02"), world.order(price="0.03"), world.order(Side.SELL, "0.90")]
        assert [type(each) for each in await world.clob.orders.post_batch(orders)] == [Placed] * 3
        found = await world.clob.account.open_orders(world.listing.market.market)
        assert isinstance(found, tuple), found
        assert {(each.order, each.price, each.side) for each in found} == {
            (orders[0].order, 200, Side.BUY),
            (orders[1].order, 300, Side.BUY),
            (orders[2].order, 9_000, Side.SELL),
        }

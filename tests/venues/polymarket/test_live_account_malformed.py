"""A venue that says what nobody understands: kept aside, told, and never taken for something else."""

import json
from typing import Any

import httpx
import pytest
import trio.testing

from actors.execution.live.words import (
    AskFailed,
    InDoubt,
    NoSuchOrder,
    UserFeedDown,
    UserFeedUp,
    UserNewsLost,
    VenueBalances,
    VenueOrder,
    VenueTrade,
)
from messages.identity import EventId, MarketId, Outcome, Side, TokenId
from messages.markets import Market
from messages.units import TickSize
from polyactors.exchange.clob import account_routes, order_routes, own_data_routes
from polyactors.exchange.faults.kinds import DropConnections
from polyactors.exchange.streams import user_hub
from polyactors.venues.polymarket.live_account.balances import read_balances
from tests.venues.polymarket.canned_answers import answer, clob_of
from tests.venues.polymarket.live_account_world import account_world

Plain = dict[str, Any]


def changed(monkeypatch: pytest.MonkeyPatch, where: object, name: str, **fields: object) -> None:
    """The exchange writes these fields otherwise from now on, in documents as in frames."""
    right = getattr(where, name)

    def wrong(*arguments: object) -> object:
        found = right(*arguments)
        return json.dumps(json.loads(found) | fields) if isinstance(found, str) else found | fields

    monkeypatch.setattr(where, name, wrong)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "parked"},
        {"orderID": "0x" + "00" * 32},
        {"makingAmount": "5"},
        {"takingAmount": 7},
        {"success": "yes"},
    ],
)
async def test_an_order_whose_answer_is_not_understood_is_in_doubt(
    monkeypatch: pytest.MonkeyPatch, fields: Plain
) -> None:
    async with account_world() as world, world.trader() as trader:
        changed(monkeypatch, order_routes, "placed_document", **fields)
        for orders in (1, 3):
            names = [await trader.signed(trader.order()) for _ in range(orders)]
            outcomes = await trader.account.post(names)
            assert [type(each) for each in outcomes] == [InDoubt] * orders, outcomes
            for name in names:
                assert isinstance(await trader.account.look_up(name), VenueOrder)
        assert len(trader.account.bad.kept) > 0
        assert trader.counts.bad.total > 0
        assert any(event.event == "bad input" for event in trader.log)


@pytest.mark.parametrize(
    "fields", [{"status": "PARKED"}, {"size_matched": "11"}, {"asset_id": "?"}, {"price": 0.5}, {"market": "0xother"}]
)
async def test_one_order_that_is_not_understood_hides_no_other(monkeypatch: pytest.MonkeyPatch, fields: Plain) -> None:
    """All of the answer is a failure: an empty list, or a shorter one, would be a lie."""
    async with account_world() as world, world.trader() as trader:
        name, _ = await trader.place(trader.order())
        changed(monkeypatch, own_data_routes, "order_document", **fields)
        assert isinstance(await trader.account.open_orders(), AskFailed)
        assert isinstance(await trader.account.look_up(name), AskFailed)
        assert len(trader.account.bad.kept) == 2


async def test_an_order_that_the_venue_has_forgotten_is_not_a_failure() -> None:
    async with account_world() as world, world.trader() as trader:
        name = await trader.signed(trader.order())
        assert await trader.account.look_up(name) == NoSuchOrder()


@pytest.mark.parametrize(
    "fields", [{"status": "SETTLED"}, {"size": "10.01"}, {"bucket_index": "0"}, {"trader_side": "X"}, {"side": "X"}]
)
async def test_a_trade_that_is_not_understood_is_a_failure_by_rest_and_lost_on_the_stream(
    monkeypatch: pytest.MonkeyPatch, fields: Plain
) -> None:
    async with account_world() as world, world.trader() as maker, world.trader(listens=True) as taker:
        maker.split(20)
        changed(monkeypatch, own_data_routes, "trade_document", **fields)
        changed(monkeypatch, user_hub, "trade_frame", **fields)
        await maker.place(maker.order(Side.SELL, "0.50", "10"))
        await taker.place(taker.order(price="0.50"))
        await taker.until_heard(lambda: bool(taker.heard_of(UserNewsLost)))
        assert taker.heard_of(VenueTrade) == []
        assert len(taker.heard_of(VenueOrder)) == 1
        assert isinstance(await taker.account.trades(0), AskFailed)
        assert taker.counts.bad.total >= 2


@pytest.mark.parametrize("fields", [{"balance": "-1"}, {"balance": 5}, {"allowances": None}, {"balance": "1.5"}])
async def test_a_balance_that_is_not_understood_is_a_failure_of_all(
    monkeypatch: pytest.MonkeyPatch, fields: Plain
) -> None:
    async with account_world() as world, world.trader() as trader:
        changed(monkeypatch, account_routes, "_balance", **fields)
        assert isinstance(await trader.account.balances([world.market.market]), AskFailed)


async def test_balances_of_markets_that_are_not_traded_here_are_not_asked_for() -> None:
    async with account_world() as world, world.trader() as trader:
        assert isinstance(await trader.account.balances([MarketId("0xnowhere")]), AskFailed)


async def test_a_lost_connection_is_told_and_so_is_that_it_is_back() -> None:
    async with account_world() as world, world.trader(listens=True) as trader:
        world.arm(DropConnections("user"))
        # The fault shows when there is something to be told.
        await trader.place(trader.order())
        await trader.until_heard(lambda: len(trader.heard_of(UserFeedUp)) == 2)
        kinds = [type(news) for news in trader.heard if not isinstance(news, VenueOrder)]
        assert kinds == [UserFeedUp, UserFeedDown, UserFeedUp]
        name, _ = await trader.place(trader.order())
        await trader.until_heard(lambda: name in {order.venue_order for order in trader.heard_of(VenueOrder)})


async def test_two_hundred_balances_are_read_within_the_venues_window(
    autojump_clock: trio.testing.MockClock,
) -> None:
    markets = [
        Market(
            market=MarketId(f"0x{number:064x}"),
            event=EventId("event"),
            slug=f"market-{number}",
            question="?",
            yes_token=TokenId(str(number << 200 | 1 << 90)),
            no_token=TokenId(str(number << 200 | 1 << 91)),
            tick_size=TickSize(100),
        )
        for number in range(1, 101)
    ]
    asked: list[float] = []

    def balance(request: httpx.Request) -> httpx.Response:
        asked.append(trio.current_time())
        token = request.url.params.get("token_id", "7")
        return answer(200, json.dumps({"balance": str(int(token) >> 200), "allowances": {}}).encode())

    async with clob_of(balance) as clob:
        found = await read_balances(clob.account, markets)
    assert isinstance(found, VenueBalances), found
    assert len(asked) == 201
    assert found.shares == tuple(
        (market.market, outcome, number) for number, market in enumerate(markets, start=1) for outcome in Outcome
    )
    for at_s in asked:
        assert sum(at_s <= other_s < at_s + 10 for other_s in asked) <= 200

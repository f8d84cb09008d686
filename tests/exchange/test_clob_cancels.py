"""DELETE: one order, some, all, or those of a market; what cannot be cancelled is told with its reason."""

import pytest

from polyactors.exchange.words import TradingMode
from tests.exchange.order_counter import (
    ALICE,
    BOB,
    BUY,
    DELAYED,
    NEG_RISK,
    NO,
    PLAIN,
    SELL,
    YES,
    Counter,
    Json,
    counter,
)

GONE = "order can't be found - already canceled or matched"


async def _cancel(world: Counter, path: str, plain: object = None) -> Json:
    answer = await world.ask("DELETE", path, plain)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["canceled", "not_canceled"]
    return answer.json()


async def _rest(world: Counter, count: int = 3) -> list[str]:
    return [(await world.give(BUY, f"0.{10 + number}", "10"))["orderID"] for number in range(count)]


async def test_one_order_is_cancelled_once() -> None:
    async with counter() as world:
        (order,) = await _rest(world, 1)
        assert await _cancel(world, "/order", {"orderID": order}) == {"canceled": [order], "not_canceled": {}}
        assert not world.exchange.open_orders()
        assert await _cancel(world, "/order", {"orderID": order}) == {"canceled": [], "not_canceled": {order: GONE}}


async def test_what_is_matched_unknown_or_somebody_elses_is_not_cancelled() -> None:
    async with counter() as world:
        world.supply(ALICE, 20)
        theirs = (await world.give(BUY, "0.5", "10", key=BOB))["orderID"]
        matched = (await world.give(SELL, "0.5", "10"))["orderID"]
        rest = (await world.give(BUY, "0.3", "10", key=BOB))["orderID"]
        for order in (theirs, matched, rest, "0x02", "text", "0x" + "0" * 64):
            assert await _cancel(world, "/order", {"orderID": order}) == {"canceled": [], "not_canceled": {order: GONE}}
        assert [view.order.order for view in world.exchange.open_orders()] == [rest]


async def test_some_orders_are_cancelled_and_the_others_told() -> None:
    async with counter() as world:
        first, second, third = await _rest(world)
        outcome = await _cancel(world, "/orders", [third, "0x02", first, third])
        assert outcome == {"canceled": [third, first], "not_canceled": {"0x02": GONE}}
        assert [view.order.order for view in world.exchange.open_orders()] == [second]


async def test_a_delayed_order_is_out_of_reach_until_it_is_executed() -> None:
    async with counter() as world:
        world.supply(BOB, 10, DELAYED)
        await world.give(SELL, "0.5", "10", key=BOB, on=DELAYED)
        order = (await world.give(BUY, "0.5", "20", on=DELAYED))["orderID"]
        outcome = await _cancel(world, "/order", {"orderID": order})
        assert outcome["canceled"] == []
        assert list(outcome["not_canceled"]) == [order]
        world.wait(1)
        assert (await _cancel(world, "/cancel-all"))["canceled"] == [order]


async def test_all_orders_of_the_key_are_cancelled_and_no_others() -> None:
    async with counter() as world:
        orders = await _rest(world)
        orders.append((await world.give(BUY, "0.4", "10", on=NEG_RISK))["orderID"])
        theirs = (await world.give(BUY, "0.3", "10", key=BOB))["orderID"]
        assert await _cancel(world, "/cancel-all") == {"canceled": orders, "not_canceled": {}}
        assert [view.order.order for view in world.exchange.open_orders()] == [theirs]
        assert await _cancel(world, "/cancel-all") == {"canceled": [], "not_canceled": {}}


async def test_the_orders_of_a_market_or_of_a_token_are_cancelled() -> None:
    market, yes, no = PLAIN.market.market, PLAIN.market.yes_token, PLAIN.market.no_token
    cases: list[tuple[Json, set[int]]] = [
        ({"market": market}, {0, 1}),
        ({"market": market, "asset_id": ""}, {0, 1}),
        ({"asset_id": yes}, {0}),
        ({"asset_id": no, "market": ""}, {1}),
        ({"asset_id": no, "market": market}, {1}),
        ({"asset_id": NEG_RISK.market.yes_token, "market": market}, set()),
        ({"asset_id": "1"}, set()),
        ({"market": "0x" + "00" * 32}, set()),
    ]
    for body, expected in cases:
        async with counter() as world:
            orders = [
                (await world.give(BUY, "0.4", "10", on=on, outcome=outcome))["orderID"]
                for on, outcome in ((PLAIN, YES), (PLAIN, NO), (NEG_RISK, YES))
            ]
            outcome = await _cancel(world, "/cancel-market-orders", body)
            assert outcome == {"canceled": [orders[place] for place in sorted(expected)], "not_canceled": {}}, body


async def test_too_many_orders_at_once_are_none() -> None:
    async with counter() as world:
        (order,) = await _rest(world, 1)
        answer = await world.ask("DELETE", "/orders", [order, *(f"0x{number}" for number in range(3000))])
        assert answer.status_code == 400
        assert answer.json() == {"error": "Too many orders in payload, max allowed: 3000"}
        assert len(world.exchange.open_orders()) == 1


@pytest.mark.parametrize(
    ("path", "plain", "text"),
    [
        ("/order", {}, "Invalid orderID"),
        ("/order", {"orderID": ""}, "Invalid orderID"),
        ("/order", {"orderID": 7}, "Invalid orderID"),
        ("/order", {"orderID": "x" * 101}, "Invalid orderID"),
        ("/order", ["0x02"], "Invalid order payload"),
        ("/orders", {"orderID": "0x02"}, "Invalid order payload"),
        ("/orders", ["0x02", None], "Invalid orderID"),
        ("/orders", [["0x02"]], "Invalid orderID"),
        ("/cancel-market-orders", {}, "Invalid order payload"),
        ("/cancel-market-orders", {"market": "", "asset_id": ""}, "Invalid order payload"),
        ("/cancel-market-orders", {"market": 7}, "Invalid order payload"),
        ("/cancel-market-orders", [], "Invalid order payload"),
    ],
)
async def test_a_bad_request_cancels_nothing(path: str, plain: object, text: str) -> None:
    async with counter() as world:
        await _rest(world)
        answer = await world.ask("DELETE", path, plain)
        assert (answer.status_code, answer.json()) == (400, {"error": text})
        answer = await world.ask("DELETE", path, body=b"{")
        assert (answer.status_code, answer.json()) == (400, {"error": "Invalid order payload"})
        assert (await world.client.request("DELETE", path, json=plain)).status_code == 401
        assert len(world.exchange.open_orders()) == 3


@pytest.mark.parametrize(
    ("mode", "status"),
    [
        (TradingMode.NORMAL, 200),
        (TradingMode.POST_ONLY, 200),
        (TradingMode.CANCEL_ONLY, 200),
        (TradingMode.RESTARTING, 425),
        (TradingMode.DISABLED, 503),
    ],
)
async def test_cancels_pass_while_there_is_an_engine_to_do_them(mode: TradingMode, status: int) -> None:
    bodies: list[tuple[str, object]] = [
        ("/order", {"orderID": "0x02"}),
        ("/orders", ["0x02"]),
        ("/cancel-market-orders", {"market": PLAIN.market.market}),
        ("/cancel-all", None),
    ]
    async with counter() as world:
        await _rest(world, 1)
        world.exchange.set_mode(mode, world.now_ns)
        for path, plain in bodies:
            assert (await world.ask("DELETE", path, plain)).status_code == status
        assert len(world.exchange.open_orders()) == (0 if status == 200 else 1)

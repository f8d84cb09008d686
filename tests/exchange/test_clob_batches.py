"""POST /orders: up to fifteen orders, each with its own answer in its own place."""

import pytest
from attrs import evolve

from messages.identity import TokenId
from polyactors.exchange.words import TradingMode
from tests.exchange.order_counter import (
    ALICE,
    BOB,
    BUY,
    NEG_RISK,
    PLAIN,
    SELL,
    Counter,
    Json,
    as_v1,
    counter,
    id_of,
)

REFUSED = {"orderID": "", "takingAmount": "", "makingAmount": "", "status": "", "success": True}


async def _send(world: Counter, bodies: Json) -> list[Json]:
    answer = await world.ask("POST", "/orders", bodies)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def test_fifteen_orders_are_taken_in_their_order() -> None:
    async with counter() as world:
        orders = [world.order(BUY, f"0.{10 + number}", "10") for number in range(15)]
        answers = await _send(world, [world.body(order) for order in orders])
        assert [answer["orderID"] for answer in answers] == [id_of(order) for order in orders]
        assert {answer["status"] for answer in answers} == {"live"}
        assert [view.order.order for view in world.exchange.open_orders()] == [id_of(order) for order in orders]


async def test_sixteen_orders_are_none() -> None:
    async with counter() as world:
        bodies = [world.body(world.order(BUY, "0.1", "10")) for _ in range(16)]
        answer = await world.ask("POST", "/orders", bodies)
        assert answer.status_code == 400
        assert answer.json() == {"error": "Too many orders in payload: 16, max allowed: 15"}
        assert not world.exchange.open_orders()


async def test_a_refused_order_does_not_keep_the_others_back() -> None:
    async with counter() as world:
        good = [world.order(BUY, "0.4", "10"), world.order(BUY, "0.41", "10", on=NEG_RISK)]
        off_grid, foreign = world.order(BUY, "0.405", "10"), evolve(good[0], token_id=TokenId(str(2**255)))
        bodies = [
            world.body(good[0]),
            world.body(off_grid),
            world.body(good[0]),
            world.body(as_v1(good[0])),
            world.body(foreign),
            world.body(good[0]) | {"owner": "somebody"},
            "no order",
            None,
            world.body(good[1], on=NEG_RISK),
        ]
        answers = await _send(world, bodies)
        assert [answer["orderID"] for answer in (answers[0], answers[-1])] == [id_of(good[0]), id_of(good[1], NEG_RISK)]
        texts = [answer["errorMsg"] for answer in answers]
        assert texts == [
            "",
            f"order {id_of(off_grid)} is invalid. Price (0.405) breaks minimum tick size rule: 0.01",
            f"order {id_of(good[0])} is invalid. Duplicated.",
            "order_version_mismatch",
            "No orderbook exists for the requested token id",
            "the order owner has to be the owner of the API KEY",
            "Invalid order payload",
            "Invalid order payload",
            "",
        ]
        assert all(answer == REFUSED | {"errorMsg": answer["errorMsg"]} for answer in answers[1:-1])
        assert len(world.exchange.open_orders()) == 2


async def test_orders_of_a_batch_meet_what_came_before_them_in_it() -> None:
    async with counter() as world:
        world.supply(ALICE, 20)
        bodies = [world.body(world.order(SELL, "0.5", "20")), world.body(world.order(BUY, "0.5", "10"))]
        answers = await _send(world, bodies)
        assert [answer["status"] for answer in answers] == ["live", "matched"]
        assert len(answers[1]["tradeIDs"]) == 1


async def test_the_cash_of_a_batch_is_promised_only_once() -> None:
    async with counter() as world:
        bodies = [world.body(world.order(BUY, "0.5", "12000")) for _ in range(2)]
        answers = await _send(world, bodies)
        assert answers[0]["status"] == "live"
        assert "not enough balance / allowance" in answers[1]["errorMsg"]


async def test_in_post_only_mode_each_order_says_whether_it_was_taken() -> None:
    async with counter() as world:
        world.exchange.set_mode(TradingMode.POST_ONLY, world.now_ns)
        bodies = [
            world.body(world.order(BUY, "0.5", "10"), postOnly=True),
            world.body(world.order(BUY, "0.5", "10")),
        ]
        answers = await _send(world, bodies)
        assert answers[0]["status"] == "live"
        text = "post-only mode: only post-only orders and cancels are allowed"
        assert answers[1] == REFUSED | {"errorMsg": text}


async def test_a_stopped_exchange_refuses_the_whole_batch() -> None:
    async with counter() as world:
        for mode, status in (
            (TradingMode.RESTARTING, 425),
            (TradingMode.CANCEL_ONLY, 503),
            (TradingMode.DISABLED, 503),
        ):
            world.exchange.set_mode(mode, world.now_ns)
            answer = await world.ask("POST", "/orders", [world.body(world.order(BUY, "0.5", "10"))])
            assert answer.status_code == status
            assert list(answer.json()) == ["error"]
            assert ("retry-after" in answer.headers) == (mode is TradingMode.RESTARTING)


async def test_what_is_no_batch_is_refused_as_a_whole() -> None:
    async with counter() as world:
        body = world.body(world.order(BUY, "0.5", "10"))
        wrong: list[object] = [{}, [], "text", 7, body]
        for plain in wrong:
            answer = await world.ask("POST", "/orders", plain)
            assert (answer.status_code, answer.json()) == (400, {"error": "Invalid order payload"}), plain
        assert (await world.client.post("/orders", json=[body])).status_code == 401
        assert not world.exchange.open_orders()


async def test_a_batch_cannot_spend_another_keys_wallet() -> None:
    async with counter() as world:
        mine, theirs = (
            world.body(world.order(BUY, "0.5", "10")),
            world.body(world.order(BUY, "0.5", "10", key=BOB), key=BOB),
        )
        answers = await _send(world, [mine, theirs])
        assert [answer["errorMsg"] for answer in answers] == ["", "the order owner has to be the owner of the API KEY"]
        assert {view.order.market for view in world.exchange.open_orders()} == {PLAIN.market.market}


async def test_the_venues_client_tells_taken_orders_from_refused_ones() -> None:
    post = pytest.importorskip("polymarket._internal.actions.orders.post")
    async with counter() as world:
        world.supply(BOB, 20)
        await world.give(SELL, "0.5", "20", key=BOB)
        fok = evolve(world.order(BUY, "0.4", "1"), maker_amount=4_000_000, taker_amount=10_000_000)
        bodies = [
            world.body(world.order(BUY, "0.5", "10")),
            world.body(world.order(BUY, "0.4", "10")),
            world.body(world.order(BUY, "0.5", "10"), postOnly=True),
            world.body(fok, "FOK"),
            world.body(world.order(SELL, "0.9", "10")),
        ]
        results = post.parse_order_responses(await _send(world, bodies))
        assert [(result.ok, result.status if result.ok else result.code) for result in results] == [
            (True, "matched"),
            (True, "live"),
            (False, "post_only_would_cross"),
            (False, "fok_not_filled"),
            (False, "not_enough_balance"),
        ]

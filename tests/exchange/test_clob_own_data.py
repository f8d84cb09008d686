"""A key's own orders and trades, what builders' orders traded, and which orders earn rewards."""

from decimal import Decimal

import pytest

from polyactors.exchange.words import TradeStatus
from tests.exchange.order_counter import (
    ALICE,
    BOB,
    BUY,
    CAROL,
    NEG_RISK,
    NO,
    PLAIN,
    REWARDED,
    SELL,
    START_S,
    YES,
    Counter,
    Json,
    counter,
)

BUILDER = bytes(range(32))


async def _get(world: Counter, path: str, **more: Json) -> Json:
    answer = await world.ask("GET", path, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _traded(world: Counter) -> tuple[Json, Json]:
    """Bob's resting SELL of 20 at 0.5, and Alice's BUY of 15 that takes from it; as they were answered."""
    world.supply(BOB, 20)
    maker = await world.give(SELL, "0.5", "20", key=BOB)
    return maker, await world.give(BUY, "0.52", "15")


async def test_an_open_order_looks_as_the_venues() -> None:
    async with counter() as world:
        order = (await world.give(BUY, "0.48", "10.5", "GTD", expiration_s=START_S + 600, outcome=NO))["orderID"]
        document = {
            "id": order,
            "status": "LIVE",
            "owner": world.credentials().key,
            "maker_address": ALICE.address,
            "market": PLAIN.market.market,
            "asset_id": PLAIN.market.no_token,
            "side": "BUY",
            "original_size": "10.5",
            "size_matched": "0",
            "price": "0.48",
            "outcome": "Down",
            "expiration": str(START_S + 600),
            "order_type": "GTD",
            "associate_trades": [],
            "created_at": START_S,
        }
        assert await _get(world, f"/data/order/{order}") == document
        page = {"data": [document], "next_cursor": "LTE=", "limit": 500, "count": 1}
        assert await _get(world, "/data/orders") == page


async def test_an_order_is_shown_until_and_after_its_end_to_its_owner_alone() -> None:
    async with counter() as world:
        maker, taker = await _traded(world)
        found = await _get(world, f"/data/order/{maker['orderID']}", key=BOB)
        assert (found["status"], found["size_matched"]) == ("LIVE", "15")
        assert found["associate_trades"] == taker["tradeIDs"]
        assert (await _get(world, f"/data/order/{taker['orderID']}"))["status"] == "MATCHED"
        await world.ask("DELETE", "/cancel-all", key=BOB)
        assert (await _get(world, f"/data/order/{maker['orderID']}", key=BOB))["status"] == "CANCELED"
        for order in (maker["orderID"], "0x02", "text"):
            answer = await world.ask("GET", f"/data/order/{order}")
            assert (answer.status_code, answer.json()) == (404, {"error": "order not found"})


async def test_open_orders_are_found_by_id_market_and_token() -> None:
    async with counter() as world:
        orders = [
            (await world.give(BUY, "0.4", "10", on=on, outcome=outcome))["orderID"]
            for on, outcome in ((PLAIN, YES), (PLAIN, NO), (NEG_RISK, YES))
        ]
        await world.give(BUY, "0.3", "10", key=BOB)
        queries = {
            "": {0, 1, 2},
            f"market={PLAIN.market.market}": {0, 1},
            f"asset_id={PLAIN.market.no_token}": {1},
            f"market={NEG_RISK.market.market}&asset_id={PLAIN.market.no_token}": set(),
            f"id={orders[2]}": {2},
            "id=0x02": set(),
            "next_cursor=MA==&market=&asset_id=": {0, 1, 2},
        }
        for query, expected in queries.items():
            found = (await _get(world, f"/data/orders?{query}"))["data"]
            assert [row["id"] for row in found] == [orders[place] for place in sorted(expected)], query


@pytest.mark.parametrize("first", ["", "&next_cursor=MA=="])
async def test_every_row_is_on_one_page(first: str) -> None:
    async with counter(rows_a_page=4) as world:
        orders = [(await world.give(BUY, f"0.{10 + number}", "10"))["orderID"] for number in range(10)]
        found, query, sizes = [], first, []
        while True:
            page = await _get(world, f"/data/orders?market={PLAIN.market.market}{query}")
            found += [row["id"] for row in page["data"]]
            sizes.append(page["count"])
            if page["next_cursor"] == "LTE=":
                break
            query = f"&next_cursor={page['next_cursor']}"
        assert (found, sizes) == (orders, [4, 4, 2])
        for cursor in ("LTE=", "x", "4", "%ff"):
            assert (await world.ask("GET", f"/data/orders?next_cursor={cursor}")).status_code == 400


@pytest.mark.parametrize(("limit", "sizes"), [("3", [3, 3, 1]), ("1", [1] * 7), ("7", [7]), ("100000", [7])])
async def test_pages_are_as_long_as_was_asked(limit: str, sizes: list[int]) -> None:
    """`limit` was ignored: everything came on one page."""
    async with counter() as world:
        orders = [(await world.give(BUY, f"0.{10 + number}", "10"))["orderID"] for number in range(7)]
        found, counted, cursor = [], [], "MA=="
        while cursor != "LTE=":
            page = await _get(world, f"/data/orders?limit={limit}&next_cursor={cursor}")
            assert page["limit"] == min(int(limit), 500)
            found += [row["id"] for row in page["data"]]
            counted.append(page["count"])
            cursor = page["next_cursor"]
        assert (found, counted) == (orders, sizes)


async def test_pages_of_trades_are_as_long_as_was_asked_and_nonsense_is_refused() -> None:
    async with counter() as world:
        world.supply(BOB, 100)
        await world.give(SELL, "0.5", "100", key=BOB)
        for _ in range(3):
            await world.give(BUY, "0.5", "10")
        page = await _get(world, "/data/trades?limit=2")
        assert (page["count"], page["limit"], len(page["data"])) == (2, 2, 2)
        page = await _get(world, f"/data/trades?limit=2&next_cursor={page['next_cursor']}")
        assert (page["count"], page["next_cursor"]) == (1, "LTE=")
        for path, text in (
            ("/data/orders", "invalid order params payload"),
            ("/data/trades", "Invalid trade params payload"),
            ("/data/pre-migration-orders", "invalid order params payload"),
        ):
            for limit in ("0", "-1", "x", "1.5", "9" * 5000):
                answer = await world.ask("GET", f"{path}?limit={limit}")
                assert (answer.status_code, answer.json()) == (400, {"error": text}), (path, limit[:9])


async def test_a_trade_is_shown_to_its_taker_and_to_its_maker() -> None:
    async with counter() as world:
        maker, taker = await _traded(world)
        (trade,) = (await _get(world, "/data/trades"))["data"]
        expected = {
            "id": taker["tradeIDs"][0],
            "taker_order_id": taker["orderID"],
            "market": PLAIN.market.market,
            "asset_id": PLAIN.market.yes_token,
            "side": "BUY",
            "size": "15",
            "fee_rate_bps": "0",
            "price": "0.5",
            "status": "MATCHED",
            "match_time": str(START_S),
            "last_update": str(START_S),
            "outcome": "Up",
            "bucket_index": 0,
            "owner": world.credentials().key,
            "maker_address": ALICE.address,
            "transaction_hash": "",
            "trader_side": "TAKER",
            "maker_orders": [
                {
                    "order_id": maker["orderID"],
                    "owner": world.credentials(BOB).key,
                    "maker_address": BOB.address,
                    "matched_amount": "15",
                    "price": "0.5",
                    "fee_rate_bps": "0",
                    "asset_id": PLAIN.market.yes_token,
                    "outcome": "Up",
                    "outcome_index": 0,
                    "side": "SELL",
                }
            ],
        }
        assert trade == expected
        (trade,) = (await _get(world, "/data/trades", key=BOB))["data"]
        assert trade == expected | {"trader_side": "MAKER"}
        assert (await _get(world, "/data/trades", key=CAROL))["data"] == []


async def test_whoever_waits_for_a_trade_sees_it_settle() -> None:
    async with counter() as world:
        _, taker = await _traded(world)
        path, seen = f"/data/trades?id={taker['tradeIDs'][0]}&next_cursor=MA%3D%3D", []
        for _ in range(3):
            (trade,) = (await _get(world, path))["data"]
            seen.append((trade["status"], bool(trade["transaction_hash"]), int(trade["last_update"]) - START_S))
            world.wait(2)
        assert seen == [("MATCHED", False, 0), ("MINED", True, 2), ("CONFIRMED", True, 4)]
        for key in (CAROL,):
            assert (await _get(world, path, key=key))["data"] == []


async def test_a_trade_that_fails_is_told_as_failed() -> None:
    async with counter() as world:
        world.exchange.fail_next_trades(1)
        await _traded(world)
        world.wait(60)
        (trade,) = (await _get(world, "/data/trades"))["data"]
        assert trade["status"] == TradeStatus.FAILED.value


async def test_trades_are_found_by_token_wallet_and_time_newest_first() -> None:
    async with counter() as world:
        world.supply(BOB, 100)
        trades = []
        for outcome in (YES, NO, YES):
            await world.give(SELL, "0.5", "10", key=BOB, outcome=outcome)
            trades += (await world.give(BUY, "0.5", "10", outcome=outcome))["tradeIDs"]
            world.wait(10)
        queries = {
            "": [2, 1, 0],
            f"asset_id={PLAIN.market.no_token}": [1],
            f"maker_address={ALICE.address.lower()}": [2, 1, 0],
            f"maker_address={BOB.address}": [],
            f"market={PLAIN.market.market}": [2, 1, 0],
            f"market={NEG_RISK.market.market}": [],
            f"after={START_S}": [2, 1],
            f"before={START_S + 20}": [1, 0],
            f"after={START_S}&before={START_S + 20}": [1],
        }
        for query, expected in queries.items():
            found = (await _get(world, f"/data/trades?{query}"))["data"]
            assert [row["id"] for row in found] == [trades[place] for place in expected], query
        for query in ("after=x", "before=-1", "after=1.5", f"before={'9' * 30}"):
            answer = await world.ask("GET", f"/data/trades?{query}")
            assert (answer.status_code, answer.json()) == (400, {"error": "Invalid trade params payload"})


async def test_trades_of_a_market_that_is_gone_are_still_told() -> None:
    async with counter() as world:
        await _traded(world)
        world.wait(10)
        world.exchange.resolve(PLAIN.market.market, 10_000, world.now_ns)  # type: ignore[arg-type]
        for key in (ALICE, BOB):
            world.exchange.redeem(key.address, PLAIN.market.market, world.now_ns)  # type: ignore[arg-type]
        assert world.exchange.forget_market(PLAIN.market.market)
        (trade,) = (await _get(world, "/data/trades"))["data"]
        assert (trade["outcome"], trade["status"]) == ("Up", "CONFIRMED")


async def test_what_is_private_needs_a_key() -> None:
    async with counter() as world:
        for path in (
            "/data/orders",
            "/data/order/0x02",
            "/data/trades",
            "/data/pre-migration-orders",
            "/order-scoring",
        ):
            assert (await world.client.get(path)).status_code == 401
        assert (await world.client.post("/orders-scoring", json=[])).status_code == 401
        assert (await _get(world, "/data/pre-migration-orders?next_cursor=MA=="))["next_cursor"] == "LTE="


async def test_a_builders_trades_are_told_to_anybody_as_taker_and_as_maker() -> None:
    async with counter() as world:
        world.supply(BOB, 100)
        maker = await world.give(SELL, "0.5", "20", key=BOB, builder=BUILDER)
        await world.give(SELL, "0.51", "20", key=BOB)
        taker = await world.give(BUY, "0.52", "25", builder=BUILDER)
        answer = await world.client.get("/builder/trades", params={"builder_code": "0x" + BUILDER.hex()})
        assert answer.status_code == 200
        rows = answer.json()["data"]
        assert [(row["tradeType"], row["side"], row["size"], row["sizeUsdc"], row["owner"]) for row in rows] == [
            ("TAKER", "BUY", "5", "2.55", world.credentials().key),
            ("TAKER", "BUY", "20", "10", world.credentials().key),
            ("MAKER", "SELL", "20", "10", world.credentials(BOB).key),
        ]
        assert {row["takerOrderHash"] for row in rows} == {taker["orderID"]} != {maker["orderID"]}
        other = await world.client.get("/builder/trades", params={"builder_code": "0x" + "77" * 32})
        assert other.json() == {"data": [], "next_cursor": "LTE=", "limit": 500, "count": 0}
        for code in ("", "0x", "0x00", "0x" + "00" * 32, "text"):
            answer = await world.client.get("/builder/trades", params={"builder_code": code})
            assert (answer.status_code, answer.json()) == (400, {"error": "Invalid trade params payload"})


async def test_an_order_scores_when_it_is_large_near_the_middle_and_has_rested() -> None:
    async with counter() as world:
        for key, side, price in ((BOB, BUY, "0.48"), (BOB, SELL, "0.52")):
            world.supply(key, 200, REWARDED)
            await world.give(side, price, "50", key=key, on=REWARDED)
        far, near, small, other = [
            (await world.give(BUY, price, size, on=REWARDED, outcome=outcome))["orderID"]
            for price, size, outcome in (
                ("0.47", "50", YES),
                ("0.48", "50", NO),
                ("0.48", "49", YES),
                ("0.48", "50", YES),
            )
        ]
        elsewhere = (await world.give(BUY, "0.4", "100"))["orderID"]
        asked = [far, near, small, other, elsewhere, "0x02"]
        assert not any((await _scores(world, asked)).values())
        world.wait(4)
        expected = {far: False, near: True, small: False, other: True, elsewhere: False, "0x02": False}
        assert await _scores(world, asked) == expected
        for order, scoring in expected.items():
            assert await _get(world, f"/order-scoring?order_id={order}") == {"scoring": scoring}
            assert await _get(world, f"/order-scoring?order_id={order}", key=CAROL) == {"scoring": False}


async def _scores(world: Counter, orders: list[str]) -> Json:
    answer = await world.ask("POST", "/orders-scoring", orders)
    assert answer.status_code == 200
    return answer.json()


async def test_bad_questions_about_scoring_are_refused() -> None:
    async with counter() as world:
        assert (await world.ask("GET", "/order-scoring")).json() == {"error": "Invalid orderID"}
        for plain, text in (
            ({}, "Invalid payload"),
            ([7], "Invalid orderID"),
            (["x"] * 501, "Payload exceeds the limit"),
        ):
            answer = await world.ask("POST", "/orders-scoring", plain)
            assert (answer.status_code, answer.json()) == (400, {"error": text})


async def test_the_venues_client_understands_what_is_told() -> None:
    account = pytest.importorskip("polymarket._internal.actions.account")
    builders = pytest.importorskip("polymarket._internal.actions.builders")
    async with counter() as world:
        maker, _ = await _traded(world)
        await world.give(BUY, "0.3", "10", "GTD", expiration_s=START_S + 600, builder=BUILDER)
        (order,) = account.parse_open_orders_page(await _get(world, "/data/orders", key=BOB)).items
        assert (order.id, order.size_matched, order.expires_at) == (maker["orderID"], Decimal(15), None)
        world.wait(10)
        (trade,) = account.parse_account_trades_page(await _get(world, "/data/trades", key=BOB)).items
        assert (trade.status, trade.trader_side, trade.maker_orders[0].matched_amount) == ("CONFIRMED", "MAKER", 15)
        await world.give(BUY, "0.5", "5", builder=BUILDER)
        page = (await world.client.get("/builder/trades", params={"builder_code": "0x" + BUILDER.hex()})).json()
        (built,) = builders.parse_builder_trades_page(page).items
        assert (built.size, built.size_usdc, built.outcome_index) == (5, Decimal("2.5"), 0)

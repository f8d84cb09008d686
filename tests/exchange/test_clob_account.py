"""Balances, allowances and notifications of whoever has a key, in the shapes that the clients read."""

import time
from typing import Any

import pytest

from messages.identity import OrderId, Outcome
from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, ONE, SHARE_SCALE, Cash, Price, Shares
from polyactors.exchange.chain.approvals import UNLIMITED
from polyactors.exchange.clob.notifications import MOST_KEPT
from polyactors.exchange.words import ApiKey, NewOrder, OrderType, Placed, Wallet
from polyactors.venues.polymarket.signing.addresses import (
    CONDITIONAL_TOKENS,
    EXCHANGE_V2,
    EXCHANGE_V3,
    NEG_RISK_EXCHANGE_V2,
)
from polyactors.venues.polymarket.signing.wallets import (
    beacon_deposit_wallet,
    proxy_wallet,
    safe_wallet,
    uups_deposit_wallet,
)
from tests.exchange.clob_world import KEY, OTHER_KEY, REWARDED, ClobWorld, clob_world, newest_client, reached_by_clients
from tests.exchange.trading_floor import ALICE, BOB, BUY, NO, PLAIN, START_NS, YES

DAY_NS = 24 * 3600 * NANOSECONDS_PER_SECOND


def ordered(world: ClobWorld, number: int, price: float, shares: float, outcome: Outcome = YES) -> NewOrder:
    """A BUY of the key's own EOA, given under its key."""
    order = NewOrder(
        order=OrderId(f"0xff{number:062x}"),
        wallet=Wallet(KEY.address),
        owner=ApiKey(world.key().key),
        market=PLAIN.market,
        outcome=outcome,
        side=BUY,
        price=Price(round(price * 10_000)),
        size=Shares(round(shares * SHARE_SCALE)),
        order_type=OrderType.GTC,
    )
    assert isinstance(world.exchange.submit(order, world.floor.now_ns), Placed)
    return order


async def notified(world: ClobWorld) -> list[dict[str, Any]]:
    answer = await world.private("GET", "/notifications", signature_type=0)
    assert answer.status_code == 200
    rows: list[dict[str, Any]] = answer.json()
    return rows


async def balance(world: ClobWorld, **query: object) -> dict[str, Any]:
    answer = await world.private("GET", "/balance-allowance", **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


WALLETS = (KEY.address, proxy_wallet(KEY.address), safe_wallet(KEY.address), uups_deposit_wallet(KEY.address))


@pytest.mark.parametrize("signature_type, wallet", tuple(enumerate(WALLETS)))
async def test_each_type_of_signature_has_its_own_wallet(signature_type: int, wallet: str) -> None:
    async with clob_world() as world:
        world.exchange.deposit(Wallet(wallet), Cash(5 * CASH_SCALE), world.floor.now_ns)
        found = await balance(world, asset_type="COLLATERAL", signature_type=signature_type)
        assert found["balance"] == str(10_005 * CASH_SCALE)
        assert found["allowances"][EXCHANGE_V2] == found["allowances"][EXCHANGE_V3] == str(UNLIMITED)


async def test_of_the_deposit_wallets_the_one_in_use_is_meant() -> None:
    async with clob_world() as world:
        world.exchange.deposit(Wallet(beacon_deposit_wallet(KEY.address)), Cash(CASH_SCALE), world.floor.now_ns)
        found = await balance(world, asset_type="COLLATERAL", signature_type=3)
        assert found["balance"] == str(10_001 * CASH_SCALE)


async def test_shares_and_who_may_move_them_are_told_by_token() -> None:
    async with clob_world() as world:
        wallet = Wallet(KEY.address)
        world.exchange.split(wallet, PLAIN.market, Shares(7 * SHARE_SCALE), world.floor.now_ns)
        world.approvals.set_operator(wallet, CONDITIONAL_TOKENS, EXCHANGE_V2, False)
        found = await balance(world, asset_type="CONDITIONAL", token_id=PLAIN.no_token)
        assert found["balance"] == str(7 * SHARE_SCALE)
        assert found["allowances"][EXCHANGE_V2] == "0" and EXCHANGE_V3 not in found["allowances"]
        assert found["allowances"][NEG_RISK_EXCHANGE_V2] == str(UNLIMITED)
        of_two = await balance(world, asset_type="CONDITIONAL-V2", token_id=REWARDED.yes_token)
        assert of_two["balance"] == "0" and of_two["allowances"][EXCHANGE_V3] == str(UNLIMITED)
        assert (await balance(world, asset_type="CONDITIONAL", token_id="12"))["balance"] == "0"


async def test_an_allowance_that_was_taken_back_shows() -> None:
    async with clob_world() as world:
        world.approvals.allow(Wallet(KEY.address), EXCHANGE_V2, 12)
        found = await balance(world, asset_type="COLLATERAL")
        assert found["allowances"][EXCHANGE_V2] == "12"
        updated = await world.private("GET", "/balance-allowance/update", asset_type="COLLATERAL")
        assert updated.json() == found


@pytest.mark.parametrize(
    "query, text",
    [
        ({}, "Invalid asset type"),
        ({"asset_type": "collateral"}, "Invalid asset type"),
        ({"asset_type": "CONDITIONAL"}, "Invalid token id"),
        ({"asset_type": "CONDITIONAL", "token_id": "0x12"}, "Invalid token id"),
        ({"asset_type": "COLLATERAL", "signature_type": "4"}, "Invalid signature_type"),
        ({"asset_type": "COLLATERAL", "signature_type": "-1"}, "Invalid signature_type"),
        ({"asset_type": "COLLATERAL", "signature_type": "\u0661"}, "Invalid signature_type"),
        ({"asset_type": "COLLATERAL", "signature_type": "1" * 5000}, "Invalid signature_type"),
    ],
)
async def test_questions_for_a_balance_that_make_no_sense_are_refused(query: dict[str, str], text: str) -> None:
    async with clob_world() as world:
        answer = await world.private("GET", "/balance-allowance", **query)
        assert (answer.status_code, answer.json()) == (400, {"error": text})


async def test_nothing_about_an_account_is_told_without_its_key() -> None:
    async with clob_world() as world:
        for method, path in (
            ("GET", "/balance-allowance"),
            ("GET", "/balance-allowance/update"),
            ("GET", "/notifications"),
            ("DELETE", "/notifications"),
            ("GET", "/auth/ban-status/closed-only"),
            ("GET", "/rewards/user"),
            ("GET", "/rewards/user/total"),
            ("GET", "/rewards/user/markets"),
            ("GET", "/rewards/user/percentages"),
        ):
            answer = await world.client.request(method, path)
            assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized/Invalid api key"}), path


async def test_fills_and_cancels_are_notified_to_the_owner_alone() -> None:
    async with clob_world() as world:
        world.key(OTHER_KEY)
        order = ordered(world, 1, 0.48, 10)
        world.floor.placed(ALICE, BUY, NO, 0.52, 6)
        world.exchange.cancel([order.order], order.owner, world.floor.now_ns)
        cancelled, filled = await notified(world)
        assert (cancelled["type"], filled["type"]) == (1, 2)
        assert cancelled["owner"] == order.owner and cancelled["timestamp"] == START_NS // NANOSECONDS_PER_SECOND
        assert filled["payload"]["order_id"] == order.order
        assert filled["payload"]["matched_size"] == "6" and filled["payload"]["remaining_size"] == "4"
        assert (filled["payload"]["side"], filled["payload"]["price"]) == ("BUY", "0.48")
        assert filled["payload"]["trade_id"] and filled["payload"]["market"] == PLAIN.market
        assert cancelled["payload"]["original_size"] == "10" and cancelled["payload"]["trade_id"] == ""
        assert (await world.private("GET", "/notifications", OTHER_KEY)).json() == []


async def test_a_trade_that_failed_is_notified() -> None:
    async with clob_world() as world:
        world.exchange.fail_next_trades(1)
        ordered(world, 1, 0.48, 10)
        world.floor.placed(ALICE, BUY, NO, 0.52, 10)
        world.floor.wait(10)
        assert [row["type"] for row in await notified(world)] == [8, 2]


async def test_whoever_holds_shares_hears_of_the_resolution_and_of_rewards() -> None:
    async with clob_world() as world:
        ordered(world, 1, 0.48, 10)
        world.floor.placed(ALICE, BUY, NO, 0.52, 10)
        world.floor.wait(10)
        world.exchange.resolve(PLAIN.market, ONE, world.floor.now_ns)
        world.exchange.pay_reward(Wallet(KEY.address), PLAIN.market, Cash(2_500_000), world.floor.now_ns)
        world.exchange.pay_reward(ALICE, PLAIN.market, Cash(2_500_000), world.floor.now_ns)
        reward, resolved, _ = await notified(world)
        assert (reward["type"], reward["payload"]["reward"]) == (5, "2.5")
        assert (resolved["type"], resolved["payload"]["condition_id"]) == (4, PLAIN.market)
        assert [token["winner"] for token in resolved["payload"]["tokens"]] == [True, False]


async def test_notifications_are_dropped_by_number_and_forgotten_after_two_days() -> None:
    async with clob_world() as world:
        for number in (1, 2, 3):
            order = ordered(world, number, 0.4, 10)
            world.exchange.cancel([order.order], order.owner, world.floor.now_ns)
            world.floor.now_ns += DAY_NS // 2
        rows = await notified(world)
        assert len(rows) == 3
        for wrong in ("x", "1,-2", "1,", "9" * 5000, ",".join("1" * 9000)):
            answer = await world.private("DELETE", "/notifications", ids=wrong)
            assert answer.status_code == (200 if wrong == "1," else 400)
        assert [row["id"] for row in await notified(world)] == [rows[0]["id"], rows[1]["id"]]
        dropped = await world.private("DELETE", "/notifications", ids=f"{rows[0]['id']},999")
        assert dropped.text == '"OK"'
        assert [row["id"] for row in await notified(world)] == [rows[1]["id"]]
        world.floor.now_ns = START_NS + DAY_NS // 2 + 2 * DAY_NS - 1
        assert len(await notified(world)) == 1
        world.floor.now_ns += 1
        assert await notified(world) == []


async def test_nobody_drops_the_notifications_of_another() -> None:
    async with clob_world() as world:
        order = ordered(world, 1, 0.4, 10)
        world.exchange.cancel([order.order], order.owner, world.floor.now_ns)
        assert (await world.private("DELETE", "/notifications", OTHER_KEY, ids="1")).status_code == 200
        assert [row["id"] for row in await notified(world)] == [1]


async def test_the_newest_notifications_are_kept() -> None:
    async with clob_world() as world:
        for number in range(MOST_KEPT + 5):
            order = ordered(world, number, 0.4, 10)
            world.exchange.cancel([order.order], order.owner, world.floor.now_ns)
        rows = await notified(world)
        assert len(rows) == MOST_KEPT and rows[0]["id"] == MOST_KEPT + 5


async def test_what_simulated_traders_do_is_not_kept() -> None:
    async with clob_world() as world:
        world.floor.placed(ALICE, BUY, YES, 0.5, 10)
        world.exchange.cancel_all(ApiKey(ALICE), world.floor.now_ns)
        ordered(world, 1, 0.5, 10)
        world.floor.placed(BOB, BUY, NO, 0.5, 10)
        assert [row["type"] for row in await notified(world)] == [2]
        assert [world.notifications.of(ApiKey(trader), START_NS) for trader in (ALICE, BOB)] == [[], []]


def test_the_newest_client_reads_every_kind_of_notification(monkeypatch: pytest.MonkeyPatch) -> None:
    world = ClobWorld(time.time_ns)
    client = newest_client(monkeypatch, world)
    order = ordered(world, 1, 0.48, 10)
    world.floor.placed(ALICE, BUY, NO, 0.52, 6)
    world.exchange.cancel([order.order], order.owner, world.floor.now_ns)
    world.exchange.fail_next_trades(1)
    ordered(world, 2, 0.48, 10)
    world.floor.placed(ALICE, BUY, NO, 0.52, 10)
    world.floor.wait(10)
    world.exchange.pay_reward(Wallet(KEY.address), PLAIN.market, Cash(2_500_000), world.floor.now_ns)
    world.exchange.resolve(PLAIN.market, ONE, world.floor.now_ns)
    found = client.get_notifications()
    assert [int(each.type) for each in found] == [4, 5, 8, 2, 1, 2]
    client.drop_notifications(ids=[each.id for each in found[1:]])
    assert [int(each.type) for each in client.get_notifications()] == [4]
    bought = client.get_balance_allowance(asset_type="CONDITIONAL", token_id=PLAIN.yes_token)
    assert bought.balance == 6 * SHARE_SCALE
    assert client.get_balance_allowance(asset_type="COLLATERAL").allowances[EXCHANGE_V2] == UNLIMITED
    client.close()


def test_the_older_clients_read_balances(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = pytest.importorskip("py_clob_client_v2")
    kinds = pytest.importorskip("py_clob_client_v2.clob_types")
    older = pytest.importorskip("py_clob_client.client")
    older_kinds = pytest.importorskip("py_clob_client.clob_types")
    world = ClobWorld(time.time_ns)
    reached_by_clients(monkeypatch, world)
    key = "0x" + "00" * 31 + "07"
    first = newer.ClobClient("http://127.0.0.1:1", 137, key=key)
    first.set_api_creds(first.create_or_derive_api_key())
    second = older.ClobClient("http://127.0.0.1:1", chain_id=137, key=key)
    second.set_api_creds(second.create_or_derive_api_creds())
    asked = kinds.BalanceAllowanceParams(asset_type=kinds.AssetType.COLLATERAL)
    asked_before = older_kinds.BalanceAllowanceParams(asset_type=older_kinds.AssetType.COLLATERAL)
    found = first.get_balance_allowance(asked)
    assert found["balance"] == str(10_000 * CASH_SCALE)
    assert second.get_balance_allowance(asked_before) == first.update_balance_allowance(asked) == found
    assert first.get_notifications() == second.get_notifications() == []
    assert first.drop_notifications(kinds.DropNotificationParams(ids=["1"])) == "OK"

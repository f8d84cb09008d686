"""POST /order: every wallet and version, what is refused and in which words, and what the answer looks like."""

from typing import Any

import pytest
from attrs import evolve

from messages.identity import TokenId
from messages.units import SHARE_SCALE, Shares, TickSize
from polyactors.exchange.clob.order_entry import EntryRules
from polyactors.exchange.words import TradingMode, Wallet
from polyactors.venues.polymarket.signing.orders import SignatureType
from polyactors.venues.polymarket.signing.sign_order import sign_order
from polyactors.venues.polymarket.signing.wallets import beacon_deposit_wallet
from tests.exchange.order_counter import (
    ALICE,
    BOB,
    BUY,
    CAROL,
    DELAYED,
    FINE,
    LISTINGS,
    NEG_RISK,
    NO,
    PLAIN,
    PROTOCOL_TWO,
    SELL,
    START_S,
    Counter,
    as_v1,
    counter,
    domain_of,
    id_of,
    wire_order,
)
from tests.venues.polymarket.signed_orders import wallet_of

RESTING = {"errorMsg": "", "takingAmount": "", "makingAmount": "", "status": "live", "success": True}
LISTING_NAMES = ("plain", "neg risk", "protocol two", "delayed", "rewarded", "fine")


@pytest.mark.parametrize("on", LISTINGS, ids=LISTING_NAMES)
@pytest.mark.parametrize("signature_type", SignatureType)
async def test_an_order_of_each_wallet_rests_under_its_digest_in_each_kind_of_market(
    on: Any, signature_type: SignatureType
) -> None:
    async with counter() as world:
        order = world.order(BUY, "0.48", "10", on=on, signature_type=signature_type)
        answer = await world.ask("POST", "/order", world.body(order, on=on))
        assert answer.status_code == 200
        assert answer.json() == RESTING | {"orderID": id_of(order, on)}
        (view,) = world.exchange.open_orders()
        assert view.order.wallet == wallet_of(ALICE, signature_type)
        assert view.order.owner == world.credentials().key
        assert (view.order.price, view.order.size) == (4800, 10 * SHARE_SCALE)


async def test_a_match_tells_what_was_made_and_taken_in_decimals_and_its_trades() -> None:
    async with counter() as world:
        world.supply(BOB, 100)
        await world.give(SELL, "0.5", "5", key=BOB)
        await world.give(SELL, "0.51", "20", key=BOB)
        answer = await world.give(BUY, "0.52", "10.5")
        trades = answer.pop("tradeIDs")
        assert len(trades) == 2
        assert answer.pop("orderID").startswith("0x")
        # 5 shares at 0.50 and 5.5 at 0.51.
        assert answer == RESTING | {"status": "matched", "makingAmount": "5.305", "takingAmount": "10.5"}


async def test_a_sell_makes_shares_and_takes_cash() -> None:
    async with counter() as world:
        world.supply(ALICE, 100)
        await world.give(BUY, "0.4", "30", key=BOB)
        answer = await world.give(SELL, "0.4", "10")
        assert (answer["makingAmount"], answer["takingAmount"]) == ("10", "4")


async def test_a_budget_buys_at_the_prices_of_the_book_until_it_is_spent() -> None:
    async with counter() as world:
        world.supply(BOB, 100)
        await world.give(SELL, "0.52", "90", key=BOB)
        # As the clients write 10 pUSD at 0.52: 19.2307 shares.
        order = evolve(world.order(BUY, "0.52", "1"), maker_amount=10_000_000, taker_amount=19_230_700)
        answer = (await world.ask("POST", "/order", world.body(order, "FOK"))).json()
        assert answer["status"] == "matched"
        assert (answer["makingAmount"], answer["takingAmount"]) == ("9.9996", "19.23")


async def test_a_taker_that_has_to_wait_is_delayed() -> None:
    async with counter() as world:
        world.supply(BOB, 100, DELAYED)
        await world.give(SELL, "0.5", "10", key=BOB, on=DELAYED)
        answer = await world.give(BUY, "0.5", "10", on=DELAYED)
        assert answer == RESTING | {"status": "delayed", "orderID": answer["orderID"]}
        world.wait(2)
        found = (await world.ask("GET", f"/data/order/{answer['orderID']}")).json()
        assert (found["status"], found["size_matched"]) == ("MATCHED", "10")


async def test_the_same_order_again_is_a_duplicate_and_changes_nothing() -> None:
    async with counter() as world:
        order = world.order(BUY, "0.48", "10")
        body = world.body(order)
        assert (await world.ask("POST", "/order", body)).status_code == 200
        assert await world.refused(body) == f"order {id_of(order)} is invalid. Duplicated."


async def test_an_order_of_the_first_version_is_refused_unless_it_is_allowed() -> None:
    async with counter() as world:
        body = world.body(as_v1(world.order(BUY, "0.48", "10")))
        assert await world.refused(body) == "order_version_mismatch"
    async with counter(rules=EntryRules(accepts_v1=True)) as world:
        order = as_v1(world.order(BUY, "0.48", "10"))
        assert (await world.ask("POST", "/order", world.body(order))).json()["orderID"] == id_of(order)


async def test_the_owner_has_to_be_the_key_of_the_request() -> None:
    async with counter() as world:
        body = world.body(world.order(BUY, "0.48", "10")) | {"owner": world.credentials(BOB).key}
        assert await world.refused(body) == "the order owner has to be the owner of the API KEY"


async def test_the_signer_has_to_be_the_address_of_the_key() -> None:
    async with counter() as world:
        body = world.body(world.order(BUY, "0.48", "10", key=BOB), key=BOB) | {"owner": world.credentials().key}
        assert await world.refused(body) == "the order signer address has to be the address of the API KEY"


async def test_an_order_that_was_signed_for_another_exchange_has_no_valid_signature() -> None:
    async with counter() as world:
        for on, meant in ((PLAIN, NEG_RISK), (NEG_RISK, PLAIN), (PROTOCOL_TWO, PLAIN)):
            order = world.order(BUY, "0.48", "10", on=on)
            body = world.body(order, on=on) | {"order": wire_order(sign_order(order, domain_of(meant, order), ALICE))}
            assert await world.refused(body) == "invalid signature"


@pytest.mark.parametrize("signature_type", SignatureType)
async def test_a_wallet_of_somebody_else_cannot_be_spent(signature_type: SignatureType) -> None:
    async with counter() as world:
        order = world.order(BUY, "0.48", "10", signature_type=signature_type)
        foreign = wallet_of(BOB, signature_type)
        signer = foreign if signature_type is SignatureType.DEPOSIT_WALLET else order.signer
        body = world.body(evolve(order, maker=foreign, signer=signer))
        assert await world.refused(body) == "invalid signature"


@pytest.mark.parametrize(
    "name", ["salt", "maker", "tokenId", "makerAmount", "takerAmount", "side", "timestamp", "builder"]
)
async def test_a_signed_field_that_was_changed_breaks_the_signature(name: str) -> None:
    async with counter() as world:
        body = world.body(world.order(BUY, "0.5", "10"))
        changed = {
            "salt": 77,
            "maker": BOB.address,
            "tokenId": PLAIN.market.no_token,
            "makerAmount": "5100000",
            "takerAmount": "9000000",
            "side": "SELL",
            "timestamp": "1",
            "builder": "0x" + "12" * 32,
        }
        body["order"][name] = changed[name]
        assert await world.refused(body) == "invalid signature"


async def test_a_session_key_signs_for_the_wallet_that_knows_it() -> None:
    wallet = Wallet(beacon_deposit_wallet(BOB.address))

    def knows(of: str, session_key: str) -> bool:
        return (of, session_key) == (wallet, ALICE.address)

    for has_session, status in ((knows, 200), (lambda of, session_key: False, 400)):
        async with counter(has_session=has_session) as world:
            order = world.order(BUY, "0.5", "10", key=BOB, signature_type=SignatureType.DEPOSIT_WALLET)
            answer = await world.ask("POST", "/order", world.body(order, as_session=True))
            assert answer.status_code == status
            assert [view.order.wallet for view in world.exchange.open_orders()] == [wallet] * (status == 200)


async def test_a_token_that_is_not_listed_has_no_book() -> None:
    async with counter() as world:
        order = evolve(world.order(BUY, "0.5", "10"), token_id=TokenId(str(2**255)))
        text = await world.refused(world.body(order), status=404)
        assert text == "No orderbook exists for the requested token id"


async def test_a_price_off_the_grid_is_named_with_the_grid() -> None:
    async with counter() as world:
        order = world.order(BUY, "0.487", "10")
        text = await world.refused(world.body(order))
        assert text == f"order {id_of(order)} is invalid. Price (0.487) breaks minimum tick size rule: 0.01"


async def test_a_tick_that_became_finer_lets_finer_prices_in() -> None:
    async with counter() as world:
        world.exchange.change_tick_size(PLAIN.market.market, TickSize(10), world.now_ns)
        answer = await world.give(BUY, "0.487", "10.01")
        assert answer["status"] == "live"


async def test_a_size_below_the_minimum_is_named_with_the_minimum() -> None:
    async with counter() as world:
        order = world.order(BUY, "0.5", "4.99")
        text = await world.refused(world.body(order))
        assert text == f"order {id_of(order)} is invalid. Size (4.99) lower than the minimum: 5"


async def test_more_than_the_wallet_has_is_refused_with_both_amounts() -> None:
    async with counter() as world:
        text = await world.refused(world.body(world.order(BUY, "0.5", "20000.5")))
        assert text == (
            "not enough balance / allowance: the balance is not enough -> "
            "balance: 10000000000, order amount: 10000250000"
        )
        text = await world.refused(world.body(world.order(SELL, "0.5", "5")))
        assert text.endswith("balance: 0, order amount: 5000000")


async def test_the_maker_is_whose_money_counts_not_the_signer() -> None:
    async with counter() as world:
        order = world.order(SELL, "0.5", "5", signature_type=SignatureType.SAFE)
        world.supply(ALICE, 50)
        assert "not enough balance" in await world.refused(world.body(order))
        safe, sets = Wallet(order.maker), Shares(5 * SHARE_SCALE)
        assert world.exchange.split(safe, PLAIN.market.market, sets, world.now_ns) is None
        assert (await world.ask("POST", "/order", world.body(order))).json()["status"] == "live"


@pytest.mark.parametrize(
    ("order_type", "seconds", "is_taken"),
    [("GTD", 61, True), ("GTD", 60, False), ("GTD", -5, False), ("GTC", 600, False), ("FAK", 600, False)],
)
async def test_only_a_gtd_order_expires_and_not_within_the_venues_margin(
    order_type: str, seconds: int, is_taken: bool
) -> None:
    async with counter() as world:
        body = world.body(world.order(BUY, "0.5", "10"), order_type, expiration_s=START_S + seconds)
        if is_taken:
            assert (await world.ask("POST", "/order", body)).status_code == 200
            world.wait(seconds - 60)
            assert not world.exchange.open_orders()
        else:
            assert await world.refused(body) == "invalid expiration"


async def test_a_gtd_order_without_expiration_and_one_in_the_far_future_are_refused() -> None:
    async with counter() as world:
        assert await world.refused(world.body(world.order(BUY, "0.5", "10"), "GTD")) == "invalid expiration"
        body = world.body(world.order(BUY, "0.5", "10"), "GTD", expiration_s=10**30)
        assert await world.refused(body) == "invalid expiration"


async def test_post_only_rests_and_never_takes() -> None:
    async with counter() as world:
        world.supply(BOB, 100)
        await world.give(SELL, "0.5", "10", key=BOB, postOnly=True)
        body = world.body(world.order(BUY, "0.5", "10"), postOnly=True)
        assert await world.refused(body) == "invalid post-only order: order crosses book"
        body = world.body(world.order(BUY, "0.5", "10"), "FAK", postOnly=True)
        assert await world.refused(body) == "Invalid order payload"


async def test_what_cannot_be_filled_at_once_is_killed_in_the_venues_words() -> None:
    async with counter() as world:
        body = world.body(world.order(BUY, "0.5", "10"), "FOK")
        text = "order couldn't be fully filled. FOK orders are fully filled or killed."
        assert await world.refused(body) == text
        body = world.body(world.order(BUY, "0.5", "10"), "FAK")
        assert "no orders found to match with FAK order" in await world.refused(body)


async def test_a_marketable_buy_has_to_be_worth_a_dollar() -> None:
    async with counter() as world:
        world.supply(BOB, 100)
        await world.give(SELL, "0.5", "10", key=BOB)
        order = evolve(world.order(BUY, "0.5", "1"), maker_amount=990_000, taker_amount=1_980_000)
        text = "invalid amount for a marketable BUY order ($0.99), min size: $1"
        assert await world.refused(world.body(order, "FAK")) == text


@pytest.mark.parametrize(
    ("maker", "taker", "order_type", "text"),
    [
        (0, 10_000_000, "GTC", "Invalid order payload"),
        (5_000_000, 0, "GTC", "Invalid order payload"),
        (10**30, 10**30, "GTC", "Invalid order payload"),
        (2**256 - 1, 2**256 - 1, "FOK", "Invalid order payload"),
        (2**256, 10_000_000, "GTC", "Invalid order payload"),
        (5_000_005, 10_000_010, "GTC", "invalid amounts, the buy orders maker amount supports a max accuracy of 4 "),
        (5_000_001, 10_000_000, "GTC", "invalid amounts, the maker amount for a $0.5 order of size 10 should be '5'"),
        (5_001_000, 10_000_000, "FOK", "invalid amounts, the market buy orders maker amount supports a max accuracy "),
        (5_000_000, 10_000_001, "FOK", "invalid amounts, the market buy orders maker amount supports a max accuracy "),
    ],
)
async def test_amounts_that_no_price_has_are_refused(maker: int, taker: int, order_type: str, text: str) -> None:
    async with counter() as world:
        body = world.body(world.order(BUY, "0.5", "10"), order_type)
        order = evolve(world.order(BUY, "0.5", "10"), maker_amount=maker, taker_amount=taker)
        if maker < 2**256:
            body = world.body(order, order_type)
        else:
            body["order"]["makerAmount"] = str(maker)
        assert (await world.refused(body)).startswith(text)


async def test_the_four_decimals_of_market_orders_can_be_insisted_upon() -> None:
    for strict, status in ((False, 200), (True, 400)):
        async with counter(rules=EntryRules(strict_market_decimals=strict)) as world:
            world.supply(BOB, 100, FINE)
            await world.give(SELL, "0.985", "50", key=BOB, on=FINE)
            order = evolve(world.order(BUY, "0.5", "1", on=FINE), maker_amount=9_980_000, taker_amount=10_131_970)
            answer = await world.ask("POST", "/order", world.body(order, "FAK", on=FINE))
            assert answer.status_code == status


@pytest.mark.parametrize(
    ("mode", "status", "text"),
    [
        (TradingMode.RESTARTING, 425, "matching engine restarting"),
        (TradingMode.CANCEL_ONLY, 503, "Trading is currently cancel-only."),
        (TradingMode.DISABLED, 503, "Trading is currently disabled."),
    ],
)
async def test_a_stopped_exchange_takes_no_orders(mode: TradingMode, status: int, text: str) -> None:
    async with counter() as world:
        world.exchange.set_mode(mode, world.now_ns)
        assert (await world.refused(world.body(world.order(BUY, "0.5", "10")), status=status)).startswith(text)


async def test_after_a_restart_only_post_only_orders_are_taken_and_the_wait_is_told() -> None:
    async with counter() as world:
        world.exchange.set_mode(TradingMode.RESTARTING, world.now_ns)
        world.exchange.set_mode(TradingMode.NORMAL, world.now_ns)
        world.wait(41)
        answer = await world.ask("POST", "/order", world.body(world.order(BUY, "0.5", "10")))
        assert answer.status_code == 503
        assert answer.json() == {
            "error": "post-only mode: only post-only orders and cancels are allowed",
            "code": "post_only_mode",
            "retry_after_seconds": 79,
        }
        assert answer.headers["retry-after"] == "79"
        assert (await world.give(BUY, "0.5", "10", postOnly=True))["status"] == "live"
        world.wait(79)
        assert (await world.give(BUY, "0.5", "10"))["status"] == "live"


async def test_nobody_without_a_key_is_heard() -> None:
    async with counter() as world:
        body = world.body(world.order(BUY, "0.5", "10"))
        answer = await world.client.post("/order", json=body)
        assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized/Invalid api key"})
        answer = await world.ask("POST", "/order", body, key=CAROL)
        assert answer.json() == {"error": "the order owner has to be the owner of the API KEY"}


def _broken(world: Counter) -> list[object]:
    """A right order with one thing wrong, in every way."""
    right = world.body(world.order(BUY, "0.5", "10", outcome=NO))
    broken: list[object] = [None, 7, "text", [], [right], {}, {"order": None}, {"order": right["order"]}]
    bad_values: list[object] = [None, True, -1, 1.5, "", "x", "-1", "1e3", "٣", [], {}, "9" * 80, "\ud800"]
    for name in right["order"]:
        broken.append(right | {"order": {key: value for key, value in right["order"].items() if key != name}})
        broken += [right | {"order": right["order"] | {name: value}} for value in bad_values]
    for name in ("owner", "orderType", "postOnly", "deferExec"):
        bad_envelopes: list[object] = [None, "true", "gtc", 1, [], {}]
        broken += [right | {name: value} for value in bad_envelopes]
    return broken


async def test_whatever_is_wrong_with_a_body_it_is_answered_as_an_error_and_changes_nothing() -> None:
    async with counter() as world:
        before = world.exchange.totals()
        for plain in _broken(world):
            answer = await world.ask("POST", "/order", plain, body=b"null" if plain is None else None)
            assert answer.status_code in (400, 404), (plain, answer.text)
            assert list(answer.json()) == ["error"]
        for body in (b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b'{"order":NaN}'):
            answer = await world.ask("POST", "/order", body=body)
            assert (answer.status_code, answer.json()) == (400, {"error": "Invalid order payload"})
        assert world.exchange.totals() == before
        assert not world.exchange.open_orders()

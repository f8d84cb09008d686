"""Orders of the first version at an exchange that takes them, over real sockets, posted by the official client in its
own process."""

import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from attrs import evolve

from actors.execution.live.words import (
    CancelOutcome,
    InDoubt,
    NotSent,
    NotSigned,
    PostOutcome,
    Refused,
    Taken,
    VenueOrder,
    VenueOrderStatus,
    VenueTradeStatus,
)
from messages.identity import Outcome, Side, TokenId
from messages.intents import TimeInForce
from messages.units import NANOSECONDS_PER_SECOND, parse_shares
from polyactors.exchange.clob.order_entry import EntryRules
from polyactors.exchange.faults.kinds import (
    FailAfterwards,
    Fault,
    LateAnswer,
    LoseAnswer,
    RateLimited,
    RestrictedMode,
)
from polyactors.exchange.words import TradingMode
from polyactors.venues.polymarket.first_client.desk import FirstClientDesk
from polyactors.venues.polymarket.first_client.opening import FirstClientOffice
from polyactors.venues.polymarket.live_account.fee_rates import FeeRates
from polyactors.venues.polymarket.live_account.opening import CannotOpen
from polyactors.venues.polymarket.live_account.settings import AccountSettings
from polyactors.venues.polymarket.live_account.signer_keeper import OpenSigner
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.rest.calling import Timeouts
from polyactors.venues.polymarket.rest.failures import Failure, Unreachable
from polyactors.venues.polymarket.signing.orders import SignatureType
from tests.venues.polymarket.live_account_world import PATIENT, SETTINGS, AccountWorld, Trader, account_world, new_key

pytest.importorskip("py_clob_client")

SPEAKS_V1 = evolve(SETTINGS, orders=EntryRules(accepts_v1=True))
IMPATIENT = Timeouts(question_s=20.0, action_s=1.0)
KINDS = [kind for kind in SignatureType if kind is not SignatureType.DEPOSIT_WALLET]


@asynccontextmanager
async def first_world() -> AsyncIterator[AccountWorld]:
    """It begins now: the official client signs its requests with the machine's time."""
    async with account_world(SPEAKS_V1, time.time_ns()) as world:
        yield world


@asynccontextmanager
async def first_trader(
    world: AccountWorld,
    kind: SignatureType = SignatureType.EOA,
    *,
    settings: AccountSettings | None = None,
    timeouts: Timeouts = PATIENT,
    open_one: OpenSigner | None = None,
    listens: bool = False,
) -> AsyncIterator[Trader]:
    key = new_key()
    settings = evolve(settings or world.settings_for(key, kind), order_version=OrderVersion.V1, timeouts=timeouts)
    markets = [each.market for each in (*world.listings(), *world.listings(neg_risk=True))]
    async with world.trader(key, settings, markets=markets, open_one=open_one, listens=listens) as trader:
        yield trader


def office_of(trader: Trader) -> FirstClientOffice:
    desk = trader.account._poster
    assert isinstance(desk, FirstClientDesk)
    return desk.office


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_of_wallet_places_looks_up_and_cancels_on_each_kind_of_market(kind: SignatureType) -> None:
    async with first_world() as world, first_trader(world, kind) as trader:
        account = trader.account
        for listing in (world.listing, world.listings(neg_risk=True)[0]):
            order = trader.order(price="0.30", shares="12.34", market=listing.market, outcome=Outcome.NO)
            name, outcome = await trader.place(order)
            assert outcome == Taken(is_resting=True), outcome
            assert trader.resting() == {name}
            expected = VenueOrder(
                name, order.market, Outcome.NO, Side.BUY, order.price, order.size, parse_shares("0"),
                VenueOrderStatus.LIVE,
            )  # fmt: skip
            assert await account.look_up(name) == expected
            assert await account.open_orders() == (expected,)
            cancelled = await account.cancel([name])
            assert isinstance(cancelled, CancelOutcome), cancelled
            assert cancelled.cancelled == (name,)
            assert trader.resting() == set()


async def test_the_exchange_was_given_orders_of_the_first_version_with_the_fee_rate_that_it_tells() -> None:
    async with first_world() as world, first_trader(world) as trader:
        name = await trader.signed(trader.order())
        waiting = trader.account._waiting.get(name)
        assert waiting is not None and waiting.signed.legacy is not None
        told = await trader.account._clob.markets.base_fee_bps(waiting.signed.token_id)
        assert isinstance(told, int)
        assert (waiting.signed.legacy.fee_rate_bps, waiting.signed.legacy.nonce) == (told, 0)
        assert waiting.signed.timestamp_ms == 0


async def test_it_takes_is_filled_and_its_trades_are_confirmed() -> None:
    async with (
        first_world() as world,
        world.trader() as maker,
        first_trader(world, listens=True) as taker,
    ):
        maker.split(100)
        await maker.place(maker.order(Side.SELL, "0.57", "100"))
        name, outcome = await taker.place(taker.order(price="0.57", shares="21", time_in_force=TimeInForce.FAK))
        assert outcome == Taken(is_resting=False), outcome
        nothing = taker.order(price="0.10", time_in_force=TimeInForce.FOK)
        assert isinstance((await taker.place(nothing))[1], Refused)
        (trade, *_) = await taker.trades_heard(1)
        assert trade.parts[0].venue_order == name
        world.pass_time(60 * NANOSECONDS_PER_SECOND)
        await taker.until_heard(
            lambda: any(each.status is VenueTradeStatus.CONFIRMED for each in taker.heard_of(type(trade)))
        )


async def test_a_resting_order_is_filled() -> None:
    async with first_world() as world, world.trader() as other, first_trader(world, listens=True) as trader:
        name, _ = await trader.place(trader.order(price="0.40", shares="10", post_only=True))
        other.split(10)
        await other.place(other.order(Side.SELL, "0.40", "10"))
        (trade, *_) = await trader.trades_heard(1)
        assert [(part.venue_order, part.size) for part in trade.parts] == [(name, parse_shares("10"))]


async def test_a_gtd_order_signs_its_end_and_ends_then() -> None:
    async with first_world() as world, first_trader(world) as trader:
        name, outcome = await trader.place(trader.order(time_in_force=TimeInForce.GTD, lives_s=600))
        assert outcome == Taken(is_resting=True), outcome
        world.pass_time(599 * NANOSECONDS_PER_SECOND)
        assert trader.resting() == {name}
        world.pass_time(2 * NANOSECONDS_PER_SECOND)
        assert trader.resting() == set()


async def test_fifteen_orders_go_at_once_and_each_has_its_own_outcome() -> None:
    async with first_world() as world, first_trader(world) as trader:
        orders = [trader.order(price=f"0.{cents:02}", post_only=bool(cents % 2)) for cents in range(10, 24)]
        names = [await trader.signed(order) for order in [*orders, trader.order(shares="1")]]
        outcomes = await trader.account.post(names)
        assert outcomes[:14] == (Taken(is_resting=True),) * 14
        assert isinstance(outcomes[14], Refused), outcomes[14]
        assert trader.resting() == set(names[:14])
        assert [type(each) for each in await trader.account.post(names)] == [NotSent] * 15


@pytest.mark.parametrize(
    "fault", [LoseAnswer(), LoseAnswer(hangs=True), LateAnswer(path="/order", delay_ms=5_000), FailAfterwards()]
)
@pytest.mark.parametrize("orders", [1, 15])
async def test_an_order_whose_answer_is_lost_is_in_doubt_and_found_by_its_digest(fault: Fault, orders: int) -> None:
    async with first_world() as world, first_trader(world, timeouts=IMPATIENT) as trader:
        names = [await trader.signed(trader.order()) for _ in range(orders)]
        world.arm(fault)
        outcomes = await trader.account.post(names)
        assert [type(each) for each in outcomes] == [InDoubt] * orders, outcomes
        for name in names:
            found = await trader.account.look_up(name)
            assert isinstance(found, VenueOrder), found
            assert found.status is VenueOrderStatus.LIVE
        assert trader.resting() == set(names)
        assert [type(each) for each in await trader.account.post(names)] == [NotSent] * orders
        assert trader.resting() == set(names)


async def test_a_call_that_hangs_does_not_hold_up_the_others() -> None:
    async with first_world() as world, first_trader(world) as trader:
        slow, quick = await trader.signed(trader.order()), await trader.signed(trader.order())
        armed = world.arm(LoseAnswer(hangs=True))
        with trio.move_on_after(1) as patience:
            await trader.account.post([slow])
        assert patience.cancelled_caught
        world.disarm(armed)
        assert await trader.account.post([quick]) == (Taken(is_resting=True),)
        assert trader.resting() == {slow, quick}


@pytest.mark.parametrize("fault", [RestrictedMode(TradingMode.CANCEL_ONLY), RateLimited(path="/order")])
async def test_what_is_no_refusal_of_the_order_leaves_it_to_be_posted_again(fault: Fault) -> None:
    async with first_world() as world, first_trader(world) as trader:
        name = await trader.signed(trader.order())
        armed = world.arm(fault, times=None)
        (outcome,) = await trader.account.post([name])
        assert isinstance(outcome, NotSent), outcome
        world.disarm(armed)
        (outcome,) = await trader.account.post([name])
        assert outcome == Taken(is_resting=True), outcome
        assert trader.resting() == {name}


async def test_an_exchange_that_does_not_take_the_first_version_refuses_it() -> None:
    async with account_world(SETTINGS, time.time_ns()) as world, first_trader(world) as trader:
        _, outcome = await trader.place(trader.order())
        assert isinstance(outcome, Refused), outcome
        assert "order_version_mismatch" in outcome.reason


async def test_orders_that_were_with_the_process_when_it_was_killed_are_in_doubt_and_another_one_posts() -> None:
    async with first_world() as world, first_trader(world) as trader:
        name = await trader.signed(trader.order())
        world.arm(LoseAnswer(hangs=True))
        outcomes = list[PostOutcome]()

        async def post() -> None:
            outcomes.extend(await trader.account.post([name]))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(post)
            while trader.resting() != {name}:
                await trio.lowlevel.checkpoint()
            first = office_of(trader).process_id
            assert first is not None
            os.kill(first, signal.SIGKILL)
        assert [type(each) for each in outcomes] == [InDoubt]
        assert isinstance(await trader.account.look_up(name), VenueOrder)
        again = await trader.signed(trader.order())
        while isinstance((outcome := (await trader.account.post([again]))[0]), NotSent):
            await trio.lowlevel.checkpoint()
        assert outcome == Taken(is_resting=True)
        assert office_of(trader).process_id not in (None, first)
        assert any(event.event == "process that posts lost" for event in trader.log)


async def test_markets_of_protocol_two_cannot_be_traded_with_it() -> None:
    async with first_world() as world:
        key = new_key()
        settings = evolve(world.settings_for(key), order_version=OrderVersion.V1)
        markets = [world.listings(protocol_two=True)[0].market]
        with pytest.raises(CannotOpen, match="protocol two"):
            async with world.trader(key, settings, markets=markets):
                raise AssertionError("it was opened")


async def test_an_order_is_not_signed_while_the_fee_rate_is_not_known() -> None:
    async with first_world() as world, first_trader(world) as trader:
        armed = world.arm(RateLimited(path="/fee-rate"), times=None)
        refused = await trader.account.sign(trader.order())
        assert isinstance(refused, NotSigned), refused
        assert not refused.is_refusal
        assert "fee rate" in refused.reason
        world.disarm(armed)
        assert (await trader.place(trader.order()))[1] == Taken(is_resting=True)


class FeeOffice:
    """Tells another rate each time, or that it does not know."""

    def __init__(self) -> None:
        self.asked = list[TokenId]()
        self.is_deaf = False

    async def base_fee_bps(self, token: TokenId) -> int | Failure:
        await trio.lowlevel.checkpoint()
        self.asked.append(token)
        return Unreachable("deaf") if self.is_deaf else len(self.asked)


async def test_a_fee_rate_is_asked_for_once_and_again_after_a_refusal_or_a_failure() -> None:
    office, first, second = FeeOffice(), TokenId("1"), TokenId("2")
    rates = FeeRates(office)
    assert [await rates.of(each) for each in (first, first, second, first)] == [1, 1, 2, 1]
    rates.forget(first)
    rates.forget(TokenId("3"))
    office.is_deaf = True
    assert await rates.of(first) == Unreachable("deaf")
    office.is_deaf = False
    assert [await rates.of(each) for each in (first, second)] == [4, 2]


async def test_a_refused_order_makes_the_fee_rate_be_asked_for_again() -> None:
    async with first_world() as world, first_trader(world) as trader:
        office = FeeOffice()
        trader.account._fee_rates = FeeRates(office)
        await trader.place(trader.order())
        assert len(office.asked) == 1
        _, outcome = await trader.place(trader.order(shares="1"))
        assert isinstance(outcome, Refused), outcome
        await trader.place(trader.order())
        assert len(office.asked) == 2

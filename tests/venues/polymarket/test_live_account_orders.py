"""Orders from signature to end, at a served exchange over real sockets."""

import pytest
from attrs import evolve

from actors.execution.live.words import (
    AskFailed,
    CancelOutcome,
    NoSuchOrder,
    NotSent,
    NotSigned,
    Refused,
    Taken,
    VenueOrder,
    VenueOrderStatus,
)
from messages.identity import MarketId, Outcome, Side, VenueOrderId
from messages.intents import TimeInForce
from messages.units import NANOSECONDS_PER_SECOND, TickSize, parse_shares
from polyactors.exchange.faults.kinds import ChangeTick
from polyactors.venues.polymarket.signing.orders import SignatureType
from tests.venues.polymarket.live_account_world import SETTINGS, account_world, new_key

DELAYING = evolve(SETTINGS, listings=evolve(SETTINGS.listings, five_minutes_ahead=2))
UNKNOWN = VenueOrderId("0x" + "ab" * 32)


async def test_an_order_is_signed_posted_looked_up_and_cancelled() -> None:
    async with account_world() as world, world.trader() as trader:
        account = trader.account
        order = trader.order(price="0.30", shares="12.34")
        name = await trader.signed(order)
        assert trader.resting() == set()
        assert await account.look_up(name) == NoSuchOrder()
        assert await account.post([name]) == (Taken(is_resting=True),)
        assert trader.resting() == {name}
        expected = VenueOrder(
            name, order.market, Outcome.YES, Side.BUY, order.price, order.size, parse_shares("0"), VenueOrderStatus.LIVE
        )
        assert await account.look_up(name) == expected
        assert await account.open_orders() == (expected,)
        outcome = await account.cancel([name, UNKNOWN])
        assert isinstance(outcome, CancelOutcome), outcome
        assert outcome.cancelled == (name,)
        assert [order for order, _ in outcome.not_cancelled] == [UNKNOWN]
        assert trader.resting() == set()
        assert await account.open_orders() == ()
        found = await account.look_up(name)
        assert isinstance(found, VenueOrder), found
        assert (found.status, found.reason) == (VenueOrderStatus.CANCELLED, "CANCELED")


async def test_the_name_of_an_order_is_told_while_it_is_being_signed() -> None:
    async with account_world() as world, world.trader() as trader:
        account, happened = trader.account, list[tuple[str, VenueOrderId]]()
        name = await account.sign(trader.order(), lambda told: happened.append(("told", told)))
        assert not isinstance(name, NotSigned), name
        happened.append(("signed", name))
        assert happened == [("told", name), ("signed", name)]
        assert await account.post([name]) == (Taken(is_resting=True),)
        assert trader.resting() == {name}
        refused = await account.sign(evolve(trader.order(), market=MarketId("another")), pytest.fail)
        assert isinstance(refused, NotSigned)


async def test_what_had_its_outcome_is_not_sent_again() -> None:
    async with account_world() as world, world.trader() as trader:
        name, outcome = await trader.place(trader.order())
        assert outcome == Taken(is_resting=True)
        await trader.account.cancel([name])
        first, second = await trader.account.post([name, UNKNOWN])
        assert isinstance(first, NotSent), first
        assert isinstance(second, NotSent), second
        assert trader.resting() == set()


@pytest.mark.parametrize("signature_type", list(SignatureType))
async def test_each_kind_of_wallet_trades_on_each_kind_of_market(signature_type: SignatureType) -> None:
    async with account_world() as world, world.trader(signature_type=signature_type) as trader:
        listings = [world.listings(), world.listings(neg_risk=True), world.listings(protocol_two=True)]
        for listing, *_ in listings:
            order = trader.order(market=listing.market, outcome=Outcome.NO)
            name, outcome = await trader.place(order)
            assert outcome == Taken(is_resting=True), outcome
            assert name in trader.resting()
        balances = await trader.account.balances([listing.market.market for listing, *_ in listings])
        assert not isinstance(balances, AskFailed), balances
        assert balances.cash == trader.cash()


async def test_fifteen_orders_go_at_once_and_each_has_its_own_outcome() -> None:
    async with account_world() as world, world.trader() as trader:
        orders = [trader.order(price=f"0.{cents:02}") for cents in range(10, 24)]
        names = [await trader.signed(order) for order in [*orders, trader.order(shares="1")]]
        outcomes = await trader.account.post(names)
        assert outcomes[:14] == (Taken(is_resting=True),) * 14
        assert isinstance(outcomes[14], Refused), outcomes[14]
        assert trader.resting() == set(names[:14])
        gone = await trader.account.cancel_everything()
        assert isinstance(gone, CancelOutcome), gone
        assert set(gone.cancelled) == set(names[:14])


async def test_an_order_is_signed_on_the_grid_of_the_moment() -> None:
    async with account_world() as world, world.trader() as trader:
        market = world.market
        fine = trader.order(price="0.025")
        refused = await trader.account.sign(fine)
        assert isinstance(refused, NotSigned), refused
        assert refused.is_refusal
        world.arm(ChangeTick(market.slug, "0.001"))
        trader.account.tick_size_changed(market.market, TickSize(10))
        trader.account.tick_size_changed(MarketId("0xnowhere"), TickSize(10))
        _, outcome = await trader.place(fine)
        assert outcome == Taken(is_resting=True)


async def test_a_gtd_order_ends_when_it_should_or_as_soon_as_the_venue_lets_it() -> None:
    async with account_world() as world, world.trader() as trader:
        shortest_s = trader.account.shortest_gtd_ns // NANOSECONDS_PER_SECOND
        for lives_s, ends_s in ((600, 600), (20, shortest_s)):
            name, outcome = await trader.place(trader.order(time_in_force=TimeInForce.GTD, lives_s=lives_s))
            assert outcome == Taken(is_resting=True), outcome
            world.pass_time((ends_s - 1) * NANOSECONDS_PER_SECOND)
            assert trader.resting() == {name}
            world.pass_time(2 * NANOSECONDS_PER_SECOND)
            assert trader.resting() == set()
            found = await trader.account.look_up(name)
            assert isinstance(found, VenueOrder), found
            assert found.status is VenueOrderStatus.EXPIRED


@pytest.mark.parametrize("time_in_force", [TimeInForce.FAK, TimeInForce.FOK])
async def test_an_order_that_buys_at_once_at_any_price_takes_no_more_than_was_wanted(
    time_in_force: TimeInForce,
) -> None:
    async with account_world() as world, world.trader() as maker, world.trader() as taker:
        maker.split(100)
        await maker.place(maker.order(Side.SELL, "0.57", "100"))
        order = taker.order(price="0.57", shares="21.04", time_in_force=time_in_force)
        name, outcome = await taker.place(order)
        assert outcome == Taken(is_resting=False), outcome
        found = await taker.account.look_up(name)
        assert isinstance(found, VenueOrder), found
        assert parse_shares("21.02") <= found.matched <= order.size
        assert taker.resting() == set()
        nothing = taker.order(price="0.10", time_in_force=time_in_force)
        assert isinstance((await taker.place(nothing))[1], Refused)


async def test_a_dry_run_changes_nothing_at_the_venue() -> None:
    async with account_world() as world:
        key = new_key()
        settings = world.settings_for(key)
        async with world.trader(key, settings) as real:
            name, _ = await real.place(real.order())
        async with world.trader(key, evolve(settings, dry_run=True)) as dry:
            _, outcome = await dry.place(dry.order())
            assert outcome == NotSent("dry run")
            assert isinstance(await dry.account.cancel_everything(), AskFailed)
            assert await dry.account.cancel([name]) == CancelOutcome((), ((name, "dry run"),))
            assert await dry.account.beat() is None
            world.pass_time(60 * NANOSECONDS_PER_SECOND)
            assert dry.resting() == {name}


async def test_an_order_that_takes_after_a_delay_is_taken_at_once_and_delayed_until_then() -> None:
    async with account_world(DELAYING) as world, world.trader() as maker, world.trader() as taker:
        market = world.listings(delayed=True)[0].market
        maker.split(20, market)
        await maker.place(maker.order(Side.SELL, "0.50", "10", market=market))
        name, outcome = await taker.place(taker.order(price="0.50", market=market))
        assert outcome == Taken(is_resting=True)
        waits = await taker.account.look_up(name)
        assert isinstance(waits, VenueOrder), waits
        assert (waits.status, waits.matched) == (VenueOrderStatus.DELAYED, 0)
        assert waits.status.is_open
        world.pass_time(NANOSECONDS_PER_SECOND)
        found = await taker.account.look_up(name)
        assert isinstance(found, VenueOrder), found
        assert (found.status, found.matched) == (VenueOrderStatus.MATCHED, found.size)

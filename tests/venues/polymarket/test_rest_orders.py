"""Orders and all else that is private, at a served exchange: what goes well, what is refused, what is read back."""

import math

import trio
from attrs import evolve

from messages.identity import OrderId, Side
from messages.intents import TimeInForce
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.rate_limits import RateSettings
from polyactors.exchange.clob.rate_meter import Rate
from polyactors.exchange.clob.rate_rules import TIERS, SignerLimits
from polyactors.venues.polymarket.rest.account_answers import HeartbeatAccepted, HeartbeatMismatched
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import Timeouts
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.failures import Rejected, Unauthorised
from polyactors.venues.polymarket.rest.limits import Bucket
from polyactors.venues.polymarket.rest.own_orders import Missing
from polyactors.venues.polymarket.rest.posting import Placed, PlacedAs
from polyactors.venues.polymarket.rest.reject_codes import RejectCode
from tests.venues.polymarket.rest_world import SETTINGS, rest_world


async def test_refusals_say_why() -> None:
    async with rest_world() as world:
        desk = world.clob.orders
        for order, code in (
            (world.order(price="0.50", shares=1_000_000), RejectCode.NOT_ENOUGH_BALANCE),
            (world.order(price="0.015"), RejectCode.BREAKS_TICK),
            (world.order(shares=1), RejectCode.TOO_SMALL),
            (world.order(time_in_force=TimeInForce.FOK, price="0.50"), RejectCode.NOT_FILLED),
            (world.order(time_in_force=TimeInForce.FAK, price="0.50"), RejectCode.NOT_FILLED),
            (evolve(world.order(), owner="somebody"), RejectCode.WRONG_OWNER),
        ):
            outcome = await desk.post(order)
            assert isinstance(outcome, Rejected), outcome
            assert (outcome.code, outcome.status) == (code, 400), outcome
        assert world.resting() == set()


async def test_what_crosses_the_book_is_refused_when_it_must_not_take() -> None:
    async with rest_world() as world:
        assert isinstance(await world.clob.orders.post(world.order(price="0.30")), Placed)
        world.split(10)
        outcome = await world.clob.orders.post(world.order(Side.SELL, "0.30", post_only=True))
        assert isinstance(outcome, Rejected), outcome
        assert outcome.code is RejectCode.CROSSES_BOOK


async def test_a_match_says_what_was_paid_and_received_and_both_trades_are_found() -> None:
    async with rest_world() as world:
        resting = world.order(price="0.30")
        assert isinstance(await world.clob.orders.post(resting), Placed)
        world.split(10)
        outcome = await world.clob.orders.post(world.order(Side.SELL, "0.30"))
        assert isinstance(outcome, Placed), outcome
        assert outcome.placed_as is PlacedAs.MATCHED
        assert (outcome.paid, outcome.received) == (10_000_000, 3_000_000)
        trades = await world.clob.account.trades()
        assert isinstance(trades, tuple), trades
        assert [trade.trade for trade in trades] == list(outcome.trades)
        assert [(maker.order, maker.price, maker.size) for maker in trades[0].makers] == [
            (resting.order, 3_000, 10_000_000)
        ]


async def test_wrong_credentials_are_unauthorised() -> None:
    async with rest_world() as world:
        for credentials in (
            evolve(world.credentials, secret="c2VjcmV0"),
            evolve(world.credentials, passphrase="open sesame"),
            evolve(world.credentials, key="nobody"),
        ):
            stranger = world.clob_with(Timeouts(), credentials)
            assert isinstance(await stranger.account.open_orders(), Unauthorised)
            assert isinstance(await stranger.orders.post(world.order()), Unauthorised)
        assert world.resting() == set()


async def test_an_order_that_nobody_has_is_missing() -> None:
    async with rest_world() as world:
        assert await world.clob.account.order(OrderId("0x" + "ab" * 32)) == Missing()


async def test_a_wrong_heartbeat_is_told_which_one_was_expected() -> None:
    async with rest_world() as world:
        first = await world.clob.account.beat("")
        assert isinstance(first, HeartbeatAccepted), first
        assert await world.clob.account.beat("stale") == HeartbeatMismatched(first.next_id)
        assert isinstance(await world.clob.account.beat(first.next_id), HeartbeatAccepted)


async def test_our_budgets_keep_us_below_a_limit_that_is_enforced() -> None:
    """The bucket of the lowest tier has 60 tokens: the last ten orders wait for theirs."""
    settings = evolve(SETTINGS, limits=RateSettings(limits_addresses=False, signers=SignerLimits.ENFORCE))
    async with rest_world(settings) as world:
        desk = world.clob.orders
        outcomes: list[object] = []

        async def post(price: str) -> None:
            outcomes.extend(await desk.post_batch([world.order(price=price) for _ in range(14)]))

        began_s = trio.current_time()
        async with trio.open_nursery() as nursery:
            for price in ("0.01", "0.02", "0.03", "0.04", "0.05"):
                nursery.start_soon(post, price)
        assert [type(each) for each in outcomes] == [Placed] * 70
        assert trio.current_time() - began_s > 0.2


async def test_the_tier_is_read_back_from_the_headers() -> None:
    settings = evolve(SETTINGS, limits=RateSettings(limits_addresses=False, tier=TIERS[3]))
    async with rest_world(settings) as world:
        assert world.budgets.tier.name == "Standard"
        await world.clob.orders.post(world.order())
        assert world.budgets.tier.name == "Silver"
        assert math.isclose(world.budgets.tokens(Bucket.ORDERS), 299, abs_tol=1)


async def test_what_others_of_our_signer_used_up_is_read_back_too() -> None:
    slow = evolve(TIERS[0], orders=Rate(1, NANOSECONDS_PER_SECOND, 60))
    settings = evolve(SETTINGS, limits=RateSettings(limits_addresses=False, tier=slow))
    async with rest_world(settings) as world:
        elsewhere = Clob.over(evolve(world.clob.orders.caller, budgets=Budgets()))
        for _ in range(3):
            await elsewhere.orders.post_batch([world.order() for _ in range(15)])
        await world.clob.orders.post(world.order())
        assert world.budgets.tokens(Bucket.ORDERS) < 45

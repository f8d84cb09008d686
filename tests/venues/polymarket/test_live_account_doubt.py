"""When the venue does not answer, does not want to, or is not understood: which orders may exist, and which do not."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from attrs import evolve

from actors.execution.live.words import (
    AskFailed,
    CancelOutcome,
    InDoubt,
    NoSuchOrder,
    NotSent,
    Taken,
    VenueOrder,
    VenueOrderStatus,
)
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.faults.kinds import (
    FailAfterwards,
    Fault,
    LateAnswer,
    LoseAnswer,
    RateLimited,
    RestrictedMode,
)
from polyactors.exchange.words import TradingMode
from polyactors.venues.polymarket.rest.calling import Timeouts
from tests.venues.polymarket.live_account_world import account_world, new_key

IMPATIENT = Timeouts(question_s=20.0, action_s=0.5)


@pytest.mark.parametrize(
    "fault", [LoseAnswer(), LoseAnswer(hangs=True), LateAnswer(path="/order", delay_ms=5_000), FailAfterwards()]
)
@pytest.mark.parametrize("orders", [1, 15])
async def test_an_order_whose_answer_is_lost_is_in_doubt_and_found_by_its_digest(fault: Fault, orders: int) -> None:
    """The fault happens once: fifteen orders are one call."""
    async with account_world() as world:
        key = new_key()
        settings = evolve(world.settings_for(key), timeouts=IMPATIENT)
        async with world.trader(key, settings) as trader:
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


@pytest.mark.parametrize(
    "mode", [TradingMode.RESTARTING, TradingMode.POST_ONLY, TradingMode.CANCEL_ONLY, TradingMode.DISABLED]
)
async def test_a_restricted_mode_is_no_rejection_and_the_order_can_be_posted_afterwards(mode: TradingMode) -> None:
    async with account_world() as world, world.trader() as trader:
        names = [await trader.signed(trader.order()) for _ in range(3)]
        armed = world.arm(RestrictedMode(mode), times=None)
        for some in (names[:1], names):
            outcomes = await trader.account.post(some)
            assert [type(each) for each in outcomes] == [NotSent] * len(some), outcomes
        cancelled = await trader.account.cancel(names)
        may_cancel = mode in (TradingMode.POST_ONLY, TradingMode.CANCEL_ONLY)
        assert isinstance(cancelled, CancelOutcome if may_cancel else AskFailed), cancelled
        world.disarm(armed)
        # After a restart nobody takes for two minutes.
        world.pass_time(150 * NANOSECONDS_PER_SECOND)
        assert await trader.account.post(names) == (Taken(is_resting=True),) * 3


async def test_too_many_requests_are_no_rejection_and_say_when_to_come_again() -> None:
    async with account_world() as world, world.trader() as trader:
        name = await trader.signed(trader.order())
        world.arm(RateLimited("/order", "POST", retry_after_s=3))
        assert await trader.account.post([name]) == (NotSent("too many requests", 3 * NANOSECONDS_PER_SECOND),)
        assert await trader.account.look_up(name) == NoSuchOrder()


async def test_an_order_whose_posting_was_cut_off_can_be_posted_again_and_is_there_once() -> None:
    """Whoever asked for it does not know what became of it; the venue takes the same order only once."""
    async with account_world() as world, world.trader() as trader:
        name = await trader.signed(trader.order())
        world.arm(LoseAnswer(hangs=True))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trader.account.post, [name])
            while not trader.resting():
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
        assert await trader.account.post([name]) == (Taken(is_resting=True),)
        assert isinstance((await trader.account.post([name]))[0], NotSent)
        assert trader.resting() == {name}


async def test_what_cannot_be_asked_is_a_failure_and_never_an_empty_answer() -> None:
    async with account_world() as world, world.trader() as trader:
        account = trader.account
        name, _ = await trader.place(trader.order())
        asks: list[tuple[str, Callable[[], Awaitable[object]]]] = [
            ("/data/orders", account.open_orders),
            ("/data/trades", lambda: account.trades(0)),
            ("/data/order/", lambda: account.look_up(name)),
            ("/balance-allowance", lambda: account.balances([world.market.market])),
            ("/v1/heartbeats", account.beat),
            ("/orders", lambda: account.cancel([name])),
            ("/cancel-all", account.cancel_everything),
        ]
        for path, ask in asks:
            for fault in (FailAfterwards(path, ""), LoseAnswer(path, "")):
                armed = world.arm(fault, times=None)
                answer = await ask()
                world.disarm(armed)
                assert isinstance(answer, AskFailed), (path, fault, answer)
        world.arm(RateLimited("/data/orders"))
        assert await account.open_orders() == AskFailed("too many requests")


async def test_a_lost_heartbeat_answer_does_not_break_the_chain() -> None:
    async with account_world() as world, world.trader() as trader:
        name, _ = await trader.place(trader.order())
        assert await trader.account.beat() is None
        world.arm(LoseAnswer("/v1/heartbeats", "POST"))
        assert isinstance(await trader.account.beat(), AskFailed)
        for _ in range(5):
            world.pass_time(5 * NANOSECONDS_PER_SECOND)
            assert await trader.account.beat() is None
            assert trader.resting() == {name}
        world.pass_time(20 * NANOSECONDS_PER_SECOND)
        assert trader.resting() == set()
        assert await trader.account.beat() is None

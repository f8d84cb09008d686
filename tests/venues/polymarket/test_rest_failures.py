"""Every way to fail, at an exchange where it really happens, over real sockets: what we are told, and what is true."""

from collections.abc import Awaitable, Callable

import pytest

from messages.identity import OrderId
from polyactors.exchange.faults.kinds import FailAfterwards, LateAnswer, LoseAnswer, RateLimited, RestrictedMode
from polyactors.exchange.server.listening import open_port, port_of
from polyactors.exchange.words import TradingMode
from polyactors.venues.polymarket.rest import failures
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.cancelling import Cancelled
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.failures import (
    Restriction,
    UnknownOutcome,
    Unreachable,
    leaves_doubt,
)
from polyactors.venues.polymarket.rest.order_desk import is_there_already
from polyactors.venues.polymarket.rest.own_orders import OwnOrder
from polyactors.venues.polymarket.rest.posting import Placed, PlacedAs
from tests.venues.polymarket.rest_world import RestWorld, rest_world


async def found(world: RestWorld, order: OrderId) -> OwnOrder:
    outcome = await world.clob.account.order(order)
    assert isinstance(outcome, OwnOrder), outcome
    return outcome


@pytest.mark.parametrize(
    ("mode", "restriction"),
    [
        (TradingMode.RESTARTING, Restriction.RESTARTING),
        (TradingMode.POST_ONLY, Restriction.POST_ONLY),
        (TradingMode.CANCEL_ONLY, Restriction.CANCEL_ONLY),
        (TradingMode.DISABLED, Restriction.DISABLED),
    ],
)
async def test_a_restricted_mode_is_told_apart_from_a_refused_order(
    mode: TradingMode, restriction: Restriction
) -> None:
    async with rest_world() as world:
        world.arm(RestrictedMode(mode), times=None)
        outcome = await world.clob.orders.post(world.order())
        assert isinstance(outcome, failures.RestrictedMode), outcome
        assert outcome.restriction is restriction
        assert not leaves_doubt(outcome)
        batch = await world.clob.orders.post_batch([world.order(), world.order()])
        assert [type(each) for each in batch] == [failures.RestrictedMode] * 2
        assert world.resting() == set()


async def test_cancels_pass_while_only_they_do() -> None:
    async with rest_world() as world:
        order = world.order()
        assert isinstance(await world.clob.orders.post(order), Placed)
        world.arm(RestrictedMode(TradingMode.CANCEL_ONLY), times=None)
        assert await world.clob.orders.cancel(order.order) == Cancelled((order.order,), ())
        assert world.resting() == set()


async def test_a_restart_says_when_to_come_again() -> None:
    async with rest_world() as world:
        world.arm(RestrictedMode(TradingMode.RESTARTING), times=None)
        assert await world.clob.orders.cancel_all() == failures.RestrictedMode(Restriction.RESTARTING, 1.0)


async def test_too_many_requests_close_the_bucket_of_places_and_not_that_of_cancels() -> None:
    async with rest_world() as world:
        world.arm(RateLimited(path="/order", method="POST", retry_after_s=60))
        first = await world.clob.orders.post(world.order())
        assert isinstance(first, failures.RateLimited), first
        assert (first.retry_after_s, first.was_sent) == (60.0, True)
        second = await world.impatient.orders.post(world.order())
        assert second == failures.RateLimited(None, was_sent=False), "it was sent although the venue had said no"
        assert isinstance(await world.clob.orders.cancel_all(), Cancelled)
        assert world.resting() == set()


async def test_an_order_answered_with_500_may_be_there_and_is_found_by_its_id() -> None:
    async with rest_world() as world:
        world.arm(FailAfterwards())
        order = world.order()
        outcome = await world.clob.orders.post(order)
        assert outcome == UnknownOutcome("order timed out", 500)
        assert (await found(world, order.order)).matched == 0
        assert world.resting() == {order.order}


async def test_an_order_whose_answer_is_lost_is_there_once_however_often_it_is_sent() -> None:
    async with rest_world() as world:
        world.arm(LoseAnswer())
        order = world.order()
        outcome = await world.clob.orders.post(order)
        assert isinstance(outcome, UnknownOutcome), outcome
        assert outcome.status is None
        assert is_there_already(await world.clob.orders.post(order))
        assert world.resting() == {order.order}


@pytest.mark.parametrize("fault", [LoseAnswer(hangs=True), LateAnswer(path="/order", method="POST", delay_ms=5_000)])
async def test_an_order_that_is_not_answered_in_time_may_be_there(fault: LoseAnswer | LateAnswer) -> None:
    async with rest_world() as world:
        world.arm(fault)
        order = world.order()
        outcome = await world.impatient.orders.post(order)
        assert outcome == UnknownOutcome("no answer in time")
        assert (await found(world, order.order)).order == order.order


async def test_an_answer_that_comes_late_but_in_time_is_the_answer() -> None:
    async with rest_world() as world:
        world.arm(LateAnswer(path="/order", method="POST", delay_ms=200))
        order = world.order()
        outcome = await world.clob.orders.post(order)
        assert isinstance(outcome, Placed), outcome
        assert outcome.placed_as is PlacedAs.LIVE


async def test_a_batch_whose_answer_is_lost_leaves_doubt_about_each_of_its_orders() -> None:
    async with rest_world() as world:
        world.arm(LoseAnswer(path="/orders"))
        orders = [world.order(price=price) for price in ("0.01", "0.02", "0.03")]
        outcomes = await world.clob.orders.post_batch(orders)
        assert len(outcomes) == 3
        assert all(not isinstance(each, Placed) and leaves_doubt(each) for each in outcomes)
        assert world.resting() == {order.order for order in orders}


async def test_a_cancel_whose_answer_is_lost_leaves_doubt_and_may_be_sent_again() -> None:
    async with rest_world() as world:
        order = world.order()
        await world.clob.orders.post(order)
        world.arm(LoseAnswer(path="/order", method="DELETE"))
        assert isinstance(await world.clob.orders.cancel(order.order), UnknownOutcome)
        again = await world.clob.orders.cancel(order.order)
        assert isinstance(again, Cancelled)
        assert [kept for kept, _ in again.kept] == [order.order]


Ask = Callable[[Clob], Awaitable[object]]
QUESTIONS: dict[str, tuple[str, Ask]] = {
    "open orders": ("/data/orders", lambda clob: clob.account.open_orders()),
    "trades": ("/data/trades", lambda clob: clob.account.trades()),
    "order": ("/data/order/", lambda clob: clob.account.order(OrderId("0x" + "ab" * 32))),
    "notifications": ("/notifications", lambda clob: clob.account.notifications()),
    "time": ("/time", lambda clob: clob.markets.time_s()),
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_read_that_fails_is_never_an_empty_answer(question: str) -> None:
    path, ask = QUESTIONS[question]
    async with rest_world() as world:
        for fault, clob in (
            (LoseAnswer(path=path, method="GET"), world.clob),
            (LoseAnswer(path=path, method="GET", hangs=True), world.impatient),
            (LateAnswer(path=path, method="GET", delay_ms=5_000), world.impatient),
            (FailAfterwards(path=path, method="GET"), world.clob),
        ):
            world.arm(fault)
            assert isinstance(await ask(clob), Unreachable), fault
        world.arm(RateLimited(path=path, method="GET"))
        limited = await ask(world.clob)
        assert isinstance(limited, failures.RateLimited), limited
        assert limited.retry_after_s == 1.0


async def test_what_was_not_sent_is_no_unknown_outcome() -> None:
    """Nobody listens there."""
    async with rest_world() as world:
        order = world.order()
        listener = open_port(0)
        url = f"http://127.0.0.1:{port_of(listener)}"
        listener.close()
        async with Clob.opened(Budgets(), world.clob.orders.caller.authenticator, base_url=url) as clob:
            outcome = await clob.orders.post(order)
        assert isinstance(outcome, Unreachable), outcome
        assert not leaves_doubt(outcome)

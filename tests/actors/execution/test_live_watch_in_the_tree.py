"""Live execution as a whole: down, compared, trading, lost, compared, trading again; and the same whoever dies."""

import pytest

from actors.execution.live.reconciler import DIFFERS, ReconcilerSettings
from actors.execution.live.reconciler_words import ReconcilerState
from actors.execution.live.words import InDoubt, UserFeedDown, UserFeedUp, VenueOrderStatus, VenueTradeStatus
from actors.paths import EXECUTOR, GATEWAY, GOVERNOR, HEARTBEAT, LEDGER, RECONCILER, USER_FEED
from messages.identity import Outcome
from messages.orders import OrderMoved, OrderState
from messages.risk import Authorise, RiskMode
from messages.units import Cash
from supervision.kill_everywhere import Prepare, kill_at_every_message
from supervision.runtime import Runtime
from supervision.specs import SECOND
from supervision.testing import Tree
from tests.actors.actor_world import JOURNAL_PATH, heard
from tests.actors.execution.live_tree import DEPOSIT, QUIET_NS, LiveService
from tests.actors.execution.live_watch_world import resting
from tests.actors.samples import GAME, dollars, place, shares

EXECUTION = [path.text for path in (GATEWAY, USER_FEED, RECONCILER, HEARTBEAT, EXECUTOR)]
CONFIRMED, MINED, FAILED = VenueTradeStatus.CONFIRMED, VenueTradeStatus.MINED, VenueTradeStatus.FAILED


def reconciler(tree: Tree) -> ReconcilerState:
    actor = tree.cell(RECONCILER.text).actor
    assert actor is not None
    state = actor.describe()
    assert isinstance(state, ReconcilerState)
    return state


def test_nothing_is_traded_before_the_feed_is_up_and_the_account_was_compared() -> None:
    service = LiveService()
    service.account.comes_up = False

    async def script(tree: Tree) -> None:
        await tree.advance(60 * SECOND)
        assert service.mode(tree) is RiskMode.HALT
        assert service.account.answers.beat.asked == 0
        service.account.say(UserFeedUp(0))
        await tree.advance(QUIET_NS + SECOND)
        assert service.mode(tree) is RiskMode.NORMAL
        assert service.account.answers.beat.asked > 0

    service.run(script)


def test_a_fill_comes_to_the_ledger_and_settles_and_the_account_agrees_all_the_way() -> None:
    service = LiveService()

    async def script(tree: Tree) -> None:
        await tree.advance(QUIET_NS + SECOND)
        order = await service.place(tree, place("i1"))
        service.account.match(order, "t1", shares(40), at_ns=tree.clock.now_ns())
        for status in (MINED, CONFIRMED):
            await tree.advance(301 * SECOND)
            assert reconciler(tree).is_reconciled
            service.account.becomes("t1", status)
        await tree.advance(301 * SECOND)
        assert reconciler(tree).is_reconciled
        assert service.account.cash == DEPOSIT - dollars(16)
        portfolio = await service.portfolio(tree)
        assert (portfolio.yes, portfolio.provisional(Outcome.YES)) == (shares(40), 0)

    service.run(script)


def test_a_lost_feed_cancels_everything_and_what_happened_meanwhile_is_known_before_trading_goes_on() -> None:
    service = LiveService()

    async def script(tree: Tree) -> None:
        await tree.advance(QUIET_NS + SECOND)
        order = await service.place(tree, place("i1"))
        service.account.tells_news = False
        service.account.say(UserFeedDown(0, "reset by peer"))
        service.account.match(order, "t1", shares(25), at_ns=tree.clock.now_ns())
        service.account.becomes("t1", MINED)
        await tree.advance(SECOND)
        assert service.mode(tree) is RiskMode.HALT
        assert service.account.orders[order].status is VenueOrderStatus.CANCELLED
        service.account.tells_news = True
        service.account.say(UserFeedUp(0))
        await tree.advance(QUIET_NS + 5 * SECOND)
        assert service.mode(tree) is RiskMode.NORMAL
        assert (await service.portfolio(tree)).yes == shares(25)
        ends = [each for each in heard(service.diary, JOURNAL_PATH, OrderMoved) if each.state.is_final]
        assert [each.state for each in ends] == [OrderState.CANCELLED]

    service.run(script)


def test_a_trade_that_fails_after_it_was_mined_is_no_difference() -> None:
    service = LiveService()

    async def script(tree: Tree) -> None:
        await tree.advance(QUIET_NS + SECOND)
        order = await service.place(tree, place("i1"))
        service.account.match(order, "t1", shares(40), at_ns=tree.clock.now_ns())
        service.account.becomes("t1", MINED)
        await tree.advance(301 * SECOND)
        service.account.tells_news = False
        service.account.becomes("t1", FAILED)
        await tree.advance(330 * SECOND)
        assert reconciler(tree).is_reconciled
        assert (await service.portfolio(tree)).yes == 0
        assert service.account.cash == DEPOSIT

    service.run(script)


def test_money_that_is_gone_latches_halt_over_every_restart_of_execution() -> None:
    service = LiveService()

    async def script(tree: Tree) -> None:
        await tree.advance(QUIET_NS + SECOND)
        service.account.cash = Cash(DEPOSIT - dollars(1))
        await tree.advance(303 * SECOND)
        assert service.mode(tree) is RiskMode.HALT
        (cause,) = service.governor(tree).causes
        assert cause == f"{DIFFERS}: 999 pUSD at the venue where 1000 pUSD should be"
        tree.kill(GATEWAY.text)
        service.account.cash = DEPOSIT
        await tree.advance(600 * SECOND)
        assert service.mode(tree) is RiskMode.HALT
        assert service.governor(tree).causes == (cause,)

    service.run(script)


def test_an_order_in_doubt_has_the_account_compared_at_once() -> None:
    service = LiveService()
    service.account.outcomes.append(InDoubt("the connection broke"))

    async def script(tree: Tree) -> None:
        await tree.advance(QUIET_NS + SECOND)
        before = reconciler(tree).comparisons
        await service.place(tree, place("i1"))
        await tree.advance(SECOND)
        assert reconciler(tree).comparisons > before
        states = [each.state for each in heard(service.diary, JOURNAL_PATH, OrderMoved)]
        assert states[-2:] == [OrderState.UNKNOWN, OrderState.LIVE]

    service.run(script)


def test_an_order_that_nobody_placed_is_cancelled() -> None:
    service = LiveService()
    service.account.tells_news = False

    async def script(tree: Tree) -> None:
        await tree.advance(QUIET_NS + SECOND)
        service.account.change(resting("0xstranger"))
        await tree.advance(302 * SECOND)
        assert service.account.orders[resting("0xstranger").venue_order].status is VenueOrderStatus.CANCELLED

    service.run(script)


@pytest.mark.parametrize("path", [*EXECUTION, GOVERNOR.text, LEDGER.text])
def test_whoever_dies_the_mode_is_halt_until_the_account_was_compared_again(path: str) -> None:
    service = LiveService()

    async def script(tree: Tree) -> None:
        await tree.advance(QUIET_NS + SECOND)
        order = await service.place(tree, place("i1"))
        service.account.answers.open_orders.there_ns = SECOND
        service.account.tells_news = False
        service.account.match(order, "t1", shares(25), at_ns=tree.clock.now_ns())
        tree.kill(path)
        await tree.advance(SECOND // 2)
        assert service.mode(tree) is RiskMode.HALT
        service.account.becomes("t1", MINED)
        await tree.advance(30 * SECOND)
        assert service.mode(tree) is RiskMode.NORMAL
        assert (await service.portfolio(tree)).yes == shares(25)
        assert reconciler(tree).is_reconciled

    service.run(script)


def one_day(prepare: Prepare) -> Runtime:
    """An order is filled in part, the feed is lost and comes back, another order is filled, and everything settles."""
    service = LiveService(ReconcilerSettings(every_ns=20 * SECOND))
    account = service.account
    # Whatever is killed and when, after a while everything is as it should be; orders that were under way may be gone.
    wishes = [place("i1"), place("i2", price=3000)]

    async def script(tree: Tree) -> None:
        await tree.advance(QUIET_NS + SECOND)
        for number, wish in enumerate(wishes, 1):
            tree.tell(GOVERNOR.text, Authorise(wish, 0))
            await tree.advance(SECOND)
            for name in [name for name, order in account.orders.items() if order.status.is_open]:
                account.match(name, f"t{number}", shares(30), at_ns=tree.clock.now_ns())
                account.becomes(f"t{number}", MINED)
            await tree.advance(SECOND)
            account.say(UserFeedDown(0, "reset by peer"))
            await tree.advance(SECOND)
            account.say(UserFeedUp(0))
            await tree.advance(QUIET_NS + 5 * SECOND)
        for trade in list(account.trades_done):
            account.becomes(trade, CONFIRMED)
        await tree.advance(60 * SECOND)
        if service.mode(tree) is RiskMode.HALT:
            # Somebody died with the last messages of the day.
            await tree.advance(20 * SECOND)
        assert service.mode(tree) is RiskMode.NORMAL
        assert reconciler(tree).is_reconciled
        portfolio = await service.portfolio(tree)
        assert portfolio.yes == account.shares.get((GAME, Outcome.YES), 0)
        assert portfolio.provisional(Outcome.YES) == 0
        assert portfolio.open_orders == ()
        assert not any(order.status.is_open for order in account.orders.values())
        posted = [name for batch in account.posted for name in batch]
        assert len(posted) == len(set(posted))

    return service.run(script, prepare).runtime


@pytest.mark.parametrize("path", [USER_FEED.text, RECONCILER.text])
def test_killed_at_each_of_its_messages_in_the_whole_of_execution(path: str) -> None:
    assert kill_at_every_message(one_day, path) > 10

"""User feed, reconciler and heartbeat together, each killed at each of its messages: nothing is released too early, and
in the end everything is as if nobody had died."""

import pytest

from actors.execution.live.heartbeat import Heartbeat, HeartbeatSettings
from actors.execution.live.reconciler import Reconciler, ReconcilerSettings
from actors.execution.live.user_feed import DOWN, UserFeed, UserFeedSettings
from actors.execution.live.words import (
    OpenOrdersRead,
    UserFeedDown,
    UserFeedUp,
    UserNewsLost,
    VenueTrade,
    VenueTradeStatus,
)
from messages.identity import TradeId
from messages.risk import HoldMode, ReleaseMode
from supervision.kill_everywhere import Prepare, kill_at_every_message
from supervision.runtime import Runtime
from supervision.specs import SECOND
from supervision.testing import MILLISECOND, ORIGIN_NS, Diary, Tree, run_tree
from tests.actors.actor_world import Create, heard
from tests.actors.execution.live_watch_world import (
    GATEWAY_PATH,
    GOVERNOR_PATH,
    HEARTBEAT_PATH,
    RECONCILER_PATH,
    USER_FEED_PATH,
    SettledBooks,
    resting,
    watched,
)
from tests.actors.execution.scripted_account import ScriptedAccount
from tests.actors.samples import dollars, market, shares


def one_run(prepare: Prepare) -> Runtime:
    """The feed comes up, a trade is heard, news is lost, the feed is lost and comes back, another trade is heard."""
    account = ScriptedAccount(cash=dollars(1000), comes_up=True)
    answers = account.answers
    # Slower than anything inside, so that what was asked for before an instant can be told from what was after it.
    answers.open_orders.there_ns = answers.trades.there_ns = answers.balances.there_ns = 100 * MILLISECOND
    books = SettledBooks(cash=dollars(1000))
    diary = Diary()
    real: dict[str, Create] = {
        USER_FEED_PATH: lambda: UserFeed(account, UserFeedSettings(ask_again_ns=SECOND)),
        RECONCILER_PATH: lambda: Reconciler(account, (market(),), ReconcilerSettings(every_ns=15 * SECOND)),
        HEARTBEAT_PATH: lambda: Heartbeat(account, HeartbeatSettings()),
    }

    async def script(tree: Tree) -> None:
        account.change(resting())
        account.match(resting().venue_order, "t1", shares(40), at_ns=ORIGIN_NS)
        await tree.advance(4 * SECOND)
        account.say(UserNewsLost(0, "no json"))
        await tree.advance(4 * SECOND)
        account.say(UserFeedDown(0, "reset by peer"))
        await tree.advance(SECOND)
        account.say(UserFeedDown(0, "refused"))
        await tree.advance(SECOND)
        account.say(UserFeedUp(0))
        await tree.advance(2 * SECOND)
        account.match(resting().venue_order, "t2", shares(10), at_ns=tree.clock.now_ns())
        account.becomes("t2", VenueTradeStatus.RETRYING)
        await tree.advance(5 * SECOND)
        # Whoever was killed with a trade in hand has forgotten it: the next comparison has it.
        await tree.advance(15 * SECOND)
        heartbeats = answers.beat.asked
        await tree.advance(15 * SECOND)
        assert answers.beat.asked >= heartbeats + 2

    tree = run_tree(watched(diary, real, books), script, prepare=prepare)
    demand_nothing_released_too_early(diary)
    said = [each for each in diary.received(GOVERNOR_PATH) if isinstance(each, HoldMode | ReleaseMode)]
    about_feed = [each for each in said if each.cause == DOWN]
    assert isinstance(about_feed[-1], ReleaseMode)
    assert {each.trade for each in heard(diary, GATEWAY_PATH, VenueTrade)} == {TradeId("t1"), TradeId("t2")}
    assert account.listeners == 0
    return tree.runtime


def demand_nothing_released_too_early(diary: Diary) -> None:
    """Between a HALT of the feed and its release lies a whole comparison, asked for after the HALT."""
    held_ns: int | None = None
    compared = False
    for line in diary.lines:
        if line.event != "received":
            continue
        match line.detail:
            case HoldMode(cause=cause) if cause == DOWN:
                held_ns, compared = line.at_ns, False
            case OpenOrdersRead(asked_ns=asked_ns) if held_ns is not None:
                compared = compared or asked_ns >= held_ns
            case ReleaseMode(cause=cause) if cause == DOWN:
                assert compared, f"released at {line.at_ns - ORIGIN_NS} without a comparison"
                held_ns = None


@pytest.mark.parametrize("path", [USER_FEED_PATH, RECONCILER_PATH, HEARTBEAT_PATH])
def test_killed_at_each_of_its_messages(path: str) -> None:
    assert kill_at_every_message(one_run, path) > 5

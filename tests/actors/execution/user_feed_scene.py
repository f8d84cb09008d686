"""The real user feed between a scripted account and a reconciler that answers when a test says so."""

from collections.abc import Awaitable, Callable

from actors.execution.live.user_feed import UserFeed, UserFeedSettings, UserFeedState
from actors.execution.live.words import (
    Reconciled,
    ReconcileNow,
    UserFeedDown,
    UserFeedUp,
    UserNews,
    VenueTrade,
    VenueTradeStatus,
)
from messages.identity import TradeId
from messages.risk import HoldMode, ReleaseMode
from supervision.address import Address
from supervision.specs import SECOND
from supervision.testing import Diary, Probe, Tree, run_tree
from tests.actors.actor_world import Create
from tests.actors.execution.live_watch_world import (
    GOVERNOR_PATH,
    RECONCILER_PATH,
    USER_FEED_PATH,
    watched,
)
from tests.actors.execution.scripted_account import ScriptedAccount

SETTINGS = UserFeedSettings(reconciled_within_ns=60 * SECOND, ask_again_ns=10 * SECOND)
SAME = Reconciled((), 1)
DIFFERENT = Reconciled(("5 YES at the venue where 0 should be",), 1)
UP, LOST = UserFeedUp(1), UserFeedDown(1, "reset by peer")


class AskedReconciler(Probe):
    """Keeps who asks, for the test to answer them."""

    def __init__(self, diary: Diary, asked: list[tuple[str, Address[object]]]) -> None:
        super().__init__(diary)
        self._asked = asked

    def receive(self, message: object) -> None:
        super().receive(message)
        if isinstance(message, ReconcileNow) and self.sender is not None:
            self._asked.append((message.reason, self.sender))


class Scene:
    def __init__(self) -> None:
        self.account = ScriptedAccount()
        self.diary = Diary()
        self.asked: list[tuple[str, Address[object]]] = []

    def run(self, script: Callable[[Tree], Awaitable[None]]) -> Tree:
        real: dict[str, Create] = {
            USER_FEED_PATH: lambda: UserFeed(self.account, SETTINGS),
            RECONCILER_PATH: lambda: AskedReconciler(self.diary, self.asked),
        }

        async def settled(tree: Tree) -> None:
            await tree.settle()
            await script(tree)

        return run_tree(watched(self.diary, real), settled)

    async def say(self, tree: Tree, *news: UserNews | Exception) -> None:
        self.account.say(*news)
        await tree.settle()

    async def answer(self, tree: Tree, number: int, answer: Reconciled = SAME) -> None:
        self.asked[number][1].tell(answer)
        await tree.settle()

    def modes(self) -> list[str]:
        said = (HoldMode, ReleaseMode)
        return [type(each).__name__ for each in self.diary.received(GOVERNOR_PATH) if isinstance(each, said)]


def state(tree: Tree) -> UserFeedState:
    actor = tree.cell(USER_FEED_PATH).actor
    assert isinstance(actor, UserFeed)
    return actor.describe()


def trade(number: int) -> VenueTrade:
    return VenueTrade(TradeId(f"t{number}"), VenueTradeStatus.MATCHED, (), number)

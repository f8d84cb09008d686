"""The real reconciler between a scripted account and a ledger that a test writes."""

from collections.abc import Awaitable, Callable

from actors.execution.live.reconciler import Reconciler, ReconcilerSettings
from actors.execution.live.reconciler_words import ReconcilerState
from actors.execution.live.words import (
    Reconciled,
    ReconcileNow,
)
from messages.control import SetMode
from messages.markets import Market
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import Create, heard, say
from tests.actors.execution.live_watch_world import (
    EXECUTOR_PATH,
    GOVERNOR_PATH,
    RECONCILER_PATH,
    SettledBooks,
    watched,
)
from tests.actors.execution.scripted_account import ScriptedAccount
from tests.actors.samples import dollars, market

SETTINGS = ReconcilerSettings(margin_ns=60 * SECOND)
PAUSE = SETTINGS.pause_ns
Script = Callable[[Tree], Awaitable[None]]


class Scene:
    """The venue and the ledger both have 1,000 pUSD."""

    def __init__(self, settings: ReconcilerSettings = SETTINGS, markets: tuple[Market, ...] = (market(),)) -> None:
        self.settings = settings
        self.markets = markets
        self.account = ScriptedAccount(cash=dollars(1000))
        self.books = SettledBooks(cash=dollars(1000))
        self.diary = Diary()
        self.real: dict[str, Create] = {RECONCILER_PATH: self._reconciler}

    def _reconciler(self) -> Reconciler:
        return Reconciler(self.account, self.markets, self.settings)

    def run(self, script: Script) -> Tree:
        return run_tree(watched(self.diary, self.real, self.books), script)

    def slow(self, there_ns: int) -> None:
        """Each read takes so long to get to the venue."""
        answers = self.account.answers
        answers.open_orders.there_ns = answers.trades.there_ns = answers.balances.there_ns = there_ns

    def answers(self, path: str = EXECUTOR_PATH) -> list[Reconciled]:
        return heard(self.diary, path, Reconciled)

    def latched(self) -> list[SetMode]:
        return heard(self.diary, GOVERNOR_PATH, SetMode)


def state(tree: Tree) -> ReconcilerState:
    actor = tree.cell(RECONCILER_PATH).actor
    assert isinstance(actor, Reconciler)
    return actor.describe()


def ask(tree: Tree, why: str = "doubt", who: str = EXECUTOR_PATH) -> None:
    say(tree, who, RECONCILER_PATH, ReconcileNow(why))

"""Ledger, governor and all of live execution, real, before a scripted account; the journal is on disk at once."""

from collections.abc import Awaitable, Callable, Mapping

from actors.execution.executor import Executor, ExecutorSettings
from actors.execution.live.gateway import LiveCounts, LiveGateway, LiveGatewaySettings
from actors.execution.live.heartbeat import Heartbeat, HeartbeatSettings
from actors.execution.live.reconciler import Reconciler, ReconcilerSettings
from actors.execution.live.user_feed import UserFeed, UserFeedSettings
from actors.paths import EXECUTOR, GATEWAY, GOVERNOR, HEARTBEAT, JOURNAL, LEDGER, RECONCILER, USER_FEED
from actors.portfolio.bookkeeper import Bookkeeper, TellMarketPortfolio
from actors.records.words import Confirm, Confirmed
from actors.risk.governor import Governor, GovernorSettings, GovernorState
from actors.risk.limits import RiskLimits
from messages.identity import VenueOrderId
from messages.intents import Place
from messages.portfolio import MarketPortfolio, PortfolioChanged
from messages.risk import Authorise, RiskMode
from supervision.mailbox import MailboxSpec
from supervision.runtime import Runtime
from supervision.specs import SECOND, ActorSpec, Strategy, SupervisorSpec
from supervision.testing import Diary, Tree, run_tree, undisturbed
from tests.actors.actor_world import AT_ONCE, Create, JournalProbe
from tests.actors.execution.scripted_account import ScriptedAccount
from tests.actors.samples import GAME, dollars, market

MARKETS = (market(),)
DEPOSIT = dollars(1000)
QUIET_NS = 5 * SECOND
LIMITS = RiskLimits(dollars(1000), dollars(1000), 6, dollars(1000))


class WritingJournal(JournalProbe):
    def receive(self, message: object) -> None:
        if isinstance(message, Confirm):
            super().receive(message.record)
            self.reply(Confirmed(message.record))
        else:
            super().receive(message)


class LiveService:
    """`account` and `diary` (what the journal was told) outlive every actor."""

    def __init__(self, reconciler: ReconcilerSettings | None = None) -> None:
        self.account = ScriptedAccount(cash=DEPOSIT, comes_up=True)
        self.diary = Diary()
        self.reconciler = reconciler or ReconcilerSettings()
        self.counts = LiveCounts()

    def run(self, script: Callable[[Tree], Awaitable[None]], prepare: Callable[[Runtime], None] = undisturbed) -> Tree:
        return run_tree(self._tree(), script, prepare=prepare)

    def mode(self, tree: Tree) -> RiskMode:
        return self.governor(tree).mode

    def governor(self, tree: Tree) -> GovernorState:
        actor = tree.cell(GOVERNOR.text).actor
        assert isinstance(actor, Governor)
        return actor.describe()

    async def portfolio(self, tree: Tree) -> MarketPortfolio:
        ledger = tree.runtime.registry.address(LEDGER)
        answer = await tree.run(lambda: tree.runtime.ask(ledger, TellMarketPortfolio(GAME), SECOND))
        assert isinstance(answer, PortfolioChanged)
        return answer.portfolio

    async def place(self, tree: Tree, wish: Place) -> VenueOrderId:
        """What the venue calls the order that comes of it."""
        tree.tell(GOVERNOR.text, Authorise(wish, 0))
        await tree.settle()
        (name,) = (name for name, order in self.account.signed.items() if order.intent == wish.intent)
        return name

    def _tree(self) -> SupervisorSpec:
        account = self.account
        execution: Mapping[str, Create] = {
            GATEWAY.text: lambda: LiveGateway(account, LiveGatewaySettings(), self.counts),
            USER_FEED.text: lambda: UserFeed(account, UserFeedSettings()),
            RECONCILER.text: lambda: Reconciler(account, MARKETS, self.reconciler),
            HEARTBEAT.text: lambda: Heartbeat(account, HeartbeatSettings()),
            EXECUTOR.text: lambda: Executor(MARKETS, ExecutorSettings(settle_ns=SECOND, prepares=True)),
        }
        governor = GovernorSettings(limits=LIMITS, quiet_ns=QUIET_NS)
        return _group(
            "root",
            Strategy.REST_FOR_ONE,
            _actor(JOURNAL.text, lambda: WritingJournal(self.diary)),
            _actor(LEDGER.text, lambda: Bookkeeper(DEPOSIT, MARKETS)),
            _actor(GOVERNOR.text, lambda: Governor(MARKETS, governor)),
            SupervisorSpec(
                name="execution",
                strategy=Strategy.ONE_FOR_ALL,
                intensity=1000,
                backoff=AT_ONCE,
                children=tuple(_actor(path, create) for path, create in execution.items()),
            ),
        )


def _actor(path: str, create: Create) -> ActorSpec:
    return ActorSpec(name=path.rpartition("/")[2], create=create, mailbox=MailboxSpec(capacity=100_000))


def _group(name: str, strategy: Strategy, *children: ActorSpec | SupervisorSpec) -> SupervisorSpec:
    return SupervisorSpec(
        name=name, strategy=strategy, children=children, intensity=1000, backoff=AT_ONCE, is_group=True
    )

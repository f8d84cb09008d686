"""Trader, ledger, governor, executor and the paper venue, all real, on books whose two tokens are crossed.

The market actor never closes such a book, so that one that does stands in its place.
"""

from collections.abc import Awaitable, Callable
from typing import Never

from actors.execution.executor import Executor, ExecutorSettings
from actors.execution.gateway import Gateway
from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from actors.paths import EXECUTOR, GATEWAY, GOVERNOR, strategy_path
from actors.portfolio.bookkeeper import Bookkeeper
from actors.records.words import Confirm, Confirmed
from actors.risk.governor import Governor, GovernorSettings
from actors.risk.limits import RiskLimits
from actors.strategies.set_arbitrage import SET_ARBITRAGE, ArbitrageTally
from actors.strategies.set_arbitrage_rules import SetArbitrageSettings
from actors.strategies.set_arbitrage_trader import SetArbitrageState, SetArbitrageTrader
from messages.fills import Fill
from messages.identity import Lease
from messages.intents import Place
from messages.market_data import Snapshot
from messages.markets import FeeSchedule
from messages.ownership import Claim, Fence, Granted, Release
from messages.portfolio import Position
from messages.risk import Authorise
from messages.units import PRICE_SCALE, Cash, Price
from supervision.actor import Actor
from supervision.mailbox import MailboxSpec
from supervision.specs import SECOND, ActorSpec, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Diary, Tree, run_tree
from tests.actors.actor_world import EVENT, JOURNAL_PATH, MARKET_PATH, JournalProbe, heard, snapshot
from tests.actors.samples import GAME, dollars, market, shares

FEES = FeeSchedule(rate_ppm=20_000)
LISTING = market(fees=FEES)
PATH = strategy_path(EVENT, GAME, SET_ARBITRAGE)
SETTINGS = SetArbitrageSettings(
    order_size=shares(20),
    maximum_sets=shares(60),
    minimum_edge=Price(20),
    look_every_ns=200 * MILLISECOND,
    time_to_live_ns=5 * SECOND,
    retry_after_ns=SECOND,
)
RISK = GovernorSettings(limits=RiskLimits(dollars(1000), dollars(1000), 6, dollars(100)), quiet_ns=SECOND)


class WritingJournal(JournalProbe):
    """Has everything on disk at once."""

    def receive(self, message: object) -> None:
        if isinstance(message, Confirm):
            super().receive(message.record)
            self.reply(Confirmed(message.record))
        else:
            super().receive(message)


class CrossedMarket(Actor[Snapshot | Claim | Release | Place]):
    """Shows every book, crossed or not, and lets the only strategy have the market."""

    def __init__(self) -> None:
        self._fencing = 0
        self._is_held = False

    def receive(self, message: Snapshot | Claim | Release | Place) -> None:
        strategy = self.address(PATH)
        match message:
            case Snapshot():
                self.tell(self.address(GATEWAY), message)
                self.tell(strategy, message)
            case Claim():
                self._fencing += not self._is_held
                self._is_held = True
                self.tell(self.address(EXECUTOR), Fence(GAME, self._fencing))
                lease = Lease(GAME, message.strategy, message.tier, self._fencing)
                self.tell(strategy, Granted(lease, self.now_ns + 30 * SECOND))
            case Release():
                self._is_held = False
            case Place():
                self.tell(self.address(GOVERNOR), Authorise(message, self.now_ns))


class Scene:
    def __init__(self, tree: Tree, diary: Diary, venue: PaperVenue) -> None:
        self.tree = tree
        self.diary = diary
        self.venue = venue

    async def show(self, *books: Snapshot) -> None:
        """A second passes after each, in which orders come and go."""
        for book in books:
            self.tree.tell(MARKET_PATH, book)
            await self.tree.settle()
            await self.tree.advance(SECOND)

    @property
    def fills(self) -> list[Fill]:
        return heard(self.diary, JOURNAL_PATH, Fill)

    @property
    def position(self) -> Position:
        actor = self.tree.cell(PATH.text).actor
        assert actor is not None
        state = actor.describe()
        assert isinstance(state, SetArbitrageState)
        return state.position


def run(script: Callable[[Scene], Awaitable[None]], paper: PaperSettings | None = None) -> None:
    diary, venue = Diary(), PaperVenue(paper or PaperSettings(), (LISTING,))

    def at(name: str, create: Callable[[], Actor[Never]]) -> ActorSpec:
        return ActorSpec(name=name, create=create, mailbox=MailboxSpec(capacity=100_000))

    def group(name: str, *children: ActorSpec | SupervisorSpec) -> SupervisorSpec:
        return SupervisorSpec(name=name, strategy=Strategy.ONE_FOR_ONE, children=children)

    whole = SupervisorSpec(
        name="root",
        strategy=Strategy.ONE_FOR_ONE,
        is_group=True,
        children=(
            at("journal", lambda: WritingJournal(diary)),
            at("ledger", lambda: Bookkeeper(Cash(dollars(1000)), (LISTING,))),
            at("governor", lambda: Governor((LISTING,), RISK)),
            group(
                "execution",
                at("gateway", lambda: Gateway(venue)),
                at("executor", lambda: Executor((LISTING,), ExecutorSettings(settle_ns=SECOND))),
            ),
            group(
                "markets",
                group(
                    EVENT,
                    group(
                        GAME,
                        at("market", CrossedMarket),
                        at(SET_ARBITRAGE, lambda: SetArbitrageTrader(LISTING, ArbitrageTally(), SETTINGS)),
                    ),
                ),
            ),
        ),
    )

    async def on_the_scene(tree: Tree) -> None:
        await tree.settle()
        await script(Scene(tree, diary, venue))

    run_tree(whole, on_the_scene)


def crossed(number: int, *, yes: int = 100, no: int = 100) -> Snapshot:
    """YES is offered at 0.47, `no` of it, and NO at 0.48, `yes` of it; what it was shown before rests no more."""
    return snapshot({5200: yes}, {5300: no}, number=number)


def test_both_legs_are_bought_for_less_than_they_pay() -> None:
    async def script(scene: Scene) -> None:
        await scene.show(snapshot(number=1), crossed(2))
        spent = sum(fill.price * fill.size // PRICE_SCALE + fill.fee for fill in scene.fills)
        position = scene.position
        assert position.yes == position.no == shares(20)
        assert spent < position.yes
        assert position.fees > 0

    run(script)


def test_sets_are_sold_again_for_more_than_they_pay_and_what_was_made_is_cash() -> None:
    async def script(scene: Scene) -> None:
        await scene.show(snapshot(number=1), crossed(2), snapshot(number=3), crossed(4))
        position = scene.position
        assert (position.yes, position.no) == (0, 0)
        assert position.cash - position.fees > 0

    run(script)


def test_a_leg_that_finds_nobody_is_not_left_alone() -> None:
    """The offers of NO are gone when the orders arrive."""

    async def script(scene: Scene) -> None:
        await scene.show(snapshot(number=1))
        scene.tree.tell(MARKET_PATH, crossed(2))
        await scene.tree.settle()
        await scene.show(snapshot({5100: 100}, {5300: 100}, number=3), snapshot(number=4), snapshot(number=5))
        position = scene.position
        assert len(scene.fills) >= 2
        assert position.yes == position.no

    run(script)


def test_unsettled_legs_are_completed_and_not_sold() -> None:
    async def script(scene: Scene) -> None:
        await scene.show(snapshot(number=1))
        scene.tree.tell(MARKET_PATH, crossed(2))
        await scene.tree.settle()
        await scene.show(snapshot({4000: 100}, {5300: 100}, number=3), snapshot(number=4), snapshot(number=5))
        assert {fill.side.value for fill in scene.fills} == {"BUY"}
        assert scene.position.yes == scene.position.no == shares(20)

    run(script, PaperSettings(settlement_delay_ns=60 * SECOND))

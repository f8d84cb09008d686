"""The governor: veto by default, HALT where it has to be, and every answer reaches those who wait for it."""

from collections.abc import Awaitable, Callable

import pytest
from attrs import evolve

from actors.paths import OPERATORS
from actors.portfolio.bookkeeper import TellPortfolio
from actors.risk.governor import (
    NOBODY_STEERS,
    OPERATORS_BACK_WITHIN_NS,
    Governor,
    GovernorSettings,
    GovernorState,
)
from actors.risk.limits import RiskLimits
from messages.control import ClearMode, ModeIs, SetMode
from messages.identity import IntentId, MarketId, StrategyName
from messages.intents import Gate, IntentRefused, Place, Refusal
from messages.orders import CancelOrders, OrderState
from messages.portfolio import MarketPortfolio, PortfolioView, Wallet
from messages.risk import (
    Authorise,
    Authorised,
    BookClean,
    BookDirty,
    ExecutionReady,
    ModeChanged,
    ReservationReleased,
    RiskMode,
)
from messages.units import Cash, Shares
from supervision.specs import SECOND, Restart, Strategy, SupervisorSpec
from supervision.testing import Diary, Tree, probe, run_tree
from tests.actors.actor_world import (
    EXECUTOR_PATH,
    GATEWAY_PATH,
    GOVERNOR_PATH,
    JOURNAL_PATH,
    LEDGER_PATH,
    MAKER_PATH,
    OTHER_MAKER_PATH,
    heard,
    world,
)
from tests.actors.samples import GAME, MAKER, OTHER_GAME, changed, dollars, market, order_of, place

QUIET = SECOND
LIMITS = RiskLimits(dollars(1000), dollars(1000), 6, dollars(100))
SETTINGS = GovernorSettings(limits=LIMITS, quiet_ns=QUIET)
Script = Callable[["Office"], Awaitable[None]]


def view(cash: int = 1000) -> PortfolioView:
    empty = tuple(MarketPortfolio(each, 0, (), (), Cash(0), Shares(0), Shares(0)) for each in (GAME, OTHER_GAME))
    return PortfolioView(1, Wallet(dollars(cash), dollars(cash), Cash(0)), empty, 1)


class Office:
    """A governor with probes around it."""

    def __init__(self, tree: Tree, diary: Diary) -> None:
        self.tree = tree
        self.diary = diary

    async def tell(self, *messages: object) -> None:
        self.tree.tell(GOVERNOR_PATH, *messages)
        await self.tree.settle()

    async def be_normal(self, cash: int = 1000) -> None:
        await self.tell(view(cash), ExecutionReady(1))
        await self.tree.advance(QUIET)
        assert self.state.mode is RiskMode.NORMAL
        self.diary.forget()

    async def ask(self, intent: str = "i1", where: MarketId = GAME) -> bool:
        """Whether it was authorised."""
        before = len(heard(self.diary, EXECUTOR_PATH, Authorised))
        await self.tell(Authorise(place(intent, where=where), 1))
        return len(heard(self.diary, EXECUTOR_PATH, Authorised)) > before

    @property
    def state(self) -> GovernorState:
        actor = self.tree.cell(GOVERNOR_PATH).actor
        assert actor is not None
        state = actor.describe()
        assert isinstance(state, GovernorState)
        return state

    def modes(self, scope: MarketId | None = None) -> list[RiskMode]:
        return [each.mode for each in heard(self.diary, JOURNAL_PATH, ModeChanged) if each.market == scope]

    def cancels(self) -> list[MarketId | None]:
        return [each.market for each in heard(self.diary, EXECUTOR_PATH, CancelOrders)]

    def refusals(self) -> list[tuple[str, Refusal]]:
        return [(each.intent, each.refusal) for each in heard(self.diary, MAKER_PATH, IntentRefused)]


def run(script: Script, *before: SupervisorSpec) -> None:
    """`before` are supervisors beside the world, started before it."""
    diary = Diary()
    markets = (market(), market(OTHER_GAME))

    async def in_the_office(tree: Tree) -> None:
        await script(Office(tree, diary))

    tree = world(diary, {GOVERNOR_PATH: lambda: Governor(markets, SETTINGS)})
    run_tree(evolve(tree, children=(*before, *tree.children)), in_the_office)


class TestTheStart:
    def test_is_in_halt_until_execution_is_ready_and_the_quiet_period_over(self) -> None:
        async def script(office: Office) -> None:
            assert office.modes() == [RiskMode.HALT]
            await office.tell(view())
            assert not await office.ask("i1")
            await office.tree.advance(60 * SECOND)
            assert not await office.ask("i2")
            await office.tell(ExecutionReady(1))
            assert not await office.ask("i3")
            await office.tree.advance(QUIET)
            assert await office.ask("i4")
            assert office.modes() == [RiskMode.HALT, RiskMode.NORMAL]
            assert {refusal for _, refusal in office.refusals()} == {Refusal.MODE}

        run(script)

    def test_authorises_nothing_before_it_knows_the_portfolio(self) -> None:
        async def script(office: Office) -> None:
            assert len(heard(office.diary, LEDGER_PATH, TellPortfolio)) == 1
            await office.tell(ExecutionReady(1))
            await office.tree.advance(QUIET)
            assert not await office.ask("i1")
            await office.tell(view())
            assert await office.ask("i2")

        run(script)


class TestExecution:
    @pytest.mark.parametrize("ready_at_once", [False, True])
    def test_that_dies_means_halt_and_all_orders_cancelled_until_it_is_ready_again(self, ready_at_once: bool) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            office.tree.kill(EXECUTOR_PATH)
            await office.tree.settle()
            assert office.modes() == [RiskMode.HALT]
            assert office.cancels() == [None]
            if ready_at_once:
                await office.tell(ExecutionReady(1))
            assert not await office.ask()
            if not ready_at_once:
                await office.tree.advance(60 * SECOND)
                assert not await office.ask()
                await office.tell(ExecutionReady(1))
            await office.tree.advance(QUIET)
            assert await office.ask("i2")

        run(script)

    def test_that_dies_twice_within_the_quiet_period_is_waited_for_anew(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            for _ in range(2):
                office.tree.kill(EXECUTOR_PATH)
                await office.tree.settle()
                await office.tell(ExecutionReady(1))
                await office.tree.advance(QUIET // 2)
            assert not await office.ask()
            office.tree.kill(EXECUTOR_PATH)
            await office.tree.advance(10 * QUIET)
            assert not await office.ask("i2")

        run(script)

    def test_the_gateway_s_death_alone_is_not_the_governor_s_business(self) -> None:
        """It takes the executor with it, and that one is heard."""

        async def script(office: Office) -> None:
            await office.be_normal()
            office.tree.kill(GATEWAY_PATH)
            await office.tree.settle()
            assert await office.ask()

        run(script)

    def test_that_becomes_ready_settles_what_was_lost_on_its_way_to_it(self) -> None:
        """An intent that the executor died of is neither an order nor refused: it must not count for ever."""

        async def script(office: Office) -> None:
            await office.be_normal(cash=50)
            assert await office.ask("lost")
            office.tree.kill(EXECUTOR_PATH)
            await office.tree.settle()
            await office.tell(ExecutionReady(1))
            assert office.state.pending == 0
            assert [each.intent for each in heard(office.diary, JOURNAL_PATH, ReservationReleased)] == ["lost"]
            assert office.refusals() == [("lost", Refusal.RECONCILING)]
            await office.tree.advance(QUIET)
            assert await office.ask("next")

        run(script)


class TestAVeto:
    def test_reaches_the_strategy_and_the_journal_with_its_reason(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal(cash=1)
            assert not await office.ask()
            (kept,) = heard(office.diary, JOURNAL_PATH, IntentRefused)
            assert (kept.gate, kept.refusal, kept.intent) == (Gate.GOVERNOR, Refusal.NOT_ENOUGH_CASH, "i1")
            assert "40 pUSD needed, 1 free" in kept.detail
            assert heard(office.diary, MAKER_PATH, IntentRefused) == [kept]

        run(script)

    def test_reaches_the_strategy_of_that_market_and_no_other(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal(cash=1)
            await office.ask(where=OTHER_GAME)
            assert len(heard(office.diary, OTHER_MAKER_PATH, IntentRefused)) == 1
            assert office.refusals() == []

        run(script)

    def test_of_an_intent_for_an_unknown_market_or_of_an_unknown_strategy_harms_nobody(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal(cash=1)
            await office.ask(where=MarketId("0x" + "c" * 64))
            stranger = evolve(place("i2"), strategy=StrategyName("stranger"))
            await office.tell(Authorise(stranger, 1))
            assert [each.intent for each in heard(office.diary, JOURNAL_PATH, IntentRefused)] == ["i1", "i2"]
            assert office.tree.cell(GOVERNOR_PATH).generation == 1

        run(script)

    def test_holds_for_an_intent_that_comes_a_second_time(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            assert await office.ask("i1")
            assert not await office.ask("i1")
            assert office.refusals() == [("i1", Refusal.DUPLICATE)]

        run(script)


class TestWhatIsAuthorised:
    def test_goes_to_the_executor_and_the_journal_with_its_reservation(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            assert await office.ask()
            (authorised,) = heard(office.diary, EXECUTOR_PATH, Authorised)
            assert heard(office.diary, JOURNAL_PATH, Authorised) == [authorised]
            assert authorised.reservation.cash == dollars(40)
            assert isinstance(authorised.place, Place)

        run(script)

    def test_counts_until_the_ledger_shows_the_order(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal(cash=50)
            assert await office.ask("i1")
            assert not await office.ask("i2")
            assert office.state.pending == 1
            await office.tell(view(10), changed(order_of(place("i1")), OrderState.WRITTEN))
            assert office.state.pending == 0
            assert not await office.ask("i3")
            assert {refusal for _, refusal in office.refusals()} == {Refusal.NOT_ENOUGH_CASH}

        run(script)

    def test_is_free_again_when_the_executor_says_that_it_will_never_be_an_order(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal(cash=50)
            assert await office.ask("i1")
            await office.tell(ReservationReleased(IntentId("i1")), ReservationReleased(IntentId("i1")))
            assert office.state.pending == 0
            assert await office.ask("i2")
            assert heard(office.diary, JOURNAL_PATH, ReservationReleased) != []

        run(script)


class TestADirtyBook:
    def test_halts_its_market_at_once_and_cancels_what_rests_there_and_nowhere_else(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            await office.tell(BookDirty(GAME, "open too long", 1))
            assert office.cancels() == [GAME]
            assert not await office.ask("i1")
            assert await office.ask("i2", OTHER_GAME)
            assert office.modes(GAME) == [RiskMode.HALT]
            assert office.modes() == office.modes(OTHER_GAME) == []
            assert len(heard(office.diary, JOURNAL_PATH, BookDirty)) == 1

        run(script)

    def test_is_forgiven_after_the_quiet_period(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            await office.tell(BookDirty(GAME, "open too long", 1), BookClean(GAME, 1))
            await office.tree.advance(QUIET - 1)
            assert not await office.ask("i1")
            await office.tree.advance(1)
            assert await office.ask("i2")
            assert office.modes(GAME) == [RiskMode.HALT, RiskMode.NORMAL]

        run(script)

    def test_that_is_dirty_again_within_the_quiet_period_begins_it_anew(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            await office.tell(BookDirty(GAME, "", 1), BookClean(GAME, 1))
            await office.tree.advance(QUIET // 2)
            await office.tell(BookDirty(GAME, "", 1))
            await office.tree.advance(10 * QUIET)
            assert not await office.ask("i1")
            await office.tell(BookClean(GAME, 1))
            await office.tree.advance(QUIET)
            assert await office.ask("i2")

        run(script)


class TestOperators:
    @pytest.mark.parametrize("mode", [RiskMode.REDUCE_ONLY, RiskMode.FLATTEN, RiskMode.HALT])
    def test_set_a_mode_that_holds_until_they_clear_it(self, mode: RiskMode) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            await office.tell(SetMode(mode, "lunch"))
            await office.tree.advance(3600 * SECOND)
            assert not await office.ask("i1")
            assert office.state.causes == ("lunch",)
            await office.tell(ClearMode("dinner"))
            assert not await office.ask("i2")
            await office.tell(ClearMode("lunch"))
            assert await office.ask("i3")
            assert office.modes() == [mode, RiskMode.NORMAL]

        run(script)

    def test_cancel_everything_by_halt_alone(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            await office.tell(SetMode(RiskMode.REDUCE_ONLY, "careful"))
            assert office.cancels() == []
            await office.tell(SetMode(RiskMode.HALT, "stop"))
            assert office.cancels() == [None]
            await office.tell(ClearMode("stop"))
            assert office.state.mode is RiskMode.REDUCE_ONLY

        run(script)

    def test_are_written_down(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            await office.tell(SetMode(RiskMode.HALT, "stop"), ClearMode("stop"))
            kept = [each for each in office.diary.received(JOURNAL_PATH) if isinstance(each, SetMode | ClearMode)]
            assert kept == [SetMode(RiskMode.HALT, "stop"), ClearMode("stop")]

        run(script)

    def test_s_halt_outlives_the_governor(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            await office.tell(SetMode(RiskMode.HALT, "stop"))
            office.tree.kill(GOVERNOR_PATH)
            await office.tree.settle()
            await office.tell(view(), ExecutionReady(1))
            await office.tree.advance(QUIET)
            assert not await office.ask()

        run(script)


def test_a_new_life_begins_in_halt_and_asks_for_the_portfolio() -> None:
    async def script(office: Office) -> None:
        await office.be_normal()
        office.tree.kill(GOVERNOR_PATH)
        await office.tree.settle()
        assert office.modes() == [RiskMode.HALT]
        assert not await office.ask()
        assert len(heard(office.diary, LEDGER_PATH, TellPortfolio)) == 1
        assert office.state.pending == 0

    run(script)


def test_refusals_name_who_asked() -> None:
    async def script(office: Office) -> None:
        await office.ask()
        assert [each.strategy for each in heard(office.diary, JOURNAL_PATH, IntentRefused)] == [MAKER]

    run(script)


class TestOperatorsThatAreGone:
    """Architecture, section 5: a service that nobody can steer takes no new risk."""

    OPERATORS = SupervisorSpec(
        name=OPERATORS,
        strategy=Strategy.ONE_FOR_ONE,
        restart=Restart.TRANSIENT,
        intensity=1,
        children=(probe("control", Diary()),),
    )

    def test_for_good_mean_no_new_risk_until_an_operator_says_otherwise(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            for _ in range(2):
                office.tree.kill(f"{OPERATORS}/control")
                await office.tree.settle()
            assert office.modes() == []
            await office.tree.advance(OPERATORS_BACK_WITHIN_NS)
            assert office.modes() == [RiskMode.REDUCE_ONLY]
            assert office.state.causes == (NOBODY_STEERS,)
            await office.tree.advance(60 * SECOND)
            assert [line.actor for line in office.tree.logged("the operators are gone for good: no new risk")] == [
                GOVERNOR_PATH
            ]
            await office.tell(ClearMode(NOBODY_STEERS))
            assert office.modes() == [RiskMode.REDUCE_ONLY, RiskMode.NORMAL]

        run(script, self.OPERATORS)

    def test_are_not_forgotten_by_a_new_life_of_the_governor(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            for _ in range(2):
                office.tree.kill(f"{OPERATORS}/control")
                await office.tree.settle()
            office.tree.kill(GOVERNOR_PATH)
            await office.tree.settle()
            await office.tell(view(), ExecutionReady(1))
            await office.tree.advance(QUIET + OPERATORS_BACK_WITHIN_NS)
            assert office.state.mode is RiskMode.REDUCE_ONLY

        run(script, self.OPERATORS)

    @pytest.mark.parametrize("how", ["kill the actor", "kill the supervisor", "restart the supervisor"])
    def test_and_come_back_change_nothing(self, how: str) -> None:
        async def script(office: Office) -> None:
            tree = office.tree
            await office.be_normal()
            match how:
                case "kill the actor":
                    tree.kill(f"{OPERATORS}/control")
                case "kill the supervisor":
                    tree.kill(OPERATORS)
                case _:
                    await tree.run(lambda: tree.runtime.restart(OPERATORS, "a test"))
            await tree.advance(2 * OPERATORS_BACK_WITHIN_NS)
            assert tree.is_up(f"{OPERATORS}/control")
            assert office.state.mode is RiskMode.NORMAL

        run(script, self.OPERATORS)

    def test_where_there_never_were_any_are_not_missed(self) -> None:
        async def script(office: Office) -> None:
            await office.be_normal()
            await office.tree.advance(2 * OPERATORS_BACK_WITHIN_NS)
            assert office.state.mode is RiskMode.NORMAL

        run(script)


def test_who_asks_for_a_mode_is_told_what_it_is() -> None:
    async def script(office: Office) -> None:
        tree = office.tree
        await office.be_normal()
        ask = tree.runtime.ask(tree.address(GOVERNOR_PATH), SetMode(RiskMode.HALT, "the end"), SECOND)
        assert await tree.run(lambda: ask) == ModeIs(RiskMode.HALT)

    run(script)

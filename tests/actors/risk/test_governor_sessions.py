"""The governor and the sessions: what it hears of them, what it cancels for them, and what it thinks when one dies."""

from collections.abc import Awaitable, Callable

from actors.risk.governor import Governor, GovernorSettings
from actors.risk.limits import RiskLimits
from messages.identity import MarketId, Side
from messages.intents import IntentRefused, Refusal
from messages.orders import CancelOrders
from messages.portfolio import MarketPortfolio, PortfolioView, Position, Wallet
from messages.risk import Authorise, Authorised, ExecutionReady, ModeChanged, RiskMode
from messages.sessions import MarketLeft, SessionIs, SessionState
from messages.units import Cash, Shares
from supervision.specs import SECOND
from supervision.testing import ORIGIN_NS, Diary, Tree, run_tree
from tests.actors.actor_world import EXECUTOR_PATH, GOVERNOR_PATH, JOURNAL_PATH, heard
from tests.actors.samples import GAME, MAKER, dollars, place, shares
from tests.actors.session_world import SESSION_PATH, period_market, session_world, told

BOOT, ACTIVE, WIND_DOWN, FLATTEN, DONE = SessionState
SETTINGS = GovernorSettings(limits=RiskLimits(dollars(100), dollars(1000), 6, dollars(100)), quiet_ns=SECOND)
Script = Callable[["Office"], Awaitable[None]]


class Office:
    """A governor whose portfolio is known and whose execution is ready; 100 YES are held."""

    def __init__(self, tree: Tree, diary: Diary) -> None:
        self.tree = tree
        self.diary = diary
        self.asked = 0

    async def tell(self, *messages: object) -> None:
        self.tree.tell(GOVERNOR_PATH, *messages)
        await self.tree.settle()

    async def be_told(self, state: SessionState, until_ns: int | None = None) -> None:
        await self.tell(told(state, at_ns=self.tree.clock.now_ns(), until_ns=until_ns))

    async def may(self, side: Side = Side.BUY) -> bool:
        """Whether an order passes: 10 YES at 0.40."""
        self.asked += 1
        before = len(heard(self.diary, EXECUTOR_PATH, Authorised))
        await self.tell(Authorise(place(f"i{self.asked}", side, size=shares(10)), 1))
        return len(heard(self.diary, EXECUTOR_PATH, Authorised)) > before

    @property
    def modes(self) -> list[RiskMode]:
        return [each.mode for each in heard(self.diary, JOURNAL_PATH, ModeChanged) if each.market == GAME]

    @property
    def cancels(self) -> int:
        return len([each for each in heard(self.diary, EXECUTOR_PATH, CancelOrders) if each.market == GAME])

    @property
    def refusals(self) -> set[Refusal]:
        return {each.refusal for each in heard(self.diary, JOURNAL_PATH, IntentRefused)}


def run(script: Script) -> None:
    diary = Diary()
    position = Position(GAME, MAKER, shares(100), shares(0))
    portfolio = MarketPortfolio(GAME, 1, (position,), (), Cash(0), Shares(0), Shares(0))
    view = PortfolioView(1, Wallet(dollars(1000), dollars(1000), Cash(0)), (portfolio,), 1)

    async def in_the_office(tree: Tree) -> None:
        office = Office(tree, diary)
        await office.tell(view, ExecutionReady(1))
        await tree.advance(SECOND)
        diary.forget()
        await script(office)

    governor = {GOVERNOR_PATH: lambda: Governor((period_market(),), SETTINGS)}
    run_tree(session_world(diary, governor), in_the_office)


def test_nothing_new_passes_before_a_word_of_the_session_and_reductions_do() -> None:
    async def script(office: Office) -> None:
        assert not await office.may()
        assert await office.may(Side.SELL)
        assert office.refusals == {Refusal.SESSION}

    run(script)


def test_each_state_lets_pass_what_it_should() -> None:
    async def script(office: Office) -> None:
        await office.be_told(BOOT)
        assert not await office.may()
        assert not await office.may(Side.SELL)
        await office.be_told(ACTIVE)
        assert await office.may()
        await office.be_told(WIND_DOWN)
        assert await office.may()
        await office.tree.advance(59 * SECOND)
        assert not await office.may()
        await office.be_told(FLATTEN)
        assert not await office.may()
        assert await office.may(Side.SELL)
        await office.be_told(DONE)
        assert not await office.may(Side.SELL)
        assert office.refusals == {Refusal.SESSION}

    run(script)


def test_flatten_cancels_everything_once_and_done_halts_the_market_for_good() -> None:
    async def script(office: Office) -> None:
        for state in (BOOT, ACTIVE, WIND_DOWN):
            await office.be_told(state)
        assert (office.cancels, office.modes) == (0, [])
        await office.be_told(FLATTEN)
        await office.be_told(FLATTEN)
        assert (office.cancels, office.modes) == (1, [RiskMode.FLATTEN])
        await office.be_told(DONE)
        assert (office.cancels, office.modes) == (2, [RiskMode.FLATTEN, RiskMode.HALT])
        await office.be_told(ACTIVE)
        await office.tree.advance(3600 * SECOND)
        assert office.modes == [RiskMode.FLATTEN, RiskMode.HALT]

    run(script)


def test_what_was_authorised_before_flatten_is_with_the_executor_before_the_cancel() -> None:
    """So that the cancel takes it away: an order that adds risk cannot slip in behind it."""

    async def script(office: Office) -> None:
        await office.be_told(ACTIVE)
        office.tree.tell(GOVERNOR_PATH, Authorise(place("last", size=shares(10)), 1), told(FLATTEN))
        office.tree.tell(GOVERNOR_PATH, Authorise(place("late", size=shares(10)), 1))
        await office.tree.settle()
        to_executor = [type(each).__name__ for each in office.diary.received(EXECUTOR_PATH)]
        assert to_executor == ["Authorised", "CancelOrders"]

    run(script)


def test_a_session_that_dies_lets_nothing_new_pass_until_its_next_life_speaks() -> None:
    async def script(office: Office) -> None:
        await office.be_told(ACTIVE)
        assert await office.may()
        for _ in range(2):
            office.tree.kill(SESSION_PATH)
            await office.tree.settle()
            assert not await office.may()
            assert await office.may(Side.SELL)
            await office.be_told(ACTIVE)
            assert await office.may()
        assert office.cancels == 0
        assert heard(office.diary, JOURNAL_PATH, ModeChanged) == [], "it is no death of execution"

    run(script)


def test_a_session_that_hangs_lets_nothing_new_pass() -> None:
    async def script(office: Office) -> None:
        await office.be_told(ACTIVE, ORIGIN_NS + 10 * SECOND)
        assert await office.may()
        await office.tree.advance(11 * SECOND)
        assert not await office.may()
        assert await office.may(Side.SELL)

    run(script)


def test_a_session_of_a_market_that_nobody_knows_harms_nobody() -> None:
    async def script(office: Office) -> None:
        word = told(DONE)
        await office.tell(SessionIs(MarketId("0x" + "c" * 64), word.state, 1.0, "", word.at_ns), MarketLeft(GAME, 1))
        assert office.tree.cell(GOVERNOR_PATH).generation == 1

    run(script)

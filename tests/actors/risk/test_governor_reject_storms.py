"""What the governor lets pass while the venue rejects."""

from collections.abc import Awaitable, Callable

from attrs import evolve

from actors.risk.governor import REJECTS, Governor, GovernorSettings, GovernorState
from actors.risk.limits import RiskLimits
from actors.risk.reject_storm import RejectStormSettings
from messages.control import ClearMode
from messages.identity import MarketId, Outcome, Side
from messages.intents import IntentRefused, Place, Refusal
from messages.orders import OrderState
from messages.portfolio import MarketPortfolio, PortfolioView, Position, Wallet
from messages.risk import Authorise, Authorised, ExecutionReady, ModeChanged, ReservationReleased, RiskMode
from messages.units import Cash, Shares
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import EXECUTOR_PATH, GOVERNOR_PATH, JOURNAL_PATH, heard, world
from tests.actors.samples import GAME, MAKER, OTHER_GAME, changed, dollars, market, order_of, place, shares

STORMS = RejectStormSettings(first_pause_ns=5 * SECOND, rejects_at_venue=8, markets_at_venue=2)
LIMITS = RiskLimits(dollars(10_000), dollars(10_000), 60, dollars(100))
SETTINGS = GovernorSettings(limits=LIMITS, quiet_ns=SECOND, reject_storms=STORMS)
SALE = place("sale", Side.SELL, Outcome.YES, 6000, shares(50))


class Desk:
    def __init__(self, tree: Tree, diary: Diary) -> None:
        self.tree = tree
        self.diary = diary
        self.asked = 0

    async def tell(self, *messages: object) -> None:
        self.tree.tell(GOVERNOR_PATH, *messages)
        await self.tree.settle()

    async def open(self) -> None:
        """Normal, with 50 YES held in the game."""
        held = MarketPortfolio(GAME, 0, (Position(GAME, MAKER, shares(50)),), (), Cash(0), Shares(0), Shares(0))
        other = MarketPortfolio(OTHER_GAME, 0, (), (), Cash(0), Shares(0), Shares(0))
        wallet = Wallet(dollars(10_000), dollars(10_000), Cash(0))
        await self.tell(PortfolioView(1, wallet, (held, other), 1), ExecutionReady(1))
        await self.tree.advance(SECOND)

    async def ask(self, wish: Place | None = None, where: MarketId = GAME) -> Place | None:
        """The order, if it was authorised."""
        self.asked += 1
        wanted = wish or place(f"i{self.asked}", where=where)
        before = len(heard(self.diary, EXECUTOR_PATH, Authorised))
        await self.tell(Authorise(wanted, 1))
        return wanted if len(heard(self.diary, EXECUTOR_PATH, Authorised)) > before else None

    async def reject(self, wish: Place) -> None:
        await self.tell(changed(order_of(wish), OrderState.WRITTEN), changed(order_of(wish), OrderState.REJECTED))

    async def storm(self, where: MarketId = GAME, number: int = 5) -> None:
        for _ in range(number):
            wish = await self.ask(where=where)
            assert wish is not None
            await self.reject(wish)

    def last_refusal(self) -> Refusal:
        return heard(self.diary, JOURNAL_PATH, IntentRefused)[-1].refusal

    def modes(self) -> list[RiskMode]:
        return [each.mode for each in heard(self.diary, JOURNAL_PATH, ModeChanged) if each.market is None]

    @property
    def state(self) -> GovernorState:
        actor = self.tree.cell(GOVERNOR_PATH).actor
        assert actor is not None
        state = actor.describe()
        assert isinstance(state, GovernorState)
        return state


def run(script: Callable[[Desk], Awaitable[None]]) -> None:
    diary = Diary()

    async def at_the_desk(tree: Tree) -> None:
        desk = Desk(tree, diary)
        await desk.open()
        await script(desk)

    run_tree(world(diary, {GOVERNOR_PATH: lambda: Governor((market(), market(OTHER_GAME)), SETTINGS)}), at_the_desk)


def test_a_paused_market_refuses_new_risk_for_a_reason_of_its_own_and_lets_reductions_pass() -> None:
    async def script(desk: Desk) -> None:
        await desk.storm()
        assert await desk.ask() is None
        assert desk.last_refusal() is Refusal.REJECT_STORM
        assert await desk.ask(SALE) is not None
        assert await desk.ask(where=OTHER_GAME) is not None
        assert [name for name, _ in desk.state.reject_storms] == [GAME]
        assert desk.state.mode is RiskMode.NORMAL

    run(script)


def test_a_sale_of_more_than_is_held_is_no_reduction() -> None:
    async def script(desk: Desk) -> None:
        await desk.storm()
        assert await desk.ask(evolve(SALE, size=shares(51))) is None
        assert await desk.ask(place("no", outcome=Outcome.NO, size=shares(50))) is not None
        assert await desk.ask(place("more", outcome=Outcome.NO, size=shares(51))) is None

    run(script)


def test_a_reduction_is_not_the_probe() -> None:
    async def script(desk: Desk) -> None:
        await desk.storm()
        await desk.tree.advance(5 * SECOND)
        assert await desk.ask(SALE) is not None
        assert await desk.ask() is not None
        assert await desk.ask() is None

    run(script)


def test_the_probe_opens_the_market_when_it_rests() -> None:
    async def script(desk: Desk) -> None:
        await desk.storm()
        await desk.tree.advance(5 * SECOND)
        probe = await desk.ask()
        assert probe is not None
        assert await desk.ask() is None
        await desk.tell(changed(order_of(probe), OrderState.SENT))
        assert await desk.ask() is None
        await desk.tell(changed(order_of(probe), OrderState.LIVE))
        assert await desk.ask() is not None
        assert desk.state.reject_storms == ()

    run(script)


def test_a_probe_that_was_lost_or_refused_by_execution_makes_room_for_another() -> None:
    async def script(desk: Desk) -> None:
        await desk.storm()
        await desk.tree.advance(5 * SECOND)
        probe = await desk.ask()
        assert probe is not None
        await desk.tell(ReservationReleased(probe.intent))
        assert await desk.ask() is not None
        desk.tree.kill(EXECUTOR_PATH)
        await desk.tree.settle()
        await desk.tell(ExecutionReady(1))
        await desk.tree.advance(SECOND)
        assert await desk.ask() is not None

    run(script)


def test_an_intent_that_is_refused_for_another_reason_is_not_taken_for_the_probe() -> None:
    async def script(desk: Desk) -> None:
        await desk.storm()
        await desk.tree.advance(5 * SECOND)
        assert await desk.ask(place("dear", size=shares(1000))) is None
        assert desk.last_refusal() is Refusal.ORDER_TOO_LARGE
        assert await desk.ask() is not None

    run(script)


def test_rejects_in_many_markets_mean_reduce_only_until_it_is_over_and_then_a_probe_each() -> None:
    async def script(desk: Desk) -> None:
        await desk.storm(GAME, 4)
        await desk.storm(OTHER_GAME, 4)
        assert desk.state.mode is RiskMode.REDUCE_ONLY
        assert desk.state.causes == (REJECTS,)
        assert await desk.ask() is None
        assert desk.last_refusal() is Refusal.MODE
        assert await desk.ask(SALE) is not None
        await desk.tree.advance(5 * SECOND + SETTINGS.quiet_ns)
        assert desk.modes()[-2:] == [RiskMode.REDUCE_ONLY, RiskMode.NORMAL]
        for each in (GAME, OTHER_GAME):
            assert await desk.ask(where=each) is not None
            assert await desk.ask(where=each) is None
            assert desk.last_refusal() is Refusal.REJECT_STORM

    run(script)


def test_an_operator_can_end_it_at_once() -> None:
    async def script(desk: Desk) -> None:
        await desk.storm(GAME, 4)
        await desk.storm(OTHER_GAME, 4)
        await desk.tell(ClearMode(REJECTS))
        assert desk.state.mode is RiskMode.NORMAL
        assert desk.state.reject_storms == ()
        assert await desk.ask() is not None
        assert await desk.ask() is not None

    run(script)

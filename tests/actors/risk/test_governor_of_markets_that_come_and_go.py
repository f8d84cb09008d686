"""A governor lets orders pass in just the markets that are with us, whoever dies and in whatever order they come."""

from collections.abc import Awaitable, Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.risk.governor import Governor, GovernorSettings, GovernorState
from actors.risk.limits import RiskLimits
from messages.identity import MarketId
from messages.markets import Market
from messages.portfolio import MarketPortfolio, PortfolioView, Position, Wallet
from messages.risk import Authorise, Authorised, BookDirty, ExecutionReady, RiskMode
from messages.sessions import MarketJoined, MarketLeft
from messages.units import Cash, Shares
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import EXECUTOR_PATH, GOVERNOR_PATH, JOURNAL_PATH, heard, world
from tests.actors.samples import GAME, MAKER, dollars, market, place, shares

COMING = tuple(market(MarketId("0x" + letter * 64)) for letter in "cde")
SETTINGS = GovernorSettings(limits=RiskLimits(dollars(1000), dollars(1000), 1000, dollars(1000)), quiet_ns=SECOND)
Script = Callable[[Tree, Diary], Awaitable[None]]


def run(script: Script) -> None:
    diary = Diary()

    async def play(tree: Tree) -> None:
        await script(tree, diary)

    run_tree(world(diary, {GOVERNOR_PATH: lambda: Governor((market(),), SETTINGS)}), play)


def view(*held: MarketPortfolio) -> PortfolioView:
    return PortfolioView(1, Wallet(dollars(100_000), dollars(100_000), Cash(0)), held, 1)


async def come(tree: Tree, news: MarketJoined | MarketLeft) -> None:
    """To the journal first, as discovery does it."""
    tree.tell(JOURNAL_PATH, news)
    tree.tell(GOVERNOR_PATH, news)
    await tree.settle()


async def be_normal(tree: Tree, known: PortfolioView) -> None:
    tree.tell(GOVERNOR_PATH, known, ExecutionReady(1))
    await tree.advance(2 * SECOND)


async def asks(tree: Tree, diary: Diary, intent: str, where: MarketId, size: int = 1) -> bool:
    before = len(heard(diary, EXECUTOR_PATH, Authorised))
    tree.tell(GOVERNOR_PATH, Authorise(place(intent, where=where, size=shares(size)), 1))
    await tree.settle()
    return len(heard(diary, EXECUTOR_PATH, Authorised)) > before


STEPS = st.one_of(
    st.tuples(st.sampled_from(["join", "leave", "dirty"]), st.sampled_from(COMING)),
    st.tuples(st.just("die"), st.just(market())),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=12))
def test_orders_pass_in_just_the_markets_that_are_there(steps: list[tuple[str, Market]]) -> None:
    async def script(tree: Tree, diary: Diary) -> None:
        present, dirty, number = {GAME}, set[MarketId](), 0
        await be_normal(tree, view())
        for what, which in steps:
            if what == "join":
                await come(tree, MarketJoined(which, 1))
                present.add(which.market)
            elif what == "leave":
                await come(tree, MarketLeft(which.market, 1))
                present.discard(which.market)
                dirty.discard(which.market)
            elif what == "dirty" and which.market in present:
                tree.tell(GOVERNOR_PATH, BookDirty(which.market, "a gap", 1))
                await tree.settle()
                dirty.add(which.market)
            elif what == "die":
                tree.kill(GOVERNOR_PATH)
                await tree.advance(SECOND)
                await be_normal(tree, view())
                # The market actors mind their books: they tell it anew when the next gap comes.
                dirty.clear()
            for each in (GAME, *(coming.market for coming in COMING)):
                number += 1
                passes = await asks(tree, diary, f"i{number}", each)
                assert passes == (each in present and each not in dirty), (what, each)

    run(script)


def test_a_market_that_left_in_halt_comes_back_as_any_other() -> None:
    async def script(tree: Tree, diary: Diary) -> None:
        await be_normal(tree, view())
        coming = COMING[0]
        await come(tree, MarketJoined(coming, 1))
        tree.tell(GOVERNOR_PATH, BookDirty(coming.market, "its end", 1))
        await tree.settle()
        await come(tree, MarketLeft(coming.market, 1))
        actor = tree.cell(GOVERNOR_PATH).actor
        assert actor is not None
        shown = actor.describe()
        assert isinstance(shown, GovernorState)
        assert (shown.mode, shown.markets_not_normal) == (RiskMode.NORMAL, ())
        await come(tree, MarketJoined(coming, 1))
        assert await asks(tree, diary, "i1", coming.market)

    run(script)


def test_what_was_lost_or_is_owned_in_markets_that_are_over_is_not_at_risk_any_more() -> None:
    """Else a service that goes on for days would stop trading for the losses of the first."""
    over = COMING[0]
    bought = Position(over.market, MAKER, yes=Shares(500 * 10**6), cash=Cash(-500 * 10**6))
    held = MarketPortfolio(over.market, 1, (bought,), (), Cash(0), Shares(0), Shares(0))

    async def script(tree: Tree, diary: Diary) -> None:
        await come(tree, MarketJoined(over, 1))
        await be_normal(tree, view(held))
        for number in range(3):
            assert not await asks(tree, diary, f"a{number}", GAME, size=2000), "0.40 x 2000 and 500 are above 1000"
        await come(tree, MarketLeft(over.market, 1))
        assert await asks(tree, diary, "b", GAME, size=2000)
        tree.kill(GOVERNOR_PATH)
        await tree.advance(SECOND)
        await be_normal(tree, view(held))
        assert await asks(tree, diary, "c", GAME, size=2000), "a new life knows it from the journal"

    run(script)


def test_the_markets_that_the_tree_began_with_stay_whatever_is_said() -> None:
    async def script(tree: Tree, diary: Diary) -> None:
        await be_normal(tree, view())
        await come(tree, MarketLeft(GAME, 1))
        assert await asks(tree, diary, "i1", GAME)

    run(script)


def test_an_order_in_a_market_that_is_not_with_us_is_refused_for_the_journal_to_tell() -> None:
    async def script(tree: Tree, diary: Diary) -> None:
        await be_normal(tree, view())
        assert not await asks(tree, diary, "i1", COMING[0].market)
        (refused,) = [each for each in diary.received(JOURNAL_PATH) if type(each).__name__ == "IntentRefused"]
        assert "not traded" in str(refused)

    run(script)

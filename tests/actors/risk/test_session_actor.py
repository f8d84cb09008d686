"""The session: in step before it begins, at each instant where it should be, and never a step back."""

from collections.abc import Awaitable, Callable

from actors.paths import EXECUTOR
from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.risk.session import Session, SessionShown, TellSession
from actors.risk.session_rules import SessionSettings
from actors.strategies.hourly_quoter import HOURLY_QUOTER
from messages.control import SessionStarted
from messages.market_data import BookOpened
from messages.portfolio import MarketPortfolio, PortfolioChanged, Wallet
from messages.pricing import NoPrices, PriceSnapshot, TellPrices
from messages.sessions import SessionIs, SessionState
from messages.units import Cash, Shares
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import (
    GOVERNOR_PATH,
    JOURNAL_PATH,
    LEDGER_PATH,
    heard,
    say,
    snapshot,
)
from tests.actors.samples import GAME, dollars
from tests.actors.session_world import (
    ENDS_IN_NS,
    PERIOD,
    PRICES_PATH,
    QUOTER_PATH,
    SERIES,
    SESSION_PATH,
    STARTS_IN_NS,
    period_market,
    prices,
    session_world,
)

SETTINGS = SessionSettings()
TIMES = SETTINGS.five_minutes
BOOT, ACTIVE, WIND_DOWN, FLATTEN, DONE = SessionState
Script = Callable[["Clockwork"], Awaitable[None]]


def portfolio() -> PortfolioChanged:
    empty = MarketPortfolio(GAME, 1, (), (), Cash(0), Shares(0), Shares(0))
    return PortfolioChanged(empty, Wallet(dollars(1000), dollars(1000), Cash(0)))


class Clockwork:
    """A session with probes around it."""

    def __init__(self, tree: Tree, diary: Diary) -> None:
        self.tree = tree
        self.diary = diary

    async def tell(self, *messages: object) -> None:
        self.tree.tell(SESSION_PATH, *messages)
        await self.tree.settle()

    async def get_in_step(self) -> None:
        """The start of the period, with all there has to be."""
        await self.tree.advance(STARTS_IN_NS)
        await self.tell(snapshot(), portfolio(), prices())

    async def until_before_the_end(self, left_ns: int) -> None:
        end_ns = PERIOD.end_ms * 1_000_000
        await self.tree.advance(end_ns - left_ns - self.tree.clock.now_ns())

    @property
    def state(self) -> SessionState:
        actor = self.tree.cell(SESSION_PATH).actor
        assert actor is not None
        shown = actor.describe()
        assert isinstance(shown, SessionShown)
        return shown.state

    def states(self, path: str) -> list[SessionState]:
        return [each.state for each in heard(self.diary, path, SessionIs)]


def run(script: Script) -> None:
    diary = Diary()

    async def by_the_clock(tree: Tree) -> None:
        await script(Clockwork(tree, diary))

    create = {SESSION_PATH: lambda: Session(period_market(), SETTINGS, (HOURLY_QUOTER,))}
    run_tree(session_world(diary, create), by_the_clock)


class TestTheBeginning:
    def test_waits_for_the_start_and_for_book_portfolio_and_price(self) -> None:
        async def script(works: Clockwork) -> None:
            await works.tell(snapshot(), portfolio(), prices())
            assert works.state is BOOT
            await works.tree.advance(STARTS_IN_NS - 1)
            assert works.state is BOOT
            await works.tree.advance(1)
            assert works.state is ACTIVE

        run(script)

    def test_takes_no_price_that_is_stale_or_of_another_period_or_missing(self) -> None:
        async def script(works: Clockwork) -> None:
            await works.tree.advance(STARTS_IN_NS)
            await works.tell(snapshot(), portfolio())
            before = SERIES.period_at(PERIOD.start_ms - 1)
            for wrong in (prices(stale=True), prices(period=before), NoPrices(SERIES, "none")):
                await works.tell(wrong)
                assert works.state is BOOT
            await works.tell(prices())
            assert works.state is ACTIVE

        run(script)

    def test_takes_no_book_that_opened_again(self) -> None:
        async def script(works: Clockwork) -> None:
            await works.tell(snapshot(), BookOpened(GAME, "dirty"), portfolio(), prices())
            await works.tree.advance(STARTS_IN_NS)
            assert works.state is BOOT
            await works.tell(snapshot(number=2))
            assert works.state is ACTIVE

        run(script)

    def test_asks_for_the_portfolio_and_from_the_start_on_for_the_price_until_it_has_them(self) -> None:
        async def script(works: Clockwork) -> None:
            assert heard(works.diary, LEDGER_PATH, TellMarketPortfolio) != []
            assert heard(works.diary, PRICES_PATH, TellPrices) == []
            await works.tree.advance(STARTS_IN_NS)
            assert heard(works.diary, PRICES_PATH, TellPrices) != []
            await works.tell(snapshot(), portfolio(), prices())
            works.diary.forget()
            await works.tree.advance(10 * SECOND)
            assert heard(works.diary, PRICES_PATH, TellPrices) == []
            assert heard(works.diary, LEDGER_PATH, TellMarketPortfolio) == []

        run(script)

    def test_that_never_comes_still_ends_in_good_order(self) -> None:
        """What is held has to be got rid of, prices or not."""

        async def script(works: Clockwork) -> None:
            await works.until_before_the_end(0)
            assert works.states(GOVERNOR_PATH) == [BOOT, FLATTEN, DONE]

        run(script)


class TestTheWay:
    def test_is_told_state_by_state_at_the_instant_to_governor_journal_and_strategies(self) -> None:
        async def script(works: Clockwork) -> None:
            await works.get_in_step()
            await works.until_before_the_end(0)
            for path in (GOVERNOR_PATH, JOURNAL_PATH):
                assert works.states(path) == [BOOT, ACTIVE, WIND_DOWN, FLATTEN, DONE]
            assert list(dict.fromkeys(works.states(QUOTER_PATH))) == [BOOT, ACTIVE, WIND_DOWN, FLATTEN, DONE]
            end_ns = PERIOD.end_ms * 1_000_000
            left = [end_ns - each.at_ns for each in heard(works.diary, GOVERNOR_PATH, SessionIs)]
            assert left[1:] == [ENDS_IN_NS - STARTS_IN_NS, TIMES.wind_down_ns, TIMES.flatten_ns, TIMES.done_ns]

        run(script)

    def test_through_wind_down_is_told_as_it_goes_to_the_strategies_alone(self) -> None:
        async def script(works: Clockwork) -> None:
            await works.get_in_step()
            await works.until_before_the_end(TIMES.flatten_ns)
            words = [each for each in heard(works.diary, QUOTER_PATH, SessionIs) if each.state is WIND_DOWN]
            downs = [each.wound_down for each in words]
            assert len(downs) >= 40
            assert downs == sorted(downs)
            assert downs[0] == 0.0
            assert len([each for each in heard(works.diary, GOVERNOR_PATH, SessionIs) if each.state is WIND_DOWN]) == 1

        run(script)

    def test_is_not_left_because_a_price_grows_stale(self) -> None:
        async def script(works: Clockwork) -> None:
            await works.get_in_step()
            await works.tell(prices(seq=2, stale=True), BookOpened(GAME, "dirty"))
            assert works.state is ACTIVE

        run(script)

    def test_is_told_to_who_asks(self) -> None:
        async def script(works: Clockwork) -> None:
            await works.get_in_step()
            works.diary.forget()
            say(works.tree, QUOTER_PATH, SESSION_PATH, TellSession())
            await works.tree.settle()
            assert works.states(QUOTER_PATH) == [ACTIVE]

        run(script)


class TestANewLife:
    def test_takes_up_the_state_that_was_written_down_and_never_an_earlier_one(self) -> None:
        async def script(works: Clockwork) -> None:
            await works.get_in_step()
            works.tree.kill(SESSION_PATH)
            await works.tree.settle()
            assert works.state is ACTIVE
            await works.until_before_the_end(TIMES.wind_down_ns - SECOND)
            works.tree.kill(SESSION_PATH)
            await works.tree.settle()
            assert works.state is WIND_DOWN
            assert works.states(GOVERNOR_PATH) == [BOOT, ACTIVE, ACTIVE, WIND_DOWN, WIND_DOWN]
            assert heard(works.diary, GOVERNOR_PATH, SessionIs)[-1].wound_down > 0

        run(script)

    def test_that_was_not_in_step_before_is_not_now(self) -> None:
        async def script(works: Clockwork) -> None:
            await works.tree.advance(STARTS_IN_NS)
            works.tree.kill(SESSION_PATH)
            await works.tree.settle()
            assert works.state is BOOT

        run(script)

    def test_does_not_believe_what_another_run_of_the_service_was_in_step_with(self) -> None:
        async def script(works: Clockwork) -> None:
            await works.get_in_step()
            works.tree.tell(JOURNAL_PATH, SessionStarted("exchange", 0, "0", 0))
            await works.tree.settle()
            works.tree.kill(SESSION_PATH)
            await works.tree.settle()
            assert works.state is BOOT

        run(script)

    def test_leaves_the_cancelling_to_the_governor(self) -> None:
        async def script(works: Clockwork) -> None:
            await works.get_in_step()
            await works.until_before_the_end(0)
            assert works.diary.received(EXECUTOR.text) == []

        run(script)


def test_a_price_is_asked_for_again_until_it_is_of_the_period() -> None:
    async def script(works: Clockwork) -> None:
        await works.tree.advance(STARTS_IN_NS + 5 * SECOND)
        assert len(heard(works.diary, PRICES_PATH, TellPrices)) >= 5
        assert not any(isinstance(each, PriceSnapshot) for each in works.diary.received(PRICES_PATH))

    run(script)

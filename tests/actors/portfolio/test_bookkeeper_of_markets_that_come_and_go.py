"""The ledger's actor knows the markets that joined, in every life: their strategies hear of their orders."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from actors.execution.words import OpenOrders, OrderOnDisk, TellOpenOrders
from actors.portfolio.bookkeeper import Bookkeeper, TellMarketPortfolio
from actors.records.journal import Journal
from actors.records.journal_store import JournalStore
from messages.orders import OrderChanged, OrderState
from messages.portfolio import PortfolioChanged
from messages.sessions import MarketJoined, MarketLeft
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import (
    EXECUTOR_PATH,
    JOURNAL_PATH,
    LEDGER_PATH,
    MARKET_PATH,
    OTHER_MAKER_PATH,
    Create,
    heard,
    say,
    world,
)
from tests.actors.samples import OTHER_GAME, TAKER_FEES, dollars, fill_of, market, moved, order_of, place

COMING = market(OTHER_GAME, TAKER_FEES)
JOINED, LEFT = MarketJoined(COMING, 1), MarketLeft(OTHER_GAME, 2)
ORDER = order_of(place(where=OTHER_GAME, post_only=False))
Script = Callable[[Tree, Diary], Awaitable[None]]


def run(script: Script) -> None:
    diary = Diary()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "journal.sqlite"

        async def play(tree: Tree) -> None:
            await script(tree, diary)

        actors: dict[str, Create] = {
            JOURNAL_PATH: lambda: Journal(lambda: JournalStore.open(file)),
            LEDGER_PATH: lambda: Bookkeeper(dollars(1000), (market(),)),
        }
        run_tree(world(diary, actors), play)


async def come(tree: Tree, news: MarketJoined | MarketLeft) -> None:
    """To the journal first, as discovery does it."""
    tree.tell(JOURNAL_PATH, news)
    await tree.advance(SECOND)
    tree.tell(LEDGER_PATH, news)
    await tree.settle()


async def die(tree: Tree) -> None:
    tree.kill(LEDGER_PATH)
    await tree.advance(SECOND)


@pytest.mark.parametrize("dies", [False, True], ids=["in one life", "after a death"])
def test_an_order_in_a_market_that_joined_is_written_and_its_strategy_hears_of_it(dies: bool) -> None:
    async def script(tree: Tree, diary: Diary) -> None:
        await come(tree, JOINED)
        if dies:
            await die(tree)
        say(tree, EXECUTOR_PATH, LEDGER_PATH, ORDER, moved(ORDER, OrderState.LIVE))
        await tree.advance(SECOND)
        assert heard(diary, EXECUTOR_PATH, OrderOnDisk) == [OrderOnDisk(ORDER)]
        states = [each.state for each in heard(diary, OTHER_MAKER_PATH, OrderChanged)]
        assert states == [OrderState.WRITTEN, OrderState.LIVE]
        (*_, last) = heard(diary, OTHER_MAKER_PATH, PortfolioChanged)
        assert last.portfolio.reserved_cash > dollars(40), "what it may pay in fees is reserved too"

    run(script)


@pytest.mark.parametrize("dies", [False, True], ids=["in one life", "after a death"])
def test_a_new_executor_is_told_of_the_markets_that_joined(dies: bool) -> None:
    async def script(tree: Tree, diary: Diary) -> None:
        await come(tree, JOINED)
        if dies:
            await die(tree)
        say(tree, EXECUTOR_PATH, LEDGER_PATH, TellOpenOrders())
        await tree.settle()
        (told,) = heard(diary, EXECUTOR_PATH, OpenOrders)
        assert told.joined == (COMING,)

    run(script)


def test_what_is_owned_of_a_market_that_left_stays_booked_in_every_life() -> None:
    async def script(tree: Tree, diary: Diary) -> None:
        await come(tree, JOINED)
        say(tree, EXECUTOR_PATH, LEDGER_PATH, ORDER, fill_of(ORDER))
        await tree.advance(SECOND)
        await come(tree, LEFT)
        await die(tree)
        say(tree, MARKET_PATH, LEDGER_PATH, TellMarketPortfolio(OTHER_GAME))
        await tree.settle()
        (told,) = heard(diary, MARKET_PATH, PortfolioChanged)
        assert (told.portfolio.yes, told.portfolio.open_orders) == (ORDER.size, ())

    run(script)


def test_who_asks_for_a_market_that_left_untraded_is_not_answered() -> None:
    async def script(tree: Tree, diary: Diary) -> None:
        await come(tree, JOINED)
        await come(tree, LEFT)
        say(tree, MARKET_PATH, LEDGER_PATH, TellMarketPortfolio(OTHER_GAME))
        await tree.settle()
        assert heard(diary, MARKET_PATH, PortfolioChanged) == []

    run(script)

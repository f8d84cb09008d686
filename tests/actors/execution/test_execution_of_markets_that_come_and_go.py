"""Executor and paper venue know the markets that joined, in every life, and answer for them as for the others."""

from collections.abc import Awaitable, Callable

import pytest

from actors.execution.executor import Executor, ExecutorSettings
from actors.execution.gateway import Gateway
from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from actors.execution.words import OpenOrders, OrderOnDisk, TellOpenOrders
from actors.paths import EXECUTOR
from messages.identity import IntentId, OrderId
from messages.intents import Cancel, IntentRefused, Refusal
from messages.orders import Order, OrderMoved, OrderState
from messages.ownership import Fence
from messages.sessions import MarketJoined, MarketLeft
from supervision.actor import Actor
from supervision.specs import SECOND, Strategy
from supervision.testing import MILLISECOND, Diary, Tree, run_tree
from tests.actors.actor_world import (
    EXECUTOR_PATH,
    GATEWAY_PATH,
    JOURNAL_PATH,
    LEDGER_PATH,
    OTHER_MAKER_PATH,
    Create,
    heard,
    world,
)
from tests.actors.samples import MAKER, OTHER_GAME, authorised, market, place

COMING = market(OTHER_GAME)
JOINED, LEFT = MarketJoined(COMING, 1), MarketLeft(OTHER_GAME, 2)
Script = Callable[[Tree, Diary, PaperVenue], Awaitable[None]]


class LedgerOfBefore(Actor[object]):
    """Has every order on disk at once; `joined` is in its journal, if anything is."""

    def __init__(self, joined: bool, moved: list[OrderMoved]) -> None:
        self._joined = (COMING,) if joined else ()
        self._moved = moved

    def receive(self, message: object) -> None:
        match message:
            case TellOpenOrders():
                self.reply(OpenOrders((), self._joined))
            case Order():
                self.tell(self.address(EXECUTOR), OrderOnDisk(message))
            case OrderMoved():
                self._moved.append(message)


def run(script: Script, *, joined_before: bool = False, moved: list[OrderMoved] | None = None) -> None:
    diary, venue, told = Diary(), PaperVenue(PaperSettings(), [market()]), [] if moved is None else moved
    real: dict[str, Create] = {
        LEDGER_PATH: lambda: LedgerOfBefore(joined_before, told),
        GATEWAY_PATH: lambda: Gateway(venue),
        EXECUTOR_PATH: lambda: Executor((market(),), ExecutorSettings(settle_ns=SECOND)),
    }

    async def play(tree: Tree) -> None:
        await tree.advance(SECOND)
        await script(tree, diary, venue)

    run_tree(world(diary, real, execution=Strategy.ONE_FOR_ALL), play)


async def come(tree: Tree, news: MarketJoined | MarketLeft) -> None:
    """To the journal first, as discovery does it."""
    for path in (JOURNAL_PATH, EXECUTOR_PATH, GATEWAY_PATH):
        tree.tell(path, news)
    await tree.settle()


async def refused(tree: Tree, diary: Diary) -> list[Refusal]:
    """What the strategy of the market that joined is told when it cancels what is not there."""
    wish = Cancel(IntentId("c"), MAKER, OTHER_GAME, OrderId("o9"), "not wanted", 1)
    tree.tell(EXECUTOR_PATH, wish)
    await tree.settle()
    return [each.refusal for each in heard(diary, OTHER_MAKER_PATH, IntentRefused)]


def test_the_strategy_of_a_market_that_nobody_has_told_of_hears_nothing() -> None:
    async def script(tree: Tree, diary: Diary, venue: PaperVenue) -> None:
        assert await refused(tree, diary) == []

    run(script)


def test_the_strategy_of_a_market_that_joined_is_told_what_was_refused() -> None:
    async def script(tree: Tree, diary: Diary, venue: PaperVenue) -> None:
        await come(tree, JOINED)
        assert await refused(tree, diary) == [Refusal.UNKNOWN_ORDER]

    run(script)


def test_what_waited_while_the_executor_was_dead_is_refused_to_whom_it_concerns() -> None:
    """Else the strategy would wait for its order for ever."""

    async def script(tree: Tree, diary: Diary, venue: PaperVenue) -> None:
        await come(tree, JOINED)
        tree.kill(EXECUTOR_PATH)
        tree.tell(EXECUTOR_PATH, authorised(place(where=OTHER_GAME)))
        await tree.advance(3 * SECOND)
        assert [each.refusal for each in heard(diary, OTHER_MAKER_PATH, IntentRefused)] == [Refusal.RECONCILING]

    run(script)


def test_a_new_process_knows_from_the_ledger_what_had_joined_before() -> None:
    async def script(tree: Tree, diary: Diary, venue: PaperVenue) -> None:
        assert await refused(tree, diary) == [Refusal.UNKNOWN_ORDER]

    run(script, joined_before=True)


@pytest.mark.parametrize("has_joined", [True, False])
def test_the_paper_venue_takes_orders_in_a_market_that_joined_and_in_no_other(has_joined: bool) -> None:
    """It has no book yet: that is another reason than not to be there."""
    moved: list[OrderMoved] = []

    async def script(tree: Tree, diary: Diary, venue: PaperVenue) -> None:
        if has_joined:
            await come(tree, JOINED)
            await come(tree, JOINED)
        tree.tell(EXECUTOR_PATH, authorised(place(where=OTHER_GAME)))
        await tree.advance(200 * MILLISECOND)
        (end,) = [each.reason for each in moved if each.state is OrderState.REJECTED]
        assert ("not yet ready" in end) == has_joined
        assert (end == "market not found") != has_joined

    run(script, moved=moved)


def test_fences_of_a_market_that_left_do_not_hold_for_one_that_comes_again() -> None:
    """Its leases are counted from the beginning."""
    moved: list[OrderMoved] = []

    async def script(tree: Tree, diary: Diary, venue: PaperVenue) -> None:
        await come(tree, JOINED)
        tree.tell(EXECUTOR_PATH, Fence(OTHER_GAME, 7))
        tree.tell(EXECUTOR_PATH, authorised(place("i1", where=OTHER_GAME, fencing=1)))
        await tree.settle()
        assert [each.refusal for each in heard(diary, OTHER_MAKER_PATH, IntentRefused)] == [Refusal.FENCED]
        await come(tree, LEFT)
        await come(tree, JOINED)
        tree.tell(EXECUTOR_PATH, authorised(place("i2", where=OTHER_GAME, fencing=1)))
        await tree.advance(SECOND)
        assert OrderState.SENT in {each.state for each in moved}

    run(script, moved=moved)

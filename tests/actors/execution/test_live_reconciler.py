"""The reconciler: one comparison at a time, all of it or nothing."""

import pytest

from actors.execution.live.reconciler import ReconcilerSettings
from actors.execution.live.reconciliation import Baseline, Dust
from actors.execution.live.words import (
    AskFailed,
    OpenOrdersRead,
    Reconciled,
    VenueBalances,
    VenueTrade,
)
from messages.identity import Outcome
from messages.units import Cash
from supervision.specs import SECOND
from supervision.testing import MILLISECOND, ORIGIN_NS, Tree
from tests.actors.actor_world import heard
from tests.actors.execution.live_watch_world import (
    GATEWAY_PATH,
    USER_FEED_PATH,
    resting,
)
from tests.actors.execution.reconciler_scene import SETTINGS, Scene, ask, state
from tests.actors.samples import GAME, OTHER_GAME, dollars, shares


class TestAComparison:
    def test_is_made_at_the_start_and_every_so_often(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await tree.settle()
            assert state(tree).comparisons == 1
            assert state(tree).is_reconciled
            await tree.advance(3 * SETTINGS.every_ns)
            assert state(tree).comparisons == 4

        scene.run(script)

    def test_tells_the_gateway_the_trades_and_then_the_open_orders(self) -> None:
        scene = Scene()
        scene.account.change(resting("0x1"))
        scene.account.change(resting("0x2"))
        scene.account.match(resting("0x2").venue_order, "t1", shares(100), at_ns=ORIGIN_NS)

        async def script(tree: Tree) -> None:
            await tree.settle()
            trade, read = scene.diary.received(GATEWAY_PATH)
            assert isinstance(trade, VenueTrade)
            assert read == OpenOrdersRead((resting("0x1"),), ORIGIN_NS)

        scene.run(script)

    def test_says_when_the_open_orders_were_asked_for_not_when_the_answer_came(self) -> None:
        scene = Scene()
        scene.slow(SECOND)

        async def script(tree: Tree) -> None:
            await tree.advance(4 * SECOND)
            (read,) = heard(scene.diary, GATEWAY_PATH, OpenOrdersRead)
            assert read.asked_ns == ORIGIN_NS

        scene.run(script)

    def test_asks_for_trades_since_the_last_one_that_agreed(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await tree.advance(SETTINGS.every_ns)
            assert scene.account.asked_since_ns == [0, ORIGIN_NS - SETTINGS.margin_ns]

        scene.run(script)

    def test_counts_what_was_there_before_us(self) -> None:
        baseline = Baseline(dollars(7), {(GAME, Outcome.NO): shares(3)})
        scene = Scene(ReconcilerSettings(baseline=baseline))
        scene.account.cash = dollars(1007)
        scene.account.shares[GAME, Outcome.NO] = shares(3)

        async def script(tree: Tree) -> None:
            await tree.settle()
            assert state(tree).is_reconciled

        scene.run(script)

    def test_overlooks_dust(self) -> None:
        scene = Scene(ReconcilerSettings(dust=Dust(cash=Cash(25))))
        scene.account.cash = Cash(dollars(1000) + 25)

        async def script(tree: Tree) -> None:
            await tree.settle()
            assert state(tree).is_reconciled

        scene.run(script)


class TestWhoAsks:
    def test_is_answered_when_the_comparison_has_ended(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await tree.settle()
            ask(tree)
            await tree.settle()
            assert scene.answers() == [Reconciled((), ORIGIN_NS)]

        scene.run(script)

    def test_while_a_comparison_is_being_made_is_answered_by_the_next_one(self) -> None:
        """What was read before the question says nothing about what the question is about."""
        scene = Scene()
        scene.slow(SECOND)

        async def script(tree: Tree) -> None:
            await tree.advance(500 * MILLISECOND)
            ask(tree)
            await tree.advance(3 * SECOND)
            assert state(tree).comparisons == 1
            assert scene.answers() == []
            await tree.advance(3 * SECOND)
            assert state(tree).comparisons == 2
            assert len(scene.answers()) == 1

        scene.run(script)

    def test_in_great_numbers_is_answered_by_one_comparison_and_never_are_there_two_at_a_time(self) -> None:
        scene = Scene()
        scene.slow(SECOND)

        async def script(tree: Tree) -> None:
            await tree.settle()
            for number in range(50):
                ask(tree, f"doubt {number}")
                ask(tree, "news", USER_FEED_PATH)
            await tree.advance(20 * SECOND)
            assert state(tree).comparisons == 2
            assert len(scene.answers()) == len(scene.answers(USER_FEED_PATH)) == 50
            answers = scene.account.answers
            assert answers.open_orders.most_under_way == answers.balances.most_under_way == 1

        scene.run(script)


class TestAReadThatFails:
    @pytest.mark.parametrize("read", ["open_orders", "trades", "balances"])
    def test_makes_the_comparison_void_and_is_asked_again(self, read: str) -> None:
        scene = Scene()
        scene.account.change(resting())
        getattr(scene.account.answers, read).next(AskFailed("502"))

        async def script(tree: Tree) -> None:
            ask(tree)
            await tree.settle()
            assert scene.diary.received(GATEWAY_PATH) == []
            assert scene.answers() == []
            assert not state(tree).is_reconciled
            assert state(tree).last_failure.endswith(": 502")
            await tree.advance(SETTINGS.first_retry_ns)
            assert state(tree).is_reconciled
            assert state(tree).void == 1
            assert len(scene.answers()) == 1
            assert len(heard(scene.diary, GATEWAY_PATH, OpenOrdersRead)) == 1

        scene.run(script)

    def test_again_and_again_is_asked_less_and_less_often(self) -> None:
        scene = Scene()
        scene.account.answers.open_orders.next(*[AskFailed("no route")] * 9)

        async def script(tree: Tree) -> None:
            asked = scene.account.answers.open_orders
            await tree.settle()
            for number, pause in enumerate([1, 2, 4, 8, 16, 30, 30, 30, 30], 1):
                assert asked.asked == number
                await tree.advance(pause * SECOND - 1)
                assert asked.asked == number
                await tree.advance(1)
            assert state(tree).is_reconciled
            assert state(tree).void == 9

        scene.run(script)

    def test_is_not_hurried_by_those_who_ask_meanwhile(self) -> None:
        scene = Scene()
        scene.account.answers.open_orders.next(*[AskFailed("no route")] * 5)

        async def script(tree: Tree) -> None:
            await tree.advance(8 * SECOND)
            asked = scene.account.answers.open_orders.asked
            for _ in range(20):
                ask(tree)
                await tree.settle()
            assert scene.account.answers.open_orders.asked == asked

        scene.run(script)

    def test_that_leaves_out_a_token_is_one(self) -> None:
        """A failed read is never an empty answer, nor a shorter one."""
        scene = Scene()
        scene.account.answers.balances.next(VenueBalances(dollars(1000), ((GAME, Outcome.YES, shares(0)),)))

        async def script(tree: Tree) -> None:
            await tree.settle()
            assert state(tree).void == 1
            assert GAME in state(tree).last_failure

        scene.run(script)

    def test_of_the_ledger_makes_it_void_as_well(self) -> None:
        scene = Scene()
        scene.books.is_silent = True

        async def script(tree: Tree) -> None:
            await tree.advance(SETTINGS.ledger_within_ns)
            assert state(tree).last_failure == "the ledger does not answer"
            scene.books.is_silent = False
            await tree.advance(SETTINGS.first_retry_ns)
            assert state(tree).is_reconciled

        scene.run(script)


class TestTokensOfOtherMarkets:
    def test_that_the_ledger_has_are_said_not_to_be_compared(self) -> None:
        scene = Scene()
        scene.books.shares[OTHER_GAME, Outcome.NO] = shares(4)

        async def script(tree: Tree) -> None:
            await tree.settle()
            assert state(tree).not_compared == (f"4 NO of {OTHER_GAME}",)
            assert state(tree).is_reconciled

        scene.run(script)

"""The reconciler dies, or the ledger that it asks: nothing is concluded from half of a comparison."""

from actors.execution.live.words import (
    OpenOrdersRead,
)
from actors.execution.words import TellSettled
from supervision.specs import SECOND
from supervision.testing import MILLISECOND, Tree
from tests.actors.actor_world import heard
from tests.actors.execution.live_watch_world import (
    GATEWAY_PATH,
    LEDGER_PATH,
    RECONCILER_PATH,
)
from tests.actors.execution.reconciler_scene import PAUSE, SETTINGS, Scene, state
from tests.actors.samples import dollars


class TestAfterADeath:
    def test_in_the_middle_of_a_comparison_a_new_one_is_made(self) -> None:
        scene = Scene()
        scene.slow(SECOND)

        async def script(tree: Tree) -> None:
            await tree.advance(1500 * MILLISECOND)
            tree.kill(RECONCILER_PATH)
            await tree.advance(5 * SECOND)
            assert tree.cell(RECONCILER_PATH).generation == 2
            assert state(tree).is_reconciled
            assert len(heard(scene.diary, GATEWAY_PATH, OpenOrdersRead)) == 1

        scene.run(script)

    def test_between_two_looks_the_difference_is_still_found(self) -> None:
        scene = Scene()
        scene.account.cash = dollars(990)

        async def script(tree: Tree) -> None:
            await tree.settle()
            tree.kill(RECONCILER_PATH)
            await tree.advance(2 * PAUSE)
            assert len(scene.latched()) == 1

        scene.run(script)

    def test_of_the_ledger_with_the_question_the_comparison_is_void_and_made_again(self) -> None:
        scene = Scene()
        scene.books.is_silent = True

        async def script(tree: Tree) -> None:
            await tree.settle()
            scene.books.is_silent = False
            tree.kill(LEDGER_PATH)
            await tree.advance(SETTINGS.first_retry_ns)
            assert state(tree).void == 1
            assert state(tree).is_reconciled
            assert heard(scene.diary, LEDGER_PATH, TellSettled) == []

        scene.run(script)

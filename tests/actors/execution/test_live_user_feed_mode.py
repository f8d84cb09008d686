"""The user feed and the mode: nothing is traded between a loss and the reconciliation after it."""

from actors.execution.live.user_feed import DOWN
from actors.execution.live.words import (
    UserFeedDown,
    UserNewsLost,
)
from messages.orders import CancelOrders
from messages.risk import HoldMode, ReleaseMode, RiskMode
from supervision.specs import SECOND
from supervision.testing import Tree
from tests.actors.actor_world import heard
from tests.actors.execution.live_watch_world import (
    EXECUTOR_PATH,
    GOVERNOR_PATH,
)
from tests.actors.execution.user_feed_scene import DIFFERENT, LOST, SETTINGS, UP, Scene, state


class TestTheMode:
    def test_is_halt_from_the_start_until_the_account_was_compared(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            assert heard(scene.diary, GOVERNOR_PATH, HoldMode) == [HoldMode(RiskMode.HALT, DOWN)]
            await scene.say(tree, UP)
            assert scene.modes() == ["HoldMode"]
            await scene.answer(tree, 0)
            assert heard(scene.diary, GOVERNOR_PATH, ReleaseMode) == [ReleaseMode(DOWN)]
            assert state(tree).is_up
            assert state(tree).is_released

        scene.run(script)

    def test_is_halt_again_when_the_feed_is_lost_and_everything_is_cancelled(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP)
            await scene.answer(tree, 0)
            scene.diary.forget()
            await scene.say(tree, LOST)
            assert heard(scene.diary, GOVERNOR_PATH, HoldMode) == [HoldMode(RiskMode.HALT, DOWN)]
            assert heard(scene.diary, EXECUTOR_PATH, CancelOrders) == [
                CancelOrders(None, None, f"{DOWN}: reset by peer")
            ]
            assert not state(tree).is_up

        scene.run(script)

    def test_is_told_once_for_a_loss_and_the_attempts_that_fail_after_it(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP, LOST, UserFeedDown(2, "refused"), UserFeedDown(3, "refused again"))
            assert len(heard(scene.diary, EXECUTOR_PATH, CancelOrders)) == 2
            assert (state(tree).downs, state(tree).reason) == (1, "refused again")

        scene.run(script)

    def test_is_not_released_by_the_answer_for_an_earlier_connection(self) -> None:
        """Up, lost, up again: the comparison that began before the loss says nothing of the time in between."""
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP)
            await scene.say(tree, LOST, UP)
            await scene.answer(tree, 0)
            assert "ReleaseMode" not in scene.modes()
            await scene.answer(tree, 1)
            assert scene.modes()[-1] == "ReleaseMode"

        scene.run(script)

    def test_is_not_released_while_the_feed_is_down(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP, LOST)
            await scene.answer(tree, 0)
            await tree.advance(60 * SECOND)
            assert "ReleaseMode" not in scene.modes()

        scene.run(script)

    def test_is_not_released_by_an_answer_to_a_question_about_lost_news(self) -> None:
        """Asked before the feed came back; it may have begun before that."""
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP, UserNewsLost(1, "no json"), LOST, UP)
            about_news = [number for number, (reason, _) in enumerate(scene.asked) if "lost" in reason]
            for number in about_news:
                await scene.answer(tree, number)
            assert about_news
            assert "ReleaseMode" not in scene.modes()

        scene.run(script)

    def test_stays_while_there_are_differences_and_it_is_asked_again(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP)
            await scene.answer(tree, 0, DIFFERENT)
            await tree.advance(SETTINGS.ask_again_ns)
            assert "ReleaseMode" not in scene.modes()
            assert len(scene.asked) == 2
            await scene.answer(tree, 1)
            assert scene.modes()[-1] == "ReleaseMode"

        scene.run(script)

    def test_is_released_once(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP)
            await scene.answer(tree, 0)
            await tree.advance(300 * SECOND)
            assert scene.modes().count("ReleaseMode") == 1
            assert len(scene.asked) == 1

        scene.run(script)

    def test_is_held_and_everything_cancelled_when_the_feed_comes_up_twice(self) -> None:
        """So the loss in between was never told."""
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP)
            await scene.answer(tree, 0)
            await scene.say(tree, UP)
            assert scene.modes()[-1] == "HoldMode"
            await scene.answer(tree, 1)
            assert scene.modes()[-1] == "ReleaseMode"

        scene.run(script)

"""The user feed: news in order, proof of life while it is up, and down again in each new life."""

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.execution.live.words import (
    UserNewsLost,
    VenueOrder,
    VenueTrade,
)
from messages.control import AreYouThere, Here
from messages.orders import CancelOrders
from supervision.specs import SECOND
from supervision.testing import Tree
from tests.actors.actor_world import heard, say
from tests.actors.execution.live_watch_world import (
    EXECUTOR_PATH,
    GATEWAY_PATH,
    HEARTBEAT_PATH,
    RECONCILER_PATH,
    USER_FEED_PATH,
    resting,
)
from tests.actors.execution.user_feed_scene import LOST, SETTINGS, UP, Scene, state, trade


class TestNews:
    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.booleans(), max_size=40))
    def test_goes_to_the_gateway_in_the_order_in_which_the_venue_told_it(self, are_orders: list[bool]) -> None:
        scene = Scene()
        news = [resting(f"0x{n}") if is_order else trade(n) for n, is_order in enumerate(are_orders)]

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP, *news)
            assert scene.diary.received(GATEWAY_PATH) == news
            assert state(tree).orders == len(heard(scene.diary, GATEWAY_PATH, VenueOrder))
            assert state(tree).trades == len(heard(scene.diary, GATEWAY_PATH, VenueTrade))

        scene.run(script)

    def test_that_was_lost_is_asked_for(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP, UserNewsLost(1, "no json"))
            reasons = [reason for reason, _ in scene.asked]
            assert reasons == ["news was lost: no json", "the user feed is up"]
            assert state(tree).lost == 1

        scene.run(script)


class TestAReconcilerThatDies:
    def test_with_the_question_is_asked_again_in_its_next_life(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP)
            tree.kill(RECONCILER_PATH)
            await tree.advance(SETTINGS.ask_again_ns)
            assert len(scene.asked) == 2
            await scene.answer(tree, 1)
            assert scene.modes()[-1] == "ReleaseMode"

        scene.run(script)

    def test_or_never_answers_is_asked_again(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP)
            await tree.advance(SETTINGS.reconciled_within_ns + SETTINGS.ask_again_ns)
            assert len(scene.asked) == 2

        scene.run(script)


class TestTheProofOfLife:
    def test_is_given_while_it_is_up_alone(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            say(tree, HEARTBEAT_PATH, USER_FEED_PATH, AreYouThere(1))
            await tree.settle()
            await scene.say(tree, UP)
            say(tree, HEARTBEAT_PATH, USER_FEED_PATH, AreYouThere(2))
            await tree.settle()
            await scene.say(tree, LOST)
            say(tree, HEARTBEAT_PATH, USER_FEED_PATH, AreYouThere(3))
            await tree.settle()
            assert heard(scene.diary, HEARTBEAT_PATH, Here) == [Here(2)]

        scene.run(script)


class TestAWorkerThatFails:
    def test_is_a_new_life_that_is_down_until_it_hears_the_venue(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP)
            await scene.answer(tree, 0)
            await scene.say(tree, RuntimeError("not in the contract"))
            await tree.advance(SECOND)
            assert tree.cell(USER_FEED_PATH).generation == 2
            assert scene.account.listeners == 1
            assert scene.modes() == ["HoldMode", "ReleaseMode", "HoldMode"]
            await scene.say(tree, UP)
            await scene.answer(tree, 1)
            assert scene.modes()[-1] == "ReleaseMode"

        scene.run(script)

    def test_is_also_one_that_ends_without_a_word(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP)
            scene.account.ends_listening = True
            await scene.say(tree, resting())
            await tree.advance(SECOND)
            assert tree.cell(USER_FEED_PATH).generation > 1
            assert scene.modes()[-1] == "HoldMode"

        scene.run(script)


class TestAfterAKill:
    def test_before_the_account_was_compared_the_mode_is_held_until_it_is(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP)
            tree.kill(USER_FEED_PATH)
            await tree.advance(SECOND)
            await scene.answer(tree, 0)
            assert scene.modes() == ["HoldMode", "HoldMode"]
            assert scene.account.listens == 2
            await scene.say(tree, UP)
            await scene.answer(tree, 1)
            assert scene.modes()[-1] == "ReleaseMode"

        scene.run(script)

    def test_everything_that_rested_is_cancelled(self) -> None:
        """What was told between two lives, nobody knows."""
        scene = Scene()

        async def script(tree: Tree) -> None:
            await scene.say(tree, UP)
            await scene.answer(tree, 0)
            scene.diary.forget()
            tree.kill(USER_FEED_PATH)
            await tree.advance(SECOND)
            assert len(heard(scene.diary, EXECUTOR_PATH, CancelOrders)) == 1

        scene.run(script)

"""What the reconciler makes of differences: no alarm before a second look, and none that is forgotten."""

from actors.execution.live.reconciler import DIFFERS, IN_DOUBT
from actors.execution.live.words import (
    AskFailed,
)
from messages.control import SetMode
from messages.identity import Outcome
from messages.risk import HoldMode, ReleaseMode, RiskMode
from messages.units import Cash
from supervision.testing import Tree
from tests.actors.actor_world import heard
from tests.actors.execution.live_watch_world import (
    GOVERNOR_PATH,
    RECONCILER_PATH,
    USER_FEED_PATH,
)
from tests.actors.execution.reconciler_scene import PAUSE, SETTINGS, Scene, ask, state
from tests.actors.samples import GAME, OTHER_GAME, dollars, market, shares


class TestADifference:
    def test_that_stays_latches_halt_once_with_a_report(self) -> None:
        scene = Scene()
        scene.account.shares[GAME, Outcome.YES] = shares(5)

        async def script(tree: Tree) -> None:
            ask(tree)
            await tree.settle()
            assert scene.latched() == []
            assert scene.answers() == []
            assert len(state(tree).doubts) == 1
            await tree.advance(PAUSE)
            text = f"5 YES of {GAME} at the venue where 0 YES of {GAME} should be"
            assert scene.latched() == [SetMode(RiskMode.HALT, f"{DIFFERS}: {text}", latched=True)]
            assert [answer.differences for answer in scene.answers()] == [(text,)]
            assert state(tree).differences == (text,)
            await tree.advance(3 * SETTINGS.every_ns)
            assert len(scene.latched()) == 1
            assert not state(tree).is_reconciled

        tree = scene.run(script)
        assert len(tree.logged(DIFFERS)) >= 2

    def test_of_a_moment_is_none(self) -> None:
        scene = Scene()
        scene.account.cash = dollars(990)

        async def script(tree: Tree) -> None:
            ask(tree)
            await tree.settle()
            scene.books.cash = dollars(990)
            await tree.advance(PAUSE)
            assert scene.latched() == []
            assert [answer.differences for answer in scene.answers()] == [()]
            assert state(tree).is_reconciled

        scene.run(script)

    def test_that_was_there_before_and_had_gone_is_looked_at_twice_again(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            for _ in range(2):
                scene.account.cash = dollars(990)
                ask(tree)
                await tree.settle()
                scene.account.cash = dollars(1000)
                await tree.advance(PAUSE)
            assert scene.latched() == []
            assert len(scene.answers()) == 2

        scene.run(script)

    def test_keeps_what_was_read_before_it_from_being_taken_for_known(self) -> None:
        scene = Scene()
        scene.account.cash = dollars(990)

        async def script(tree: Tree) -> None:
            await tree.advance(SETTINGS.every_ns)
            assert len(scene.latched()) == 1
            assert set(scene.account.asked_since_ns) == {0}
            assert len(scene.account.asked_since_ns) == 3

        scene.run(script)

    def test_is_not_concluded_from_before_and_after_a_look_that_was_void(self) -> None:
        """What was seen before the failure still counts as the first look; the void one as none."""
        scene = Scene()
        scene.account.cash = dollars(990)

        async def script(tree: Tree) -> None:
            await tree.settle()
            scene.account.answers.balances.next(AskFailed("502"))
            await tree.advance(PAUSE)
            assert scene.latched() == []
            await tree.advance(SETTINGS.first_retry_ns)
            assert len(scene.latched()) == 1

        scene.run(script)

    def test_names_three_in_the_cause_and_all_in_the_answer(self) -> None:
        scene = Scene(markets=(market(), market(OTHER_GAME)))
        scene.account.cash = dollars(990)
        scene.account.shares = {(each, outcome): shares(1) for each in (GAME, OTHER_GAME) for outcome in Outcome}

        async def script(tree: Tree) -> None:
            ask(tree)
            await tree.advance(PAUSE)
            (answer,) = scene.answers()
            assert len(answer.differences) == 5
            (latched,) = scene.latched()
            assert latched.cause == f"{DIFFERS}: {'; '.join(answer.differences[:3])}; and 2 more"

        scene.run(script)

    def test_that_is_another_one_later_latches_again(self) -> None:
        scene = Scene()
        scene.account.cash = dollars(990)

        async def script(tree: Tree) -> None:
            await tree.advance(PAUSE)
            scene.account.cash = dollars(980)
            await tree.advance(SETTINGS.every_ns + PAUSE)
            assert len(scene.latched()) == 2

        scene.run(script)

    def test_that_comes_again_after_it_had_gone_latches_again(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            for number in range(1, 3):
                scene.account.cash = dollars(990)
                await tree.advance(SETTINGS.every_ns + PAUSE)
                assert len(scene.latched()) == number
                scene.account.cash = dollars(1000)
                await tree.advance(SETTINGS.every_ns)

        scene.run(script)

    def test_that_is_gone_leaves_the_latch_to_the_operator(self) -> None:
        scene = Scene()
        scene.account.cash = dollars(990)

        async def script(tree: Tree) -> None:
            await tree.advance(PAUSE)
            scene.account.cash = dollars(1000)
            await tree.advance(SETTINGS.every_ns)
            assert state(tree).is_reconciled
            assert all(isinstance(each, SetMode | ReleaseMode) for each in scene.diary.received(GOVERNOR_PATH))

        scene.run(script)


class TestDoubtThatLasts:
    def test_is_halt_until_an_account_at_rest_can_be_compared(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await doubt(scene, tree, SETTINGS.doubt_limit_ns - PAUSE)
            assert heard(scene.diary, GOVERNOR_PATH, HoldMode) == []
            await doubt(scene, tree, PAUSE)
            assert heard(scene.diary, GOVERNOR_PATH, HoldMode) == [HoldMode(RiskMode.HALT, IN_DOUBT)]
            assert scene.latched() == []
            ask(tree)
            scene.account.cash = dollars(1000)
            await tree.advance(PAUSE)
            assert scene.diary.received(GOVERNOR_PATH)[-1] == ReleaseMode(IN_DOUBT)
            assert [answer.differences for answer in scene.answers()] == [()]

        scene.run(script)

    def test_that_a_former_life_held_is_released_by_the_next_comparison_that_agrees(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await doubt(scene, tree, SETTINGS.doubt_limit_ns)
            assert heard(scene.diary, GOVERNOR_PATH, HoldMode)
            tree.kill(RECONCILER_PATH)
            scene.account.cash = dollars(1000)
            await tree.advance(PAUSE)
            assert scene.diary.received(GOVERNOR_PATH)[-1] == ReleaseMode(IN_DOUBT)

        scene.run(script)

    def test_begins_anew_after_a_comparison_that_agrees(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            for _ in range(3):
                await doubt(scene, tree, SETTINGS.doubt_limit_ns - PAUSE)
                scene.account.cash = dollars(1000)
                await tree.advance(PAUSE)
            assert heard(scene.diary, GOVERNOR_PATH, HoldMode) == []

        scene.run(script)


async def doubt(scene: Scene, tree: Tree, duration_ns: int) -> None:
    """Trading never stands still for so long: no two looks see the same."""
    for _ in range(duration_ns // PAUSE):
        scene.account.cash = Cash(scene.account.cash - 1000)
        ask(tree, who=USER_FEED_PATH)
        await tree.advance(PAUSE // 2)
        scene.account.cash = Cash(scene.account.cash - 1000)
        await tree.advance(PAUSE // 2)

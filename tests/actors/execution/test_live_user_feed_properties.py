"""Whatever happens to the user feed, in any order: it is released when, and only when, a comparison that was asked for
since it last came up has found no difference."""

from enum import Enum

from hypothesis import example, given, settings
from hypothesis import strategies as st

from actors.execution.live.user_feed import DOWN
from actors.execution.live.words import UserNewsLost
from messages.risk import HoldMode, ReleaseMode
from supervision.specs import SECOND
from supervision.testing import Tree
from tests.actors.execution.live_watch_world import GOVERNOR_PATH, RECONCILER_PATH, USER_FEED_PATH
from tests.actors.execution.user_feed_scene import DIFFERENT, LOST, SAME, SETTINGS, UP, Scene, state


class Happens(Enum):
    UP = "the feed comes up"
    LOST = "the feed is lost"
    NEWS_LOST = "news is lost"
    SAME = "an open question is answered: the same"
    DIFFERENT = "an open question is answered: differences"
    FEED_DIES = "the user feed dies"
    RECONCILER_DIES = "the reconciler dies"
    TIME_PASSES = "time passes"


class Model:
    """`asked` is which coming-up each question belongs to, None for those about lost news; open ones alone."""

    def __init__(self) -> None:
        self.ups = 0
        self.is_up = False
        self.is_released = False
        self.open: dict[int, int | None] = {}
        self.until_ns: dict[int, int] = {}
        self.seen = 0

    def asked(self, scene: Scene, now_ns: int) -> None:
        """Questions that came since the last time belong to the present, and are waited for so long."""
        self.open = {number: about for number, about in self.open.items() if self.until_ns[number] > now_ns}
        for number in range(self.seen, len(scene.asked)):
            is_about_up = scene.asked[number][0] == "the user feed is up"
            self.open[number] = self.ups if is_about_up else None
            self.until_ns[number] = now_ns + SETTINGS.reconciled_within_ns
        self.seen = len(scene.asked)

    def went_down(self) -> None:
        self.is_up = self.is_released = False


@example([(Happens.UP, 0), *[(Happens.TIME_PASSES, 0)] * 8, (Happens.SAME, 0), (Happens.SAME, 0)])
@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Happens), st.integers(0, 9)), max_size=30))
def test_released_when_and_only_when_compared_since_it_came_up(steps: list[tuple[Happens, int]]) -> None:
    scene, model = Scene(), Model()

    async def script(tree: Tree) -> None:
        for what, choice in steps:
            await happen(tree, what, choice)
            model.asked(scene, tree.clock.now_ns())
            assert state(tree).is_up == model.is_up
            assert state(tree).is_released == model.is_released
            said = [each for each in scene.diary.received(GOVERNOR_PATH) if isinstance(each, HoldMode | ReleaseMode)]
            assert isinstance(said[-1], ReleaseMode) == model.is_released
            assert {each.cause for each in said} == {DOWN}

    async def happen(tree: Tree, what: Happens, choice: int) -> None:
        match what:
            case Happens.UP:
                await scene.say(tree, UP)
                model.ups, model.is_up, model.is_released = model.ups + 1, True, False
            case Happens.LOST:
                await scene.say(tree, LOST)
                model.went_down()
            case Happens.NEWS_LOST:
                await scene.say(tree, UserNewsLost(1, "no json"))
            case Happens.SAME | Happens.DIFFERENT if model.open:
                number = sorted(model.open)[choice % len(model.open)]
                about = model.open.pop(number)
                await scene.answer(tree, number, SAME if what is Happens.SAME else DIFFERENT)
                if what is Happens.SAME and model.is_up and about == model.ups:
                    model.is_released = True
            case Happens.FEED_DIES:
                tree.kill(USER_FEED_PATH)
                await tree.settle()
                model.went_down()
                model.open.clear()
            case Happens.RECONCILER_DIES:
                tree.kill(RECONCILER_PATH)
                await tree.settle()
                # Answers to what a dead one was asked reach nobody who asked it.
                model.open = {number: None for number in model.open}
            case Happens.TIME_PASSES:
                await tree.advance(SETTINGS.ask_again_ns)

    scene.run(script)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Happens), st.integers(0, 9)), max_size=20))
def test_always_comes_back_once_the_venue_and_the_reconciler_are_well(steps: list[tuple[Happens, int]]) -> None:
    scene = Scene()

    async def script(tree: Tree) -> None:
        for what, _ in steps:
            match what:
                case Happens.UP:
                    await scene.say(tree, UP)
                case Happens.LOST:
                    await scene.say(tree, LOST)
                case Happens.FEED_DIES:
                    tree.kill(USER_FEED_PATH)
                case Happens.RECONCILER_DIES:
                    tree.kill(RECONCILER_PATH)
                case Happens.SAME | Happens.DIFFERENT if scene.asked:
                    await scene.answer(tree, -1, SAME if what is Happens.SAME else DIFFERENT)
            await tree.advance(SECOND)
        await scene.say(tree, UP)
        await tree.advance(SETTINGS.ask_again_ns)
        await scene.answer(tree, -1)
        await tree.advance(SETTINGS.ask_again_ns)
        if not state(tree).is_released:
            await scene.answer(tree, -1)
        assert state(tree).is_released

    scene.run(script)

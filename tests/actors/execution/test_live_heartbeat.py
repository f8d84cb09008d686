"""The heartbeat: the venue hears it only while everything that trading depends on proves that it lives."""

from collections.abc import Awaitable, Callable

import pytest

from actors.execution.live.heartbeat import WITNESSES, Heartbeat, HeartbeatSettings, HeartbeatState
from actors.execution.live.words import AskFailed
from messages.control import AreYouThere, Here
from supervision.specs import SECOND
from supervision.testing import MILLISECOND, Diary, Do, Tree, run_tree
from tests.actors.actor_world import heard
from tests.actors.execution.live_watch_world import (
    EXECUTOR_PATH,
    GOVERNOR_PATH,
    HEARTBEAT_PATH,
    LEDGER_PATH,
    USER_FEED_PATH,
    watched,
)
from tests.actors.execution.scripted_account import ScriptedAccount

EVERY = 5 * SECOND
SETTINGS = HeartbeatSettings(every_ns=EVERY, retry_ns=SECOND)


class Scene:
    def __init__(self, *silent: str) -> None:
        self.account = ScriptedAccount()
        self.diary = Diary()
        self.silent = set(silent)

    def run(self, script: Callable[[Tree], Awaitable[None]]) -> Tree:
        real = {HEARTBEAT_PATH: lambda: Heartbeat(self.account, SETTINGS)}
        return run_tree(watched(self.diary, real, silent=self.silent), script)

    @property
    def beats(self) -> int:
        return self.account.answers.beat.asked


def state(tree: Tree) -> HeartbeatState:
    shown = tree.cell(HEARTBEAT_PATH).actor
    assert isinstance(shown, Heartbeat)
    return shown.describe()


class TestWhileAllAnswer:
    def test_there_is_a_beat_at_the_start_and_one_an_interval(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await tree.settle()
            assert scene.beats == 1
            for number in range(2, 12):
                await tree.advance(EVERY)
                assert scene.beats == number
            assert state(tree).beats == 11
            assert state(tree).last_ns == tree.clock.now_ns()

        scene.run(script)

    def test_one_is_under_way_at_a_time_and_the_next_follows_at_once_where_the_venue_is_slow(self) -> None:
        scene = Scene()
        scene.account.answers.beat.there_ns = 13 * SECOND

        async def script(tree: Tree) -> None:
            await tree.advance(59 * SECOND)
            assert scene.account.answers.beat.most_under_way == 1
            assert scene.beats == 5

        scene.run(script)


class TestASilentWitness:
    @pytest.mark.parametrize("path", sorted(WITNESSES))
    def test_keeps_the_venue_from_hearing_us_and_is_named(self, path: str) -> None:
        scene = Scene(path)

        async def script(tree: Tree) -> None:
            await tree.advance(3 * EVERY)
            assert scene.beats == 0
            assert state(tree).missed == 3
            assert state(tree).silent == (path,)

        tree = scene.run(script)
        assert {line.fields["silent"] for line in tree.logged("no heartbeat: somebody is silent")} == {path}

    def test_that_falls_silent_ends_the_beats_until_it_speaks(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await tree.advance(2 * EVERY)
            assert scene.beats == 3
            scene.silent.add(LEDGER_PATH)
            await tree.advance(4 * EVERY)
            assert scene.beats == 3
            scene.silent.clear()
            await tree.advance(EVERY)
            assert scene.beats == 4

        scene.run(script)

    def test_is_not_made_up_for_by_an_answer_to_an_earlier_question(self) -> None:
        """Each has answered once, but the ledger to the question before."""
        scene = Scene(LEDGER_PATH)

        async def script(tree: Tree) -> None:
            await tree.advance(EVERY)
            numbers = [each.number for each in heard(scene.diary, LEDGER_PATH, AreYouThere)]
            assert numbers == [1, 2]
            answer(tree, LEDGER_PATH, 1)
            await tree.settle()
            assert scene.beats == 0
            answer(tree, LEDGER_PATH, 2)
            await tree.settle()
            assert scene.beats == 1

        scene.run(script)

    def test_is_not_made_up_for_by_two_answers_of_another(self) -> None:
        scene = Scene(LEDGER_PATH)

        async def script(tree: Tree) -> None:
            await tree.settle()
            for path in (GOVERNOR_PATH, EXECUTOR_PATH, USER_FEED_PATH):
                answer(tree, path, 1)
            await tree.settle()
            assert scene.beats == 0

        scene.run(script)


def answer(tree: Tree, path: str, number: int) -> None:
    address = tree.address(HEARTBEAT_PATH)
    tree.tell(path, Do(lambda probe: probe.tell(address, Here(number))))


class TestABeatThatTheVenueDidNotHear:
    def test_is_tried_again_within_the_interval(self) -> None:
        scene = Scene()
        scene.account.answers.beat.next(AskFailed("502"), AskFailed("no route"))

        async def script(tree: Tree) -> None:
            await tree.settle()
            assert (state(tree).beats, state(tree).failed, state(tree).last_failure) == (0, 1, "502")
            await tree.advance(2 * SECOND)
            assert (state(tree).beats, state(tree).failed, scene.beats) == (1, 2, 3)

        scene.run(script)

    def test_is_not_tried_again_once_somebody_has_fallen_silent(self) -> None:
        scene = Scene()
        scene.account.answers.beat.next(AskFailed("timed out"), there_ns=4 * SECOND + 500 * MILLISECOND)

        async def script(tree: Tree) -> None:
            await tree.settle()
            scene.silent.add(GOVERNOR_PATH)
            await tree.advance(20 * SECOND)
            assert scene.beats == 1

        scene.run(script)


class TestAfterADeath:
    def test_the_beats_go_on_in_a_new_life(self) -> None:
        scene = Scene()

        async def script(tree: Tree) -> None:
            await tree.advance(EVERY)
            tree.kill(HEARTBEAT_PATH)
            await tree.advance(EVERY)
            assert tree.cell(HEARTBEAT_PATH).generation == 2
            assert scene.beats >= 3

        scene.run(script)

    def test_in_the_middle_of_a_beat_nothing_is_left_under_way(self) -> None:
        scene = Scene()
        scene.account.answers.beat.there_ns = SECOND

        async def script(tree: Tree) -> None:
            await tree.advance(500 * MILLISECOND)
            assert scene.account.answers.beat.under_way == 1
            tree.kill(HEARTBEAT_PATH)
            await tree.advance(2 * SECOND)
            assert scene.account.answers.beat.under_way == 0
            assert scene.beats == 2
            assert state(tree).beats == 1

        scene.run(script)

"""Who a fault is meant for, what is told of it, and that the same seed and plan inject the same."""

from random import Random

import pytest

from supervision.faults.armed import armed
from supervision.faults.plan import (
    AfterStart,
    AtMessage,
    Delay,
    Drop,
    Duplicate,
    Fault,
    Kill,
    OnMessage,
    Reorder,
    Stall,
    WithProbability,
)
from supervision.log import Level
from supervision.specs import SECOND, Restart
from supervision.testing import Diary, probe
from tests.supervision.fault_scenes import MS, A, Scene, play


async def six_at_once(scene: Scene) -> None:
    scene.send(6)
    await scene.tree.advance(10 * SECOND)


class TestAGlob:
    def test_stands_for_each_actor_that_fits_and_each_counts_for_itself(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            for name in "abc":
                scene.tree.tell(f"top/{name}", *range(4 if name != "a" else 2))
            await scene.tree.settle()
            assert [diary.received(f"top/{name}") for name in "abc"] == [[0, 1], [0, 1, 3], [0, 1, 2, 3]]

        children = [probe(name, diary) for name in "abc"]
        scene = play(Fault("top/[ab]", Drop(), AtMessage(3)), script, *children, diary=diary)
        assert [(count.path, count.count) for count in scene.injector.counts] == [("top/b", 1)]
        assert [str(never) for never in scene.injector.never_came] == [
            "top/[ab]: drop, at message 3: never came to top/a, its turn did not come"
        ]

    def test_that_fits_nobody_is_told(self) -> None:
        scene = play((Fault("top/x", Drop(), AtMessage(1)), Fault(A, Drop(), AtMessage(1))), six_at_once)
        assert scene.injector.unmatched == (Fault("top/x", Drop(), AtMessage(1)),)
        assert [str(never) for never in scene.injector.never_came] == [
            "top/x: drop, at message 1: never came, no actor fits"
        ]

    def test_stands_for_actors_that_are_added_later(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            top = scene.tree.supervisor("top")
            await scene.tree.run(lambda: top.start_child(probe("late", diary)))
            scene.send(3, "top/late")
            await scene.tree.settle()
            assert diary.received("top/late") == [1, 3]

        play(Fault("**", Drop(), AtMessage(2)), script, diary=diary)

    def test_goes_on_counting_where_an_actor_of_that_path_comes_again(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            top = scene.tree.supervisor("top")
            for _ in range(3):
                await scene.tree.run(lambda: top.start_child(probe("late", diary, restart=Restart.TEMPORARY)))
                scene.send(2, "top/late")
                await scene.tree.settle()
                await scene.tree.run(lambda: top.terminate_child("late"))
            assert diary.received("top/late") == [1, 2, 4, 5, 6]
            (count,) = scene.injector.counts
            assert (count.path, count.count) == ("top/late", 1)

        play(Fault("top/late", Drop(), AtMessage(3)), script, diary=diary)

    def test_of_one_that_is_gone_nothing_is_left(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            top = scene.tree.supervisor("top")
            for _ in range(2):
                await scene.tree.run(lambda: top.start_child(probe("late", diary, restart=Restart.TEMPORARY)))
                scene.send(1, "top/late")
                await scene.tree.settle()
                await scene.tree.run(lambda: top.terminate_child("late"))
            assert scene.received("top/late") == []
            assert [message for message, _ in scene.dead] == [1]

        scene = play(Fault("top/late", Delay(3600 * SECOND), OnMessage(bool)), script, diary=diary)
        assert [message for message, _ in scene.dead] == [1, 2]

    def test_means_nobody_any_more_when_the_plan_is_disarmed(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.injector.disarm()
            top = scene.tree.supervisor("top")
            await scene.tree.run(lambda: top.start_child(probe("late", diary)))
            scene.send(3, "top/late")
            await scene.tree.settle()
            assert scene.received("top/late") == [1, 2, 3]

        play(Fault("**", Drop(), OnMessage(bool)), script, diary=diary)


class TestWhatIsTold:
    def test_each_fault_that_comes_is_a_warning_of_its_actor(self) -> None:
        scene = play((Fault(A, Stall(MS), AtMessage(9)), Fault(A, Drop(), AtMessage(2), times=2)), six_at_once)
        lines = scene.tree.logged("fault injected")
        assert [(line.level, line.actor, line.fields["fault"], line.fields["number"]) for line in lines] == [
            (Level.WARNING, A, "top/a: drop, at message 2, at most 2 times", 2)
        ] * 2
        assert [line.fields["message"] for line in lines] == ["int", "int"]

    def test_one_that_comes_at_a_time_names_no_message(self) -> None:
        (line,) = play(Fault(A, Stall(MS), AfterStart(MS)), six_at_once).tree.logged("fault injected")
        assert line.fields["message"] is None

    def test_counts_are_by_fault_and_actor(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.send(3)
            scene.send(2, "top/b")
            await scene.tree.settle()

        faults = (Fault("top/*", Duplicate(), OnMessage(bool)), Fault("top/b", Drop(), AtMessage(1)))
        scene = play(faults, script, probe("a", diary), probe("b", diary), diary=diary)
        assert [(count.number, count.path, count.count) for count in scene.injector.counts] == [
            (1, A, 3),
            (1, "top/b", 2),
            (2, "top/b", 1),
        ]
        assert scene.injector.never_came == ()


def several(seed: int, *, others: bool = False, more: bool = False) -> list[tuple[object, int]]:
    """What a receives and in which life, under faults by chance; with others that suffer too, and with more faults
    behind them in the plan."""
    diary = Diary()

    async def script(scene: Scene) -> None:
        random = Random("messages")
        for _ in range(60):
            scene.send(random.randint(0, 3))
            if others:
                scene.tree.tell("top/b", *range(3))
            await scene.tree.advance(random.choice((1, MS)))
        await scene.tree.advance(30 * SECOND)
        assert scene.came > 20

    faults = tuple(
        Fault("top/*", what, WithProbability(0.1)) for what in (Drop(), Duplicate(), Reorder(3), Delay(3 * MS), Kill())
    )
    if more:
        faults += (Fault("top/b", Kill(), WithProbability(0.5)), Fault("top/*", Stall(MS), AtMessage(10_000)))
    play(faults, script, probe("a", diary), probe("b", diary), diary=diary, seed=seed)
    return [
        (line.detail, line.generation) for line in diary.lines if line.path == A and line.event == "received"
    ]  # fmt: skip


class TestTheSameSeedAndPlan:
    @pytest.mark.parametrize("seed", [0, 1, 12345])
    def test_inject_the_same_faults(self, seed: int) -> None:
        assert several(seed) == several(seed)

    def test_whatever_other_actors_meet(self) -> None:
        assert several(5) == several(5, others=True)

    def test_whatever_stands_behind_them_in_the_plan(self) -> None:
        assert several(5, others=True) == several(5, others=True, more=True)

    def test_each_actor_meets_its_own(self) -> None:
        """Two that are sent the same lose different messages, and so do two faults of one actor."""
        diary = Diary()

        async def script(scene: Scene) -> None:
            for path in (A, "top/b"):
                scene.tree.tell(path, *range(1, 41))
            await scene.tree.settle()
            assert 0 < len(scene.received()) < 40
            assert scene.received() != scene.received("top/b")

        play(Fault("*/*", Drop(), WithProbability(0.5)), script, probe("a", diary), probe("b", diary), diary=diary)
        fault = Fault(A, Drop(), WithProbability(0.5))
        assert len({armed(number, fault, A, 0).random.random() for number in range(1, 6)}) == 5

    def test_another_seed_injects_others(self) -> None:
        assert several(5) != several(6)

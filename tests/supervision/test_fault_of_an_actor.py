"""Faults of an actor: they come right after the message that set them off, and lose none."""

from itertools import pairwise

import pytest
import trio

from supervision.actor import Down
from supervision.faults.of_actor import Filler
from supervision.faults.plan import (
    AfterStart,
    AtMessage,
    AtTime,
    CancelWorker,
    Drop,
    Fault,
    Fill,
    Kill,
    MessageLike,
    OnMessage,
    Raise,
    Slow,
    Stall,
    WithProbability,
)
from supervision.mailbox import MailboxSpec, Missed, Overflow
from supervision.specs import SECOND, Restart
from supervision.testing import ORIGIN_NS, Diary, Do, Probe, probe
from tests.supervision.fault_scenes import MS, A, Scene, play


async def six_at_once(scene: Scene) -> None:
    scene.send(6)
    await scene.tree.advance(10 * SECOND)


async def six_one_by_one(scene: Scene) -> None:
    """Number n comes at n - 1 milliseconds."""
    await scene.send_each(MS, 6)
    await scene.tree.advance(10 * SECOND)


def gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times)]


class TestKill:
    @pytest.mark.parametrize("number", range(1, 7))
    def test_comes_between_just_that_message_and_the_next_and_loses_none(self, number: int) -> None:
        scene = play(Fault(A, Kill(), AtMessage(number)), six_at_once)
        assert scene.received() == [1, 2, 3, 4, 5, 6]
        assert scene.lives() == [1] * number + [2] * (6 - number)
        assert scene.dead == []

    def test_is_from_outside(self) -> None:
        scene = play(Fault(A, Kill(), AtMessage(3)), six_at_once)
        assert str(scene.tree.cell(A).last_failure) == "killed: fault injected: kill, at message 3"
        assert "stopping" not in [line.event for line in scene.diary.lines if line.generation == 1]

    def test_counts_over_all_lives(self) -> None:
        scene = play(Fault(A, Kill(), AtMessage(2), times=2), six_at_once)
        assert scene.lives() == [1, 1, 2, 2, 3, 3]

    def test_several_of_one_actor_each_come(self) -> None:
        faults = tuple(Fault(A, Kill(), AtMessage(number)) for number in (1, 2, 3))
        assert play(faults, six_at_once).lives() == [1, 2, 3, 4, 4, 4]

    def test_two_at_one_message_are_one_death(self) -> None:
        scene = play((Fault(A, Kill(), AtMessage(3)), Fault("**", Kill(), AtMessage(3))), six_at_once)
        assert scene.lives() == [1, 1, 1, 2, 2, 2]
        assert scene.came == 2

    def test_at_a_time(self) -> None:
        assert play(Fault(A, Kill(), AtTime(ORIGIN_NS + 5 * MS // 2)), six_one_by_one).lives() == [1, 1, 1, 2, 2, 2]
        scene = play(Fault(A, Kill(), AfterStart(2 * MS), times=None), six_one_by_one)
        assert scene.lives() == [1, 1, 2, 2, 3, 3]

    def test_not_more_often_than_it_may(self) -> None:
        scene = play(Fault(A, Kill(), AfterStart(MS), times=2), six_one_by_one)
        assert scene.lives() == [1, 2, 3, 3, 3, 3]
        assert scene.came == 2

    def test_at_a_time_when_nobody_is_alive_it_does_not_come(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.tree.cell(A).ask_to_stop("done")
            await scene.tree.advance(SECOND)
            (never,) = scene.injector.never_came
            assert never.why == "it was not alive then"

        play(Fault(A, Kill(), AfterStart(MS)), script, probe("a", diary, restart=Restart.TRANSIENT), diary=diary)

    def test_at_the_runtime_s_own_word(self) -> None:
        diary = Diary()
        diary.on_start[A] = lambda probe: probe.monitor("top/b")

        async def script(scene: Scene) -> None:
            scene.tree.kill("top/b")
            await scene.tree.advance(SECOND)
            assert isinstance(scene.received()[0], Down)
            assert scene.tree.cell(A).generation == 2

        play(
            Fault(A, Kill(), OnMessage(MessageLike("Down"))), script, probe("a", diary), probe("b", diary), diary=diary
        )

    @pytest.mark.parametrize("what", [Drop(), Raise()], ids=str)
    def test_does_not_come_with_a_message_that_is_not_handled(self, what: Drop) -> None:
        faults = (Fault(A, what, AtMessage(3)), Fault(A, Kill(), AtMessage(3)))
        scene = play(faults, six_at_once)
        assert scene.received() == [1, 2, 4, 5, 6]
        first_life = scene.lives()[0]
        assert str(scene.tree.cell(A).last_failure).startswith("killed: ")
        assert scene.lives()[2] == first_life + isinstance(what, Raise)
        assert scene.lives()[3] == scene.lives()[2] + 1

    def test_of_one_that_comes_back_slowly_loses_none(self) -> None:
        async def script(scene: Scene) -> None:
            for _ in range(200):
                scene.send(5)
                await scene.tree.advance(MS)
            await scene.tree.advance(10 * SECOND)
            assert scene.received() == list(range(1, 1001))
            assert scene.dead == []
            assert scene.came > 50

        play(Fault(A, Kill(), WithProbability(0.1)), script)


class TestStall:
    def test_takes_no_message_for_a_time_and_then_all_in_their_order(self) -> None:
        scene = play(Fault(A, Stall(5 * MS // 2), AtMessage(2)), six_one_by_one)
        assert scene.when() == [(1, 0), (2, 1), (3, 3.5), (4, 3.5), (5, 4), (6, 5)]

    def test_those_that_waited_already_wait_too(self) -> None:
        scene = play(Fault(A, Stall(5 * MS), AtMessage(2)), six_at_once)
        assert scene.when() == [(1, 0), (2, 0), (3, 5), (4, 5), (5, 5), (6, 5)]

    def test_at_a_time(self) -> None:
        scene = play(Fault(A, Stall(3 * MS), AfterStart(3 * MS // 2)), six_one_by_one)
        assert scene.when() == [(1, 0), (2, 1), (3, 4.5), (4, 4.5), (5, 4.5), (6, 5)]

    def test_several_overlap(self) -> None:
        scene = play((Fault(A, Stall(5 * MS), AtMessage(2)), Fault(A, Stall(MS), AtMessage(2))), six_at_once)
        assert scene.when() == [(1, 0), (2, 0), (3, 5), (4, 5), (5, 5), (6, 5)]

    def test_it_can_be_stopped_meanwhile(self) -> None:
        async def script(scene: Scene) -> None:
            scene.send(3)
            await scene.tree.settle()
            scene.tree.cell(A).ask_to_stop("enough")
            await scene.tree.settle()
            assert "stopping" in [line.event for line in scene.diary.lines]

        play(Fault(A, Stall(3600 * SECOND), AtMessage(1)), script)


class TestSlow:
    def test_each_message_takes_so_much_longer(self) -> None:
        scene = play(Fault(A, Slow(2 * MS), AtMessage(2)), six_at_once)
        assert [message for message, _ in scene.when()] == [1, 2, 3, 4, 5, 6]
        times = [at for _, at in scene.when()]
        assert times[:2] == [0, 0]
        assert gaps(times[2:]) == [2, 2, 2]

    def test_for_a_time(self) -> None:
        async def script(scene: Scene) -> None:
            scene.send(1)
            await scene.tree.advance(10 * MS)
            scene.send(3)
            await scene.tree.advance(SECOND)
            assert scene.when()[1:] == [(2, 10), (3, 10), (4, 10)]

        play(Fault(A, Slow(2 * MS, 5 * MS), AtMessage(1)), script)

    def test_through_restarts(self) -> None:
        async def script(scene: Scene) -> None:
            scene.send(1)
            await scene.tree.settle()
            scene.tree.kill(A)
            await scene.tree.advance(SECOND)
            scene.send(4)
            await scene.tree.advance(SECOND)
            times = [at for _, at in scene.when()][1:]
            assert gaps(times) == [2, 2, 2]

        play(Fault(A, Slow(2 * MS), AtMessage(1)), script)

    def test_several_add_up(self) -> None:
        scene = play((Fault(A, Slow(2 * MS), AtMessage(1)), Fault(A, Slow(3 * MS), AtMessage(1))), six_at_once)
        times = [at for _, at in scene.when()][1:]
        assert gaps(times) == [5] * 4

    def test_others_are_as_fast_as_ever(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.send(3)
            await scene.tree.settle()
            scene.send(3, to="top/b")
            await scene.tree.settle()
            assert [at for _, at in scene.when("top/b")] == [0, 0, 0]

        play(Fault(A, Slow(SECOND), AtMessage(1)), script, probe("a", diary), probe("b", diary), diary=diary)

    def test_beside_what_others_slow_it_down_by(self) -> None:
        async def script(scene: Scene) -> None:
            cell = scene.tree.cell(A)
            cell.slow_down(3 * MS)
            scene.send(1)
            await scene.tree.advance(MS)
            assert cell.slowed_by_ns == 8 * MS
            await scene.tree.advance(SECOND)
            assert cell.slowed_by_ns == 5 * MS
            scene.injector.disarm()
            assert cell.slowed_by_ns == 3 * MS

        faults = (Fault(A, Slow(2 * MS), AtMessage(1)), Fault(A, Slow(3 * MS, 20 * MS), AtMessage(1)))
        play(faults, script)

    def test_when_the_actor_is_gone_it_does_not_come(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.tree.kill(A)
            await scene.tree.advance(SECOND)
            (never,) = scene.injector.never_came
            assert never.why == "the actor was gone"

        play(Fault(A, Slow(MS), AfterStart(MS)), script, probe("a", diary, restart=Restart.TEMPORARY), diary=diary)

    def test_when_disarmed_in_the_middle_nothing_is_left(self) -> None:
        async def script(scene: Scene) -> None:
            scene.send(1)
            await scene.tree.settle()
            scene.injector.disarm()
            assert scene.tree.cell(A).slowed_by_ns == 0

        play(Fault(A, Slow(MS, 3600 * SECOND), AtMessage(1)), script)

    def test_when_disarmed_it_is_as_fast_as_before(self) -> None:
        async def script(scene: Scene) -> None:
            scene.send(1)
            await scene.tree.settle()
            scene.injector.disarm()
            scene.send(3)
            await scene.tree.settle()
            assert scene.received() == [1, 2, 3, 4]

        play(Fault(A, Slow(SECOND), AtMessage(1)), script)


class TestFill:
    @pytest.mark.parametrize("overflow", list(Overflow))
    def test_the_rule_of_overflow_applies_to_the_next_real_message(self, overflow: Overflow) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.send(1)
            await scene.tree.settle()
            assert scene.tree.cell(A).mailbox.depth == 8
            scene.send(1)
            await scene.tree.advance(SECOND)
            assert [message for message, _ in scene.dead] == [2]
            scene.send(1)
            await scene.tree.settle()
            if overflow is Overflow.DROP:
                assert scene.received() == [1, Missed(1), 3]
            else:
                assert scene.received() == [1, 3]
                assert "MailboxFull" in str(scene.tree.cell(A).last_exit)

        faults = (Fault(A, Stall(MS), AtMessage(1)), Fault(A, Fill(), AtMessage(1)))
        play(faults, script, probe("a", diary, mailbox=MailboxSpec(capacity=8, overflow=overflow)), diary=diary)

    def test_the_actor_never_sees_what_fills_it(self) -> None:
        scene = play(Fault(A, Fill(), AtMessage(2), times=None), six_at_once)
        assert scene.received() == [1, 2, 3, 4, 5, 6]
        assert not any(isinstance(line.detail, Filler) for line in scene.diary.lines)

    def test_a_mailbox_that_is_full_is_not_filled(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.tree.cell(A).suspend()
            await scene.tree.settle()
            scene.send(2)
            await scene.tree.advance(SECOND)
            (never,) = scene.injector.never_came
            assert never.why == "its mailbox was full already"

        spec = probe("a", diary, mailbox=MailboxSpec(capacity=2))
        play(Fault(A, Fill(), AfterStart(MS)), script, spec, diary=diary)

    def test_what_waits_keeps_its_place(self) -> None:
        faults = (Fault(A, Stall(MS), AtMessage(2)), Fault(A, Fill(), AtMessage(2)))
        assert play(faults, six_at_once).received() == [1, 2, 3, 4, 5, 6]

    def test_who_can_wait_for_room_waits(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            cell = scene.tree.cell(A)
            await scene.tree.advance(MS)
            assert cell.mailbox.depth == 4
            async with trio.open_nursery() as nursery:
                nursery.start_soon(scene.tree.address(A).send, "real")
                await scene.tree.settle()
                assert cell.mailbox.waiting_senders == 1
                await scene.tree.advance(10 * MS)
            assert scene.received() == ["real"]
            assert scene.dead == []

        faults = (Fault(A, Stall(2 * MS), AfterStart(MS)), Fault(A, Fill(), AfterStart(MS)))
        play(faults, script, probe("a", diary, mailbox=MailboxSpec(capacity=4)), diary=diary)


class TestCancelWorker:
    def test_the_worker_is_cancelled_and_the_actor_crashes_since_nobody_asked_for_that(self) -> None:
        diary = Diary()
        cancelled: list[str] = []

        def begin(probe: Probe) -> None:
            def named(name: str) -> None:
                async def work() -> None:
                    try:
                        await trio.sleep_forever()
                    except trio.Cancelled:
                        cancelled.append(f"{name} {probe.generation}")
                        raise

                probe.work(name, work)

            named("reader")
            named("writer")

        diary.on_start[A] = begin

        async def script(scene: Scene) -> None:
            scene.send(4)
            await scene.tree.advance(SECOND)
            assert scene.received() == [1, 2, 3, 4]
            assert cancelled[0] == "reader 1"
            assert "WorkerCancelled" in str(scene.tree.cell(A).last_failure)
            assert scene.tree.cell(A).generation == 2

        play(Fault(A, CancelWorker("read*"), AtMessage(2)), script, probe("a", diary), diary=diary)

    def test_when_there_is_none_it_waits_for_the_next_message(self) -> None:
        diary = Diary()

        def work(probe: Probe) -> None:
            probe.work("late", trio.sleep_forever)

        async def script(scene: Scene) -> None:
            scene.send(3)
            scene.tree.tell(A, Do(work))
            await scene.tree.advance(SECOND)
            assert scene.came == 0
            scene.send(2)
            await scene.tree.advance(SECOND)
            assert scene.came == 1
            assert scene.injector.never_came == ()

        play(Fault(A, CancelWorker(), AtMessage(1)), script, probe("a", diary), diary=diary)

    def test_when_there_never_is_one_it_never_came(self) -> None:
        scene = play(Fault(A, CancelWorker("x"), AtMessage(1)), six_at_once)
        (never,) = scene.injector.never_came
        assert never.why == "no worker was called x"

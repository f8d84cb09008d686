"""Faults of a message: what becomes of it, of those behind it, and of the actor."""

from collections import Counter

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from supervision.actor import Down
from supervision.faults.plan import (
    AfterStart,
    AtMessage,
    AtTime,
    Delay,
    Drop,
    Duplicate,
    Fault,
    Kill,
    OnMessage,
    Raise,
    Reorder,
    Stall,
    WithProbability,
)
from supervision.mailbox import MailboxSpec, OnRestart
from supervision.specs import SECOND, Restart, Strategy, SupervisorSpec
from supervision.testing import ORIGIN_NS, Diary, Do, Probe, Tree, probe
from tests.supervision.fault_scenes import MS, A, Scene, play


def is_two(message: object) -> bool:
    return message == 2


async def six_at_once(scene: Scene) -> None:
    scene.send(6)
    await scene.tree.advance(10 * SECOND)


async def six_one_by_one(scene: Scene) -> None:
    """Number n comes at n - 1 milliseconds."""
    await scene.send_each(MS, 6)
    await scene.tree.advance(10 * SECOND)


class TestRaise:
    def test_crashes_the_actor_and_the_message_is_its_dead_letter(self) -> None:
        scene = play(Fault(A, Raise("out of luck"), AtMessage(2)), six_at_once)
        assert scene.received() == [1, 3, 4, 5, 6]
        assert scene.lives() == [1, 2, 2, 2, 2]
        assert [message for message, _ in scene.dead] == [2]
        assert str(scene.tree.cell(A).last_failure) == "crashed: InjectedFault: out of luck"

    def test_the_handler_does_not_see_the_message(self) -> None:
        scene = play(Fault(A, Raise(), OnMessage(is_two)), six_at_once)
        assert 2 not in scene.received()

    def test_a_mailbox_that_tries_again_has_it_handled_by_the_next_life(self) -> None:
        diary = Diary()
        spec = probe("a", diary, mailbox=MailboxSpec(on_restart=OnRestart.RETRY))
        scene = play(Fault(A, Raise(), AtMessage(2)), six_at_once, spec, diary=diary)
        assert scene.received() == [1, 2, 3, 4, 5, 6]
        assert scene.lives() == [1, 2, 2, 2, 2, 2]
        assert scene.dead == []


class TestDrop:
    def test_the_message_is_a_dead_letter_and_the_actor_goes_on(self) -> None:
        scene = play(Fault(A, Drop(), AtMessage(2)), six_at_once)
        assert scene.received() == [1, 3, 4, 5, 6]
        assert scene.lives() == [1] * 5
        assert scene.dead == [(2, "dropped by a fault")]

    def test_who_asked_hears_nothing(self) -> None:
        async def script(scene: Scene) -> None:
            tree = scene.tree

            async def ask() -> object:
                return await tree.runtime.ask(tree.address(A), Do(lambda probe: probe.reply("yes")), 5 * MS)

            with pytest.raises(trio.TooSlowError):
                await tree.run(ask)
            assert await tree.run(ask) == "yes"

        play(Fault(A, Drop(), AtMessage(1)), script)


class TestDuplicate:
    def test_the_message_is_handled_twice_in_a_row(self) -> None:
        scene = play(Fault(A, Duplicate(), AtMessage(2)), six_at_once)
        assert scene.received() == [1, 2, 2, 3, 4, 5, 6]
        assert scene.dead == []

    def test_with_nothing_in_between(self) -> None:
        """Not even what the runtime has to say, which overtakes what waits in the mailbox."""
        diary = Diary()

        def die_of_b(tree: Tree, diary: Diary) -> Do:
            def handler(probe: Probe) -> None:
                probe.note("received", "both")
                tree.cell(A).mailbox.put_system(tree.runtime.new_envelope("system"))

            return Do(handler)

        async def script(scene: Scene) -> None:
            scene.tree.tell(A, die_of_b(scene.tree, diary), "next")
            await scene.tree.settle()
            assert scene.received() == ["both", "both", "system", "system", "next"]

        play(Fault(A, Duplicate(), AtMessage(1)), script, diary=diary)

    def test_both_have_the_same_origin(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.tree.tell(A, Do(lambda probe: probe.note("received", probe.correlation)))
            await scene.tree.settle()
            first, second = scene.received()
            assert first == second != 0

        play(Fault(A, Duplicate(), AtMessage(1)), script, diary=diary)


class TestDelay:
    def test_the_message_is_handled_just_so_much_later(self) -> None:
        scene = play(Fault(A, Delay(5 * MS // 2), AtMessage(2)), six_one_by_one)
        assert scene.when() == [(1, 0), (3, 2), (4, 3), (2, 3.5), (5, 4), (6, 5)]

    def test_before_whatever_waits_then(self) -> None:
        async def script(scene: Scene) -> None:
            scene.send(2)
            await scene.tree.advance(MS)
            scene.tree.cell(A).pause(5 * MS)
            scene.send(3)
            await scene.tree.advance(SECOND)
            assert scene.when() == [(1, 0), (2, 6), (3, 6), (4, 6), (5, 6)]

        play(Fault(A, Delay(3 * MS), AtMessage(2)), script)

    def test_what_is_due_at_once_comes_in_its_order(self) -> None:
        scene = play(Fault(A, Delay(20 * MS), OnMessage(bool)), six_at_once)
        assert scene.when() == [(number, 20) for number in range(1, 7)]

    def test_it_keeps_its_origin_and_who_waits_for_an_answer(self) -> None:
        async def script(scene: Scene) -> None:
            tree = scene.tree

            async def ask() -> object:
                question = Do(lambda probe: probe.reply(probe.correlation))
                return await tree.runtime.ask(tree.address(A), question, 100 * MS)

            number = tree.runtime.last_number + 1
            assert await tree.run(ask) == number
            assert tree.clock.now_ns() >= scene.began_ns + 50 * MS

        play(Fault(A, Delay(50 * MS), AtMessage(1)), script)

    def test_it_needs_no_room(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.send(1)
            await scene.tree.settle()
            scene.tree.cell(A).pause(10 * MS)
            scene.send(2)
            await scene.tree.advance(SECOND)
            assert scene.received() == [1, 2, 3]
            assert scene.dead == []

        spec = probe("a", diary, mailbox=MailboxSpec(capacity=2))
        play(Fault(A, Delay(5 * MS), AtMessage(1)), script, spec, diary=diary)

    def test_no_newer_one_replaces_it(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.send(1)
            await scene.tree.settle()
            scene.tree.cell(A).pause(10 * MS)
            scene.send(1)
            await scene.tree.advance(7 * MS)
            scene.send(1)
            await scene.tree.advance(SECOND)
            assert scene.received() == [1, 3]

        spec = probe("a", diary, mailbox=MailboxSpec(latest_by=lambda _: "all"))
        play(Fault(A, Delay(5 * MS), AtMessage(1)), script, spec, diary=diary)

    @pytest.mark.parametrize("on_restart", list(OnRestart))
    @pytest.mark.parametrize("when_ms", [1, 2, 3])
    def test_a_restart_neither_loses_nor_discards_it(self, on_restart: OnRestart, when_ms: int) -> None:
        """Whether the actor dies before it is due, just then, or while it waits for the actor to take it."""
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.send(1)
            await scene.tree.settle()
            scene.tree.cell(A).pause(5 * MS)
            await scene.tree.advance(when_ms * MS)
            scene.tree.kill(A)
            await scene.tree.advance(SECOND)
            assert scene.received() == [1]
            assert scene.lives() == [2]
            assert scene.dead == []
            assert scene.came == 1

        spec = probe("a", diary, mailbox=MailboxSpec(on_restart=on_restart))
        play(Fault(A, Delay(2 * MS), OnMessage(bool)), script, spec, diary=diary)

    def test_once_a_dead_letter_it_stays_one(self) -> None:
        """Also when its actor, which was over, lives again with its supervisor."""
        diary = Diary()
        spec = probe("a", diary, restart=Restart.TEMPORARY)
        inner = SupervisorSpec(name="inner", strategy=Strategy.ONE_FOR_ONE, children=(spec,))

        async def script(scene: Scene) -> None:
            path = "top/inner/a"
            scene.send(1, path)
            await scene.tree.settle()
            scene.tree.cell(path).suspend()
            await scene.tree.advance(5 * MS)
            scene.tree.kill(path)
            await scene.tree.settle()
            assert [message for message, _ in scene.dead] == [1]
            scene.tree.kill("top/inner")
            await scene.tree.advance(SECOND)
            scene.send(1, path)
            await scene.tree.advance(SECOND)
            assert scene.received(path) == [2]

        play(Fault("**", Delay(2 * MS), OnMessage(bool)), script, inner, diary=diary)

    def test_when_the_actor_is_over_it_is_a_dead_letter(self) -> None:
        diary = Diary()

        async def script(scene: Scene) -> None:
            scene.send(3)
            await scene.tree.settle()
            scene.tree.kill(A)
            await scene.tree.advance(SECOND)
            assert scene.received() == []
            assert {message for message, _ in scene.dead} == {1, 2, 3}

        play(
            Fault(A, Delay(2 * MS), OnMessage(bool)), script, probe("a", diary, restart=Restart.TEMPORARY), diary=diary
        )  # fmt: skip


class TestReorder:
    def test_the_message_is_swapped_with_the_one_behind_it(self) -> None:
        assert play(Fault(A, Reorder(), AtMessage(2)), six_at_once).received() == [1, 3, 2, 4, 5, 6]
        assert play(Fault(A, Reorder(), AtMessage(2)), six_one_by_one).when()[:4] == [(1, 0), (3, 2), (2, 2), (4, 3)]

    def test_one_is_held_back_at_a_time(self) -> None:
        assert play(Fault(A, Reorder(), OnMessage(bool)), six_at_once).received() == [2, 1, 4, 3, 6, 5]

    def test_how_many_overtake_it_is_up_to_the_seed(self) -> None:
        def place(seed: int) -> int:
            async def ten(scene: Scene) -> None:
                scene.send(10)
                await scene.tree.settle()

            return play(Fault(A, Reorder(within=4), AtMessage(1)), ten, seed=seed).received().index(1)

        places = [place(seed) for seed in range(20)]
        assert set(places) == {1, 2, 3, 4}
        assert places == [place(seed) for seed in range(20)]

    def test_when_too_few_come_it_is_handled_after_a_time(self) -> None:
        fault = Fault(A, Reorder(within=1, at_most_ns=7 * MS), AtMessage(6))
        assert play(fault, six_one_by_one).when()[-1] == (6, 12)

    def test_after_that_time_the_next_one_can_be_held_back(self) -> None:
        async def script(scene: Scene) -> None:
            await scene.send_each(20 * MS, 3)
            assert scene.when() == [(1, 7), (2, 27), (3, 47)]

        play(Fault(A, Reorder(at_most_ns=7 * MS), OnMessage(bool)), script)

    def test_what_overtakes_it_and_crashes_does_not_keep_it(self) -> None:
        faults = (Fault(A, Reorder(), AtMessage(2)), Fault(A, Raise(), OnMessage(lambda message: message == 3)))
        scene = play(faults, six_at_once)
        assert scene.received() == [1, 2, 4, 5, 6]


class TestTheRuntimeSOwnWord:
    @pytest.mark.parametrize("what", [Raise(), Drop(), Duplicate(), Delay(MS), Reorder()], ids=str)
    def test_is_never_tampered_with(self, what: Drop) -> None:
        diary = Diary()
        diary.on_start[A] = lambda probe: probe.monitor("top/b")

        async def script(scene: Scene) -> None:
            scene.tree.kill("top/b")
            await scene.tree.advance(SECOND)
            (heard,) = scene.received()
            assert isinstance(heard, Down)
            assert scene.came == 0

        play(Fault(A, what, OnMessage(lambda _: True)), script, probe("a", diary), probe("b", diary), diary=diary)


class TestAtATime:
    """A fault of a message comes at the next one."""

    def test_so_long_after_the_start(self) -> None:
        assert play(Fault(A, Drop(), AfterStart(3 * MS // 2)), six_one_by_one).received() == [1, 2, 4, 5, 6]

    def test_when_the_clock_says_so(self) -> None:
        assert play(Fault(A, Drop(), AtTime(ORIGIN_NS + 7 * MS // 2)), six_one_by_one).received() == [1, 2, 3, 4, 6]

    def test_again_and_again(self) -> None:
        scene = play(Fault(A, Drop(), AfterStart(3 * MS // 2), times=2), six_one_by_one)
        assert scene.received() == [1, 2, 5, 6]
        assert scene.came == 2


class TestSeveralFaults:
    def test_act_in_the_order_of_the_plan(self) -> None:
        twice, lost = Fault(A, Duplicate(), AtMessage(2)), Fault(A, Drop(), AtMessage(2))
        assert play((twice, lost), six_at_once).received() == [1, 2, 3, 4, 5, 6]
        assert play((lost, twice), six_at_once).received() == [1, 3, 3, 4, 5, 6]

    def test_each_sees_what_those_before_it_let_through(self) -> None:
        faults = (Fault(A, Drop(), OnMessage(is_two)), Fault(A, Drop(), AtMessage(3)))
        assert play(faults, six_at_once).received() == [1, 3, 5, 6]

    def test_what_was_held_back_goes_on_with_the_faults_after(self) -> None:
        faults = (
            Fault(A, Duplicate(), OnMessage(is_two)),
            Fault(A, Delay(MS), OnMessage(is_two)),
            Fault(A, Raise(), AtMessage(7)),
        )
        scene = play(faults, six_at_once)
        assert scene.received() == [1, 3, 4, 5, 6, 2]
        assert [message for message, _ in scene.dead] == [2]


class TestDisarming:
    def test_what_is_held_back_comes_at_once(self) -> None:
        async def script(scene: Scene) -> None:
            scene.send(3)
            await scene.tree.settle()
            assert scene.received() == [1, 3]
            scene.injector.disarm()
            await scene.tree.settle()
            assert scene.received() == [1, 3, 2]

        play(Fault(A, Delay(SECOND), AtMessage(2)), script)

    def test_what_came_at_once_comes_once(self) -> None:
        async def script(scene: Scene) -> None:
            scene.send(3)
            await scene.tree.settle()
            scene.injector.disarm()
            await scene.tree.settle()
            scene.tree.kill(A)
            await scene.tree.advance(SECOND)
            assert scene.received() == [1, 3, 2]

        for on_restart in OnRestart:
            diary = Diary()
            spec = probe("a", diary, mailbox=MailboxSpec(on_restart=on_restart))
            play(Fault(A, Delay(SECOND), AtMessage(2)), script, spec, diary=diary)

    def test_no_fault_comes_any_more(self) -> None:
        async def script(scene: Scene) -> None:
            scene.send(3)
            await scene.tree.settle()
            scene.injector.disarm()
            scene.send(3)
            await scene.tree.advance(SECOND)
            assert scene.received() == [4, 5, 6]

        play((Fault(A, Drop(), OnMessage(bool)), Fault(A, Kill(), AfterStart(MS))), script)


FAULTS = st.builds(
    Fault,
    st.just(A),
    st.sampled_from(
        [Kill(), Stall(2 * MS), Delay(MS), Delay(3 * MS), Reorder(), Reorder(3), Drop(), Duplicate(), Raise()]
    ),
    st.one_of(
        st.builds(AtMessage, st.integers(1, 20)),
        st.builds(WithProbability, st.sampled_from([0.1, 0.5, 1.0])),
        st.builds(AfterStart, st.integers(1, 20).map(lambda number: number * MS)),
    ),
    st.integers(1, 5),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(FAULTS, max_size=5).map(tuple),
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), max_size=8),
    st.integers(0, 1000),
)
def test_whatever_the_plan_each_message_is_handled_or_a_dead_letter_and_none_is_lost_or_made_up(
    faults: tuple[Fault, ...], rounds: list[tuple[int, int]], seed: int
) -> None:
    async def script(scene: Scene) -> None:
        for count, pause_ms in rounds:
            scene.send(count)
            await scene.tree.advance(pause_ms * MS)
        await scene.tree.advance(30 * SECOND)

    scene = play(faults, script, seed=seed)
    came = Counter[str]()
    for count in scene.injector.counts:
        came[type(count.fault.what).__name__] += count.count
    handled, dead = Counter(scene.received()), Counter(message for message, _ in scene.dead)
    assert set(handled) | set(dead) == set(range(1, scene.sent + 1))
    # A crash at the first of two leaves no second one.
    least = scene.sent + max(0, came["Duplicate"] - came["Raise"])
    assert least <= handled.total() + dead.total() <= scene.sent + came["Duplicate"]
    assert dead.total() == came["Drop"] + came["Raise"]
    assert scene.tree.cell(A).mailbox.depth == 0

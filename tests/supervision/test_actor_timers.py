"""Timers: when they ring, in which order, and that they end with the life that set them."""

from hypothesis import given
from hypothesis import strategies as st

from supervision.clock import VirtualClock
from supervision.specs import SECOND, ActorSpec, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, ORIGIN_NS, Crash, Diary, Do, Probe, Tree, probe, run_tree
from supervision.timers import Timers


def tree_of(*children: ActorSpec) -> SupervisorSpec:
    return SupervisorSpec(name="top", strategy=Strategy.ONE_FOR_ONE, children=children)


def rings_ns(diary: Diary) -> list[tuple[object, int]]:
    return [(line.detail, line.at_ns - ORIGIN_NS) for line in diary.lines if line.event == "received"]


class TestATimer:
    def test_rings_once_at_its_time(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(lambda probe: probe.after("k", SECOND, "ring")))
            await tree.advance(10 * SECOND)
            assert rings_ns(diary) == [("ring", SECOND)]

        run_tree(tree_of(probe("a", diary)), script)

    def test_repeats_without_drift(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(lambda probe: probe.every("k", SECOND // 3, "tick")))
            await tree.advance(100 * SECOND)
            assert [at_ns for _, at_ns in rings_ns(diary)] == [SECOND // 3 * n for n in range(1, 301)]

        run_tree(tree_of(probe("a", diary)), script)

    def test_rings_once_for_all_the_ticks_that_a_stall_left_behind(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(lambda probe: probe.every("k", SECOND, "tick")))
            await tree.settle()
            tree.clock.advance_to(ORIGIN_NS + 3600 * SECOND + 1)
            tree.runtime.timers.fire_due()
            await tree.advance(SECOND)
            assert rings_ns(diary) == [("tick", 3600 * SECOND + 1), ("tick", 3601 * SECOND)]

        run_tree(tree_of(probe("a", diary)), script)

    def test_is_replaced_by_another_with_the_same_key(self) -> None:
        diary = Diary()

        def both(probe: Probe) -> None:
            probe.after("k", SECOND, "first")
            probe.every("k", 3 * SECOND, "second")
            probe.after("k", 2 * SECOND, "third")

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(both))
            await tree.advance(10 * SECOND)
            assert rings_ns(diary) == [("third", 2 * SECOND)]

        run_tree(tree_of(probe("a", diary)), script)

    def test_can_be_cancelled_also_when_it_repeats(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(lambda probe: probe.every("k", SECOND, "tick")))
            await tree.advance(2500 * MILLISECOND)
            tree.tell("top/a", Do(lambda probe: probe.cancel_timer("k")))
            tree.tell("top/a", Do(lambda probe: probe.cancel_timer("unknown")))
            await tree.advance(10 * SECOND)
            assert len(rings_ns(diary)) == 2
            assert tree.runtime.timers.pending_count == 0

        run_tree(tree_of(probe("a", diary)), script)

    def test_ends_with_the_life_that_set_it(self) -> None:
        diary = Diary()

        def both(probe: Probe) -> None:
            probe.after("once", SECOND, "ring")
            probe.every("often", SECOND, "tick")

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(both), Crash())
            await tree.settle()
            assert tree.runtime.timers.pending_count == 0
            await tree.advance(5 * SECOND)
            assert diary.received("top/a") == []

        run_tree(tree_of(probe("a", diary)), script)

    def test_of_no_period_is_refused(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Do(lambda probe: probe.every("k", 0, "tick")))
            await tree.settle()
            assert "a period of 0 ns never passes" in str(tree.cell("top/a").last_exit)

        run_tree(tree_of(probe("a", diary)), script)


class TestOrder:
    def test_at_equal_times_is_that_of_making(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            for number in range(20):
                tree.runtime.timers.at(
                    ORIGIN_NS + SECOND,
                    lambda number=number: tree.tell("top/a", number),  # type: ignore[misc]
                )
            await tree.advance(SECOND)
            assert diary.received("top/a") == list(range(20))

        run_tree(tree_of(probe("a", diary)), script)

    @given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=300))
    def test_is_by_time_and_then_by_making_whatever_was_cancelled(self, wanted: list[tuple[int, bool]]) -> None:
        clock = VirtualClock()
        timers = Timers(clock)
        fired: list[int] = []
        made = [timers.at(at, lambda n=n: fired.append(n)) for n, (at, _) in enumerate(wanted)]  # type: ignore[misc]
        for timer, (_, cancelled) in zip(made, wanted, strict=True):
            if cancelled:
                timer.cancel()
                timer.cancel()
        kept = [(at, n) for n, (at, cancelled) in enumerate(wanted) if not cancelled]
        assert timers.pending_count == len(kept)
        assert timers.next_deadline_ns() == (min(kept)[0] if kept else None)
        clock.advance_to(10)
        timers.fire_due()
        assert fired == [n for _, n in sorted(kept)]
        assert timers.pending_count == 0


def test_timers_that_were_replaced_do_not_pile_up() -> None:
    timers = Timers(VirtualClock())
    for number in range(10_000):
        timers.at(number + SECOND, lambda: None).cancel()
    assert len(timers._heap) < 600
    assert timers.pending_count == 0

"""R4 to R8 and R11 on running trees, all in virtual time."""

import pytest

from supervision.specs import SECOND, Backoff, ChildSpec, Restart, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Crash, Diary, Probe, ProbeError, Tree, probe, run_tree

NO_WAITING = Backoff(initial_ns=0, maximum_ns=0)


def supervisor(
    *children: ChildSpec,
    name: str = "top",
    strategy: Strategy = Strategy.ONE_FOR_ONE,
    backoff: Backoff = NO_WAITING,
    restart: Restart = Restart.PERMANENT,
    intensity: int = 5,
    period_ns: int = 10 * SECOND,
) -> SupervisorSpec:
    return SupervisorSpec(
        name=name,
        strategy=strategy,
        children=children,
        backoff=backoff,
        restart=restart,
        intensity=intensity,
        period_ns=period_ns,
    )


def generations(tree: Tree, *names: str) -> list[int]:
    return [tree.cell(f"top/{name}").generation for name in names]


def failing(diary: Diary, path: str, *generations: int) -> None:
    async def load(probe: Probe) -> None:
        if probe.generation in generations:
            raise ProbeError("not yet")

    diary.on_load[path] = load


class TestRestartTypes:
    @pytest.mark.parametrize(
        ("restart", "how", "again"),
        [
            (Restart.PERMANENT, "crash", True),
            (Restart.PERMANENT, "kill", True),
            (Restart.PERMANENT, "stop", True),
            (Restart.TRANSIENT, "crash", True),
            (Restart.TRANSIENT, "kill", True),
            (Restart.TRANSIENT, "stop", False),
            (Restart.TEMPORARY, "crash", False),
            (Restart.TEMPORARY, "kill", False),
            (Restart.TEMPORARY, "stop", False),
        ],
    )
    def test_decide_after_each_reason(self, restart: Restart, how: str, again: bool) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            match how:
                case "crash":
                    tree.tell("top/a", Crash())
                case "kill":
                    tree.kill("top/a")
                case _:
                    tree.cell("top/a").ask_to_stop("done")
            await tree.settle()
            assert generations(tree, "a", "b") == [2 if again else 1, 1]
            assert tree.is_up("top/b")
            paths = [child.path for child in tree.runtime.root.children] if tree.runtime.root else []
            assert ("top/a" in paths) is (restart is not Restart.TEMPORARY)
            assert tree.cell("top/a").is_over is not again

        run_tree(supervisor(probe("a", diary, restart=restart), probe("b", diary)), script)


class TestStrategies:
    @pytest.mark.parametrize(
        ("strategy", "stopped", "started", "lives"),
        [
            (Strategy.ONE_FOR_ONE, [], ["b started"], [1, 2, 1, 1]),
            (
                Strategy.ONE_FOR_ALL,
                ["d stopping", "c stopping", "a stopping"],
                ["a started", "b started", "c started", "d started"],
                [2, 2, 2, 2],
            ),
            (
                Strategy.REST_FOR_ONE,
                ["d stopping", "c stopping"],
                ["b started", "c started", "d started"],
                [1, 2, 2, 2],
            ),
        ],
    )
    def test_stop_in_reverse_and_start_in_order(
        self, strategy: Strategy, stopped: list[str], started: list[str], lives: list[int]
    ) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            diary.forget()
            tree.tell("top/b", Crash())
            await tree.settle()
            assert diary.order("stopping", "started") == stopped + started
            assert generations(tree, "a", "b", "c", "d") == lives
            diary.forget()

        run_tree(supervisor(*(probe(name, diary) for name in "abcd"), strategy=strategy), script)
        assert diary.order("stopping") == ["d stopping", "c stopping", "b stopping", "a stopping"]

    @pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
    def test_leave_a_temporary_bystander_stopped_and_forgotten(self, strategy: Strategy) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Crash())
            await tree.settle()
            assert generations(tree, "a", "b", "c") == [2, 1, 2]
            with pytest.raises(KeyError):
                tree.child("top/b")

        children = probe("a", diary), probe("b", diary, restart=Restart.TEMPORARY), probe("c", diary)
        run_tree(supervisor(*children, strategy=strategy), script)

    def test_bring_back_a_transient_bystander_that_had_finished(self) -> None:
        """As OTP does: its spec was kept, and the group is started whole."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.cell("top/b").ask_to_stop("done")
            await tree.settle()
            tree.tell("top/a", Crash())
            await tree.settle()
            assert generations(tree, "a", "b") == [2, 2]

        children = probe("a", diary), probe("b", diary, restart=Restart.TRANSIENT)
        run_tree(supervisor(*children, strategy=Strategy.ONE_FOR_ALL), script)

    @pytest.mark.parametrize("seed", range(20))
    def test_two_crashes_in_one_instant_are_both_told_and_everybody_comes_back(self, seed: int) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Crash("first"))
            tree.tell("top/b", Crash("second"))
            await tree.settle()
            assert tree.is_up("top/a", "top/b")
            reasons = [str(line.fields["reason"]) for line in tree.logged("child ended")]
            assert any("first" in each for each in reasons)
            assert any("second" in each for each in reasons) or "second" not in str(diary.lines)
            assert len(reasons) == sum(generations(tree, "a", "b")) - 2

        run_tree(supervisor(probe("a", diary), probe("b", diary), strategy=Strategy.ONE_FOR_ALL), script, seed)

    @pytest.mark.parametrize("strategy", list(Strategy))
    def test_bring_back_a_child_that_dies_at_once_after_its_acknowledgement(self, strategy: Strategy) -> None:
        """Its first message is waiting already, so that it is dead before its supervisor hears of the start."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Crash("one"), Crash("two"), Crash("three"), "fine")
            await tree.settle()
            assert tree.is_up("top/a", "top/b")
            assert generations(tree, "a") == [4]
            assert diary.received("top/a") == ["fine"]

        run_tree(supervisor(probe("a", diary), probe("b", diary), strategy=strategy), script)


class TestIntensity:
    def test_one_restart_too_many_ends_the_supervisor_in_reverse_order(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            for _ in range(2):
                tree.tell("top/a", Crash())
                await tree.settle()
            assert tree.reason is None
            diary.forget()
            tree.tell("top/a", Crash())
            await tree.settle()
            assert str(tree.reason).startswith("shutdown: top gave up after 2 restarts: top/a crashed: ProbeError")
            assert diary.order("stopping") == ["c stopping", "b stopping"]

        run_tree(supervisor(*(probe(name, diary) for name in "abc"), intensity=2), script)

    def test_nought_never_restarts(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.kill("top/a")
            await tree.settle()
            assert tree.reason is not None

        run_tree(supervisor(probe("a", diary), intensity=0), script)

    def test_the_window_slides(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            for _ in range(10):
                tree.tell("top/a", Crash())
                await tree.advance(SECOND + MILLISECOND)
            assert tree.reason is None
            assert generations(tree, "a") == [11]

        run_tree(supervisor(probe("a", diary), intensity=1, period_ns=SECOND), script)

    def test_a_group_of_many_counts_once(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/n7", Crash())
            await tree.settle()
            assert tree.reason is None

        children = [probe(f"n{number}", diary) for number in range(20)]
        run_tree(supervisor(*children, strategy=Strategy.ONE_FOR_ALL, intensity=1), script)

    @pytest.mark.parametrize("strategy", list(Strategy))
    def test_a_restart_that_keeps_failing_uses_it_up(self, strategy: Strategy) -> None:
        diary = Diary()
        failing(diary, "top/a", *range(2, 100))

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Crash())
            await tree.settle()
            assert "gave up after 4 restarts" in str(tree.reason)
            # The crash and four failures are five restarts, and the fifth was one too many.
            assert generations(tree, "a") == [5]

        run_tree(supervisor(probe("a", diary), probe("b", diary), strategy=strategy, intensity=4), script)

    @pytest.mark.parametrize(("restart", "lives"), [(Restart.PERMANENT, 3), (Restart.TRANSIENT, 2)])
    def test_a_permanent_supervisor_that_gave_up_comes_back_and_a_transient_does_not(
        self, restart: Restart, lives: int
    ) -> None:
        """R6: it ended with a shutdown."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.tell("top/inner/a", Crash())
            await tree.settle()
            tree.tell("top/inner/a", Crash())
            await tree.settle()
            assert tree.cell("top/inner/a").generation == lives
            assert tree.is_up("top/inner") is (restart is Restart.PERMANENT)
            assert tree.cell("top/inner/a").is_over is (restart is Restart.TRANSIENT)
            assert tree.reason is None

        inner = supervisor(probe("a", diary), name="inner", restart=restart, intensity=1)
        run_tree(supervisor(inner), script)

    def test_escalation_to_the_top_ends_the_tree(self) -> None:
        diary = Diary()

        async def script(tree: Tree) -> None:
            # One restart below for each life of the supervisor, and one of its restarts above.
            for _ in range(4):
                assert tree.reason is None
                tree.tell("top/inner/a", Crash())
                await tree.settle()
            assert tree.reason is not None
            assert tree.cell("top/inner/a").generation == 4

        inner = supervisor(probe("a", diary), name="inner", intensity=1)
        run_tree(supervisor(inner, intensity=1), script)

    def test_a_supervisor_that_is_restarted_begins_with_all_that_it_was_described_with(self) -> None:
        """R15, the static part: a temporary child that ended is there again."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            tree.kill("top/inner/a")
            await tree.settle()
            assert tree.cell("top/inner/a").is_over
            tree.kill("top/inner")
            await tree.settle()
            assert tree.is_up("top/inner/a", "top/inner/b")
            assert not tree.cell("top/inner/a").is_over

        inner = supervisor(probe("a", diary, restart=Restart.TEMPORARY), probe("b", diary), name="inner")
        run_tree(supervisor(inner), script)


class TestAFailedRestart:
    def test_of_a_sibling_in_one_for_all_stops_again_those_that_were_started(self) -> None:
        """Case 44."""
        diary = Diary()
        failing(diary, "top/b", 2)

        async def script(tree: Tree) -> None:
            diary.forget()
            tree.tell("top/a", Crash())
            await tree.settle()
            assert diary.order("started", "stopping") == [
                "b stopping",
                "a started",
                "a stopping",
                "a started",
                "b started",
            ]
            assert generations(tree, "a", "b") == [3, 3]

        run_tree(supervisor(probe("a", diary), probe("b", diary), strategy=Strategy.ONE_FOR_ALL), script)

    def test_of_a_sibling_in_rest_for_one_leaves_those_that_were_started(self) -> None:
        """Case 47."""
        diary = Diary()
        failing(diary, "top/b", 2)

        async def script(tree: Tree) -> None:
            diary.forget()
            tree.tell("top/a", Crash())
            await tree.settle()
            expected = ["c stopping", "b stopping", "a started", "b started", "c started"]
            assert diary.order("started", "stopping") == expected
            assert generations(tree, "a", "b", "c") == [2, 3, 2]

        children = [probe(name, diary) for name in "abc"]
        run_tree(supervisor(*children, strategy=Strategy.REST_FOR_ONE), script)

    def test_of_a_supervisor_is_retried_by_the_one_above(self) -> None:
        diary = Diary()
        failing(diary, "top/inner/b", 2)

        async def script(tree: Tree) -> None:
            tree.kill("top/inner")
            await tree.settle()
            assert tree.is_up("top/inner/a", "top/inner/b")
            assert tree.cell("top/inner/b").generation == 3

        inner = supervisor(probe("a", diary), probe("b", diary), name="inner")
        run_tree(supervisor(inner), script)

    def test_hears_a_stop_between_attempts_even_without_backoff(self) -> None:
        diary = Diary()
        attempts = 0

        async def script(tree: Tree) -> None:
            async def load(probe: Probe) -> None:
                nonlocal attempts
                attempts += 1
                if attempts == 3:
                    tree.runtime.stop("enough")
                raise ProbeError("never")

            diary.on_load["top/a"] = load
            tree.tell("top/a", Crash())
            await tree.settle()
            assert str(tree.reason) == "shutdown: enough"
            assert attempts == 3

        run_tree(supervisor(probe("a", diary), intensity=1000), script)

    def test_that_hangs_is_given_up_at_its_deadline_and_tried_again(self) -> None:
        import trio

        diary = Diary()

        async def load(probe: Probe) -> None:
            if probe.generation == 2:
                await trio.sleep_forever()

        diary.on_load["top/a"] = load

        async def script(tree: Tree) -> None:
            tree.tell("top/a", Crash(), "kept")
            await tree.advance(SECOND - MILLISECOND)
            assert not tree.is_up("top/a")
            await tree.advance(2 * MILLISECOND)
            assert tree.is_up("top/a")
            assert diary.received("top/a") == ["kept"]

        run_tree(supervisor(probe("a", diary, start_within_ns=SECOND)), script)

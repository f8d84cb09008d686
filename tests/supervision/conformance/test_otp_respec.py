"""Counterparts of OTP's supervisor suite, rows 62 and 63: other rules for a supervisor that runs."""

import pytest

from supervision.child import ChildState
from supervision.mailbox import MailboxSpec
from supervision.reasons import Shutdown
from supervision.registry import PathTaken
from supervision.specs import SECOND, AutoShutdown, BadSpec, Restart, Strategy, SupervisorSpec
from supervision.testing import Diary, Tree, probe, run_tree
from tests.supervision.conformance.otp_trees import Top, end_and_settle, generations, supervisor

ANY = AutoShutdown.ANY_SIGNIFICANT
ALL = AutoShutdown.ALL_SIGNIFICANT
NEVER = AutoShutdown.NEVER


class TestOtherRulesOfSignificance:
    @pytest.mark.parametrize(("before", "after", "ends_it"), [(ALL, ANY, True), (ANY, ALL, False)])
    def test_hold_for_the_next_end(self, before: AutoShutdown, after: AutoShutdown, ends_it: bool) -> None:
        """Row 62. significant_upgrade_any_all, significant_upgrade_all_any."""
        diary = Diary()
        children = [probe(name, diary, restart=Restart.TEMPORARY, is_significant=True) for name in "ab"]

        async def script(tree: Tree) -> None:
            await Top(tree).respec(supervisor(*children, auto_shutdown=after))
            await end_and_settle(tree, "top/a", "normal")
            assert (tree.reason is not None) is ends_it

        run_tree(supervisor(*children, auto_shutdown=before), script)

    @pytest.mark.parametrize("mode", [ANY, ALL])
    def test_may_come_to_a_supervisor_that_had_none(self, mode: AutoShutdown) -> None:
        """Row 62. significant_upgrade_never_any, significant_upgrade_never_all."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            child = probe("a", diary, restart=Restart.TEMPORARY, is_significant=True)
            await Top(tree).respec(supervisor(child, auto_shutdown=mode))
            await end_and_settle(tree, "top/a", "crash")
            assert isinstance(tree.reason, Shutdown)

        run_tree(supervisor(probe("a", diary, restart=Restart.TEMPORARY)), script)

    @pytest.mark.parametrize("mode", [ANY, ALL])
    def test_may_go_with_those_that_were_significant(self, mode: AutoShutdown) -> None:
        """Row 62. significant_upgrade_any_never, significant_upgrade_all_never."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            await Top(tree).respec(supervisor(probe("a", diary, restart=Restart.TEMPORARY)))
            await end_and_settle(tree, "top/a", "normal")
            assert tree.reason is None

        child = probe("a", diary, restart=Restart.TEMPORARY, is_significant=True)
        run_tree(supervisor(child, auto_shutdown=mode), script)

    @pytest.mark.parametrize("mode", [ANY, ALL])
    def test_are_refused_while_a_child_that_is_not_listed_is_significant(self, mode: AutoShutdown) -> None:
        """Row 62. significant_upgrade_any_never: illegal changes."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            with pytest.raises(BadSpec, match="a: it is significant, and top never shuts down by itself"):
                await Top(tree).respec(supervisor())
            await end_and_settle(tree, "top/a", "normal")
            assert tree.reason is not None

        child = probe("a", diary, restart=Restart.TEMPORARY, is_significant=True)
        run_tree(supervisor(child, auto_shutdown=mode), script)

    def test_make_a_child_of_the_same_name_significant_or_not(self) -> None:
        """Row 62. significant_upgrade_child."""
        diary = Diary()

        def family(who: str) -> list[object]:
            return [probe(name, diary, restart=Restart.TEMPORARY, is_significant=name == who) for name in "ab"]

        async def script(tree: Tree) -> None:
            await Top(tree).respec(supervisor(*family("b"), auto_shutdown=ANY))  # type: ignore[arg-type]
            await end_and_settle(tree, "top/a", "normal")
            assert tree.reason is None
            await end_and_settle(tree, "top/b", "normal")
            assert tree.reason is not None

        run_tree(supervisor(*family("a"), auto_shutdown=ANY), script)  # type: ignore[arg-type]


class TestALiveRespec:
    def test_restarts_nobody(self) -> None:
        """Row 63. code_change."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            diary.forget()
            await Top(tree).respec(supervisor(probe("a", diary), probe("b", diary), strategy=Strategy.ONE_FOR_ALL))
            assert diary.order("started", "stopping") == []
            assert generations(tree, "top/a", "top/b") == [1, 1]
            await end_and_settle(tree, "top/a", "crash")
            assert generations(tree, "top/a", "top/b") == [2, 2]

        run_tree(supervisor(probe("a", diary), probe("b", diary)), script)

    def test_changes_how_much_is_borne_and_remembers_what_was(self) -> None:
        """Row 63. code_change: flags."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            await end_and_settle(tree, "top/a", "crash")
            await Top(tree).respec(supervisor(probe("a", diary), intensity=1, period_ns=5 * SECOND))
            await end_and_settle(tree, "top/a", "crash")
            assert tree.reason is not None

        run_tree(supervisor(probe("a", diary), intensity=100), script)

    def test_replaces_the_description_of_a_child_in_place(self) -> None:
        """Row 63. code_change_map: a child's spec."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            await Top(tree).respec(supervisor(probe("a", diary, restart=Restart.TEMPORARY)))
            spec = Top(tree).handle.child_spec("a")
            assert spec.restart is Restart.TEMPORARY
            await end_and_settle(tree, "top/a", "crash")
            assert Top(tree).counts() == (0, 0, 0, 0)

        run_tree(supervisor(probe("a", diary)), script)

    def test_adds_new_children_that_are_down_and_keeps_those_it_does_not_list(self) -> None:
        """Row 63. code_change: removed ids stay."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            top = Top(tree)
            await top.respec(supervisor(probe("b", diary)))
            assert top.states() == {"b": ChildState.DOWN, "a": ChildState.RUNNING}
            assert await top.restart("b") is tree.address("top/b")
            assert top.counts() == (2, 2, 0, 2)

        run_tree(supervisor(probe("a", diary)), script)

    @pytest.mark.parametrize("what", ["name", "restart", "kind", "mailbox", "dynamic", "taken"])
    def test_that_makes_no_sense_changes_nothing(self, what: str) -> None:
        """Row 63. code_change: faulty specs."""
        diary = Diary()
        faulty = {
            "name": supervisor(probe("a", diary), name="other"),
            "restart": supervisor(probe("a", diary), restart=Restart.TEMPORARY),
            "kind": supervisor(supervisor(name="a")),
            "mailbox": supervisor(probe("a", diary, mailbox=MailboxSpec(capacity=2))),
            "dynamic": supervisor(is_dynamic=True),
            "taken": supervisor(probe("a", diary), probe("inner/x", diary), intensity=77),
        }[what]
        spec = supervisor(probe("a", diary), supervisor(probe("x", diary), name="inner"))

        async def script(tree: Tree) -> None:
            with pytest.raises(PathTaken if what == "taken" else BadSpec):
                await Top(tree).respec(faulty)
            assert tree.runtime.registry.supervisor("top").spec is spec
            assert Top(tree).handle.child_spec("a") is spec.children[0]
            assert Top(tree).counts() == (2, 2, 1, 1)

        run_tree(spec, script)

    def test_of_a_dynamic_supervisor_changes_its_rules(self) -> None:
        """Row 63. code_change_simple."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            top = Top(tree)
            await top.start(probe("a", diary))
            await top.respec(supervisor(is_dynamic=True, intensity=0))
            assert tree.is_up("top/a")
            await end_and_settle(tree, "top/a", "crash")
            assert tree.reason is not None

        run_tree(supervisor(is_dynamic=True), script)

    def test_of_the_one_above_changes_how_a_supervisor_is_restarted_and_not_how_it_restarts(self) -> None:
        """Row 63. code_change: a supervisor as a child."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            other = supervisor(name="inner", restart=Restart.TEMPORARY, strategy=Strategy.ONE_FOR_ALL)
            await Top(tree).respec(supervisor(other))
            below = Top(tree).handle.child_spec("inner")
            assert isinstance(below, SupervisorSpec)
            assert (below.restart, below.strategy) == (Restart.TEMPORARY, Strategy.ONE_FOR_ONE)
            await Top(tree, "top/inner").respec(below)
            assert Top(tree).handle.child_spec("inner") == below
            tree.kill("top/inner")
            await tree.settle()
            assert Top(tree).counts() == (0, 0, 0, 0)

        run_tree(supervisor(supervisor(probe("a", diary), name="inner")), script)

    def test_that_lists_a_child_that_was_over_has_it_again_with_an_open_mailbox(self) -> None:
        """Row 63. code_change: new specs."""
        diary = Diary()
        spec = supervisor(probe("a", diary, restart=Restart.TEMPORARY))

        async def script(tree: Tree) -> None:
            await end_and_settle(tree, "top/a", "normal")
            await Top(tree).respec(spec)
            assert Top(tree).states() == {"a": ChildState.DOWN}
            assert tree.cell("top/a").is_over
            await Top(tree).restart("a")
            tree.tell("top/a", "hello")
            await tree.settle()
            assert diary.received("top/a") == ["hello"]

        run_tree(spec, script)

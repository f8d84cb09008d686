"""Counterparts of OTP's supervisor suite, rows 26 to 28: which descriptions make sense, and which are refused how."""

from collections.abc import Callable
from itertools import product

import pytest

from supervision.actor import Actor
from supervision.mailbox import MailboxSpec
from supervision.specs import SECOND, ActorSpec, AutoShutdown, BadSpec, Restart, Strategy, SupervisorSpec
from supervision.testing import Diary, Tree, probe, run_tree
from tests.supervision.conformance.otp_trees import Top, supervisor


class Nobody(Actor[object]):
    pass


def child(**fields: object) -> ActorSpec:
    return ActorSpec(**{"name": "a", "create": Nobody, **fields})  # type: ignore[arg-type]


def parent(**fields: object) -> SupervisorSpec:
    return SupervisorSpec(**{"name": "top", "strategy": Strategy.ONE_FOR_ONE, **fields})  # type: ignore[arg-type]


class TestAMalformedField:
    @pytest.mark.parametrize(
        ("fields", "mistake"),
        [
            ({"name": ""}, "the name '' is not a text"),
            ({"name": 7}, "the name 7 is not a text"),
            ({"name": "a//b"}, "a part of it between slashes is empty"),
            ({"create": "mfa"}, "a: create is 'mfa', which cannot be called"),
            ({"restart": "prmanent"}, "a: restart is 'prmanent', no Restart"),
            ({"stop_within_ns": -1}, "a: stop_within_ns is -1, neither None nor a whole number from 0"),
            ({"stop_within_ns": "brutal"}, "a: stop_within_ns is 'brutal'"),
            ({"stop_within_ns": True}, "a: stop_within_ns is True"),
            ({"start_within_ns": 0}, "a: start_within_ns is 0, not a whole number above 0"),
            ({"start_within_ns": 0.5}, "a: start_within_ns is 0.5"),
            ({"mailbox": 64}, "a: mailbox is 64, no MailboxSpec"),
            ({"is_significant": "yes"}, "a: is_significant is 'yes', neither True nor False"),
        ],
    )
    def test_of_a_child_is_named(self, fields: dict[str, object], mistake: str) -> None:
        """Row 26. child_specs."""
        with pytest.raises(BadSpec) as refused:
            child(**fields)
        assert len(refused.value.mistakes) == 1
        assert mistake in refused.value.mistakes[0]

    @pytest.mark.parametrize(
        ("fields", "mistake"),
        [
            ({"strategy": "unknown"}, "top: strategy is 'unknown', no Strategy"),
            ({"intensity": -1}, "top: intensity is -1, not a whole number from 0"),
            ({"intensity": 0.5}, "top: intensity is 0.5"),
            ({"intensity": None}, "top: intensity is None"),
            ({"period_ns": 0}, "top: period_ns is 0, not a whole number above 0"),
            ({"period_ns": -1}, "top: period_ns is -1"),
            ({"period_ns": float("inf")}, "top: period_ns is inf"),
            ({"auto_shutdown": "sometimes"}, "top: auto_shutdown is 'sometimes', no AutoShutdown"),
            ({"backoff": 5}, "top: backoff is 5, no Backoff"),
            ({"is_dynamic": True, "strategy": Strategy.ONE_FOR_ALL}, "its strategy can only be ONE_FOR_ONE"),
        ],
    )
    def test_of_a_supervisor_is_named(self, fields: dict[str, object], mistake: str) -> None:
        """Row 28. sup_flags."""
        with pytest.raises(BadSpec) as refused:
            parent(**fields)
        assert len(refused.value.mistakes) == 1
        assert mistake in refused.value.mistakes[0]

    def test_is_named_with_all_the_others(self) -> None:
        """Rows 26, 28."""
        with pytest.raises(BadSpec) as refused:
            parent(intensity=-1, period_ns=0, children=("a", child(), child()))
        assert refused.value.mistakes == (
            "top: intensity is -1, not a whole number from 0",
            "top: period_ns is 0, not a whole number above 0",
            "top: 'a' is no child spec",
            "top: 2 children are called a",
        )

    @pytest.mark.parametrize("make", [child, parent])
    def test_that_nobody_knows_is_a_type_error(self, make: Callable[..., object]) -> None:
        """Rows 15, 28. OTP ignores it."""
        with pytest.raises(TypeError, match="colour"):
            make(colour="red")


def test_every_legal_combination_of_fields_is_accepted() -> None:
    """Row 26. child_specs."""
    for restart, stop_within_ns in product(Restart, (None, 0, 1, SECOND)):
        spec = child(restart=restart, stop_within_ns=stop_within_ns, mailbox=MailboxSpec(capacity=1))
        assert parent(children=(spec,)).children == (spec,)


class TestTwoChildrenOfOneName:
    def test_are_refused(self) -> None:
        """Row 26. child_specs: duplicate ids."""
        with pytest.raises(BadSpec, match="top: 2 children are called a"):
            parent(children=(child(), child()))

    def test_are_refused_when_one_is_an_actor_and_one_a_supervisor(self) -> None:
        """Row 26. child_specs: duplicate ids."""
        with pytest.raises(BadSpec, match="top: 2 children are called a"):
            parent(children=(child(), parent(name="a")))


class TestADynamicSupervisor:
    def test_begins_without_children(self) -> None:
        """Row 26. child_specs; OTP demands exactly one template there, we have none."""
        with pytest.raises(BadSpec, match="top: it is dynamic, and begins without children"):
            parent(is_dynamic=True, children=(child(),))

    def test_takes_children_of_any_description(self) -> None:
        """Row 26. child_specs."""
        diary = Diary()

        async def script(tree: Tree) -> None:
            top = Top(tree)
            await top.start(probe("a", diary, restart=Restart.TRANSIENT))
            await top.start(supervisor(probe("b", diary), name="inner"))
            assert top.counts() == (2, 2, 1, 1)

        run_tree(supervisor(is_dynamic=True), script)


@pytest.mark.parametrize("is_actor", [True, False])
@pytest.mark.parametrize("is_significant", [True, False])
@pytest.mark.parametrize("auto_shutdown", list(AutoShutdown))
@pytest.mark.parametrize("restart", list(Restart))
def test_significance_fits_the_restart_type_and_the_supervisor_or_is_refused(
    restart: Restart, auto_shutdown: AutoShutdown, is_significant: bool, is_actor: bool
) -> None:
    """Row 27. child_specs_map."""
    make = child if is_actor else parent

    def describe() -> None:
        spec = make(name="a", restart=restart, is_significant=is_significant)
        parent(auto_shutdown=auto_shutdown, children=(spec,))

    is_refused = is_significant and (restart is Restart.PERMANENT or auto_shutdown is AutoShutdown.NEVER)
    if is_refused:
        with pytest.raises(BadSpec, match="significant"):
            describe()
    else:
        describe()


@pytest.mark.parametrize("auto_shutdown", list(AutoShutdown))
@pytest.mark.parametrize("is_dynamic", [True, False])
def test_significance_is_looked_at_when_a_child_is_added_as_well(auto_shutdown: AutoShutdown, is_dynamic: bool) -> None:
    """Row 27. child_specs_map."""
    diary = Diary()

    async def script(tree: Tree) -> None:
        spec = probe("a", diary, restart=Restart.TEMPORARY, is_significant=True)
        if auto_shutdown is AutoShutdown.NEVER:
            with pytest.raises(BadSpec, match="a: it is significant, and top never shuts down by itself"):
                await Top(tree).start(spec)
            assert Top(tree).counts() == (0, 0, 0, 0)
        else:
            await Top(tree).start(spec)

    run_tree(supervisor(auto_shutdown=auto_shutdown, is_dynamic=is_dynamic), script)

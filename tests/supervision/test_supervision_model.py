"""The model of the rules is itself as the rules say: small cases that can be checked by eye."""

import pytest

from supervision.specs import AutoShutdown, Restart, Strategy
from tests.supervision.supervision_model import (
    ActorPlan,
    Model,
    Node,
    Plan,
    Refused,
    Start,
    SupervisorPlan,
    Together,
    Way,
    follows,
)


def top(*children: Plan, strategy: Strategy = Strategy.ONE_FOR_ONE, intensity: int = 2) -> SupervisorPlan:
    return SupervisorPlan("top", strategy, children, intensity=intensity)


def started(plan: SupervisorPlan) -> Model:
    model = Model(plan)
    assert model.has_started
    model.lives.clear()
    return model


def node(model: Model, path: str) -> Node:
    return next(each for each in model.nodes() if each.path == path)


@pytest.mark.parametrize(
    ("strategy", "lives"),
    [
        (Strategy.ONE_FOR_ONE, ["well top/b"]),
        (Strategy.REST_FOR_ONE, ["stop top/c", "well top/b", "well top/c"]),
        (Strategy.ONE_FOR_ALL, ["stop top/c", "stop top/a", "well top/a", "well top/b", "well top/c"]),
    ],
)
def test_a_crash_concerns_whom_the_strategy_says(strategy: Strategy, lives: list[str]) -> None:
    model = started(top(*map(ActorPlan, "abc"), strategy=strategy))
    model.end(node(model, "top/b"), Way.CRASH)
    assert model.lives == lives
    assert model.ends[0] == "top/b 1 crashed"


def test_restarts_further_apart_than_the_period_are_borne_for_ever_and_others_are_not() -> None:
    model = started(top(ActorPlan("a"), intensity=1))
    for _ in range(5):
        model.end(node(model, "top/a"), Way.KILL)
        model.now_ns += node(model, "top").supervisor.period_ns + 1
    assert not model.is_over
    model.end(node(model, "top/a"), Way.KILL)
    model.now_ns += node(model, "top").supervisor.period_ns
    model.end(node(model, "top/a"), Way.KILL)
    assert model.is_over
    assert model.gave_up == ["top"]


@pytest.mark.parametrize(("restart", "is_up"), [(Restart.PERMANENT, True), (Restart.TRANSIENT, False)])
def test_one_that_gave_up_is_restarted_if_it_is_permanent(restart: Restart, is_up: bool) -> None:
    """R6."""
    model = started(top(SupervisorPlan("inner", children=(ActorPlan("a"),), restart=restart, intensity=0)))
    model.end(node(model, "top/inner/a"), Way.CRASH)
    assert node(model, "top/inner").is_up is is_up
    assert model.ends == ["top/inner/a 1 crashed", "top/inner 1 shutdown"]


def test_a_failed_restart_in_one_for_all_stops_again_whoever_was_started() -> None:
    failing = ActorPlan("b", starts=(Start.WELL, Start.FAILS))
    model = started(top(ActorPlan("a"), failing, strategy=Strategy.ONE_FOR_ALL))
    model.end(node(model, "top/a"), Way.CRASH)
    assert model.lives == ["stop top/b", "well top/a", "fails top/b", "stop top/a", "well top/a", "well top/b"]


def test_an_added_child_is_gone_after_a_restart_and_a_static_one_back() -> None:
    """R15."""
    inner = SupervisorPlan("inner", children=(ActorPlan("a", restart=Restart.TEMPORARY),))
    model = started(top(inner))
    supervisor = node(model, "top/inner")
    model.end(node(model, "top/inner/a"), Way.NORMAL)
    model.start_child(supervisor, ActorPlan("b"))
    assert [child.name for child in supervisor.children] == ["b"]
    model.kill_supervisor(supervisor)
    assert [child.name for child in supervisor.children] == ["a"]


def test_the_last_significant_child_ends_its_supervisor() -> None:
    """R14."""
    children = [ActorPlan(name, restart=Restart.TEMPORARY, is_significant=True) for name in "ab"]
    model = started(SupervisorPlan("top", children=tuple(children), auto_shutdown=AutoShutdown.ALL_SIGNIFICANT))
    model.end(node(model, "top/a"), Way.CRASH)
    assert not model.is_over
    model.end(node(model, "top/b"), Way.NORMAL)
    assert model.is_over


def test_operations_are_refused_where_they_make_no_sense() -> None:
    model = started(top(ActorPlan("a")))
    for operation, kind in (
        (lambda: model.start_child(model.root, ActorPlan("a")), "AlreadyStarted"),
        (lambda: model.restart_child(model.root, "a"), "StillRunning"),
        (lambda: model.delete_child(model.root, "a"), "StillRunning"),
        (lambda: model.terminate_child(model.root, "b"), "NoSuchChild"),
    ):
        with pytest.raises(Refused, match=kind):
            operation()


def test_what_happens_side_by_side_may_come_in_any_order_and_nothing_else_may() -> None:
    trace: list[str | Together] = ["one", Together(("three", "two")), "four"]
    assert follows(trace, ["one", "two", "three", "four"])
    assert follows(trace, ["one", "three", "two", "four"])
    assert not follows(trace, ["two", "one", "three", "four"])
    assert not follows(trace, ["one", "two", "three"])
    assert not follows(trace, ["one", "two", "three", "four", "five"])

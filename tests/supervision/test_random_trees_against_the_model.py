"""Random trees, and whatever may happen to them, beside the model of the rules.

The steps are thought up with the model alone, and then run in a real tree in virtual time, with both compared after
each: who is up, in which life, the order of starts and stops, what supervisors say of it, and what became of messages.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from attrs import evolve, frozen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from supervision.address import Path
from supervision.cell import Cell
from supervision.child import ChildFailedToStart, ChildState
from supervision.operations import OperationRefused, SupervisorHandle
from supervision.registry import PathTaken, Registry
from supervision.specs import AutoShutdown, BadSpec, Restart, Strategy
from supervision.supervisor import Supervisor
from supervision.testing import Tree, run_tree
from tests.supervision.recorded_trees import Record, built, built_supervisor
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
    made_sound,
)

PERIOD_NS = 1000
WELL = "well"
DECLINED = "declined"

Act = Callable[[Tree, Record], Awaitable[str]]


@frozen
class Expected:
    """What the model says after a step. `children` by the path of each supervisor that is up: name, whether it is up,
    generation; `down` are the actors that are not. `known` are all paths of the tree."""

    answer: str
    lives: tuple[str | Together, ...]
    ends: tuple[str | Together, ...]
    gave_up: tuple[str, ...]
    children: dict[str, tuple[tuple[str, bool, int], ...]]
    received: dict[str, tuple[int, ...]]
    down: tuple[str, ...]
    known: frozenset[str]
    dead_letters: int
    is_over: bool


@frozen
class Step:
    text: str
    act: Act
    expected: Expected


def actors(is_first: bool) -> st.SearchStrategy[ActorPlan]:
    """With `is_first`, of the tree to begin with, where no failure is wanted at once."""
    firsts = [Start.WELL] * 5 + [Start.DECLINES] + ([] if is_first else [Start.FAILS])
    later = [Start.WELL] * 3 + [Start.FAILS] * 2 + [Start.DECLINES]
    return st.builds(
        ActorPlan,
        name=st.just(""),
        restart=st.sampled_from(Restart),
        is_significant=st.booleans(),
        starts=st.builds(
            lambda first, others: (first, *others),
            st.sampled_from(firsts),
            st.lists(st.sampled_from(later), max_size=4),
        ),
        is_plain=st.booleans(),
    )


def supervisors(depth: int, is_first: bool) -> st.SearchStrategy[SupervisorPlan]:
    children = actors(is_first) if depth == 0 else st.one_of(actors(is_first), supervisors(depth - 1, is_first))
    return st.builds(
        SupervisorPlan,
        name=st.just(""),
        strategy=st.sampled_from(Strategy),
        children=st.lists(children, max_size=4).map(tuple),
        restart=st.sampled_from(Restart),
        is_significant=st.booleans(),
        is_dynamic=st.sampled_from([False, False, False, True]),
        is_group=st.booleans(),
        intensity=st.integers(0, 4),
        period_ns=st.just(PERIOD_NS),
        auto_shutdown=st.sampled_from(AutoShutdown),
    ).map(without_children_if_dynamic)


def without_children_if_dynamic(plan: SupervisorPlan) -> SupervisorPlan:
    return evolve(plan, children=(), strategy=Strategy.ONE_FOR_ONE) if plan.is_dynamic else plan


TREES = supervisors(2, is_first=True).filter(lambda plan: len(plan.children) > 1)
ADDED = st.one_of(actors(is_first=False), supervisors(1, is_first=False))
WHO = st.integers(0, 30)


class RandomTrees(RuleBasedStateMachine):
    @initialize(plan=TREES, seed=st.integers(0, 1000))
    def describe(self, plan: SupervisorPlan, seed: int) -> None:
        self.names = 0
        self.messages = 0
        self.seed = seed
        top = evolve(
            plan, restart=Restart.PERMANENT, is_significant=False, is_group=False, intensity=plan.intensity + 2
        )
        named = self.named(top)
        assert isinstance(named, SupervisorPlan)
        self.plan = made_sound(named)
        self.model = Model(self.plan)
        assert self.model.has_started
        self.steps = [Step("start", no_act, self.expected(WELL))]

    def named(self, plan: Plan) -> Plan:
        self.names += 1
        name = f"n{self.names}"
        if isinstance(plan, SupervisorPlan):
            return evolve(plan, name=name, children=tuple(self.named(child) for child in plan.children))
        return evolve(plan, name=name)

    @precondition(lambda self: not self.model.is_over)
    @rule(who=WHO, way=st.sampled_from([Way.CRASH, Way.KILL, Way.NORMAL, Way.SHUTDOWN]))
    def end_actor(self, who: int, way: Way) -> None:
        actor = chosen([node for node in self.model.actors() if node.is_up], who)
        if actor is not None:
            path = actor.path
            self.model.end(actor, way)
            self.note(f"{way.value} {path}", lambda tree, _: end(tree, path, way))

    @precondition(lambda self: not self.model.is_over)
    @rule(who=WHO)
    def kill_supervisor(self, who: int) -> None:
        node = chosen([node for node in self.model.supervisors() if node.is_up and node.parent is not None], who)
        if node is not None:
            path = node.path
            self.model.kill_supervisor(node)
            self.note(f"kill {path}", lambda tree, _: end(tree, path, Way.KILL))

    @precondition(lambda self: not self.model.is_over)
    @rule(who=WHO)
    def tell(self, who: int) -> None:
        actor = chosen(self.model.actors(), who)
        if actor is not None:
            path, self.messages = actor.path, self.messages + 1
            number = self.messages
            self.model.tell(actor, number)
            self.note(f"tell {path} {number}", lambda tree, _: tell(tree, path, number))

    @precondition(lambda self: not self.model.is_over)
    @rule(who=WHO, plan=ADDED, again=st.booleans(), which=WHO)
    def start_child(self, who: int, plan: Plan, again: bool, which: int) -> None:
        """Of a new name, or of one that was there before or still is."""
        supervisor = self.any_supervisor(who)
        plan = self.named(plan)
        if plan.is_significant and plan.restart is Restart.PERMANENT:
            plan = evolve(plan, is_significant=False)
        if isinstance(plan, SupervisorPlan):
            plan = made_sound(plan)
        same = [*supervisor.children, *supervisor.described]
        if again and same:
            plan = evolve(plan, name=same[which % len(same)].name)
        added = plan

        def perform() -> str:
            return WELL if self.model.start_child(supervisor, added) else DECLINED

        answer = answer_of(perform)
        is_supervisor = isinstance(added, SupervisorPlan)
        path = supervisor.path

        async def act(tree: Tree, record: Record) -> str:
            handle = tree.supervisor(path)
            return await told(tree, lambda: started(handle.start_child(built(added, record)), is_supervisor))

        self.note(f"start_child {path} {added}", act, WELL if is_supervisor and answer == DECLINED else answer)

    @precondition(lambda self: not self.model.is_over)
    @rule(who=WHO, which=WHO)
    def terminate_child(self, who: int, which: int) -> None:
        supervisor, name, path = self.any_child(who, which)
        answer = refusal_of(lambda: self.model.terminate_child(supervisor, name))
        self.note(f"terminate {path} {name}", operation(path, lambda handle: handle.terminate_child(name)), answer)

    @precondition(lambda self: not self.model.is_over)
    @rule(who=WHO, which=WHO)
    def delete_child(self, who: int, which: int) -> None:
        supervisor, name, path = self.any_child(who, which)
        answer = refusal_of(lambda: self.model.delete_child(supervisor, name))
        self.note(f"delete {path} {name}", operation(path, lambda handle: handle.delete_child(name)), answer)

    @precondition(lambda self: not self.model.is_over)
    @rule(who=WHO, which=WHO)
    def restart_child(self, who: int, which: int) -> None:
        supervisor, name, path = self.any_child(who, which)
        child = supervisor.child(name)
        is_supervisor = child is not None and child.is_supervisor
        answer = answer_of(lambda: WELL if self.model.restart_child(supervisor, name) else DECLINED)

        async def act(tree: Tree, _: Record) -> str:
            handle = tree.supervisor(path)
            return await told(tree, lambda: started(handle.restart_child(name), is_supervisor))

        self.note(f"restart {path} {name}", act, answer)

    @precondition(lambda self: not self.model.is_over)
    @rule(who=WHO, which=WHO)
    def renew_child(self, who: int, which: int) -> None:
        supervisor, name, path = self.any_child(who, which)
        answer = refusal_of(lambda: self.model.renew_child(supervisor, name))
        self.note(f"renew {path} {name}", operation(path, lambda handle: handle.renew_child(name)), answer)

    @precondition(lambda self: not self.model.is_over)
    @rule(
        who=WHO,
        which=WHO,
        strategy=st.sampled_from(Strategy),
        restart=st.sampled_from(Restart),
        mode=st.sampled_from(AutoShutdown),
        intensity=st.integers(0, 4),
        is_significant=st.booleans(),
        is_dropped=st.booleans(),
    )
    def respec(
        self,
        who: int,
        which: int,
        strategy: Strategy,
        restart: Restart,
        mode: AutoShutdown,
        intensity: int,
        is_significant: bool,
        is_dropped: bool,
    ) -> None:
        """Other rules for a supervisor, and for one of its described children, or the end of its description."""
        supervisor = self.any_supervisor(who)
        old = supervisor.supervisor
        children = [child.plan for child in supervisor.described]
        if children:
            place = which % len(children)
            changed = evolve(children[place], restart=restart, is_significant=is_significant)
            if is_significant and restart is Restart.PERMANENT:
                changed = evolve(changed, is_significant=False)
            children[place : place + 1] = [] if is_dropped else [changed]
        new = evolve(
            old,
            strategy=Strategy.ONE_FOR_ONE if old.is_dynamic else strategy,
            auto_shutdown=mode,
            intensity=intensity,
            children=tuple(children),
        )
        answer = refusal_of(lambda: self.model.respec(supervisor, new))
        path = supervisor.path

        async def act(tree: Tree, record: Record) -> str:
            return await told(tree, lambda: done(tree.supervisor(path).respec(built_supervisor(new, record))))

        self.note(f"respec {path} {new}", act, answer)

    @precondition(lambda self: not self.model.is_over)
    @rule(duration_ns=st.sampled_from([1, PERIOD_NS - 1, PERIOD_NS, PERIOD_NS + 1]))
    def let_time_pass(self, duration_ns: int) -> None:
        self.model.now_ns += duration_ns
        self.note(f"advance {duration_ns}", lambda tree, _: advance(tree, duration_ns))

    @precondition(lambda self: self.model.is_over)
    @rule()
    def have_ended(self) -> None:
        """There is nothing left to do."""

    def teardown(self) -> None:
        if hasattr(self, "steps"):
            play(self.plan, self.steps, self.seed)

    def any_supervisor(self, who: int) -> Node:
        supervisor = chosen(self.model.supervisors(), who)
        assert supervisor is not None
        return supervisor

    def any_child(self, who: int, which: int) -> tuple[Node, str, str]:
        """A supervisor, the name of a child that it has or is described with, and its path."""
        supervisor = self.any_supervisor(who)
        names = dict.fromkeys(child.name for child in (*supervisor.children, *supervisor.described))
        name = list(names)[which % len(names)] if names else "nobody"
        return supervisor, name, supervisor.path

    def note(self, text: str, act: Act, answer: str = WELL) -> None:
        self.steps.append(Step(text, act, self.expected(answer)))

    def expected(self, answer: str) -> Expected:
        model = self.model
        lives, ends, gave_up = tuple(model.lives), tuple(model.ends), tuple(model.gave_up)
        model.lives, model.ends, model.gave_up = [], [], []
        return Expected(
            answer=answer,
            lives=lives,
            ends=ends,
            gave_up=gave_up,
            children={
                node.path: tuple((child.name, child.is_up, child.generation) for child in node.children)
                for node in model.supervisors()
                if node.is_up
            },
            received={path: tuple(numbers) for path, numbers in model.received.items()},
            down=tuple(actor.path for actor in model.actors() if not actor.is_up),
            known=frozenset(node.path for node in model.nodes()),
            dead_letters=model.dead_letters,
            is_over=model.is_over,
        )


def chosen(nodes: list[Node], who: int) -> Node | None:
    return nodes[who % len(nodes)] if nodes else None


def answer_of(perform: Callable[[], str]) -> str:
    try:
        return perform()
    except Refused as refused:
        return refused.kind


def refusal_of(perform: Callable[[], None]) -> str:
    def answer() -> str:
        perform()
        return WELL

    return answer_of(answer)


async def no_act(tree: Tree, _: Record) -> str:
    await tree.settle()
    return WELL


async def end(tree: Tree, path: str, way: Way) -> str:
    if way is Way.KILL:
        tree.kill(path)
    else:
        tree.tell(path, way)
    await tree.settle()
    return WELL


async def tell(tree: Tree, path: str, number: int) -> str:
    tree.runtime.registry.address(Path[object](path)).tell(number)
    await tree.settle()
    return WELL


async def advance(tree: Tree, duration_ns: int) -> str:
    await tree.advance(duration_ns)
    return WELL


async def started(answer: Awaitable[object], is_supervisor: bool) -> str:
    return WELL if await answer is not None or is_supervisor else DECLINED


async def done(answer: Awaitable[None]) -> str:
    await answer
    return WELL


def operation(path: str, perform: Callable[[SupervisorHandle], Awaitable[None]]) -> Act:
    async def act(tree: Tree, _: Record) -> str:
        return await told(tree, lambda: done(perform(tree.supervisor(path))))

    return act


async def told(tree: Tree, perform: Callable[[], Awaitable[str]]) -> str:
    try:
        answer = await tree.run(perform)
    except (OperationRefused, ChildFailedToStart, BadSpec, PathTaken) as error:
        answer = type(error).__name__
    await tree.settle()
    return answer


def play(plan: SupervisorPlan, steps: list[Step], seed: int) -> None:
    """Raises `AssertionError` at the first step after which the tree is not as the model says."""
    record = Record()
    played: list[str] = []

    async def script(tree: Tree) -> None:
        for step in steps:
            played.append(step.text)
            answer = await step.act(tree, record)
            happened = {"answer": answer, **what_happened(tree, record, step.expected)}
            for what, told in happened.items():
                expected = getattr(step.expected, what)
                agrees = follows(expected, told) if what in {"lives", "ends"} else told == expected
                assert agrees, f"{what}: {told} where the model has {expected}, after {played}"

    run_tree(built_supervisor(plan, record), script, seed)


def what_happened(tree: Tree, record: Record, expected: Expected) -> dict[str, Any]:
    """The fields of `Expected`, as they are in the tree; lines of the record and the log that are read are taken."""
    lives, record.lives = record.lives, []
    log, tree.log[:] = list(tree.log), []
    happened: dict[str, Any] = {
        "lives": lives,
        "ends": [end_of(line.fields) for line in log if line.event == "child ended"],
        "gave_up": tuple(line.actor for line in log if line.event == "too many restarts, giving up"),
        "is_over": tree.reason is not None,
        "dead_letters": tree.runtime.dead_letter_count,
        "received": {path: tuple(numbers) for path, numbers in record.received.items()},
    }
    if expected.is_over:
        return happened
    return {
        **happened,
        "children": {path: children_of(tree.supervisor(path)) for path in expected.children},
        "down": tuple(path for path in expected.down if tree.cell(path).is_over),
        "known": frozenset(known_to(tree.runtime.registry)),
    }


def children_of(supervisor: SupervisorHandle) -> tuple[tuple[str, bool, int], ...]:
    """In the order of their start. Nobody is on its way up or down: everything that could happen has happened."""
    pictures = supervisor.which_children()[::-1]
    assert {each.state for each in pictures} <= {ChildState.RUNNING, ChildState.DOWN}
    count = supervisor.count_children()
    is_up = [each.state is ChildState.RUNNING for each in pictures]
    assert (count.specs, count.active) == (len(pictures), sum(is_up))
    return tuple((each.name, up, each.generation) for each, up in zip(pictures, is_up, strict=True))


def known_to(registry: Registry) -> Iterator[str]:
    nodes: list[Cell | Supervisor] = [*registry.cells(), *registry.supervisors()]
    return (node.path for node in nodes if not node.is_gone)


def end_of(fields: Mapping[str, object]) -> str:
    kind = str(fields["reason"]).partition(":")[0]
    return f"{fields['child']} {fields['generation_ended']} {kind}"


TestRandomTrees = RandomTrees.TestCase
TestRandomTrees.settings = settings(max_examples=150, stateful_step_count=30, deadline=None, derandomize=True)

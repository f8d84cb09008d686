"""OTP's rules as a plain machine: a tree, what may happen to it, and what must follow.

Written from the rules (R1 to R15 of docs/supervision.md), not from the code: no task, no clock but a number, and each
thing that happens is dealt with to its very end before the next one. Restarts wait for nothing here.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from attrs import define, evolve, field, frozen

from supervision.specs import AutoShutdown, Restart, Strategy


class Start(Enum):
    """How an attempt to start an actor goes."""

    WELL = "well"
    FAILS = "fails"
    DECLINES = "declines"


class Way(Enum):
    """How an actor ends by itself, or is ended from outside."""

    CRASH = "crashed"
    KILL = "killed"
    NORMAL = "normal"
    SHUTDOWN = "shutdown"


@frozen
class ActorPlan:
    """`starts` are its first attempts to start; all later ones go well. `is_plain` when it does not load anything."""

    name: str
    restart: Restart = Restart.PERMANENT
    is_significant: bool = False
    starts: tuple[Start, ...] = ()
    is_plain: bool = False


@frozen
class SupervisorPlan:
    name: str
    strategy: Strategy = Strategy.ONE_FOR_ONE
    children: "tuple[Plan, ...]" = ()
    restart: Restart = Restart.PERMANENT
    is_significant: bool = False
    is_dynamic: bool = False
    is_group: bool = False
    intensity: int = 2
    period_ns: int = 10_000_000_000
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER


Plan = ActorPlan | SupervisorPlan


class Refused(Exception):
    """An operation that makes no sense as things are; `kind` is the name of the error that the runtime must raise."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


@frozen
class Together:
    """Things that happen side by side, in no order."""

    what: tuple[str, ...]


Trace = list["str | Together"]


@define(eq=False)
class Node:
    """One actor or supervisor of the tree. `is_gone` when it is nobody's child any longer."""

    plan: Plan
    path: str
    parent: "Node | None"
    is_up: bool = False
    is_gone: bool = False
    generation: int = 0
    attempts: int = 0
    waiting: list[int] = field(factory=list)
    # Of supervisors alone. `described` are those of its description, whether they are there or not.
    children: "list[Node]" = field(factory=list)
    described: "list[Node]" = field(factory=list)
    restarts_ns: list[int] = field(factory=list)

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def supervisor(self) -> SupervisorPlan:
        assert isinstance(self.plan, SupervisorPlan)
        return self.plan

    @property
    def is_supervisor(self) -> bool:
        return isinstance(self.plan, SupervisorPlan)

    def child(self, name: str) -> "Node | None":
        return next((child for child in self.children if child.name == name), None)

    def below(self) -> "Iterator[Node]":
        """It, and everything below it that is there."""
        yield self
        for child in self.children:
            yield from child.below()


def comes_back(restart: Restart, way: Way) -> bool:
    """R4."""
    match restart:
        case Restart.PERMANENT:
            return True
        case Restart.TEMPORARY:
            return False
        case Restart.TRANSIENT:
            return way in {Way.CRASH, Way.KILL}


def concerned(strategy: Strategy, children: Sequence[Node], ended: Node) -> list[Node]:
    """R7."""
    match strategy:
        case Strategy.ONE_FOR_ONE:
            return [ended]
        case Strategy.ONE_FOR_ALL:
            return list(children)
        case Strategy.REST_FOR_ONE:
            return list(children[children.index(ended) :])


class Model:
    """`lives` tells each attempt to start and each end in good order, `ends` what supervisors say of their children's
    ends, `gave_up` who had one restart too many; whoever compares may empty them. `received` are the messages by path.
    `is_over` when the top has ended."""

    def __init__(self, plan: SupervisorPlan) -> None:
        self.now_ns = 0
        self.is_over = False
        self.lives: Trace = []
        self.ends: Trace = []
        self.gave_up: list[str] = []
        self.dead_letters = 0
        self.received: dict[str, list[int]] = {}
        self.root = _describe(plan, None, "")
        self.has_started = self._start(self.root) is Start.WELL

    def nodes(self) -> list[Node]:
        return list(self.root.below())

    def actors(self) -> list[Node]:
        return [node for node in self.nodes() if not node.is_supervisor]

    def supervisors(self) -> list[Node]:
        return [node for node in self.nodes() if node.is_supervisor]

    def tell(self, actor: Node, message: int) -> None:
        """What is told to one that is down waits for its next life."""
        actor.waiting.append(message)
        if actor.is_up:
            self._receive(actor)

    def end(self, actor: Node, way: Way) -> None:
        assert actor.is_up
        assert actor.parent is not None
        if way is Way.CRASH:
            self.dead_letters += 1
        if way in {Way.NORMAL, Way.SHUTDOWN}:
            self.lives.append(f"stop {actor.path}")
        actor.is_up = False
        self._has_ended(actor.parent, actor, way)

    def kill_supervisor(self, node: Node) -> None:
        """Everything below it dies with it, unasked."""
        assert node.is_up
        assert node.parent is not None
        for each in node.below():
            each.is_up = False
        self._has_ended(node.parent, node, Way.KILL)

    def start_child(self, supervisor: Node, plan: Plan) -> bool:
        """R13; False says that it declined."""
        self._demand_up(supervisor)
        there = supervisor.child(plan.name)
        if there is not None:
            raise Refused("AlreadyStarted" if there.is_up else "AlreadyPresent")
        if plan.is_significant and supervisor.supervisor.auto_shutdown is AutoShutdown.NEVER:
            raise Refused("BadSpec")
        child = _describe(plan, supervisor, _prefix(supervisor))
        supervisor.children.append(child)
        match self._start(child):
            case Start.WELL:
                return True
            case Start.DECLINES:
                self._is_over(child)
                return False
            case Start.FAILS:
                self._forget(child)
                raise Refused("ChildFailedToStart")

    def terminate_child(self, supervisor: Node, name: str) -> None:
        child = self._child(supervisor, name)
        self._stop(child)
        self._is_over(child)

    def restart_child(self, supervisor: Node, name: str) -> bool:
        child = self._child(supervisor, name)
        if child.is_up:
            raise Refused("StillRunning")
        match self._start(child):
            case Start.WELL:
                return True
            case Start.DECLINES:
                self._is_over(child)
                return False
            case Start.FAILS:
                self._is_over(child)
                raise Refused("ChildFailedToStart")

    def delete_child(self, supervisor: Node, name: str) -> None:
        child = self._child(supervisor, name)
        if child.is_up:
            raise Refused("StillRunning")
        self._forget(child)

    def renew_child(self, supervisor: Node, name: str) -> None:
        """Stop it, with whom its end would concern, and start them again."""
        child = self._child(supervisor, name)
        if child.plan.restart is Restart.TEMPORARY:
            raise Refused("WouldBeGone")
        self._start_group(supervisor, self._stop_group(supervisor, child))

    def respec(self, supervisor: Node, plan: SupervisorPlan) -> None:
        """Other rules, and other descriptions of the children; nobody is restarted. Children that are not listed stay,
        new ones are down. How a supervisor below treats its own children is for its own respec to change."""
        if not is_sound(plan):
            raise Refused("BadSpec")
        self._demand_up(supervisor)
        listed = {each.name: each for each in plan.children}
        for child in supervisor.children:
            changed = listed.get(child.name, child.plan)
            is_refused = changed.is_significant and plan.auto_shutdown is AutoShutdown.NEVER
            if is_refused or type(changed) is not type(child.plan):
                raise Refused("BadSpec")
        known = {child.name: child for child in supervisor.children}
        supervisor.plan = plan
        supervisor.described = []
        for each in plan.children:
            child = known.get(each.name) or _describe(each, supervisor, _prefix(supervisor))
            if isinstance(each, ActorPlan):
                child.plan, child.attempts = each, 0
            else:
                child.plan = evolve(child.plan, restart=each.restart, is_significant=each.is_significant)
            supervisor.described.append(child)
            if child not in supervisor.children:
                supervisor.children.append(child)

    def _child(self, supervisor: Node, name: str) -> Node:
        self._demand_up(supervisor)
        child = supervisor.child(name)
        if child is None:
            raise Refused("NoSuchChild")
        return child

    def _demand_up(self, supervisor: Node) -> None:
        if not supervisor.is_up:
            raise Refused("SupervisorDown")

    def _start(self, node: Node) -> Start:
        node.generation += 1
        if node.is_supervisor:
            return self._start_supervisor(node)
        assert isinstance(node.plan, ActorPlan)
        node.attempts += 1
        how = node.plan.starts[node.attempts - 1] if node.attempts <= len(node.plan.starts) else Start.WELL
        self.lives.append(f"{how.value} {node.path}")
        if how is Start.WELL:
            node.is_up = True
            self._receive(node)
        return how

    def _receive(self, actor: Node) -> None:
        if actor.waiting:
            self.received.setdefault(actor.path, []).extend(actor.waiting)
            actor.waiting.clear()

    def _start_supervisor(self, node: Node) -> Start:
        """R1, R2, R15."""
        for child in node.children:
            if child not in node.described:
                self._forget(child, of_its_list=False)
        node.children = list(node.described)
        for each in node.below():
            each.is_gone = False
        node.restarts_ns.clear()
        node.is_up = True
        for child in list(node.children):
            match self._start(child):
                case Start.DECLINES:
                    self._is_over(child)
                case Start.FAILS:
                    self._stop_all(node)
                    node.is_up = False
                    return Start.FAILS
                case Start.WELL:
                    pass
        return Start.WELL

    def _has_ended(self, supervisor: Node, child: Node, way: Way) -> None:
        self._tell_end(child, way)
        if not comes_back(child.plan.restart, way):
            self._is_over(child)
            if child.plan.is_significant and self._ends_with_it(supervisor):
                self._end_supervisor(supervisor)
        elif self._bears_another(supervisor):
            self._start_group(supervisor, self._stop_group(supervisor, child))

    def _ends_with_it(self, supervisor: Node) -> bool:
        """R14, when a significant child has ended by itself and does not come back."""
        match supervisor.supervisor.auto_shutdown:
            case AutoShutdown.NEVER:
                return False
            case AutoShutdown.ANY_SIGNIFICANT:
                return True
            case AutoShutdown.ALL_SIGNIFICANT:
                return not any(child.is_up and child.plan.is_significant for child in supervisor.children)

    def _bears_another(self, supervisor: Node) -> bool:
        """R5: count a restart; False says that it was one too many, and has ended the supervisor."""
        plan = supervisor.supervisor
        supervisor.restarts_ns.append(self.now_ns)
        within = [at_ns for at_ns in supervisor.restarts_ns if at_ns >= self.now_ns - plan.period_ns]
        supervisor.restarts_ns = within
        if len(within) <= plan.intensity:
            return True
        self.gave_up.append(supervisor.path)
        self._end_supervisor(supervisor)
        return False

    def _stop_group(self, supervisor: Node, child: Node) -> list[Node]:
        """R7, R11: stopped in reverse; who is to be started again."""
        group = concerned(supervisor.supervisor.strategy, supervisor.children, child)
        self._stop_each(group)
        return [each for each in group if each.plan.restart is not Restart.TEMPORARY]

    def _stop_each(self, group: Sequence[Node]) -> None:
        for each in reversed(group):
            self._stop(each)
            if each.plan.restart is Restart.TEMPORARY:
                self._is_over(each)

    def _start_group(self, supervisor: Node, group: list[Node]) -> None:
        """R8: again and again until all are there, or it was one attempt too many."""
        while (failed := self._first_that_fails(group)) is not None:
            if not self._bears_another(supervisor):
                return
            if supervisor.supervisor.strategy is Strategy.ONE_FOR_ALL:
                self._stop_each(group)
            else:
                group = group[group.index(failed) :]

    def _first_that_fails(self, group: Sequence[Node]) -> Node | None:
        for child in group:
            if child.is_up or child.is_gone:
                continue
            match self._start(child):
                case Start.DECLINES:
                    self._is_over(child)
                case Start.FAILS:
                    return child
                case Start.WELL:
                    pass
        return None

    def _end_supervisor(self, supervisor: Node) -> None:
        """It ends by itself, with a shutdown (R6)."""
        self._stop_all(supervisor)
        supervisor.is_up = False
        if supervisor.parent is None:
            self.is_over = True
        else:
            self._has_ended(supervisor.parent, supervisor, Way.SHUTDOWN)

    def _stop(self, node: Node) -> None:
        """R9."""
        if not node.is_up:
            return
        if node.is_supervisor:
            self._stop_all(node)
        else:
            self.lives.append(f"stop {node.path}")
        node.is_up = False
        self._tell_end(node, Way.SHUTDOWN)

    def _stop_all(self, supervisor: Node) -> None:
        """R10."""
        everybody = supervisor.children[::-1]
        if not supervisor.supervisor.is_dynamic:
            for child in everybody:
                self._stop(child)
            return
        lives, ends = self.lives, self.ends
        up = [child for child in everybody if child.is_up]
        self.lives, self.ends = [], []
        for child in everybody:
            self._stop(child)
        # The supervisor speaks of its own children in order, when all of them are down.
        own = [_end_of(child, Way.SHUTDOWN) for child in up]
        ends += _side_by_side(_without(own, self.ends))
        ends += own
        lives += _side_by_side(self.lives)
        self.lives, self.ends = lives, ends

    def _is_over(self, child: Node) -> None:
        """R4: it does not come back by itself, and a temporary one, or one that comes and goes, is no child."""
        assert child.parent is not None
        if child.plan.restart is Restart.TEMPORARY or child.parent.supervisor.is_dynamic:
            self._forget(child)

    def _forget(self, child: Node, of_its_list: bool = True) -> None:
        assert child.parent is not None
        if of_its_list and child in child.parent.children:
            child.parent.children.remove(child)
        for node in child.below():
            node.is_gone = True
            self.dead_letters += len(node.waiting)
            node.waiting.clear()

    def _tell_end(self, child: Node, way: Way) -> None:
        self.ends.append(_end_of(child, way))


def is_sound(plan: Plan) -> bool:
    """R14: whether anything about significance is refused."""
    if plan.is_significant and plan.restart is Restart.PERMANENT:
        return False
    if isinstance(plan, ActorPlan):
        return True
    is_refused = plan.auto_shutdown is AutoShutdown.NEVER and any(child.is_significant for child in plan.children)
    return not is_refused and all(map(is_sound, plan.children))


def made_sound(plan: SupervisorPlan) -> SupervisorPlan:
    """The same plan with the fewest changes that R14 demands."""
    children: list[Plan] = []
    for child in plan.children:
        may_be = plan.auto_shutdown is not AutoShutdown.NEVER and child.restart is not Restart.PERMANENT
        kept: Plan = evolve(child, is_significant=child.is_significant and may_be)
        children.append(made_sound(kept) if isinstance(kept, SupervisorPlan) else kept)
    return evolve(plan, children=tuple(children))


def _describe(plan: Plan, parent: Node | None, prefix: str) -> Node:
    node = Node(plan, f"{prefix}{plan.name}", parent)
    if isinstance(plan, SupervisorPlan):
        node.described = [_describe(child, node, _prefix(node)) for child in plan.children]
        node.children = list(node.described)
    return node


def _prefix(supervisor: Node) -> str:
    """What comes before the names of its children in their paths."""
    if not supervisor.supervisor.is_group:
        return f"{supervisor.path}/"
    return supervisor.path.removesuffix(supervisor.name)


def _end_of(child: Node, way: Way) -> str:
    return f"{child.path} {child.generation} {way.value}"


def _side_by_side(what: Iterable["str | Together"]) -> Trace:
    flat = [part for each in what for part in (each.what if isinstance(each, Together) else (each,))]
    return [Together(tuple(sorted(flat)))] if flat else []


def _without(some: Sequence[str], trace: Trace) -> Trace:
    return [each for each in trace if each not in some]


def follows(trace: Trace, happened: Sequence[str]) -> bool:
    """Whether `happened` is what `trace` says, things side by side in any order."""
    rest = list(happened)
    for each in trace:
        expected = each.what if isinstance(each, Together) else (each,)
        found, rest = rest[: len(expected)], rest[len(expected) :]
        if sorted(found) != sorted(expected):
            return False
    return not rest

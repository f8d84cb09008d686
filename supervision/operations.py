"""What may be asked of a running supervisor: children that come and go, and other rules (R13).

An operation is an event in the supervisor's queue like the end of a child, so it is served between the attempts of a
restart that keeps failing, and never in the middle of one.
"""

from typing import TYPE_CHECKING, Protocol, TypeVar, cast

import outcome
import trio
from attrs import define, field, frozen

from supervision.address import Address
from supervision.cell import Cell
from supervision.child import Child, ChildFailedToStart, ChildState, NotNow
from supervision.reasons import Crashed
from supervision.specs import ActorSpec, ChildSpec, Restart, SupervisorSpec, mistakes_of_child, refuse

if TYPE_CHECKING:
    from supervision.supervisor import Supervisor

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class OperationRefused(Exception):
    """An operation that makes no sense as things are; nothing has changed."""


class SupervisorDown(OperationRefused):
    """The supervisor does not run, or ended before it came to the operation."""

    def __init__(self, path: str) -> None:
        super().__init__(f"the supervisor {path} does not run")


class NoSuchChild(OperationRefused):
    """The supervisor has no child of this name."""


class AlreadyStarted(OperationRefused):
    """A child of this name lives."""


class AlreadyPresent(OperationRefused):
    """A child of this name is there, and down: restart it, or delete it first."""


class StillRunning(OperationRefused):
    """Terminate the child first."""


class Restarting(OperationRefused):
    """The child waits for its restart: terminate it first."""


class WouldBeGone(OperationRefused):
    """A temporary child that is stopped does not come back."""


@frozen
class ChildPicture:
    """A child as its supervisor sees it."""

    name: str
    path: str
    state: ChildState
    is_supervisor: bool
    restart: Restart
    generation: int


@frozen
class ChildCount:
    """`specs` are all children, `active` those that live; `supervisors` and `workers` (actors) count both kinds."""

    specs: int
    active: int
    supervisors: int
    workers: int


class SupervisorHandle:
    """For workers and for whoever is outside of the tree. A child of the supervisor that asks from `load`, or that asks
    to be terminated itself, waits for its own end.

    Each operation raises `SupervisorDown`. When the caller is cancelled, the operation is carried out all the same.
    """

    def __init__(self, supervisor: "Supervisor") -> None:
        self._supervisor = supervisor

    async def start_child(self, spec: ChildSpec) -> Address[object] | None:
        """Add a child and start it; gone again when the supervisor itself is restarted (R15). None: it declined.

        The answer is the address of an actor, None also for a supervisor. Raises `AlreadyStarted`, `AlreadyPresent`,
        `ChildFailedToStart` (it is then no child), `BadSpec`, `PathTaken`.
        """
        return await self._do(_StartChild(spec))

    async def terminate_child(self, name: str) -> None:
        """Stop a child, and call off a restart that it waits for. Raises `NoSuchChild`."""
        await self._do(_TerminateChild(name))

    async def restart_child(self, name: str) -> Address[object] | None:
        """Start a child that is down; as `start_child`. Raises `StillRunning`, `Restarting`, `NoSuchChild`,
        `ChildFailedToStart` (it then stays down)."""
        return await self._do(_RestartChild(name))

    async def delete_child(self, name: str) -> None:
        """Forget a child that is down. Raises `StillRunning`, `Restarting`, `NoSuchChild`."""
        await self._do(_DeleteChild(name))

    async def renew_child(self, name: str) -> None:
        """Stop a child in good order, with the siblings that its end would concern, and start them again; no restart is
        counted. Raises `NoSuchChild`, `WouldBeGone`."""
        await self._do(_RenewChild(name))

    async def respec(self, spec: SupervisorSpec) -> None:
        """Have other rules, and other descriptions of the children, from now on; nobody is restarted.

        Children that `spec` does not list stay; new ones are added, and are down. Of a child that is a supervisor only
        `restart` and `is_significant` change: its rules and children are changed through a handle of its own, which
        cannot change those two. Raises `BadSpec`, `PathTaken`, and changes nothing then.
        """
        await self._do(_Respec(spec))

    def child_spec(self, name: str) -> ChildSpec:
        """Raises `NoSuchChild`."""
        return _child(self._supervisor, name).spec

    def which_children(self) -> tuple[ChildPicture, ...]:
        """The newest first."""
        return tuple(_picture(child) for child in reversed(self._supervisor.children))

    def count_children(self) -> ChildCount:
        children = self._supervisor.children
        workers = sum(isinstance(child.node, Cell) for child in children)
        return ChildCount(len(children), sum(child.is_up for child in children), len(children) - workers, workers)

    async def _do(self, operation: "_Operation[T]") -> T:
        if not self._supervisor.is_serving:
            raise SupervisorDown(self._supervisor.path)
        requested = Requested(operation)
        self._supervisor.post(requested)
        return cast("T", await requested.wait())


class _Operation(Protocol[T_co]):
    async def perform(self, supervisor: "Supervisor") -> T_co: ...


@define(eq=False)
class Requested:
    """An operation in the queue, and the one who waits for it."""

    operation: "_Operation[object]"
    _task: trio.lowlevel.Task | None = field(factory=trio.lowlevel.current_task)

    async def wait(self) -> object:
        def abort(_: object) -> trio.lowlevel.Abort:
            self._task = None
            return trio.lowlevel.Abort.SUCCEEDED

        return await trio.lowlevel.wait_task_rescheduled(abort)

    async def perform(self, supervisor: "Supervisor") -> None:
        try:
            answer: outcome.Outcome[object] = outcome.Value(await self.operation.perform(supervisor))
        except (OperationRefused, ChildFailedToStart, ValueError) as error:
            answer = outcome.Error(error)
        except BaseException:
            self.refuse(SupervisorDown(supervisor.path))
            raise
        self._answer(answer)

    def refuse(self, error: OperationRefused) -> None:
        self._answer(outcome.Error(error))

    def _answer(self, answer: "outcome.Outcome[object]") -> None:
        task, self._task = self._task, None
        if task is not None:
            trio.lowlevel.reschedule(task, answer)


@frozen
class _StartChild:
    spec: ChildSpec

    async def perform(self, supervisor: "Supervisor") -> Address[object] | None:
        there = supervisor.by_name.get(self.spec.name)
        if there is not None:
            kind = AlreadyPresent if there.state is ChildState.DOWN else AlreadyStarted
            raise kind(f"{supervisor.path} has a child {self.spec.name}, which is {there.state.value}")
        refuse(mistakes_of_child(supervisor.spec, self.spec))
        child = supervisor.describe(self.spec)
        supervisor.by_name[child.name] = child
        try:
            return await _start(supervisor, child)
        except ChildFailedToStart:
            supervisor.forget(child)
            raise


@frozen
class _TerminateChild:
    name: str

    async def perform(self, supervisor: "Supervisor") -> None:
        child = _child(supervisor, self.name)
        child.call_off_retry()
        await supervisor.stop(child, "it was terminated")
        supervisor.child_is_over(child)


@frozen
class _RestartChild:
    name: str

    async def perform(self, supervisor: "Supervisor") -> Address[object] | None:
        return await _start(supervisor, _child_that_is_down(supervisor, self.name))


@frozen
class _DeleteChild:
    name: str

    async def perform(self, supervisor: "Supervisor") -> None:
        supervisor.forget(_child_that_is_down(supervisor, self.name))


@frozen
class _RenewChild:
    name: str

    async def perform(self, supervisor: "Supervisor") -> None:
        child = _child(supervisor, self.name)
        if child.spec.restart is Restart.TEMPORARY:
            raise WouldBeGone(f"{child.path} is temporary, and would not be started again")
        group = await supervisor.stop_group(child, f"{child.path} is started anew")
        supervisor.start_soon(group, child)


@frozen
class _Respec:
    spec: SupervisorSpec

    async def perform(self, supervisor: "Supervisor") -> None:
        old, new = supervisor.spec, self.spec
        mistakes = [
            f"{name} of {old.name} cannot be changed here"
            for name in ("name", "is_group", "is_dynamic", "restart", "is_significant")
            if getattr(old, name) != getattr(new, name)
        ]
        listed = {spec.name: spec for spec in new.children}
        for child in supervisor.children:
            spec = listed.get(child.name, child.spec)
            if type(spec) is not type(child.spec):
                mistakes.append(f"{child.path} cannot change between an actor and a supervisor")
            elif isinstance(spec, ActorSpec) and spec.mailbox != _mailbox(child.spec):
                mistakes.append(f"the mailbox of {child.path} cannot change while it is there")
            mistakes += mistakes_of_child(new, spec)
        refuse(mistakes)
        supervisor.use(new)


async def _start(supervisor: "Supervisor", child: Child) -> Address[object] | None:
    result = await supervisor.lives.start(child)
    match result:
        case None:
            return child.node.address if isinstance(child.node, Cell) else None
        case NotNow(why):
            supervisor.has_declined(child, why)
            return None
        case Crashed(error):
            supervisor.child_is_over(child)
            raise ChildFailedToStart(f"{child.path}: {error}")
        case _:
            raise ChildFailedToStart(f"{child.path}: its start was called off, since a sibling ended")


def _child(supervisor: "Supervisor", name: str) -> Child:
    child = supervisor.by_name.get(name)
    if child is None:
        raise NoSuchChild(f"{supervisor.path} has no child {name}; it has {', '.join(supervisor.by_name) or 'none'}")
    return child


def _child_that_is_down(supervisor: "Supervisor", name: str) -> Child:
    child = _child(supervisor, name)
    if child.state is ChildState.BACKING_OFF:
        raise Restarting(f"{child.path} waits for its restart: terminate it first")
    if child.state is not ChildState.DOWN:
        raise StillRunning(f"{child.path} is {child.state.value}: terminate it first")
    return child


def _picture(child: Child) -> ChildPicture:
    node = child.node
    is_supervisor = not isinstance(node, Cell)
    return ChildPicture(child.name, child.path, child.state, is_supervisor, child.spec.restart, node.generation)


def _mailbox(spec: ChildSpec) -> object:
    return spec.mailbox if isinstance(spec, ActorSpec) else None


__all__ = [
    "AlreadyPresent",
    "AlreadyStarted",
    "ChildCount",
    "ChildPicture",
    "NoSuchChild",
    "OperationRefused",
    "Requested",
    "Restarting",
    "StillRunning",
    "SupervisorDown",
    "SupervisorHandle",
    "WouldBeGone",
]

"""Who waits for whom, found by walking from the tasks that wait up to the actors that they belong to."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import trio
from attrs import frozen

from supervision.cell import Cell
from supervision.child import ChildState
from supervision.introspection.picture import slices

if TYPE_CHECKING:
    from supervision.runtime import Runtime
    from supervision.supervisor import Supervisor

OUTSIDE = "outside"
"""A task that belongs to no actor."""


@frozen
class Waiting:
    """`who` waits on `on`: paths, or `outside`. `since_ns` of the runtime's clock is None where it is not known."""

    who: str
    on: str
    why: str
    since_ns: int | None


def who_waits_for_whom(runtime: "Runtime") -> tuple[Waiting, ...]:
    """Workers and starts that wait for room in a mailbox or for an answer, supervisors that wait for a child, and those
    of whom something is waited for that are down themselves, and wait for their supervisor."""
    found: list[Waiting] = []
    for some in _look(runtime):
        found += some
    return (*found, *_waiting_to_live(runtime, found))


async def take_waits(runtime: "Runtime") -> tuple[Waiting, ...]:
    """The same in slices."""
    found: list[Waiting] = []
    for some in _look(runtime):
        found += some
        await trio.lowlevel.checkpoint()
    return (*found, *_waiting_to_live(runtime, found))


def circles(waits: tuple[Waiting, ...]) -> tuple[tuple[str, ...], ...]:
    """Who waits for himself in the end: each path that does is in one of them, with the shortest way round from the
    smallest path on."""
    ways: dict[str, list[str]] = {}
    for waiting in waits:
        if waiting.who != OUTSIDE:
            ways.setdefault(waiting.who, []).append(waiting.on)
    found: dict[tuple[str, ...], None] = {}
    covered: set[str] = set()
    for start in sorted(ways):
        circle = None if start in covered else _way_round(start, ways)
        if circle is not None:
            covered.update(circle)
            smallest = circle.index(min(circle))
            found[circle[smallest:] + circle[:smallest]] = None
    return tuple(found)


def _look(runtime: "Runtime") -> Iterator[list[Waiting]]:
    for cells in slices(runtime.registry.cells()):
        yield [waiting for cell in cells for waiting in _waiting_on(cell)]
    for supervisors in slices(runtime.registry.supervisors()):
        yield [waiting for supervisor in supervisors for waiting in _waiting_for_child(supervisor)]


def _waiting_on(cell: Cell) -> Iterator[Waiting]:
    mailbox = cell.mailbox
    for task, envelope in mailbox.waiting:
        who, what = _owner(task, cell.runtime)
        kind = type(envelope.message).__name__
        why = f"{what} waits for room for a {kind}: {mailbox.depth} of {mailbox.capacity} wait"
        yield Waiting(who, cell.path, why, envelope.sent_ns)
    for question in tuple(cell.address.questions):
        # Without a task it has not been put yet, and its sender is one of those above.
        if question.task is not None:
            who, what = _owner(question.task, cell.runtime)
            kind = type(question.envelope.message).__name__
            yield Waiting(who, cell.path, f"{what} waits for the answer to a {kind}", question.asked_ns)


def _waiting_for_child(supervisor: "Supervisor") -> Iterator[Waiting]:
    child = supervisor.lives.waits_for
    if child is not None:
        why = "starts it" if child.state is ChildState.STARTING else "waits for its end"
        yield Waiting(supervisor.path, child.path, why, supervisor.lives.waits_since_ns)


def _waiting_to_live(runtime: "Runtime", found: list[Waiting]) -> Iterator[Waiting]:
    """Who is waited for and does not live waits for the supervisor to start it, and so on upwards."""
    seen: set[str] = set()
    for waiting in found:
        node = runtime.registry.node(waiting.on)
        while node is not None and node is not runtime.root and node.path not in seen:
            seen.add(node.path)
            state = node.child.state
            if node.is_over or state not in (ChildState.DOWN, ChildState.BACKING_OFF):
                break
            yield Waiting(node.path, node.child.supervisor.path, f"is {state.value}, and is to be started by it", None)
            node = node.child.supervisor


def _owner(task: trio.lowlevel.Task, runtime: "Runtime") -> tuple[str, str]:
    """The path that a task belongs to, and what it is there: itself or an ancestor is a worker, or a life."""
    below: list[trio.lowlevel.Task] = []
    at: trio.lowlevel.Task | None = task
    while at is not None:
        below.append(at)
        node = runtime.registry.node(at.name)
        if node is not None and node is not runtime.root and node.child.life.task is at:
            return node.path, _part_of(node, below)
        at = at.parent_nursery.parent_task if at.parent_nursery is not None else None
    return OUTSIDE, f"the task {task.name}"


def _part_of(node: "Cell | Supervisor", below: list[trio.lowlevel.Task]) -> str:
    workers = node.life.workers if isinstance(node, Cell) and node.life is not None else {}
    names = [workers[task] for task in below if task in workers]
    return f"its worker {names[0]}" if names else "its start"


def _way_round(start: str, ways: dict[str, list[str]]) -> tuple[str, ...] | None:
    """The shortest way from `start` back to it."""
    before: dict[str, str] = {}
    reached = [start]
    while reached:
        further = []
        for here in reached:
            for there in ways.get(here, ()):
                if there == start:
                    return _way_back(here, start, before)
                if there not in before:
                    before[there] = here
                    further.append(there)
        reached = further
    return None


def _way_back(end: str, start: str, before: dict[str, str]) -> tuple[str, ...]:
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return tuple(reversed(way))

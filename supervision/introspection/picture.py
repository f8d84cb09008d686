"""What the tree looks like from outside, as values.

Looking never stops anything: what takes long with many actors is done in slices, between which the actors have their
turns, so a picture of them all is not of one instant. Percentiles are exact nearest ranks over the last 256 messages.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import trio
from attrs import frozen

from supervision.cell import Cell
from supervision.child import ChildState
from supervision.gauge import percentile
from supervision.registry import UnknownActor, matcher

if TYPE_CHECKING:
    from supervision.runtime import Runtime
    from supervision.supervisor import Supervisor

T = TypeVar("T")

SLICE = 128
"""Actors that are looked at before the others get their turn: well under a millisecond."""

SUPERVISOR = "Supervisor"


class MailboxPicture(NamedTuple):
    """One mailbox. `high_water` is the most that ever waited, `handled` counts the messages of all lives."""

    path: str
    state: ChildState
    depth: int
    system_depth: int
    capacity: int
    high_water: int
    handled: int
    dropped: int
    waiting_senders: int

    @property
    def pressure(self) -> tuple[float, float]:
        """How full it is, and how full it ever was. A closed mailbox, which has no room at all, is under none."""
        capacity = self.capacity
        return (self.depth / capacity, self.high_water / capacity) if capacity else (0.0, 0.0)


@frozen
class ActorPicture:
    """One actor or supervisor.

    A supervisor has a `strategy` and children, and no mailbox. `type_name` is empty for an actor that has never lived.
    `rate_per_second` is None until it is known, and so are the times without samples. `current` is the type of the
    message in hand, `last_error` why the last life ended that did not end in good order. `restarts` are those of this
    child, `restarts_within_period` within its supervisor's period. `monitors` are the paths that it watches.
    """

    path: str
    type_name: str
    strategy: str | None
    generation: int
    state: ChildState
    depth: int
    system_depth: int
    capacity: int
    high_water: int
    handled: int
    rate_per_second: float | None
    waiting_p50_ns: int | None
    waiting_p99_ns: int | None
    handling_p50_ns: int | None
    handling_p99_ns: int | None
    handling_worst_ns: int | None
    current: str | None
    last_error: str | None
    restarts: int
    restarts_within_period: int
    children: tuple[str, ...]
    workers: tuple[str, ...]
    monitors: tuple[str, ...]
    watched_by: tuple[str, ...]
    dropped: int
    discarded: int
    conflated: int
    waiting_senders: int
    is_traced: bool
    slowed_by_ns: int


@frozen
class TreePicture:
    """One actor or supervisor with all that is below it; `strategy` is empty for an actor. `restarts_within_period` are
    its own for an actor, and for a supervisor those of all its children, which `intensity` bounds."""

    name: str
    path: str
    is_supervisor: bool
    type_name: str
    state: ChildState
    generation: int
    restarts: int
    restarts_within_period: int
    strategy: str
    intensity: int
    children: "tuple[TreePicture, ...]" = ()


Rate = Callable[[str], float | None]


def unknown(_: str) -> None:
    """The rate of an actor where nobody measures rates."""


async def take_mailboxes(runtime: "Runtime", glob: str = "**") -> list[MailboxPicture]:
    """The mailboxes of the actors whose path fits `glob`, in the order of their description."""
    is_wanted = None if glob == "**" else matcher(glob)
    pictures: list[MailboxPicture] = []
    for some in slices(runtime.registry.cells()):
        pictures += [_mailbox(cell) for cell in some if is_wanted is None or is_wanted(cell.path)]
        await trio.lowlevel.checkpoint()
    return pictures


def waiting_time_ns(runtime: "Runtime", path: str) -> int:
    """The p99 of an actor; 0 where it is not known."""
    node = runtime.registry.node(path)
    gauge = node.gauge if isinstance(node, Cell) else None
    return (percentile(gauge.waiting_ns, 99) or 0) if gauge is not None else 0


def picture_of(runtime: "Runtime", path: str, rate: Rate = unknown) -> ActorPicture:
    """Raises `UnknownActor`."""
    node = runtime.registry.node(path)
    if node is None:
        raise UnknownActor(f"nobody is called {path}")
    return _actor(node, rate) if isinstance(node, Cell) else _supervisor(node)


def tree_of(runtime: "Runtime") -> TreePicture:
    """The whole tree at this instant. Raises `RuntimeError` before it is described."""
    growing = _grow(_root_of(runtime))
    while True:
        try:
            next(growing)
        except StopIteration as grown:
            return _tree(grown)


async def take_tree(runtime: "Runtime") -> TreePicture:
    """The same in slices."""
    growing = _grow(_root_of(runtime))
    while True:
        try:
            for _ in range(SLICE // 2):
                next(growing)
        except StopIteration as grown:
            return _tree(grown)
        await trio.lowlevel.checkpoint()


def _tree(grown: StopIteration) -> TreePicture:
    tree = grown.value
    assert isinstance(tree, TreePicture)
    return tree


def slices(items: Sequence[T], size: int = SLICE) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def in_words(value: object, most: int) -> str:
    """The representation of anything, cut at `most` characters."""
    try:
        text = repr(value)
    except Exception as error:
        text = f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
    return text if len(text) <= most else f"{text[: most - 1]}…"


def state_of(node: "Cell | Supervisor") -> ChildState:
    """What it does. The root is nobody's child: it starts until each of its children was begun, and then runs."""
    if isinstance(node, Cell) or node is not node.runtime.root:
        return node.child.state
    if not node.is_serving:
        return ChildState.DOWN
    is_starting = node.lives.starting is not None and any(child.node.generation == 0 for child in node.children)
    return ChildState.STARTING if is_starting else ChildState.RUNNING


def _mailbox(cell: Cell) -> MailboxPicture:
    mailbox = cell.mailbox
    depth, high_water = mailbox.depth, mailbox.high_water
    # The long way is for few; and for this it makes no difference that somebody has just been killed.
    is_simple = cell.is_running and not cell.is_suspended and not cell.child.life.is_being_stopped
    return MailboxPicture(
        cell.path,
        ChildState.RUNNING if is_simple else cell.state,
        depth,
        mailbox.system_depth,
        mailbox.capacity,
        # The mailbox notes it when a message is taken.
        depth if depth > high_water else high_water,
        cell.handled,
        mailbox.dropped,
        mailbox.waiting_senders,
    )


def _actor(cell: Cell, rate: Rate) -> ActorPicture:
    mailbox, life, gauge = _mailbox(cell), cell.life, cell.gauge
    restarts, within_period = _restarts_of(cell)
    waiting_p50_ns, waiting_p99_ns = _p50_and_p99(gauge.waiting_ns) if gauge else (None, None)
    handling_p50_ns, handling_p99_ns = _p50_and_p99(gauge.handling_ns) if gauge else (None, None)
    return ActorPicture(
        path=cell.path,
        type_name=cell.type_name,
        strategy=None,
        generation=cell.generation,
        state=cell.state,
        depth=mailbox.depth,
        system_depth=mailbox.system_depth,
        capacity=mailbox.capacity,
        high_water=mailbox.high_water,
        handled=cell.handled,
        rate_per_second=rate(cell.path),
        waiting_p50_ns=waiting_p50_ns,
        waiting_p99_ns=waiting_p99_ns,
        handling_p50_ns=handling_p50_ns,
        handling_p99_ns=handling_p99_ns,
        handling_worst_ns=gauge.worst_handling_ns if gauge and gauge.handling_ns else None,
        current=type(life.current.message).__name__ if life is not None and life.current is not None else None,
        last_error=str(cell.last_failure) if cell.last_failure is not None else None,
        restarts=restarts,
        restarts_within_period=within_period,
        children=(),
        workers=tuple(life.workers.values()) if life is not None else (),
        monitors=tuple(sorted(cell.watched)),
        watched_by=_watchers_of(cell),
        dropped=mailbox.dropped,
        discarded=cell.mailbox.discarded,
        conflated=cell.mailbox.conflated,
        waiting_senders=mailbox.waiting_senders,
        is_traced=bool(cell.interceptors),
        slowed_by_ns=cell.slowed_by_ns,
    )


def _p50_and_p99(samples: deque[int]) -> tuple[int | None, int | None]:
    # What is sorted already is soon sorted again.
    ordered = deque(sorted(samples))
    return percentile(ordered, 50), percentile(ordered, 99)


def _supervisor(node: "Supervisor") -> ActorPicture:
    restarts, within_period = _restarts_of(node)
    failure = node.last_exit
    return ActorPicture(
        path=node.path,
        type_name=SUPERVISOR,
        strategy=node.spec.strategy.name.lower(),
        generation=node.generation,
        state=state_of(node),
        depth=0,
        system_depth=0,
        capacity=0,
        high_water=0,
        handled=0,
        rate_per_second=None,
        waiting_p50_ns=None,
        waiting_p99_ns=None,
        handling_p50_ns=None,
        handling_p99_ns=None,
        handling_worst_ns=None,
        current=None,
        last_error=str(failure) if failure is not None else None,
        restarts=restarts,
        restarts_within_period=within_period,
        children=tuple(child.path for child in node.children),
        workers=(),
        monitors=(),
        watched_by=_watchers_of(node),
        dropped=0,
        discarded=0,
        conflated=0,
        waiting_senders=0,
        is_traced=False,
        slowed_by_ns=0,
    )


def _restarts_of(node: "Cell | Supervisor") -> tuple[int, int]:
    """Of a child, as its supervisor counts them: all, and those within its period."""
    if node is node.runtime.root:
        return 0, 0
    child = node.child
    since_ns = node.runtime.clock.now_ns() - child.supervisor.spec.period_ns
    return child.restarts, child.restarts_since(since_ns)


def _watchers_of(node: "Cell | Supervisor") -> tuple[str, ...]:
    return tuple(watcher.path for watcher in node.runtime.registry.watchers_of(node.path))


def _root_of(runtime: "Runtime") -> "Supervisor":
    if runtime.root is None:
        raise RuntimeError("the tree is not described yet")
    return runtime.root


def _grow(node: "Cell | Supervisor") -> Generator[None, None, TreePicture]:
    """Returns the picture; each step is one node."""
    yield
    restarts, within_period = _restarts_of(node)
    if isinstance(node, Cell):
        return TreePicture(
            name=node.spec.name,
            path=node.path,
            is_supervisor=False,
            type_name=node.type_name,
            state=node.state,
            generation=node.generation,
            restarts=restarts,
            restarts_within_period=within_period,
            strategy="",
            intensity=0,
        )
    children = []
    for child in node.children:
        children.append((yield from _grow(child.node)))
    return TreePicture(
        name=node.spec.name,
        path=node.path,
        is_supervisor=True,
        type_name=SUPERVISOR,
        state=state_of(node),
        generation=node.generation,
        restarts=restarts,
        restarts_within_period=node.restarts_within_period,
        strategy=node.spec.strategy.name.lower(),
        intensity=node.spec.intensity,
        children=tuple(children),
    )

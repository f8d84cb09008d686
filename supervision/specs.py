"""How a tree is described before it runs: who is whose child, and what happens when it dies.

A description that makes no sense is refused when it is written down, with every mistake at once (`BadSpec`).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING, Never

from attrs import field, frozen

from supervision.mailbox import MailboxSpec

if TYPE_CHECKING:
    from supervision.actor import Actor

SECOND = 1_000_000_000


class BadSpec(ValueError):
    """A description that makes no sense; `mistakes` has all of them."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def refuse(mistakes: Iterable[str]) -> None:
    """Raises `BadSpec` if there are any."""
    found = tuple(mistakes)
    if found:
        raise BadSpec(found)


class Restart(Enum):
    """When a child that ended is started again (OTP's supervisor, restart types)."""

    PERMANENT = "always"
    TRANSIENT = "unless it ended in good order"
    TEMPORARY = "never"


class Strategy(Enum):
    """Whom the end of one child concerns (OTP's supervisor, strategies)."""

    ONE_FOR_ONE = "only itself"
    ONE_FOR_ALL = "all children"
    REST_FOR_ONE = "itself and those started after it"


class AutoShutdown(Enum):
    """Whether a supervisor ends with its significant children (R14): when one of them, or the last one, has ended by
    itself and is not restarted."""

    NEVER = "it does not"
    ANY_SIGNIFICANT = "with the first of them"
    ALL_SIGNIFICANT = "with the last of them"


@frozen
class Backoff:
    """How long a restart waits: the first after a quiet time not at all, each further one a random time up to a bound
    that doubles from `initial_ns` to `maximum_ns` (full jitter). `quiet_ns` without a failure resets it."""

    initial_ns: int = SECOND // 20
    maximum_ns: int = 5 * SECOND
    quiet_ns: int = 10 * SECOND

    def __attrs_post_init__(self) -> None:
        refuse(
            f"the backoff's {name} is {value!r}, not a whole number of nanoseconds from 0"
            for name, value in (
                ("initial_ns", self.initial_ns),
                ("maximum_ns", self.maximum_ns),
                ("quiet_ns", self.quiet_ns),
            )
            if not _is_count(value)
        )


@frozen(kw_only=True)
class ActorSpec:
    """A child that is an actor. `create` makes a fresh one for each life.

    It is cancelled when it has not stopped within `stop_within_ns`: None waits for ever, 0 does not even ask. Raises
    `BadSpec`.
    """

    name: str
    create: "Callable[[], Actor[Never]]" = field(eq=False)
    mailbox: MailboxSpec = MailboxSpec()
    restart: Restart = Restart.PERMANENT
    start_within_ns: int = 10 * SECOND
    stop_within_ns: int | None = 5 * SECOND
    is_significant: bool = False

    def __attrs_post_init__(self) -> None:
        refuse(self._mistakes())

    def _mistakes(self) -> Iterable[str]:
        yield from _mistakes_of_any(self)
        if not callable(self.create):
            yield f"{self.name}: create is {self.create!r}, which cannot be called"
        if not isinstance(self.mailbox, MailboxSpec):
            yield f"{self.name}: mailbox is {self.mailbox!r}, no MailboxSpec"
        if not _is_count(self.start_within_ns) or self.start_within_ns == 0:
            yield f"{self.name}: start_within_ns is {self.start_within_ns!r}, not a whole number above 0"
        if self.stop_within_ns is not None and not _is_count(self.stop_within_ns):
            yield f"{self.name}: stop_within_ns is {self.stop_within_ns!r}, neither None nor a whole number from 0"


@frozen(kw_only=True)
class SupervisorSpec:
    """A child that is a supervisor; children are started in order and stopped in reverse.

    `intensity` restarts within `period_ns` are borne; one more and it gives up. The children of a supervisor that
    `is_group` have paths that leave its name out. One that `is_dynamic` is for children that come and go: it begins
    with none, restarts each for itself, and stops all at once (OTP's simple_one_for_one). Raises `BadSpec`.
    """

    name: str
    strategy: Strategy
    children: tuple["ChildSpec", ...] = ()
    is_group: bool = False
    is_dynamic: bool = False
    restart: Restart = Restart.PERMANENT
    intensity: int = 5
    period_ns: int = 10 * SECOND
    backoff: Backoff = Backoff()
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER
    is_significant: bool = False

    def __attrs_post_init__(self) -> None:
        refuse(self._mistakes())

    def _mistakes(self) -> Iterable[str]:
        yield from _mistakes_of_any(self)
        if not isinstance(self.strategy, Strategy):
            yield f"{self.name}: strategy is {self.strategy!r}, no Strategy"
        if not _is_count(self.intensity):
            yield f"{self.name}: intensity is {self.intensity!r}, not a whole number from 0"
        if not _is_count(self.period_ns) or self.period_ns == 0:
            yield f"{self.name}: period_ns is {self.period_ns!r}, not a whole number above 0"
        if not isinstance(self.backoff, Backoff):
            yield f"{self.name}: backoff is {self.backoff!r}, no Backoff"
        if not isinstance(self.auto_shutdown, AutoShutdown):
            yield f"{self.name}: auto_shutdown is {self.auto_shutdown!r}, no AutoShutdown"
        if self.is_dynamic and self.children:
            yield f"{self.name}: it is dynamic, and begins without children"
        if self.is_dynamic and self.strategy is not Strategy.ONE_FOR_ONE:
            yield f"{self.name}: it is dynamic, and its strategy can only be ONE_FOR_ONE"
        yield from self._mistakes_of_children()

    def _mistakes_of_children(self) -> Iterable[str]:
        specs = []
        for child in self.children:
            if isinstance(child, ActorSpec | SupervisorSpec):
                specs.append(child)
                yield from mistakes_of_child(self, child)
            else:
                yield f"{self.name}: {child!r} is no child spec"
        for name, count in Counter(spec.name for spec in specs).items():
            if count > 1:
                yield f"{self.name}: {count} children are called {name}"


ChildSpec = ActorSpec | SupervisorSpec


def mistakes_of_child(parent: SupervisorSpec, child: ChildSpec) -> Iterable[str]:
    """What is wrong with `child` under `parent`, whatever siblings it has."""
    if child.is_significant and parent.auto_shutdown is AutoShutdown.NEVER:
        yield f"{child.name}: it is significant, and {parent.name} never shuts down by itself"


def _mistakes_of_any(spec: ChildSpec) -> Iterable[str]:
    if not isinstance(spec.name, str) or not all(spec.name.split("/")):
        yield f"the name {spec.name!r} is not a text, or a part of it between slashes is empty"
    if not isinstance(spec.restart, Restart):
        yield f"{spec.name}: restart is {spec.restart!r}, no Restart"
    if not isinstance(spec.is_significant, bool):
        yield f"{spec.name}: is_significant is {spec.is_significant!r}, neither True nor False"
    elif spec.is_significant and spec.restart is Restart.PERMANENT:
        yield f"{spec.name}: it is significant, and permanent: it never ends for good"

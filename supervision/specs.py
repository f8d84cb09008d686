"""How a tree is described before it runs: who is whose child, and what happens when it dies."""

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Never

from attrs import field, frozen
from attrs.validators import ge, gt

from supervision.mailbox import MailboxSpec

if TYPE_CHECKING:
    from supervision.actor import Actor

SECOND = 1_000_000_000


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


@frozen
class Backoff:
    """How long a restart waits: the first after a quiet time not at all, each further one a random time up to a bound
    that doubles from `initial_ns` to `maximum_ns` (full jitter). `quiet_ns` without a failure resets it."""

    initial_ns: int = SECOND // 20
    maximum_ns: int = 5 * SECOND
    quiet_ns: int = 10 * SECOND


@frozen(kw_only=True)
class ActorSpec:
    """A child that is an actor. `create` makes a fresh one for each life."""

    name: str
    create: "Callable[[], Actor[Never]]" = field(eq=False)
    mailbox: MailboxSpec = MailboxSpec()
    restart: Restart = Restart.PERMANENT
    start_within_ns: int = field(default=10 * SECOND, validator=gt(0))
    stop_within_ns: int = field(default=5 * SECOND, validator=ge(0))


@frozen(kw_only=True)
class SupervisorSpec:
    """A child that is a supervisor; children are started in order and stopped in reverse.

    `intensity` restarts within `period_ns` are borne; one more and it gives up. The children of a supervisor that
    `is_group` have paths that leave its name out.
    """

    name: str
    strategy: Strategy
    children: tuple["ChildSpec", ...] = ()
    is_group: bool = False
    restart: Restart = Restart.PERMANENT
    intensity: int = field(default=5, validator=ge(0))
    period_ns: int = field(default=10 * SECOND, validator=gt(0))
    backoff: Backoff = Backoff()


ChildSpec = ActorSpec | SupervisorSpec

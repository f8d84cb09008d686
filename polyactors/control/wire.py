"""What is said over the control socket: JSON documents of a closed set of kinds, one a line, read strictly.

A client sends requests; each is answered, in their order, by one line or, where the answer `is_paged`, by several, the
last of which says so. After a `Trace` the lines go on until the client closes the connection. A line that is no request
is answered by `Refused`, and the connection goes on.

Times are nanoseconds of the service's clock.
"""

from typing import ClassVar, Generic, Self, TypeVar, cast, get_args

from attrs import AttrsInstance, evolve, field, frozen
from attrs.validators import ge, le, max_len, min_len

from messages.risk import RiskMode
from messages.serial import Codec
from messages.units import Cash
from supervision.child import ChildState
from supervision.introspection.picture import ActorPicture
from supervision.introspection.trace import TraceLine
from supervision.introspection.waits import Waiting

A = TypeVar("A", bound=AttrsInstance)

LONGEST_REQUEST = 16_384
"""Bytes of a request's line, its end included."""

LONGEST_ANSWER = 4 * 1024 * 1024

LONGEST_PATH = 1000
MOST_SHOWN = 1000
MOST_DOUBLE_STARS = 8
SLOWEST_NS = 3_600 * 1_000_000_000


@frozen
class Mailboxes:
    """Those under most pressure first: by depth, then high-water mark, each of the capacity, then waiting time.

    `total` is how many fit the glob; `at_ns` when this was seen.
    """

    at_ns: int
    total: int
    actors: tuple[ActorPicture, ...]
    is_last: bool = True

    def with_page(self, following: "Self") -> "Self":
        return evolve(following, actors=self.actors + following.actors)


@frozen
class TreeLine:
    """One supervisor or actor, `depth` steps below the root; the lines are in the order of the tree, parents first.

    `restarts` are all of this child; `restarts_within_period` its own for an actor, and those that count against its
    `intensity` for a supervisor. `strategy` and `intensity` are None for an actor.
    """

    depth: int
    name: str
    path: str
    type_name: str
    strategy: str | None
    state: ChildState
    generation: int
    restarts: int
    restarts_within_period: int
    intensity: int | None


@frozen
class Tree:
    lines: tuple[TreeLine, ...]
    is_last: bool = True

    def with_page(self, following: "Self") -> "Self":
        return evolve(following, lines=self.lines + following.lines)


@frozen
class ActorShown:
    """`now_ns` for what is said of times."""

    now_ns: int
    actor: ActorPicture


@frozen
class StateShown:
    """What an actor says of itself by `describe`.

    `state` is JSON where `is_json`, else its representation, cut where it is very long. `error` says why there is none.
    """

    path: str
    type_name: str
    state: str | None
    is_json: bool
    error: str | None


@frozen
class LetterLine:
    """One dead letter; `message` is its representation, cut; `trace` the traceback of the error, if there is one."""

    number: int
    at_ns: int
    to: str
    sender: str
    message_type: str
    message: str
    why: str
    trace: str
    correlation: int
    causation: int


@frozen
class DeadLetters:
    """The newest that are kept, oldest first; `total` were ever counted."""

    total: int
    letters: tuple[LetterLine, ...]
    is_last: bool = True

    def with_page(self, following: "Self") -> "Self":
        return evolve(following, letters=self.letters + following.letters)


@frozen
class Waits:
    """`circles` are the paths that wait for one another, each circle once."""

    now_ns: int
    waits: tuple[Waiting, ...]
    circles: tuple[tuple[str, ...], ...]


@frozen
class Done:
    """It was done; `what` says it in words."""

    what: str


@frozen
class TraceBegun:
    """From now on, each message of `path` has its line."""

    path: str


@frozen
class LinesLost:
    """So many lines of the trace were not sent, since they were not read fast enough."""

    count: int


@frozen
class Refused:
    """It was not done. `suggestions` are the nearest paths where there is none like the one given."""

    why: str
    suggestions: tuple[str, ...] = ()


class Request(Generic[A]):
    """Answered by an `A`, or by `Refused`."""

    __slots__ = ()

    IS_ENDLESS: ClassVar[bool] = False


def _path() -> str:
    return cast(str, field(validator=[min_len(1), max_len(LONGEST_PATH)]))


def _text() -> str:
    return cast(str, field(validator=[min_len(1), max_len(LONGEST_PATH)]))


def _has_few_double_stars(_: object, __: object, glob: str) -> None:
    """To try what many of them may stand for takes for ever."""
    if glob.count("**") > MOST_DOUBLE_STARS:
        raise ValueError(f"{glob[:40]!r} has more than {MOST_DOUBLE_STARS} times **")


@frozen
class ShowMailboxes(Request[Mailboxes]):
    """At most `limit` of the actors whose path fits `glob`: `*` is anything in one part, `**` any number of parts."""

    glob: str = field(default="**", validator=[max_len(LONGEST_PATH), _has_few_double_stars])
    limit: int = field(default=50, validator=[ge(1), le(MOST_SHOWN)])


@frozen
class ShowTree(Request[Tree]):
    pass


@frozen
class ShowActor(Request[ActorShown]):
    """An actor or a supervisor."""

    path: str = _path()


@frozen
class ShowState(Request[StateShown]):
    path: str = _path()


@frozen
class ShowDeadLetters(Request[DeadLetters]):
    limit: int = field(default=50, validator=[ge(1), le(MOST_SHOWN)])


@frozen
class ShowWaits(Request[Waits]):
    pass


@frozen
class Suspend(Request[Done]):
    """Have the actor handle no ordinary messages; they wait."""

    path: str = _path()


@frozen
class Resume(Request[Done]):
    path: str = _path()


@frozen
class Kill(Request[Done]):
    """Cancel the present life of an actor or a supervisor; its supervisor does what it does in such a case."""

    path: str = _path()


@frozen
class RestartActor(Request[Done]):
    """Stop it in good order and start it again; answered when it runs."""

    path: str = _path()


@frozen
class SlowDown(Request[Done]):
    """Have each message of the actor take that much longer; 0 ends it."""

    path: str = _path()
    by_ns: int = field(default=0, validator=[ge(0), le(SLOWEST_NS)])


@frozen
class HoldRiskMode(Request[Done]):
    """Have the governor hold everything at this mode for `cause`; latched, it outlives the process."""

    mode: RiskMode
    cause: str = _text()
    is_latched: bool = True


@frozen
class ClearRiskMode(Request[Done]):
    """The cause is over, whoever named it."""

    cause: str = _text()


@frozen
class BookCash(Request[Done]):
    """Cash came to the account from elsewhere, or, below zero, went: the ledger is to know of it."""

    cash: Cash


@frozen
class Trace(Request[TraceBegun]):
    """`TraceBegun`, and then a `TraceLine` for each message in or out, with a `LinesLost` where some are missing."""

    IS_ENDLESS: ClassVar[bool] = True

    path: str = _path()


AnyRequest = (
    ShowMailboxes
    | ShowTree
    | ShowActor
    | ShowState
    | ShowDeadLetters
    | ShowWaits
    | Suspend
    | Resume
    | Kill
    | RestartActor
    | SlowDown
    | HoldRiskMode
    | ClearRiskMode
    | BookCash
    | Trace
)
Page = Mailboxes | Tree | DeadLetters
Answer = Page | ActorShown | StateShown | Waits | Done | TraceBegun | Refused
TraceEvent = TraceLine | LinesLost


def encode(message: AnyRequest | Answer | TraceEvent) -> bytes:
    """One line, its end included."""
    codec = _requests if isinstance(message, Request) else _answers
    # What no UTF-8 can hold becomes an escape of JSON's.
    return codec.encode(message).encode("utf-8", "backslashreplace") + b"\n"


def decode_request(line: bytes) -> AnyRequest:
    """Raises `BadDocument`."""
    return cast(AnyRequest, _requests.decode(line))


def decode_answer(line: bytes) -> Answer | TraceEvent:
    """Raises `BadDocument`."""
    return cast("Answer | TraceEvent", _answers.decode(line))


class Pages:
    """Puts the lines of answers together, for whoever reads them from a stream of their own."""

    def __init__(self) -> None:
        self._begun: Page | None = None

    def take(self, line: bytes) -> Answer | TraceEvent | None:
        """The whole answer, or None where more lines of it follow. Raises `BadDocument`."""
        answer = decode_answer(line)
        if not isinstance(answer, Page):
            self._begun = None
            return answer
        if self._begun is not None and type(self._begun) is type(answer):
            answer = self._begun.with_page(answer)  # type: ignore[arg-type]
        self._begun = None if answer.is_last else answer
        return answer if answer.is_last else None


def answer_class(request: type[Request[A]]) -> type[A]:
    """The kind of answer that a kind of request has when it is not refused."""
    (base,) = request.__orig_bases__  # type: ignore[attr-defined]
    (answer,) = get_args(base)
    return cast(type[A], answer)


_requests = Codec(get_args(AnyRequest))
_answers = Codec((*get_args(Answer), *get_args(TraceEvent)))

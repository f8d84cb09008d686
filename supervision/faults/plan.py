"""What is to go wrong in a tree, and when: frozen values that know nothing of a running tree.

`docs/faults.md` says what each fault does; `injector` makes it come.
"""

import math
from collections.abc import Callable
from enum import Enum

from attrs import field, frozen

from supervision.specs import SECOND

Plain = str | int | float | bool

Predicate = Callable[[object], bool]
"""Of the messages of an actor, those that a fault concerns. Must not raise."""


@frozen
class Kill:
    """Cancel the actor's life from outside, once it has handled the message."""

    def __str__(self) -> str:
        return "kill"


@frozen
class Raise:
    """A crash in place of the handler."""

    text: str = "a fault was injected"

    def __str__(self) -> str:
        return "raise"


@frozen
class Stall:
    """Take no ordinary message for `for_ns`."""

    for_ns: int

    def __str__(self) -> str:
        return f"stall for {_time(self.for_ns)}"


@frozen
class Slow:
    """Each message takes `by_ns` longer, for `for_ns` or, without, for ever."""

    by_ns: int
    for_ns: int | None = None

    def __str__(self) -> str:
        until = "" if self.for_ns is None else f" for {_time(self.for_ns)}"
        return f"slow by {_time(self.by_ns)}{until}"


@frozen
class Drop:
    """The message is not handled."""

    def __str__(self) -> str:
        return "drop"


@frozen
class Duplicate:
    """The message is handled twice in a row."""

    def __str__(self) -> str:
        return "duplicate"


@frozen
class Delay:
    """The message is handled `by_ns` later; those behind it are not kept waiting."""

    by_ns: int

    def __str__(self) -> str:
        return f"delay by {_time(self.by_ns)}"


@frozen
class Reorder:
    """The message is handled after 1 to `within` of those behind it, or after `at_most_ns` when no more come."""

    within: int = 1
    at_most_ns: int = SECOND

    def __str__(self) -> str:
        return f"reorder within {self.within}"


@frozen
class Fill:
    """Fill the mailbox up to its capacity with messages that the actor never sees."""

    def __str__(self) -> str:
        return "fill the mailbox"


@frozen
class CancelWorker:
    """Cancel the running workers whose name fits `name`."""

    name: str = "*"

    def __str__(self) -> str:
        return f"cancel worker {self.name}"


What = Kill | Raise | Stall | Slow | Drop | Duplicate | Delay | Reorder | Fill | CancelWorker

OF_A_MESSAGE = (Raise, Drop, Duplicate, Delay, Reorder)
"""Faults of a message; the others are faults of the actor."""


@frozen
class MessageLike:
    """The messages of type `kind` whose fields are as said: by value, or by the name of an enum's member. A dot leads
    into a field: `order.side`."""

    kind: str
    where: tuple[tuple[str, Plain], ...] = ()

    def __call__(self, message: object) -> bool:
        return type(message).__name__ == self.kind and all(
            _is_as_said(_field_of(message, name), value) for name, value in self.where
        )

    def __str__(self) -> str:
        fields = " and ".join(f"{name} == {value!r}" for name, value in self.where)
        return f"{self.kind} where {fields}" if fields else self.kind


@frozen
class AtMessage:
    """At the message that is number `number` of all that the actor's lives take, or of those that are `like`."""

    number: int
    like: Predicate | None = None

    def __str__(self) -> str:
        return f"at message {self.number}{_of(self.like)}"


@frozen
class OnMessage:
    """At each message that is `like`."""

    like: Predicate

    def __str__(self) -> str:
        return f"at each message{_of(self.like)}"


@frozen
class WithProbability:
    """At each message, or each that is `like`, with this probability."""

    probability: float
    like: Predicate | None = None

    def __str__(self) -> str:
        return f"with probability {self.probability:g}{_of(self.like)}"


@frozen
class AtTime:
    """When the runtime's clock says `at_ns`. A fault of a message: at the next message from then on."""

    at_ns: int

    def __str__(self) -> str:
        return f"at {_time(self.at_ns)}"


@frozen
class AfterStart:
    """`after_ns` after the plan was armed. A fault of a message: at the next message from then on."""

    after_ns: int

    def __str__(self) -> str:
        return f"{_time(self.after_ns)} after the start"


When = AtMessage | OnMessage | WithProbability | AtTime | AfterStart


def _usual_times(fault: "Fault") -> int | None:
    return None if isinstance(fault.when, OnMessage | WithProbability) else 1


@frozen
class Fault:
    """`what` goes wrong `when`, in each actor whose path fits `glob`.

    At most `times` in each of them; None: as often as it comes. Once unless said otherwise, but as often as they come
    for those on a message or with a probability. What comes at a message or some time after the start comes again after
    as many messages or as long a time.
    """

    glob: str
    what: What
    when: When
    times: int | None = field()

    @times.default
    def _(self) -> int | None:
        return _usual_times(self)

    @property
    def text(self) -> str:
        """What and when, without whom."""
        often = ""
        if self.times != _usual_times(self):
            often = ", as often as it comes" if self.times is None else f", at most {_often(self.times)}"
        return f"{self.what}, {self.when}{often}"

    def __str__(self) -> str:
        return f"{self.glob}: {self.text}"


class BadPlan(ValueError):
    """The faults cannot be injected. `mistakes` has one line each: which fault, what is wrong, how to mend it."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(mistakes))


@frozen
class FaultPlan:
    """Faults in the order in which they act upon one message. Raises `BadPlan` with every mistake in them."""

    faults: tuple[Fault, ...] = ()

    def __attrs_post_init__(self) -> None:
        mistakes = [
            f"fault {number} ({fault}): {mistake}"
            for number, fault in enumerate(self.faults, start=1)
            for mistake in mistakes_in(fault)
        ]
        if mistakes:
            raise BadPlan(mistakes)


def mistakes_in(fault: Fault) -> list[str]:
    """What is wrong with a fault, in words that name the field."""
    mistakes = [*_mistakes_in_what(fault.what), *_mistakes_in_when(fault.when)]
    if not all(fault.glob.split("/")):
        mistakes.insert(0, f"{fault.glob!r} is no path: write names with / between them, stars for any")
    times = fault.times
    if times is not None and times < 1:
        mistakes.append(f"times: {times} is less than once; leave the fault out instead")
    if isinstance(fault.when, AtTime) and times != 1:
        mistakes.append("times: an instant comes once; say how long after the start, and it comes again and again")
    if isinstance(fault.what, Slow) and fault.what.for_ns is None and times is None:
        mistakes.append("times: slower for ever, again and again, has no end; say for how long or how many times")
    return mistakes


def _mistakes_in_what(what: What) -> list[str]:
    match what:
        case Stall(for_ns=time_ns):
            return _too_short("for", time_ns)
        case Slow(by_ns=by_ns, for_ns=for_ns):
            return _too_short("by", by_ns) + ([] if for_ns is None else _too_short("for", for_ns))
        case Delay(by_ns=time_ns):
            return _too_short("by", time_ns)
        case Reorder(within=within, at_most_ns=time_ns):
            few = [f"within: {within} later messages are none; write 1 or more"] if within < 1 else []
            return few + _too_short("for", time_ns)
        case CancelWorker(name=""):
            return ["worker: a worker has a name; write * for any"]
    return []


def _mistakes_in_when(when: When) -> list[str]:
    match when:
        case AtMessage(number=number) if number < 1:
            return [f"at message: {number} is no message's number; the first is 1"]
        case WithProbability(probability=probability) if not (math.isfinite(probability) and 0 < probability <= 1):
            return [f"probability: {probability:g} is none; write a number above 0 and up to 1"]
        case AtTime(at_ns=at_ns) if at_ns < 0:
            return [f"at: {_time(at_ns)} is before 1970"]
        case AfterStart(after_ns=after_ns):
            return _too_short("after", after_ns)
    return []


def _too_short(name: str, time_ns: int) -> list[str]:
    return [] if time_ns > 0 else [f"{name}: {_time(time_ns)} is no time; write more than 0"]


def _field_of(message: object, name: str) -> object:
    found: object = message
    for part in name.split("."):
        found = getattr(found, part, _NOTHING)
    return found


def _is_as_said(actual: object, said: Plain) -> bool:
    if isinstance(actual, Enum) and actual.name == said:
        return True
    # In Python True == 1, which nobody means.
    return actual == said and isinstance(actual, bool) == isinstance(said, bool)


def _of(like: Predicate | None) -> str:
    if like is None:
        return ""
    return f" of {like if isinstance(like, MessageLike) else getattr(like, '__name__', type(like).__name__)}"


def _often(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def _time(time_ns: int) -> str:
    milliseconds, rest = divmod(time_ns, 1_000_000)
    return f"{time_ns / 1_000_000:g} ms" if rest else f"{milliseconds} ms"


_NOTHING = object()

"""Reads a plan of faults from a TOML file, and names every mistake in it at once. `docs/faults.md` has the format."""

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from attrs import define, field, frozen

from messages.units import NANOSECONDS_PER_MILLISECOND
from supervision.faults.plan import (
    AfterStart,
    AtMessage,
    AtTime,
    CancelWorker,
    Delay,
    Drop,
    Duplicate,
    Fault,
    FaultPlan,
    Fill,
    Kill,
    MessageLike,
    OnMessage,
    Plain,
    Raise,
    Reorder,
    Slow,
    Stall,
    What,
    When,
    WithProbability,
    mistakes_in,
)

T = TypeVar("T")

LATEST_MS = 1 << 43
"""In the year 2248; nanoseconds of it are a whole number of 64 bits."""

UNLIMITED = "unlimited"


class BadFaults(ValueError):
    """The file cannot be used. `mistakes` has one line each: which fault and setting, what is wrong, how to mend it."""

    def __init__(self, source: str, mistakes: Iterable[str]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        super().__init__(f"{source}: " + "; ".join(self.mistakes))


def read_faults(path: Path) -> FaultPlan:
    """Raises `BadFaults`."""
    try:
        plain = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise BadFaults(str(path), [f"cannot be read: {error.strerror or error}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFaults(str(path), [f"is no TOML: {error}"]) from error
    mistakes = [f"{key}: there is no such setting; each fault begins with [[fault]]" for key in plain if key != "fault"]
    tables = plain.get("fault", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadFaults(str(path), [*mistakes, "fault: is a list; write [[fault]] above each of them"])
    read = [_fault(_Table(table)) for table in tables]
    for number, (_, wrong) in enumerate(read, start=1):
        mistakes += (f"fault {number}: {mistake}" for mistake in wrong)
    if mistakes:
        raise BadFaults(str(path), mistakes)
    return FaultPlan(tuple(fault for fault, _ in read if fault is not None))


@define
class _Table:
    """What is given of one fault. What is known was asked for; the rest is a mistake in the end."""

    given: Mapping[str, object]
    known: list[str] = field(factory=list)
    mistakes: list[str] = field(factory=list)

    def has(self, key: str) -> bool:
        self.known.append(key)
        return key in self.given

    def value(self, key: str, read: Callable[[object], T]) -> T | None:
        """None, and a mistake, when it is missing or wrong."""
        if not self.has(key):
            self.mistakes.append(f"{key}: is missing")
            return None
        try:
            return read(self.given[key])
        except ValueError as error:
            self.mistakes.append(f"{key}: {error}")
            return None


def _fault(table: _Table) -> tuple[Fault | None, list[str]]:
    actor = table.value("actor", _text)
    what = _what(table)
    when = _when(table)
    times = table.value("times", _times) if table.has("times") else None
    table.mistakes += (
        f"{key}: means nothing here{_suggestion(key, table.known)}" for key in table.given if key not in table.known
    )
    if actor is None or what is None or when is None or (table.has("times") and times is None):
        return None, table.mistakes
    if times is None:
        fault = Fault(actor, what, when)
    else:
        fault = Fault(actor, what, when, None if times == UNLIMITED else int(times))
    return fault, table.mistakes + mistakes_in(fault)


@frozen
class _Setting:
    """Of a kind of fault: its field, and how it is read."""

    name: str
    read: Callable[[object], object]
    is_needed: bool = True


def _what(table: _Table) -> What | None:
    kind = table.value("what", _kind)
    if kind is None:
        # Whatever else is given may belong to it.
        table.known += (key for _, settings in _KINDS.values() for key in settings)
        return None
    make, settings = _KINDS[kind]
    values = {
        setting.name: table.value(key, setting.read)
        for key, setting in settings.items()
        if table.has(key) or setting.is_needed
    }
    return None if None in values.values() else make(**values)


def _when(table: _Table) -> When | None:
    before = len(table.mistakes)
    like = _like(table)
    given = [trigger for trigger in _TRIGGERS if table.has(trigger)]
    if len(given) > 1:
        table.mistakes.append(f"{' and '.join(given)}: a fault has one of them; write one fault for each")
    elif given:
        make, read = _TRIGGERS[given[0]]
        value = table.value(given[0], read)
        if like is None:
            return None if value is None else make(value)
        if make in (AtTime, AfterStart):
            table.mistakes.append(f"message: none is waited for with {given[0]}; leave one of the two out")
        else:
            return None if value is None else make(value, like)
    elif like is not None:
        return OnMessage(like)
    elif len(table.mistakes) == before:
        table.mistakes.append(f"when? write one of {', '.join(_TRIGGERS)}, or the type of a message: message")
    return None


def _like(table: _Table) -> MessageLike | None:
    """The messages that the fault concerns; None for all of them."""
    kind = table.value("message", _text) if table.has("message") else None
    where = table.value("where", _where) if table.has("where") else ()
    if table.has("where") and not table.has("message"):
        table.mistakes.append("where: fields of what? write the type of the message: message")
    return None if kind is None or where is None else MessageLike(kind, where)


def _kind(value: object) -> str:
    if not isinstance(value, str) or value not in _KINDS:
        raise ValueError(f"{value!r} is no fault{_suggestion(str(value), _KINDS)}")
    return value


def _times(value: object) -> int | str:
    if value == UNLIMITED:
        return UNLIMITED
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f'{value!r} is not how often; write a whole number from 1 on, or "{UNLIMITED}"')
    return value


def _where(value: object) -> tuple[tuple[str, Plain], ...]:
    if not isinstance(value, dict) or not all(isinstance(each, str | int | float | bool) for each in value.values()):
        raise ValueError('is a table of fields and values; write where = {side = "BUY"}')
    return tuple(value.items())


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no text; write it in quotes")
    return value


def _positive(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r} is no number; write a whole one from 1 on")
    return value


def _probability(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError(f"{value!r} is no probability; write a number above 0 and up to 1")
    return float(value)


def _duration_ns(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LATEST_MS:
        raise ValueError(f"{value!r} is no length of time; write whole milliseconds from 1 on")
    return value * NANOSECONDS_PER_MILLISECOND


def _instant_ns(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LATEST_MS:
        raise ValueError(f"{value!r} is no time; write whole milliseconds since 1970")
    return value * NANOSECONDS_PER_MILLISECOND


def _suggestion(word: str, known: Iterable[str]) -> str:
    words = list(dict.fromkeys(known))
    near = difflib.get_close_matches(word, words, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(words)}"


_KINDS: dict[str, tuple[Callable[..., What], dict[str, _Setting]]] = {
    "kill": (Kill, {}),
    "raise": (Raise, {"text": _Setting("text", _text, is_needed=False)}),
    "stall": (Stall, {"for_ms": _Setting("for_ns", _duration_ns)}),
    "slow": (
        Slow,
        {"by_ms": _Setting("by_ns", _duration_ns), "for_ms": _Setting("for_ns", _duration_ns, is_needed=False)},
    ),
    "drop": (Drop, {}),
    "duplicate": (Duplicate, {}),
    "delay": (Delay, {"by_ms": _Setting("by_ns", _duration_ns)}),
    "reorder": (
        Reorder,
        {
            "within": _Setting("within", _positive, is_needed=False),
            "for_ms": _Setting("at_most_ns", _duration_ns, is_needed=False),
        },
    ),
    "fill": (Fill, {}),
    "cancel-worker": (CancelWorker, {"worker": _Setting("name", _text, is_needed=False)}),
}

_TRIGGERS: dict[str, tuple[Callable[..., When], Callable[[object], object]]] = {
    "at_message": (AtMessage, _positive),
    "at_ms": (AtTime, _instant_ns),
    "after_ms": (AfterStart, _duration_ns),
    "probability": (WithProbability, _probability),
}

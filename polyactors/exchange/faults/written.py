"""Faults as tables of plain values: what files, commands and the operators' door say."""

import difflib
from collections.abc import Mapping

import attrs
from attrs import frozen

from messages.serial import BadDocument, from_plain
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.faults.armed import Arming
from polyactors.exchange.faults.kinds import KINDS, NAMES, Fault

Table = Mapping[str, object]

_MOST_SECONDS = 366 * 24 * 3600
_MOST_TIMES = 10**9


@frozen
class BadFault(Exception):
    """One line for each mistake in a table."""

    mistakes: tuple[str, ...]


def arming_of(table: Table) -> Arming:
    """`kind`, and as wanted `name`, `for_s`, `times` and what the kind has of its own. Raises `BadFault`."""
    rest = dict(table)
    mistakes: list[str] = []
    kind = KINDS.get(str(rest.pop("kind", "")))
    name = rest.pop("name", "")
    for_s, times = rest.pop("for_s", None), rest.pop("times", None)
    if not isinstance(name, str):
        mistakes.append(f"name: {name!r} is no text")
    if not (for_s is None or _is_number(for_s, _MOST_SECONDS)):
        mistakes.append(f"for_s: {for_s!r} is no number of seconds above 0")
    if not (times is None or (isinstance(times, int) and _is_number(times, _MOST_TIMES))):
        mistakes.append(f"times: {times!r} is no whole number above 0")
    fault = _fault(kind, table.get("kind"), rest, mistakes)
    if mistakes or fault is None:
        raise BadFault(tuple(mistakes))
    for_ns = round(for_s * NANOSECONDS_PER_SECOND) if isinstance(for_s, int | float) else None
    return Arming(fault, str(name), for_ns, times if isinstance(times, int) else None)


def table_of(fault: Fault) -> dict[str, object]:
    """What `arming_of` reads as the fault."""
    return {"kind": NAMES[type(fault)], **attrs.asdict(fault, value_serializer=_plain)}


def fields_of(kind: type[Fault]) -> dict[str, object]:
    """Each setting of a kind with its default; None for one that has to be given."""
    return {field.name: None if field.default is attrs.NOTHING else field.default for field in attrs.fields(kind)}


def _fault(kind: type[Fault] | None, said: object, own: Table, mistakes: list[str]) -> Fault | None:
    if kind is None:
        near = difflib.get_close_matches(str(said), KINDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KINDS)}"
        mistakes.append(f"kind: {said!r} is no kind of fault; {hint}")
        return None
    try:
        fault: Fault = from_plain(dict(own), kind)
    except BadDocument as error:
        mistakes.extend(error.mistakes)
        return None
    return fault


def _is_number(value: object, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= most


def _plain(_: object, __: object, value: object) -> object:
    return getattr(value, "value", value)

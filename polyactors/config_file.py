"""Reads a configuration file, and names every mistake in it at once."""

import difflib
import math
import tomllib
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import TypeVar, get_args, get_origin

import attrs

from actors.execution.paper.queue_position import CancelModel, LogProbability, PowerProbability, RiskAverse
from actors.execution.paper.restrictions import Restriction, parse_restriction
from messages.periods import Series
from messages.units import NANOSECONDS_PER_MILLISECOND, Cash, Price, Shares, parse_cash, parse_price, parse_shares
from polyactors.config import Configuration
from polyactors.pricer.wire import series_named

S = TypeVar("S", bound=attrs.AttrsInstance)

LONGEST_MS = 366 * 24 * 3600 * 1000


class BadConfiguration(ValueError):
    """The configuration cannot be used. `mistakes` has one line each: the place, what is wrong, and how to mend it."""

    def __init__(self, source: str, mistakes: list[str]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        super().__init__(f"{source}: " + "; ".join(mistakes))


def read_configuration(path: Path | None) -> Configuration:
    """The defaults with what the TOML file in `path` says instead; no path means the defaults. Raises
    `BadConfiguration`."""
    return read_settings(path, Configuration())


def read_settings(path: Path | None, defaults: S) -> S:
    """The same for other settings. Raises `BadConfiguration`."""
    if path is None:
        return defaults
    try:
        plain = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise BadConfiguration(str(path), [f"cannot be read: {error.strerror or error}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfiguration(str(path), [f"is no TOML: {error}"]) from error
    mistakes: list[str] = []
    settings = _overlay(defaults, plain, "", mistakes)
    if mistakes:
        raise BadConfiguration(str(path), mistakes)
    return settings


def _overlay(defaults: S, given: Mapping[str, object], place: str, mistakes: list[str]) -> S:
    """`defaults` with what is given; each mistake is noted with its place and the default kept."""
    fields = {_key(field): field for field in attrs.fields(attrs.resolve_types(type(defaults)))}
    changes: dict[str, object] = {}
    for key, value in given.items():
        where = f"{place}{key}"
        known = fields.get(key)
        if known is None:
            mistakes.append(f"{where}: there is no such setting{_suggestion(key, fields)}")
            continue
        before = getattr(defaults, known.name)
        if attrs.has(type(before)) and not isinstance(before, CancelModelTypes):
            if isinstance(value, dict):
                changes[known.name] = _overlay(before, value, f"{where}.", mistakes)
            else:
                mistakes.append(f"{where}: is a section; write [{where}] and its settings below")
            continue
        try:
            changed = _value(known, value)
            if known.validator is not None:
                known.validator(defaults, known, changed)
        except (ValueError, TypeError) as error:
            mistakes.append(f"{where}: {_first_line(error)}")
        else:
            changes[known.name] = changed
    try:
        return _with(defaults, changes)
    except ValueError as error:
        # Each is right by itself, and they do not go together.
        mistakes.append(f"{place.removesuffix('.') or 'all together'}: {_first_line(error)}")
        return defaults


def _with(settings: S, changes: Mapping[str, object]) -> S:
    # attrs.evolve cannot be called with a type variable; this is what it does, validators included.
    kept = {field.alias: getattr(settings, field.name) for field in attrs.fields(type(settings))}
    return type(settings)(**{**kept, **changes})


CancelModelTypes = (PowerProbability, LogProbability, RiskAverse)


def _key(field: "attrs.Attribute[object]") -> str:
    return field.name.removesuffix("_ns") + "_ms" if field.name.endswith("_ns") else field.name


def _value(field: "attrs.Attribute[object]", value: object) -> object:
    """What `value` means for the field. Raises `ValueError` with what was expected."""
    if field.name.endswith("_ns"):
        return _milliseconds(value)
    return _read(field.type, value)


def is_settable(field: "attrs.Attribute[object]") -> bool:
    """Whether a file can say what the field is."""
    as_type = field.type
    if get_origin(as_type) is tuple:
        return all(part is ... or part in _READERS or _is_enumeration(part) for part in get_args(as_type))
    return as_type in _READERS or _is_enumeration(as_type) or (isinstance(as_type, type) and attrs.has(as_type))


def _is_enumeration(as_type: object) -> bool:
    return isinstance(as_type, type) and issubclass(as_type, Enum)


def _read(as_type: object, value: object) -> object:
    if get_origin(as_type) is tuple:
        return _read_tuple(get_args(as_type), value)
    if isinstance(as_type, type) and issubclass(as_type, Enum):
        return _member(as_type, value)
    read = _READERS.get(as_type)
    if read is None:
        raise ValueError("cannot be set in a file")
    return read(value)


def _read_tuple(parts: tuple[object, ...], value: object) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list; write its parts in square brackets")
    if parts[1:] == (...,):
        parts = parts[:1] * len(value)
    if len(parts) != len(value):
        raise ValueError(f"{value!r} has {len(value)} parts, not {len(parts)}")
    return tuple(_read(part, each) for part, each in zip(parts, value, strict=True))


def _member(as_type: type[Enum], value: object) -> Enum:
    try:
        return as_type(value)
    except ValueError:
        legal = ", ".join(repr(member.value) for member in as_type)
        raise ValueError(f"{value!r} is none of {legal}") from None


def _milliseconds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_MS:
        raise ValueError(f"{value!r} is no time; write whole milliseconds, 0 to {LONGEST_MS}")
    return value * NANOSECONDS_PER_MILLISECOND


def _decimal(parse: Callable[[str], int], what: str) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError(f'{value!r} is no {what}; write a decimal in quotes, such as "0.05"')
        return parse(str(value))

    return read


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(f"{value!r} is no whole number from 0 on")
    return value


def _real(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{value!r} is no number from 0 on")
    return float(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text; write it in quotes")
    return value


def _path(value: object) -> Path:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no path; write it in quotes")
    return Path(value)


def _cancel_model(value: object) -> CancelModel:
    """ "risk-averse", "log", or "power:N" with the exponent N."""
    if value == "risk-averse":
        return RiskAverse()
    if value == "log":
        return LogProbability()
    if isinstance(value, str) and value.startswith("power:") and value[6:].isdecimal():
        return PowerProbability(int(value[6:]))
    raise ValueError(f'{value!r} is no queue model; write "risk-averse", "log" or "power:3"')


def _restriction(value: object) -> Restriction:
    return parse_restriction(_text(value))


def _series(value: object) -> Series:
    found = series_named(_text(value))
    if found is None:
        raise ValueError(f'{value!r} is no series; write a symbol and a length, such as "btcusd-1h" or "btcusd-5m"')
    return found


_READERS: dict[object, Callable[[object], object]] = {
    Price: _decimal(parse_price, "price"),
    Shares: _decimal(parse_shares, "number of shares"),
    Cash: _decimal(parse_cash, "amount of money"),
    int: _whole,
    float: _real,
    str: _text,
    bool: _flag,
    Path: _path,
    CancelModel: _cancel_model,
    Restriction: _restriction,
    Series: _series,
}


def _suggestion(key: str, fields: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(key, fields, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(fields)}"


def _first_line(error: Exception) -> str:
    return str(error.args[0] if error.args else error).splitlines()[0]

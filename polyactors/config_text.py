"""The configuration in the form in which it is written: the inverse of `config_file`."""

import json
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import get_args

import attrs

from actors.execution.paper.queue_position import LogProbability, PowerProbability, RiskAverse
from actors.execution.paper.restrictions import Restriction
from messages.periods import Series
from messages.units import (
    NANOSECONDS_PER_MILLISECOND,
    Cash,
    Price,
    Shares,
    format_cash,
    format_price,
    format_shares,
)
from polyactors.config_file import is_settable

Written = str | int | float | bool | list["Written"] | Mapping[str, "Written"]


def as_toml(settings: attrs.AttrsInstance) -> str:
    """A TOML file that reads as `settings`, which are a `Configuration` or what else a file can say."""
    lines: list[str] = []
    _sections(_written(settings), "", lines)
    return "\n".join(lines).lstrip("\n") + "\n"


def as_json(settings: attrs.AttrsInstance) -> str:
    return json.dumps(_written(settings), indent=2)


def _written(settings: attrs.AttrsInstance) -> dict[str, Written]:
    written: dict[str, Written] = {}
    for field in attrs.fields(attrs.resolve_types(type(settings))):
        if not is_settable(field):
            continue
        value: object = getattr(settings, field.name)
        if field.name.endswith("_ns") and isinstance(value, int):
            written[field.name.removesuffix("_ns") + "_ms"] = value // NANOSECONDS_PER_MILLISECOND
        else:
            written[field.name] = _value(field.type, value)
    return written


def _value(as_type: object, value: object) -> Written:
    match value:
        case PowerProbability(exponent=exponent):
            return f"power:{exponent}"
        case RiskAverse():
            return "risk-averse"
        case LogProbability():
            return "log"
        case Restriction():
            return str(value)
        case Series():
            return value.name
        case Path():
            return str(value)
        case bool() | float() | str():
            return value
        case int() if as_type is float:
            return float(value)
        case int():
            write = {Price: format_price, Shares: format_shares, Cash: format_cash}.get(as_type)  # type: ignore[call-overload]
            return value if write is None else str(write(value))
        case Enum():
            return _value(str, value.value)
        case tuple():
            parts = get_args(as_type)
            types = parts[:1] * len(value) if parts[1:] == (...,) else parts
            return [_value(part, each) for part, each in zip(types, value, strict=True)]
        case _ if attrs.has(type(value)):
            return _written(value)  # type: ignore[arg-type]
    raise TypeError(f"{value!r} cannot be written")


def _sections(written: Mapping[str, Written], name: str, lines: list[str]) -> None:
    own = {key: value for key, value in written.items() if not isinstance(value, Mapping)}
    if own and name:
        lines += ["", f"[{name}]"]
    # JSON's strings, numbers and booleans are TOML's as well.
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in own.items()]
    for key, value in written.items():
        if isinstance(value, Mapping):
            _sections(value, f"{name}.{key}" if name else key, lines)

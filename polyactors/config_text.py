"""The configuration in the form in which it is written: the inverse of `config_file`."""

import json
from collections.abc import Mapping
from pathlib import Path

import attrs

from actors.execution.paper.queue_position import PowerProbability, RiskAverse
from messages.units import (
    NANOSECONDS_PER_MILLISECOND,
    Cash,
    Price,
    Shares,
    format_cash,
    format_price,
    format_shares,
)
from polyactors.config import Configuration

Written = str | int | float | bool | Mapping[str, "Written"]


def as_toml(configuration: Configuration) -> str:
    """A TOML file that reads as `configuration`."""
    lines: list[str] = []
    _sections(_written(configuration), "", lines)
    return "\n".join(lines).lstrip("\n") + "\n"


def as_json(configuration: Configuration) -> str:
    return json.dumps(_written(configuration), indent=2)


def _written(settings: attrs.AttrsInstance) -> dict[str, Written]:
    written: dict[str, Written] = {}
    for field in attrs.fields(attrs.resolve_types(type(settings))):
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
        case Path():
            return str(value)
        case bool() | float() | str():
            return value
        case int():
            write = {Price: format_price, Shares: format_shares, Cash: format_cash}.get(as_type)  # type: ignore[call-overload]
            return value if write is None else str(write(value))
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

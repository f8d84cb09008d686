"""One converter for JSON both ways: the journal and every `--json` use it.

Enumerations are written by value and integers stay integers. Reading is strict: a value of another type than the
field's, a missing field or one too many is refused, with every mistake named.
"""

import json
from collections.abc import Iterable
from enum import Enum, IntEnum, StrEnum
from typing import TypeVar

from attrs import AttrsInstance, has
from cattrs import transform_error
from cattrs.errors import BaseValidationError
from cattrs.preconf.json import JsonConverter, make_converter

T = TypeVar("T")

KIND = "kind"


class BadDocument(ValueError):
    """A text that is no document of the wanted class. `mistakes` has one line each, with the place."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


def to_json(document: AttrsInstance) -> str:
    """Compact JSON with the keys in the order of the class: equal documents are equal texts."""
    return _text(_converter.unstructure(document))


def from_json(text: str | bytes, as_class: type[T]) -> T:
    """The document written in `text`. Raises `BadDocument`."""
    return from_plain(_plain(text), as_class)


def from_plain(plain: object, as_class: type[T]) -> T:
    """The same from what a JSON or TOML parser made of a text. Raises `BadDocument`."""
    if has(as_class) and not isinstance(plain, dict):
        raise BadDocument([f"{str(plain)[:40]!r} is no object"])
    try:
        return _converter.structure(plain, as_class)
    except BaseValidationError as error:
        raise BadDocument(transform_error(error, path="", format_exception=_explain)) from error
    except (TypeError, ValueError) as error:
        raise BadDocument([_explain(error, None)]) from error


class Codec:
    """JSON for a closed set of message classes: each is written with its name under "kind" and read back by it."""

    def __init__(self, classes: Iterable[type[AttrsInstance]]) -> None:
        self._classes = {each.__name__: each for each in classes}

    def encode(self, message: AttrsInstance) -> str:
        """Raises `KeyError` for a class that this codec was not made for."""
        name = type(message).__name__
        if self._classes[name] is not type(message):
            raise KeyError(name)
        return _text({KIND: name, **_converter.unstructure(message)})

    def decode(self, text: str | bytes) -> AttrsInstance:
        """Raises `BadDocument`, also for a kind that this version does not know."""
        plain = _plain(text)
        if not isinstance(plain, dict) or KIND not in plain:
            raise BadDocument([f'no object with a "{KIND}"'])
        name = plain.pop(KIND)
        as_class = self._classes.get(name) if isinstance(name, str) else None
        if as_class is None:
            raise BadDocument([f"unknown kind {name!r}"])
        return from_plain(plain, as_class)


def _plain(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadDocument([f"no JSON: {error}"]) from error


def _text(plain: object) -> str:
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=False)


def _explain(error: BaseException, _: type | None) -> str:
    if isinstance(error, KeyError):
        return f"required field {error} is missing"
    return str(error)


def _strict_converter() -> JsonConverter:
    converter = make_converter(detailed_validation=True, forbid_extra_keys=True)
    for primitive in (int, str, bool):
        converter.register_structure_hook(primitive, _only(primitive))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook_func(_is_enumeration, _enumeration)
    for base in (IntEnum, StrEnum):
        # They are numbers and texts too, and would else be read as such: 9 as a Tier, 3 for RiskMode.HALT.
        converter.register_structure_hook(base, _enumeration)
    return converter


def _only(primitive: type[T]):  # type: ignore[no-untyped-def]
    def structure(value: object, _: type[T]) -> T:
        if type(value) is not primitive:
            raise TypeError(f"{value!r} is no {primitive.__name__}")
        return value

    return structure


def _number(value: object, _: type[float]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _is_enumeration(as_class: object) -> bool:
    return isinstance(as_class, type) and issubclass(as_class, Enum)


def _enumeration(value: object, as_class: type[Enum]) -> Enum:
    try:
        return as_class(value)
    except ValueError:
        legal = ", ".join(repr(member.value) for member in as_class)
        raise ValueError(f"{value!r} is none of {legal}") from None


_converter = _strict_converter()

"""Reads the parameters of a request. What cannot be read is refused in the venue's shape."""

import base64
import binascii
import json
from collections.abc import Sequence

from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse

from polyactors.exchange.gamma.wire_times import read_time_ms

_TRUE, _FALSE = ("true", "1", "t", "True"), ("false", "0", "f", "False")
_LARGEST = 1e15


class BadParameter(ValueError):
    """The message names the parameter, and says what is wrong with it."""


def validation_error(error: BadParameter) -> JSONResponse:
    return JSONResponse({"type": "validation error", "error": str(error)}, 422)


def not_found(what: str) -> JSONResponse:
    return JSONResponse({"type": "not found error", "error": f"{what} not found"}, 404)


class Parameters:
    """All methods raise `BadParameter`, and give None, or the default, for what was not said."""

    def __init__(self, query: QueryParams) -> None:
        self._query = query

    def text(self, name: str) -> str | None:
        return self._query.get(name) or None

    def texts(self, name: str) -> frozenset[str] | None:
        """A list is given by repeating its name, with or without brackets."""
        found = [each for each in (*self._query.getlist(name), *self._query.getlist(f"{name}[]")) if each]
        if len(found) > 500:
            raise BadParameter(f"{name}: too many values")
        return frozenset(found) if found else None

    def whole_numbers(self, name: str) -> frozenset[int] | None:
        found = self.texts(name)
        return None if found is None else frozenset(_whole(name, text) for text in found)

    def flag(self, name: str, default: bool | None = None) -> bool | None:
        text = self._query.get(name)
        if not text:
            return default
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise BadParameter(f"{name}: {text[:40]!r} is neither true nor false")

    def count(self, name: str, default: int, most: int, least: int = 0) -> int:
        text = self._query.get(name)
        if not text:
            return default
        number = _whole(name, text)
        if not least <= number <= most:
            raise BadParameter(f"{name}: {number} is not from {least} to {most}")
        return number

    def number(self, name: str) -> float | None:
        text = self._query.get(name)
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            raise BadParameter(f"{name}: {text[:40]!r} is no number") from None
        if not -_LARGEST < number < _LARGEST:
            raise BadParameter(f"{name}: {text[:40]!r} is no number")
        return number

    def time_ms(self, name: str) -> int | None:
        text = self._query.get(name)
        if not text:
            return None
        try:
            return read_time_ms(text)
        except ValueError:
            raise BadParameter(f"{name}: {text[:40]!r} is no ISO time") from None

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        text = self._query.get(name)
        if text and text not in allowed:
            raise BadParameter(f"{name}: {text[:40]!r} is none of {', '.join(allowed)}")
        return text or None


def write_cursor(values: Sequence[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode()


def read_cursor(text: str) -> list[object]:
    """Raises `BadParameter` for what no page gave."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, list):
        raise BadParameter("after_cursor: invalid cursor")
    return found


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 15:
        raise BadParameter(f"{name}: {text[:40]!r} is no whole number")
    return int(text)

"""Reading a websocket frame the careful way: what both channels do when the fast decoder did not take it."""

from typing import TypeVar

import msgspec

from polyactors.venues.refused import Refused

T = TypeVar("T")

Frame = bytes | str | msgspec.Raw
"""A frame as a socket gives it, or as a part of a recorded line."""

KEEP_ALIVE = frozenset({"PONG", "PING", "[]"})
"""Texts that say nothing."""

EVENT_TYPE = "event_type"


def frame_text(frame: Frame) -> str:
    """Raises `Refused` (not_utf8)."""
    try:
        if isinstance(frame, str):
            frame.encode()
            return frame
        return bytes(frame).decode()
    except UnicodeError as error:
        raise Refused("not_utf8", str(error)) from None


def plain_json(text: str) -> object:
    """Raises `Refused` (not_json, too_deep, not_utf8)."""
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise Refused("too_deep", f"nested too deeply: {text[:80]!r}") from None
    except UnicodeError as error:
        raise Refused("not_utf8", str(error)) from None
    except msgspec.MsgspecError as error:
        raise Refused("not_json", f"{error}: {text[:100]!r}") from None


def as_typed(plain: dict[str, object], as_type: type[T]) -> T:
    """`plain` as the struct, or the one of a tagged union, that it is. Raises `Refused` (missing_field, wrong_type)."""
    try:
        return msgspec.convert(plain, as_type)
    except msgspec.ValidationError as error:
        kind = "missing_field" if "missing required field" in str(error) else "wrong_type"
        raise Refused(kind, f"{plain.get(EVENT_TYPE)}: {error}") from None
    except RecursionError:
        raise Refused("too_deep", f"{plain.get(EVENT_TYPE)}: nested too deeply") from None

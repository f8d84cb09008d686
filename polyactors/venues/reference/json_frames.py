"""Why a frame of JSON was not taken."""

import msgspec

from polyactors.venues.refused import Refused

Frame = bytes | str | msgspec.Raw
"""A frame as a socket gives it, or as a part of a recorded line."""

FRAME_ERRORS = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What a decoder of msgspec raises."""

_SHOWN = 100


def refused_by(error: Exception, frame: Frame) -> Refused:
    """Kinds: missing_field, wrong_type, too_deep, not_utf8, not_json."""
    if isinstance(error, msgspec.ValidationError):
        kind = "missing_field" if "missing required field" in str(error) else "wrong_type"
    elif isinstance(error, RecursionError):
        return Refused("too_deep", f"nested too deeply: {_shown(frame)}")
    elif isinstance(error, UnicodeError):
        kind = "not_utf8"
    else:
        kind = "not_json"
    return Refused(kind, f"{error}: {_shown(frame)}")


def _shown(frame: Frame) -> str:
    plain = frame if isinstance(frame, str) else bytes(frame)
    return repr(plain[:_SHOWN])

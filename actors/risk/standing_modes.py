"""Which modes that operators set still hold, from the journal: what a new life of the governor begins with."""

from collections.abc import Iterable

from messages.control import ClearMode, SessionStarted, SetMode

KINDS = (SetMode.__name__, ClearMode.__name__, SessionStarted.__name__)
"""The records that it takes."""


def standing(records: Iterable[object]) -> tuple[SetMode, ...]:
    """What was set and not cleared, in the order of setting; of former sessions only what is latched (invariant 8)."""
    held: dict[str, SetMode] = {}
    for record in records:
        match record:
            case SetMode():
                before = held.pop(record.cause, None)
                was_latched = before is not None and before.latched
                held[record.cause] = SetMode(record.mode, record.cause, record.latched or was_latched)
            case ClearMode():
                held.pop(record.cause, None)
            case SessionStarted():
                held = {cause: each for cause, each in held.items() if each.latched}
    return tuple(held.values())

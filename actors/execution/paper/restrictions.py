"""Times at which the venue takes not everything, planned beforehand: its engine restarts, or it only lets cancel.

The modes and their texts are the venue's (reference polymarket.md, 2.6; field note 12).
"""

import re
from collections.abc import Sequence
from enum import Enum

from attrs import field, frozen, validators

from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND

CANCEL_AGAIN_NS = NANOSECONDS_PER_SECOND
"""When a cancel is tried again that the venue could not take: the order would rest otherwise, and nobody would know."""

_LONGEST_MS = 366 * 24 * 3600 * 1000
_WRITTEN = re.compile(r"(?a:([a-z-]+) at (\d{1,12}) for (\d{1,12}))")


class Mode(Enum):
    """What the venue does not take. Its values are what is written in a configuration."""

    RESTARTING = "restarting"
    POST_ONLY = "post-only"
    CANCEL_ONLY = "cancel-only"
    DISABLED = "disabled"

    @property
    def takes_cancels(self) -> bool:
        return self in (Mode.POST_ONLY, Mode.CANCEL_ONLY)


_TEXTS = {
    Mode.RESTARTING: "matching engine restarting",
    Mode.POST_ONLY: "post-only mode: only post-only orders and cancels are allowed",
    Mode.CANCEL_ONLY: "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
    Mode.DISABLED: "Trading is currently disabled. Check polymarket.com for updates",
}


@frozen
class Restriction:
    """`mode` from `after_ns` after the venue first heard of anything, for `length_ns`."""

    mode: Mode
    after_ns: int = field(validator=validators.ge(0))
    length_ns: int = field(validator=validators.gt(0))

    def __str__(self) -> str:
        """As it is written in a configuration, in milliseconds."""
        after_ms, length_ms = (each // NANOSECONDS_PER_MILLISECOND for each in (self.after_ns, self.length_ns))
        return f"{self.mode.value} at {after_ms} for {length_ms}"


def parse_restriction(text: str) -> Restriction:
    """The restriction written as `text`, "cancel-only at 60000 for 30000". Raises `ValueError`."""
    match = _WRITTEN.fullmatch(text)
    modes = [mode for mode in Mode if match is not None and mode.value == match[1]]
    if match is None or not modes:
        legal = ", ".join(mode.value for mode in Mode)
        raise ValueError(f'{text!r} is no restriction; write "cancel-only at 60000 for 30000", the mode one of {legal}')
    after_ms, length_ms = int(match[2]), int(match[3])
    if not 0 < length_ms <= _LONGEST_MS or after_ms > _LONGEST_MS:
        raise ValueError(f"{text!r} is out of range; it lasts 1 to {_LONGEST_MS} ms, and starts within as many")
    return Restriction(modes[0], after_ms * NANOSECONDS_PER_MILLISECOND, length_ms * NANOSECONDS_PER_MILLISECOND)


class Restrictions:
    """The plan, from the time of `begin` on. Where two overlap, the one that is written first counts."""

    __slots__ = ("_begun_ns", "_plan")

    def __init__(self, plan: Sequence[Restriction]) -> None:
        self._plan = tuple(plan)
        self._begun_ns: int | None = None

    def begin(self, now_ns: int) -> None:
        """The venue hears of something; only the first time counts."""
        if self._begun_ns is None:
            self._begun_ns = now_ns

    def refusal(self, *, post_only: bool, at_ns: int) -> str | None:
        """Why the venue takes no such order at `at_ns`, or None."""
        mode = self._mode(at_ns)
        return None if mode is None or (mode is Mode.POST_ONLY and post_only) else _TEXTS[mode]

    def takes_cancels(self, at_ns: int) -> bool:
        mode = self._mode(at_ns)
        return mode is None or mode.takes_cancels

    def _mode(self, at_ns: int) -> Mode | None:
        begun_ns = self._begun_ns
        if begun_ns is None:
            return None
        for restriction in self._plan:
            if 0 <= at_ns - begun_ns - restriction.after_ns < restriction.length_ns:
                return restriction.mode
        return None

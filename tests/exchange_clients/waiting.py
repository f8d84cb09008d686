"""Waiting for what the exchange does in its own time: asking again until a deadline, never sleeping for good luck."""

import time
from collections.abc import Callable
from typing import TypeVar

LONGEST_S = 20.0
_PAUSE_S = 0.02

A = TypeVar("A")


def until(ask: Callable[[], A], is_right: Callable[[A], bool]) -> A:
    """The first answer that is right. Fails with the last one at the deadline."""
    deadline_s = time.monotonic() + LONGEST_S
    while not is_right(answer := ask()):
        assert time.monotonic() < deadline_s, f"still {answer!r} after {LONGEST_S:.0f} seconds"
        time.sleep(_PAUSE_S)
    return answer

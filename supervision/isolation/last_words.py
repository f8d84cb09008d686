"""Standard error for one who is about to end the process: it waits for nobody."""

import os
import select
import sys
import time
from functools import cache

WITHIN_S = 0.5


@cache
def standard_error() -> int:
    """Its file descriptor; a hole where there was none at the start, when 2 may be anything that was opened since."""
    if sys.__stderr__ is None:
        return os.open(os.devnull, os.O_WRONLY)
    return sys.__stderr__.fileno()


def say(text: str, to: int | None = None) -> None:
    """Write what whoever reads takes within half a second; the rest is lost. Goes past every buffer and lock."""
    to = standard_error() if to is None else to
    data = text.encode(errors="backslashreplace")
    until = time.monotonic() + WITHIN_S
    try:
        while data and (left := until - time.monotonic()) > 0:
            if select.select([], [to], [], left)[1]:
                data = data[os.write(to, data[: select.PIPE_BUF]) :]
    except (OSError, ValueError):
        return

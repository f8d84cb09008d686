"""Keeps the process's memory and descriptors to itself, as far as the system allows."""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress

_PR_SET_DUMPABLE = 4
_STANDARD = 3
_MOST_DESCRIPTORS = 1 << 16


def harden(connection: int) -> None:
    """No core dumps; no debugger and no reader of /proc/PID/environ or mem but root's; no descriptors but the standard
    ones and `connection`. Signals that a terminal or a service manager sends to everybody do nothing: the end of the
    trading process, which may still need this one on its way out, ends it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    last = _MOST_DESCRIPTORS if limit == resource.RLIM_INFINITY else limit
    os.closerange(_STANDARD, connection)
    os.closerange(connection + 1, max(last, connection + 1))

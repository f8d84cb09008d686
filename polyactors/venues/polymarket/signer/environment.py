"""Taking a secret out of this process's environment, so that neither its children nor /proc show it any longer."""

import ctypes
import os
from pathlib import Path

_STAT = Path("/proc/self/stat")
_ENV_START = 50 - 3
"""Fields of the file are numbered from 1, and the third is the first behind the program's name (proc(5))."""


def take_variable(name: str) -> str | None:
    """The variable's value, which is then gone; None if there was none."""
    value = os.environ.pop(name, None)
    if value is not None:
        _overwrite(os.fsencode(name) + b"=")
    return value


def _overwrite(head: bytes) -> None:
    """The kernel shows the environment as the process was started with, from the process's own memory. Nothing refers
    to an entry there once the variable is unset, so that it can be overwritten."""
    start, end = _initial_block()
    if start == 0:
        return
    at = start
    for entry in ctypes.string_at(start, end - start).split(b"\0"):
        if entry.startswith(head):
            ctypes.memset(at + len(head), 0, len(entry) - len(head))
        at += len(entry) + 1


def _initial_block() -> tuple[int, int]:
    """First address and end; (0, 0) where the system does not say."""
    try:
        fields = _STAT.read_text().rpartition(")")[2].split()
        return int(fields[_ENV_START]), int(fields[_ENV_START + 1])
    except (OSError, ValueError, IndexError):
        return 0, 0

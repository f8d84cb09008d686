"""The program of the guard (`guard.py`): on the standard library alone, and on nothing of this project."""

import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

SLICE_S = 0.02
SILENCE_S = 0.1
TELL_WITHIN_S = 0.1


def main(
    pid: int, signals_fd: int, orders: int, within_ns: int, nudge: int, tell: int, end: int, *stop_signals: int
) -> None:
    """Ends when the pipe `orders` is closed, as it is when the process `pid` ends.

    Counts from when that pipe says so, or for as long as one of `stop_signals` waits to be read; whoever reads it says
    so before. The time in which the process is suspended does not count.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signals = socket.socket(fileno=signals_fd)
    is_counting, waited_s, heard_s = False, 0.0, 0.0
    while waited_s < within_ns / 1e9:
        is_asked = is_counting or _is_waiting(signals, stop_signals)
        if not is_asked:
            waited_s = heard_s = 0.0
            select.select([signals_fd, orders], [], [])
        # Otherwise what waits to be read would keep it running.
        time.sleep(SLICE_S)
        if select.select([orders], [], [], 0)[0]:
            if not os.read(orders, 64):
                return
            is_counting, heard_s = True, waited_s
        if is_asked and not _is_suspended(pid):
            waited_s += SLICE_S
        if waited_s - heard_s > SILENCE_S:
            # Some calls into C look for signals and run their handlers, which lets other threads in.
            with suppress(OSError):
                os.kill(pid, nudge)
    _end(pid, tell, end)


def _is_waiting(signals: socket.socket, stop_signals: tuple[int, ...]) -> bool:
    try:
        return any(number in stop_signals for number in signals.recv(64, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return False


def _is_suspended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    except OSError:
        return False


def _end(pid: int, tell: int, end: int) -> None:
    for number in (tell, end, signal.SIGKILL):
        if os.getppid() != pid:
            return
        with suppress(OSError):
            if number == tell:
                os.write(2, b"it was asked to stop and does not: one call holds the interpreter; this is where\n")
            os.kill(pid, number)
        time.sleep(TELL_WITHIN_S)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""Ends a process that was asked to stop and does not, whatever it hangs in."""

import os
import select
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import trio
from attrs import frozen

from supervision.clock import NANOSECONDS_PER_SECOND
from supervision.isolation.guard import Guard
from supervision.isolation.last_words import say
from supervision.isolation.own_time import own_ns, this_moment

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
SLICE_NS = NANOSECONDS_PER_SECOND // 20
GUARD_WAITS_LONGER_NS = 3 * NANOSECONDS_PER_SECOND // 10
JOIN_WITHIN_S = 1.0

_ASKED, _OVER = 0, 255
"""Bytes that are no numbers of signals."""


@frozen
class Patience:
    """How long an end may take from when it was asked for, and the exit code of a process that took longer."""

    within_ns: int
    exit_code: int


class LastResort:
    """Lasts as long as its `with` block, which is entered on the main thread, inside of trio.

    From the first `stop_was_asked` on, or the first SIGINT or SIGTERM that the program handles, the process has its
    time. If the block has not ended then, the `report` goes to standard error, and the process exits as it is.

    A signal is noticed also when the event loop is blocked: its number is written to our socket by the C part of its
    handler, read on a thread of our own, and passed on to trio. When even threads do not run, because one call into C
    holds the interpreter, a process of its own (`guarded`) ends this one.
    """

    def __init__(self, patience: Patience, report: Callable[[str], str], *, guarded: bool = False) -> None:
        """`report` is called on a thread of its own with the reason of the stop, and says who is to blame."""
        self._patience = patience
        self._report = report
        self._read, self._write = socket.socketpair()
        self._write.setblocking(False)
        self._guard: Guard | None = None
        if guarded:
            self._guard = Guard(
                self._read.fileno(), patience.within_ns + GUARD_WAITS_LONGER_NS, patience.exit_code, STOP_SIGNALS
            )
        self._wakeup_fd_before: int | None = None
        self._thread = threading.Thread(target=self._wait, name="last resort", daemon=True)
        self._why = ""

    def __enter__(self) -> Self:
        if trio.lowlevel.in_trio_run() and threading.current_thread() is threading.main_thread():
            self._wakeup_fd_before = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        if self._guard is not None:
            self._guard.start()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._wakeup_fd_before is not None:
            signal.set_wakeup_fd(self._wakeup_fd_before)
        self._send(_OVER)
        self._thread.join(JOIN_WITHIN_S)
        if self._guard is not None:
            self._guard.stop()
        self._read.close()
        self._write.close()

    @property
    def guard_pid(self) -> int | None:
        """The guard's process; None when there is none."""
        return None if self._guard is None else self._guard.pid

    def stop_was_asked(self, why: str) -> None:
        """From any thread; the first time counts."""
        self._why = self._why or why
        self._send(_ASKED)

    def _send(self, byte: int) -> None:
        # When there is no room, somebody has been asking for a long time; after the end it is too late to ask.
        with suppress(OSError):
            self._write.send(bytes([byte]))

    def _wait(self) -> None:
        left_ns: int | None = None
        before = this_moment()
        while left_ns is None or left_ns > 0:
            timeout = None if left_ns is None else SLICE_NS / NANOSECONDS_PER_SECOND
            is_there = select.select([self._read], [], [], timeout)[0]
            came = self._read.recv(64, socket.MSG_PEEK) if is_there else b""
            if _OVER in came:
                return
            now = this_moment()
            if left_ns is not None:
                left_ns -= own_ns(before, now, 2 * SLICE_NS)
            elif self._is_asked(came):
                left_ns = self._patience.within_ns
            before = now
            if left_ns is not None and self._guard is not None:
                # Before it is taken: the guard has to know of it by the one or by the other.
                self._guard.count()
            if came:
                self._pass_on(self._read.recv(len(came)))
        self._end()

    def _is_asked(self, came: bytes) -> bool:
        numbers = [each for each in came if each in STOP_SIGNALS]
        if numbers and not self._why:
            self._why = f"{signal.Signals(numbers[0]).name} was received"
        return bool(numbers) or _ASKED in came

    def _pass_on(self, came: bytes) -> None:
        """To trio, which may be asleep and waits for signals at its own socket."""
        signals = bytes(each for each in came if each not in (_ASKED, _OVER))
        if signals and self._wakeup_fd_before not in (None, -1):
            with suppress(OSError):
                os.write(self._wakeup_fd_before, signals)

    def _end(self) -> None:
        try:
            text = self._report(self._why)
        except BaseException as error:
            text = f"it does not end after it was asked to ({self._why}), and why cannot be told: {error!r}\n"
        say(text)
        os._exit(self._patience.exit_code)

"""A process of its own that ends this one when not even its threads can: while one call into C holds the interpreter.

It looks at the socket into which the C part of Python's signal handlers writes, and knows by that of a signal that
nobody in here can take. When the time is up, it has this process say where it hangs and exit, both by signals that are
handled in C: faulthandler writes the stacks, and the other's handler is the C library's `_exit`, called with the number
of the signal. So the exit code is a signal's number. Before that it nudges: a call that looks for signals (a regular
expression does) runs a handler in Python then, which lets the other threads in.
"""

import ctypes
import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from supervision.isolation import guard_process
from supervision.isolation.last_words import standard_error

WAIT_S = 1.0
NUDGE, TELL = signal.SIGUSR1, signal.SIGUSR2


class Guard:
    """`pid` is that of its process: None where it could not be started, or the signals have other uses."""

    def __init__(self, signals_fd: int, within_ns: int, exit_code: int, stop_signals: Sequence[int]) -> None:
        self._signals_fd = signals_fd
        self._within_ns = within_ns
        self._exit_signal = exit_code
        self._stop_signals = stop_signals
        self._process: subprocess.Popen[bytes] | None = None
        self._orders = -1
        self._handler_before = 0

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        numbers = (NUDGE, TELL, self._exit_signal)
        if any(signal.getsignal(number) is not signal.SIG_DFL for number in numbers):
            return
        orders, self._orders = os.pipe()
        arguments = (os.getpid(), self._signals_fd, orders, self._within_ns, *numbers, *self._stop_signals)
        program = [sys.executable, "-I", "-S", str(Path(guard_process.__file__))]
        program += [str(int(each)) for each in arguments]
        try:
            faulthandler.register(TELL, file=standard_error(), all_threads=True, chain=False)
            signal.signal(NUDGE, _let_others_in)
            self._handler_before = _handle_by_exit(self._exit_signal)
            self._process = subprocess.Popen(
                program,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=standard_error(),
                pass_fds=(self._signals_fd, orders),
                start_new_session=True,
            )
        except OSError:
            os.close(self._orders)
        finally:
            os.close(orders)

    def count(self) -> None:
        """The time begins now, if it has not yet; said again, the interpreter is alive."""
        if self._process is not None:
            with suppress(OSError):
                os.write(self._orders, b"!")

    def stop(self) -> None:
        if self._process is None:
            return
        os.close(self._orders)
        try:
            self._process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        _handle_by(self._exit_signal, self._handler_before)
        signal.signal(NUDGE, signal.SIG_DFL)
        faulthandler.unregister(TELL)


def _let_others_in(number: int, frame: FrameType | None) -> None:
    time.sleep(0.001)


def _handle_by_exit(number: int) -> int:
    """Have the C library end the process with exit code `number` on that signal. Returns the handler before."""
    return _handle_by(number, ctypes.cast(ctypes.CDLL(None)._exit, ctypes.c_void_p).value or 0)


def _handle_by(number: int, handler: int) -> int:
    set_handler = ctypes.CDLL(None).signal
    set_handler.argtypes, set_handler.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p
    return set_handler(number, handler) or 0

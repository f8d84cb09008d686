"""Waits for a loop to fall silent, without taking part in anything while it does not.

A thread that wakes up now and then to look has to get hold of the interpreter each time. Beside a busy event loop it
waits for that for a tenth of a second, and makes the loop a tenth slower meanwhile (measured). So the waiting is the
kernel's: each sign of life puts off an alarm, and the thread wakes up only when it goes off.
"""

import ctypes
import os
import select
import socket
import time
from contextlib import suppress

from supervision.clock import NANOSECONDS_PER_SECOND


class Silence:
    """The loop calls `put_off`; a thread waits. Where there is no such alarm, the thread does wake up each time."""

    def __init__(self) -> None:
        self._stopped, self._stop = socket.socketpair()
        self._deadline_ns = 0
        self._alarm: _Alarm | None = None
        with suppress(AttributeError, OSError):
            self._alarm = _Alarm()

    def put_off(self, until_ns: int) -> None:
        """It is silence if this is not called again until then, by the machine's steady clock."""
        self._deadline_ns = until_ns
        if self._alarm is not None:
            self._alarm.set(until_ns)

    def wait(self) -> bool:
        """False says that there is no more waiting."""
        if self._alarm is not None:
            stopped = self._stopped.fileno()
            return stopped not in select.select([stopped, self._alarm.file], [], [])[0]
        while (left_ns := self._deadline_ns - time.monotonic_ns()) > 0:
            if not self.sleep(left_ns):
                return False
        return True

    def sleep(self, duration_ns: int) -> bool:
        """False says that there is no more waiting."""
        return not select.select([self._stopped], [], [], duration_ns / NANOSECONDS_PER_SECOND)[0]

    def stop(self) -> None:
        self._stop.send(b"!")

    def close(self) -> None:
        self._stopped.close()
        self._stop.close()
        if self._alarm is not None:
            os.close(self._alarm.file)


class _Time(ctypes.Structure):
    """C's `struct timespec`."""

    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    """C's `struct itimerspec`."""

    _fields_ = (("interval", _Time), ("first", _Time))


class _Alarm:
    """Linux's timerfd_create(2): a file that can be read from a given time on. Setting it takes two microseconds.

    Raises `AttributeError` where there is none.
    """

    _ABSOLUTE = 1

    def __init__(self) -> None:
        # Called without letting go of the interpreter: nothing here waits.
        library = ctypes.PyDLL(None, use_errno=True)
        create, self._set = library.timerfd_create, library.timerfd_settime
        self._set.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._setting = _Setting()
        self._pointer = ctypes.byref(self._setting)
        self.file: int = create(time.CLOCK_MONOTONIC, os.O_CLOEXEC | os.O_NONBLOCK)
        if self.file < 0:
            raise OSError(ctypes.get_errno(), "no timer could be made")

    def set(self, at_ns: int) -> None:
        self._setting.first.seconds, self._setting.first.nanoseconds = divmod(at_ns, NANOSECONDS_PER_SECOND)
        self._set(self.file, self._ABSOLUTE, self._pointer, None)

"""What a thread or a task is doing, looked at from another thread."""

import sys
import time
import traceback
from collections.abc import Callable, Iterable
from itertools import islice
from types import FrameType

INNERMOST = 16
LONGEST = 4000


def stack_of(thread: int) -> str:
    """The innermost calls of a thread, the last one last, as in a traceback; empty when there is no such thread."""
    frame = sys._current_frames().get(thread)
    return "" if frame is None else calls([*islice(traceback.walk_stack(frame), INNERMOST)][::-1])


def calls(frames: Iterable[tuple[FrameType, int]]) -> str:
    """As lines of a traceback, cut to what can be read."""
    return "".join(traceback.StackSummary.extract(iter(frames)).format())[-LONGEST:]


def cpu_clock_of(thread: int) -> Callable[[], int]:
    """Reads how long a thread has computed, in nanoseconds; the whole process where threads have no such clock."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time_ns
    clock = time.pthread_getcpuclockid(thread)
    return lambda: time.clock_gettime_ns(clock)

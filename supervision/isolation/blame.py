"""Who keeps a tree from ending: told from another thread, while the event loop may hang in anything."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import trio

from supervision.child import Incarnation
from supervision.isolation.threads import calls, stack_of
from supervision.isolation.watchdog import in_hand

if TYPE_CHECKING:
    from supervision.runtime import Runtime

MOST = 20
"""Of each kind; the report is to be read by somebody in a hurry."""

INNERMOST = 3

Part = Callable[[], Iterator[str]]


class Blame:
    """Says whose handler runs, which workers and other tasks are still there, and what every thread is doing.

    Made inside of trio, on its thread. Nobody stands still while it looks: what it says may be a moment old.
    """

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._loop_thread = threading.get_ident()
        self._root = trio.lowlevel.current_root_task()

    def __str__(self) -> str:
        parts = (self._handler, self._zombies, self._actors, self._tasks, self._threads)
        return "".join(f"{line}\n" for part in parts for line in _tried(part))

    def _handler(self) -> Iterator[str]:
        hand = in_hand(self._runtime)
        if hand is not None:
            what = hand.kind or "no message"
            yield f"a handler of {hand.cell.path} (life {hand.generation}) runs, with {what} in hand"

    def _zombies(self) -> Iterator[str]:
        for path in tuple(self._runtime.zombies):
            yield f"a zombie is left of {path}: it did not end when it was cancelled"

    def _actors(self) -> Iterator[str]:
        """Those who start, stop, or have workers; there may be thousands who do nothing."""
        for cell in self._runtime.registry.cells():
            workers = [] if cell.life is None else sorted(cell.life.workers.values())
            doing = _doing(cell.child.life)
            if workers or doing:
                yield f"{cell.path} {doing or 'runs'}" + (f", with workers {', '.join(workers)}" if workers else "")

    def _tasks(self) -> Iterator[str]:
        """Where they wait: nothing else tells what a zombie does, which no actor has any more."""
        hand = in_hand(self._runtime)
        running = None if hand is None else hand.cell.child.life.task
        waiting = [self._root] if self._root is not None else []
        while waiting:
            task = waiting.pop()
            waiting += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
            frames = [(frame, line) for frame, line in task.iter_await_frames() if not _is_in(_TRIO, frame)]
            if task is not running and not all(_is_in(_SUPERVISION, frame) for frame, _ in frames):
                yield f"task {task.name} waits:\n{calls(frames[-INNERMOST:])}".rstrip()

    def _threads(self) -> Iterator[str]:
        """The event loop's first."""
        others = {thread.ident: thread.name for thread in threading.enumerate()}
        own = threading.get_ident()
        for ident in sorted(sys._current_frames(), key=lambda ident: ident != self._loop_thread):
            if ident != own:
                what = "the event loop" if ident == self._loop_thread else others.get(ident, "unknown")
                yield f"thread {what}:\n{stack_of(ident)}".rstrip()


def _tried(part: Part) -> Iterator[str]:
    """As much of it as can be told: whoever reports must not fail."""
    try:
        for number, line in enumerate(part()):
            if number == MOST:
                yield "and more"
                return
            yield line
    except Exception as error:
        yield f"the rest of this cannot be told: {error!r}"


def _doing(life: Incarnation) -> str:
    if life.is_ended:
        return ""
    if not life.is_acknowledged:
        return "starts"
    return "stops" if life.is_being_stopped else ""


def _is_in(package: str, frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(package)


_TRIO = str(Path(trio.__file__).parent)
_SUPERVISION = str(Path(__file__).parent)

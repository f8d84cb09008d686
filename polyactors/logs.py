"""Where the log goes: one JSON line an event, readable colours on a terminal, and a file an actor where asked for.

Sinks are called by the event loop's thread and by the watchdog's. Each takes one event at a time, so that lines are
whole. An event that does not get its turn within a second is lost: whoever has the turn may hang in a write for ever,
and the watchdog must not wait for that.
"""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import TextIO

import structlog

from messages.units import NANOSECONDS_PER_SECOND
from supervision.log import Level, LogEvent, LogSink

FILES_OPEN_AT_ONCE = 64

TURN_WITHIN_S = 1.0

Render = Callable[[LogEvent], str]


def to_standard_error(least: Level) -> LogSink:
    """Events from `least` on: coloured for people at a terminal, JSON lines elsewhere."""
    render = console_renderer(colors=True) if sys.stderr.isatty() else json_line
    turn = threading.Lock()

    def sink(event: LogEvent) -> None:
        if event.level < least:
            return
        line = render(event) + "\n"
        if turn.acquire(timeout=TURN_WITHIN_S):
            try:
                # Whatever stands there now: a progress bar puts itself in between, to be drawn below the lines.
                sys.stderr.write(line)
            finally:
                turn.release()

    return sink


def json_line(event: LogEvent) -> str:
    """Time, level, actor, generation, correlation, event, and then what the event has of its own."""
    return str(_JSON(None, event.level.name.lower(), _fields(event)))


def console_renderer(*, colors: bool) -> Render:
    renderer = structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=0)

    def render(event: LogEvent) -> str:
        fields = _fields(event)
        fields["timestamp"] = fields.pop("time")
        trace = fields.pop("trace", None)
        if not event.correlation:
            fields.pop("correlation")
        line = str(renderer(None, event.level.name.lower(), fields))
        return f"{line}\n{trace}" if trace else line

    return render


class ActorFiles:
    """One file of JSON lines for each actor, named after its path; everything is written, whatever the level.

    A line that cannot be written (a full disk) is lost, and no reason to stop trading: `lost` counts them, `why` has
    the last reason.
    """

    def __init__(self, folder: Path) -> None:
        """Makes the folder; raises `OSError` where that cannot be, or no file can be made in it."""
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
        self.lost = 0
        self.why = ""
        self._folder = folder
        self._open: OrderedDict[str, TextIO] = OrderedDict()
        self._turn = threading.Lock()
        self._is_closed = False

    def __call__(self, event: LogEvent) -> None:
        line = json_line(event) + "\n"
        if not self._turn.acquire(timeout=TURN_WITHIN_S):
            self._lose("another line took too long to be written")
            return
        try:
            self._write(event.actor, line)
        finally:
            self._turn.release()

    def close(self) -> None:
        """What comes later is lost."""
        is_ours = self._turn.acquire(timeout=TURN_WITHIN_S)
        self._is_closed = True
        while self._open and is_ours:
            with suppress(OSError):
                self._open.popitem()[1].close()
        if is_ours:
            self._turn.release()

    def _write(self, actor: str, line: str) -> None:
        if self._is_closed:
            self._lose("the log was closed")
            return
        try:
            file = self._file(actor)
            file.write(line)
            file.flush()
        except OSError as error:
            self._lose(str(error))

    def _lose(self, why: str) -> None:
        self.lost += 1
        self.why = why

    def _file(self, actor: str) -> TextIO:
        file = self._open.pop(actor, None)
        if file is None:
            if len(self._open) >= FILES_OPEN_AT_ONCE:
                with suppress(OSError):
                    self._open.popitem(last=False)[1].close()
            file = (self._folder / f"{actor.replace('/', '.') or 'root'}.jsonl").open(
                "a", encoding="utf-8", errors="backslashreplace"
            )
        self._open[actor] = file
        return file


def to_all(*sinks: LogSink) -> LogSink:
    def sink(event: LogEvent) -> None:
        for each in sinks:
            each(event)

    return sink


def readable_time(at_ns: int) -> str:
    """The instant in UTC with milliseconds: 2026-06-07T01:31:51.767Z."""
    seconds, rest = divmod(at_ns, NANOSECONDS_PER_SECOND)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03d}Z"


_JSON = structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False)


def _fields(event: LogEvent) -> structlog.typing.EventDict:
    own = {
        f"{name}_" if name in _RESERVED else name: value for name, value in event.fields.items() if value is not None
    }
    return {
        "time": readable_time(event.at_ns),
        "level": event.level.name.lower(),
        "actor": event.actor,
        "generation": event.generation,
        "correlation": event.correlation,
        "event": event.event,
        **own,
    }


_RESERVED = frozenset({"time", "level", "actor", "generation", "correlation", "event", "timestamp"})

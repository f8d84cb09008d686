"""What the runtime and its actors have to say, as values; where it goes is the service's business."""

from collections.abc import Callable, Mapping
from enum import IntEnum

from attrs import frozen

LogValue = str | int | float | bool | None


class Level(IntEnum):
    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40


@frozen
class LogEvent:
    """One line of the log. `correlation` is that of the message being handled, 0 outside of any."""

    at_ns: int
    level: Level
    actor: str
    generation: int
    correlation: int
    event: str
    fields: Mapping[str, LogValue]


LogSink = Callable[[LogEvent], None]


def discard(_: LogEvent) -> None:
    """The sink that keeps nothing."""

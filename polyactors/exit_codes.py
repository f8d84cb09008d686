"""What the exit code of every command means. They do not change."""

from enum import IntEnum

from polyactors.endings import End


class ExitCode(IntEnum):
    """0 all went well; 1 a mistake of our own; 2 wrong arguments, configuration or recording; 3 an invariant was
    broken; 4 the tree gave up; 5 it ended, and orders may still rest; 6 not ready for live trading; 14 it did not end
    in time and was ended by force.
    """

    OK = 0
    INTERNAL = 1
    USAGE = 2
    INVARIANT_BROKEN = 3
    GAVE_UP = 4
    ORDERS_REST = 5
    NOT_READY = 6
    # The number of a signal that the service does not use: supervision/isolation/guard.py says why.
    STUCK = 14


def exit_code(end: End | None, *, orders_rest: bool) -> ExitCode:
    """The exit code of a service that ended so."""
    match end:
        case End.FEED_OVER | End.TIME_OVER | End.ASKED:
            return ExitCode.ORDERS_REST if orders_rest else ExitCode.OK
        case End.INVARIANT_BROKEN:
            return ExitCode.INVARIANT_BROKEN
        case _:
            return ExitCode.GAVE_UP

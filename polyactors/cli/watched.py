"""What looks after a running service from outside of its event loop: the watchdog, the last resort, the collector."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import trio

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exit_codes import ExitCode
from polyactors.service import Service
from supervision.garbage import Collector, keep_tidy
from supervision.isolation.blame import Blame
from supervision.isolation.last_resort import LastResort, Patience
from supervision.isolation.last_words import standard_error
from supervision.isolation.watchdog import Watchdog

MARGIN_NS = 8 * NANOSECONDS_PER_SECOND // 10
"""What the end of the tree itself may take, after the orderly end of the trading."""

SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def watched(service: Service, *, in_real_time: bool) -> Iterator[Watchdog]:
    """To be entered on the main thread, inside of trio. A replay has all the time that it needs, unless a signal asks
    it to stop; a run has to end in time whatever ends it, and a process of its own sees to that too."""
    settings = service.configuration.service
    blame = Blame(service.runtime)

    def report(why: str) -> str:
        # The progress bar hides it, and will not get to show it.
        cursor = SHOW_CURSOR if os.isatty(standard_error()) else ""
        return (
            f"{cursor}polyactors: it did not end in time ({why}), so it was ended by force with exit code "
            f"{ExitCode.STUCK}; orders may still rest at the venue\n{blame}"
        )

    patience = Patience(settings.stop_within_ns + MARGIN_NS, ExitCode.STUCK)
    with (
        LastResort(patience, report, guarded=in_real_time) as last_resort,
        Watchdog(service.runtime, settings.slow_handler_ns) as watchdog,
    ):
        if in_real_time:
            service.on_end = last_resort.stop_was_asked
        yield watchdog


async def end_with_everything(service: Service) -> None:
    """Have an end that nobody asked for, when everything is cancelled, end in time as well."""
    try:
        await trio.sleep_forever()
    finally:
        service.on_end("everything was cancelled")


async def tidy_up(service: Service) -> None:
    """Keep the garbage collector's pauses short from when the tree is up."""
    await service.is_up.wait()
    with Collector() as collector:
        await keep_tidy(collector)

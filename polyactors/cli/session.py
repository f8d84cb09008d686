"""What `run` and `replay` have in common: where the log goes, and a service that is ready to start."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trio

from actors.records.journal_store import JournalError, JournalStore
from polyactors.cli.failures import Mistakes
from polyactors.config import Configuration
from polyactors.endings import End
from polyactors.logs import ActorFiles, to_all, to_standard_error
from polyactors.service import NoSuchActor, Service
from polyactors.venues.place import Place
from supervision.clock import Clock
from supervision.faults.plan import FaultPlan
from supervision.log import Level, LogSink


@contextmanager
def open_logs(folder: Path | None, least: str) -> Iterator[LogSink]:
    """Standard error, and a file an actor where `folder` is given. Raises `Mistakes`."""
    to_error = to_standard_error(Level[least.upper()])
    if folder is None:
        yield to_error
        return
    try:
        files = ActorFiles(folder)
    except OSError as error:
        reason = f"{error.strerror or error}: name a folder that can be written to"
        raise Mistakes(f"the log folder {folder} cannot be used", [reason]) from error
    try:
        yield to_all(to_error, files)
    finally:
        files.close()
        if files.lost:
            print(f"polyactors: {files.lost} log lines were lost in {folder}: {files.why}", file=sys.stderr)


def new_service(
    configuration: Configuration,
    place: Place,
    clock: Clock,
    log: LogSink,
    journal_path: Path,
    faults: FaultPlan,
    *,
    fresh: bool,
    control_socket: Path | None = None,
) -> Service:
    """A service with its faults planned and its journal tried. Raises `Mistakes`: for a journal that cannot be opened,
    or that is not empty where a `fresh` one is needed."""
    try:
        with JournalStore.open(journal_path) as store:
            records = store.last_seq
    except JournalError as error:
        raise Mistakes("the journal cannot be used", [str(error)]) from error
    if fresh and records:
        mistake = f"{journal_path} has {records} records: a replay begins with a new one; name another file"
        raise Mistakes("the journal cannot be used", [mistake])
    service = Service(configuration, place, clock, log, journal_path, control_socket)
    try:
        service.plan(faults)
    except NoSuchActor as error:
        there_are = "there are\n  " + "\n  ".join(error.paths)
        mistakes = [f"no actor fits {glob!r}" for glob in error.globs]
        raise Mistakes("the faults are meant for nobody", [*mistakes, there_are]) from error
    return service


async def listen_to_signals(service: Service) -> None:
    """SIGINT and SIGTERM end the service in good order."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for number in signals:
            service.finish(End.ASKED, f"{signal.Signals(number).name} was received")

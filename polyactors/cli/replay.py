"""`polyactors replay`: a recording on a virtual clock, as fast as it goes, the same each time."""

import gc
import sys
import tempfile
import time
from pathlib import Path

import click
import trio
from rich.console import Console

from messages.serial import to_json
from polyactors.cli.failures import Mistakes
from polyactors.cli.options import everything_from, recording_from, service_options
from polyactors.cli.pricer_elsewhere import check_pricer
from polyactors.cli.progress import ProgressBar
from polyactors.cli.session import listen_to_signals, new_service, open_logs
from polyactors.cli.watched import watched
from polyactors.exit_codes import ExitCode
from polyactors.summary.build import summarise
from polyactors.summary.document import Summary
from polyactors.summary.tables import show
from polyactors.venues.recording.place import RecordedPlace
from supervision.clock import VirtualClock
from supervision.virtual_time import run_repeatably


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@service_options
def replay(
    recording: Path,
    config_path: Path | None,
    seed: int | None,
    journal: Path | None,
    log_dir: Path | None,
    log_level: str,
    kills: tuple[str, ...],
    faults_path: Path | None,
    as_json: bool,
) -> None:
    """Trade on paper on the RECORDING (a folder), on a virtual clock.

    The same recording, configuration and seed make the same decisions, shown by the decision hash.
    """
    configuration, faults, data = everything_from(
        config_path, seed, kills, faults_path, lambda: recording_from(recording)
    )
    check_pricer(configuration, data)
    with tempfile.TemporaryDirectory(prefix="polyactors-") as folder:
        place = RecordedPlace(data, configuration.paper)
        clock = VirtualClock(place.start_ns)
        with open_logs(log_dir, log_level) as log:
            journal_path = journal or Path(folder) / "journal.sqlite"
            service = new_service(configuration, place, clock, log, journal_path, faults, fresh=True)
            started_ns = clock.now_ns()
            gc.freeze()
            began = time.perf_counter_ns()
            with ProgressBar(service, Console(stderr=True)) as progress:

                async def main() -> None:
                    with watched(service, in_real_time=False) as watchdog:

                        def look() -> None:
                            watchdog.beat()
                            progress.look()

                        async with trio.open_nursery() as nursery:
                            nursery.start_soon(listen_to_signals, service)
                            await service.run_on(clock, look)
                            nursery.cancel_scope.cancel(reason="the service has ended")

                run_repeatably(main, clock, configuration.service.seed)
            real_ns = time.perf_counter_ns() - began
        summary = summarise(service, real_ns, clock.now_ns() - started_ns, journal_is_kept=journal is not None)
    finish(summary, as_json=as_json)


def finish(summary: Summary, *, as_json: bool) -> None:
    """Print the summary and exit with its code."""
    if as_json:
        try:
            print(to_json(summary), flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Mistakes("the summary could not be written", [f"standard output: {error.strerror}"]) from error
    else:
        console = Console()
        if not console.is_terminal:
            console = Console(width=200)
        show(summary, console)
    if summary.exit_code != ExitCode.OK:
        sys.exit(summary.exit_code)

"""`polyactors run`: the service in real time, until it is told to stop."""

import math
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import trio
from rich.console import Console

from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.cli.failures import Mistakes
from polyactors.cli.options import everything_from, service_options
from polyactors.cli.progress import REDRAW_S, ProgressBar
from polyactors.cli.replay import finish
from polyactors.cli.session import listen_to_signals, new_service, open_logs
from polyactors.cli.watched import end_with_everything, tidy_up, watched
from polyactors.control.endpoint import SocketUnusable, check_usable
from polyactors.service import Service
from polyactors.summary.build import summarise
from supervision.clock import SteadyClock

RECORDING = "recording:"
SLOWEST, FASTEST = 0.1, 200
"""What is simulated passes so fast as well: slower, and cancels would take longer than an end may; faster, and actors
would not be given the time that they need. A replay has no limit."""


@click.command()
@click.option("--venue", default="polymarket", show_default=True, metavar="VENUE", help="recording:PATH")
@click.option("--speed", type=float, default=1.0, show_default=True, help="How many times as fast as real time.")
@click.option("--socket", type=click.Path(path_type=Path), help="Where it can be looked into and steered.")
@service_options
def run(
    venue: str,
    speed: float,
    socket: Path | None,
    config_path: Path | None,
    seed: int | None,
    journal: Path | None,
    log_dir: Path | None,
    log_level: str,
    kills: tuple[str, ...],
    faults_path: Path | None,
    as_json: bool,
) -> None:
    """Run the service, trading on paper, until the feed is over or it gets SIGINT or SIGTERM.

    It stops within five seconds: no order is left resting, the journal is closed. What does not end in that time is
    ended by force, with exit code 14 and a report of who hung.
    """
    if not (math.isfinite(speed) and SLOWEST <= speed <= FASTEST):
        raise Mistakes(
            "--speed was not understood",
            [f"{speed:g} is not between {SLOWEST} and {FASTEST}; as fast as it goes: polyactors replay PATH"],
        )
    configuration, faults, data = everything_from(config_path, seed, kills, faults_path, lambda: _recording_path(venue))
    control_socket = _usable(socket or configuration.service.socket_path)
    now = datetime.now(UTC)
    kept_in = configuration.service.data_folder / "recordings" / data.manifest.name / f"{now:%Y%m%dT%H%M%S%f}.journal"
    clock = SteadyClock(data.manifest.start_ms * NANOSECONDS_PER_MILLISECOND, speed)
    with open_logs(log_dir, log_level) as log:
        service = new_service(
            configuration, data, clock, log, journal or kept_in, faults, fresh=True, control_socket=control_socket
        )
        began, started_ns = time.perf_counter_ns(), clock.now_ns()
        with ProgressBar(service, Console(stderr=True)) as progress:
            trio.run(_run_until_told, service, progress)
        real_ns, simulated_ns = time.perf_counter_ns() - began, clock.now_ns() - started_ns
    finish(summarise(service, real_ns, simulated_ns, journal_is_kept=True), as_json=as_json)


def _usable(socket: Path) -> Path:
    """Raises `Mistakes`: a service that nobody can steer should not start."""
    try:
        check_usable(socket)
    except SocketUnusable as error:
        raise Mistakes("the control socket cannot be used", [str(error)]) from error
    return socket


def _recording_path(venue: str) -> Path:
    if venue.startswith(RECORDING) and venue != RECORDING:
        return Path(venue.removeprefix(RECORDING))
    if venue == "polymarket":
        mistake = (
            "live market data of polymarket is not there yet in this version: play a recording with "
            "--venue recording:PATH, or replay one with: polyactors replay PATH"
        )
        raise Mistakes("there is nothing to trade on", [mistake])
    raise Mistakes("--venue was not understood", [f"{venue!r} is no venue: write recording:PATH"])


async def _run_until_told(service: Service, progress: ProgressBar) -> None:
    with watched(service, in_real_time=True):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(end_with_everything, service)
            nursery.start_soon(listen_to_signals, service)
            nursery.start_soon(tidy_up, service)
            nursery.start_soon(_draw, progress)
            await service.run()
            nursery.cancel_scope.cancel(reason="the service has ended")


async def _draw(progress: ProgressBar) -> None:
    while True:
        await trio.sleep(REDRAW_S)
        progress.draw()

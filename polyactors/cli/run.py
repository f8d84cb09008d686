"""`polyactors run`: the service in real time, until it is told to stop."""

import math
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from pathlib import Path

import click
import trio
from attrs import frozen
from rich.console import Console

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.cli.failures import Mistakes
from polyactors.cli.options import everything_from, service_options
from polyactors.cli.pricer_elsewhere import check_pricer
from polyactors.cli.progress import REDRAW_S, ProgressBar
from polyactors.cli.replay import finish
from polyactors.cli.run_live import LiveRun, Ran, run_live
from polyactors.cli.session import listen_to_signals, new_service, open_logs
from polyactors.cli.status_line import show_status
from polyactors.cli.venue_names import ExchangeAt, Named, Where, where
from polyactors.cli.watched import end_with_everything, tidy_up, watched
from polyactors.config import Configuration
from polyactors.control.endpoint import SocketUnusable, check_usable
from polyactors.service import Service
from polyactors.summary.build import summarise
from polyactors.venues.place import Place
from polyactors.venues.polymarket.live_paper.market_choice import NoMarkets, chosen_markets
from polyactors.venues.polymarket.live_paper.place import LivePlace
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.recording.folder import Recording
from polyactors.venues.recording.place import RecordedPlace
from supervision.clock import SteadyClock
from supervision.faults.plan import FaultPlan
from supervision.log import LogSink

SLOWEST, FASTEST = 0.1, 200
"""What is simulated passes so fast as well: slower, and cancels would take longer than an end may; faster, and actors
would not be given the time that they need. A replay has no limit."""

LONGEST_S = 366 * 24 * 3600


class Mode(Enum):
    """PAPER never touches an account; LIVE sends orders to one."""

    PAPER = "paper"
    LIVE = "live"


@click.command()
@click.option(
    "--venue",
    default="polymarket",
    show_default=True,
    metavar="VENUE",
    help="polymarket, exchange, exchange:URL or recording:PATH",
)
@click.option(
    "--mode",
    type=click.Choice([each.value for each in Mode]),
    default=Mode.PAPER.value,
    show_default=True,
    help="live sends orders to an account: see docs/live.md.",
)
@click.option("--yes", "is_confirmed", is_flag=True, help="Live: do not ask for the sentence.")
@click.option("--speed", type=float, default=1.0, show_default=True, help="How many times as fast as real time.")
@click.option("--duration", "duration_s", type=float, help="End in good order after so many seconds of the venue's.")
@click.option("--socket", type=click.Path(path_type=Path), help="Where it can be looked into and steered.")
@service_options
def run(
    venue: str,
    mode: str,
    is_confirmed: bool,
    speed: float,
    duration_s: float | None,
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
    """Run the service until the feed is over or it gets SIGINT or SIGTERM: on paper, unless `--mode live`.

    Without `--venue` the market data is polymarket's, live: section [polymarket] of the configuration names markets.
    `--venue exchange` brings its own exchange, with simulated traders: nothing else is needed. `recording:PATH` plays a
    recording in real time.

    `--mode live` sends orders to an account: of nobody's money on the embedded exchange, at polymarket only if the
    configuration allows it, `polyactors doctor` is content, and a sentence is typed. `exchange:URL` is an exchange that
    `polyactors exchange serve` serves.

    It stops within five seconds, live within sixteen: no order is left resting, the journal is closed. What does not
    end in that time is ended by force, with exit code 14 and a report of who hung.
    """
    live = Mode(mode) is Mode.LIVE
    _check_speed(speed, venue, live=live)
    duration_ns = _duration_ns(duration_s)
    configuration, faults, on = everything_from(config_path, seed, kills, faults_path, lambda: _where(venue, live=live))
    check_pricer(configuration, on)
    control_socket = _usable(socket or configuration.service.socket_path)
    with open_logs(log_dir, log_level) as log:
        if live and not isinstance(on, Recording):
            wanted = LiveRun(on, configuration, faults, journal, control_socket, is_confirmed)
            ran = trio.run(run_live, wanted, log, partial(_run_for, duration_ns))
        else:
            options = _Options(journal, control_socket, speed, duration_ns)
            ran = _run_on_paper(_place(on, configuration), configuration, faults, options, log)
    finish(summarise(ran.service, ran.real_ns, ran.simulated_ns, journal_is_kept=True), as_json=as_json)


@frozen
class _Options:
    journal: Path | None
    control_socket: Path
    speed: float
    duration_ns: int | None


def _run_on_paper(
    place: Place, configuration: Configuration, faults: FaultPlan, options: _Options, log: LogSink
) -> Ran:
    now = datetime.now(UTC)
    kept_in = configuration.service.data_folder / "recordings" / place.name / f"{now:%Y%m%dT%H%M%S%f}.journal"
    clock = SteadyClock(place.start_ns, options.speed)
    journal = options.journal or kept_in
    service = new_service(
        configuration, place, clock, log, journal, faults, fresh=True, control_socket=options.control_socket
    )
    began, started_ns = time.perf_counter_ns(), clock.now_ns()
    console = Console(stderr=True)
    if place.frames is None:
        trio.run(_run_for, options.duration_ns, service, partial(show_status, service, console))
    else:
        with ProgressBar(service, console) as progress:
            trio.run(_run_for, options.duration_ns, service, partial(_draw, progress))
    return Ran(service, time.perf_counter_ns() - began, clock.now_ns() - started_ns)


def _where(venue: str, *, live: bool) -> Where:
    """Raises `Mistakes`."""
    found = where(venue)
    if live and isinstance(found, Recording):
        raise Mistakes("--mode was not understood", ["a recording has no account: leave --mode live out"])
    if not live and isinstance(found, ExchangeAt):
        raise Mistakes("--mode was not understood", ["an exchange that is served is traded on with --mode live"])
    return found


def _check_speed(speed: float, venue: str, *, live: bool) -> None:
    """Raises `Mistakes`."""
    if (live or venue == Named.POLYMARKET.value) and speed != 1.0:
        raise Mistakes("--speed was not understood", ["what is live passes as fast as it does: leave --speed out"])
    if not (math.isfinite(speed) and SLOWEST <= speed <= FASTEST):
        raise Mistakes(
            "--speed was not understood",
            [f"{speed:g} is not between {SLOWEST} and {FASTEST}; as fast as it goes: polyactors replay PATH"],
        )


def _duration_ns(duration_s: float | None) -> int | None:
    """Raises `Mistakes`."""
    if duration_s is None:
        return None
    if not (math.isfinite(duration_s) and 0 < duration_s <= LONGEST_S):
        raise Mistakes("--duration was not understood", [f"{duration_s:g} is no number of seconds up to a year"])
    return round(duration_s * NANOSECONDS_PER_SECOND)


def _usable(socket: Path) -> Path:
    """Raises `Mistakes`: a service that nobody can steer should not start."""
    try:
        check_usable(socket)
    except SocketUnusable as error:
        raise Mistakes("the control socket cannot be used", [str(error)]) from error
    return socket


def _place(on: Where, configuration: Configuration) -> Place:
    """Raises `Mistakes`."""
    if isinstance(on, Recording):
        return RecordedPlace(on, configuration.paper)
    if on is Named.POLYMARKET:
        return _live_place(configuration)
    # Only who wants the exchange pays for its import.
    from polyactors.exchange.ports.simulation import simulated_place

    return simulated_place(configuration, time.time_ns())


def _live_place(configuration: Configuration) -> Place:
    """Raises `Mistakes`, without a network as well."""
    settings, budgets, now_ns = configuration.polymarket, Budgets(), time.time_ns()
    try:
        markets = trio.run(chosen_markets, settings, budgets, now_ns)
    except NoMarkets as error:
        hint = "without a network, or without the venue: polyactors run --venue exchange"
        raise Mistakes("there is nothing to trade on at polymarket", [*error.reasons, hint]) from error
    if not markets and not configuration.discovery.series:
        hint = "name polymarket.markets or discovery.series, or give polymarket.most_markets"
        raise Mistakes("there is nothing to trade on at polymarket", [hint])
    series, reference = configuration.discovery.series, configuration.reference
    return LivePlace(settings, configuration.paper, markets, now_ns, budgets, series, reference)


async def _run_for(duration_ns: int | None, service: Service, show: Callable[[], Awaitable[None]]) -> None:
    """Until it is told to stop, or its time is over."""
    with watched(service, in_real_time=True):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(end_with_everything, service)
            nursery.start_soon(listen_to_signals, service)
            nursery.start_soon(tidy_up, service)
            nursery.start_soon(show)
            if duration_ns is not None:
                nursery.start_soon(service.end_after, duration_ns)
            await service.run()
            nursery.cancel_scope.cancel(reason="the service has ended")


async def _draw(progress: ProgressBar) -> None:
    while True:
        await trio.sleep(REDRAW_S)
        progress.draw()

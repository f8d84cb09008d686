"""`polyactors pricer`: reference prices and fair value in a process of their own."""

import json
import math
import os
import signal
import sys
import time
from pathlib import Path

import click
import trio

from messages.periods import Series
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.cli.failures import Mistakes, all_together
from polyactors.cli.options import configuration_from
from polyactors.cli.session import open_logs
from polyactors.cli.venue_names import ExchangeAt, Named, Where, where
from polyactors.config import Configuration
from polyactors.exit_codes import ExitCode
from polyactors.pricer.board import Board
from polyactors.pricer.place import BadPlace, ServicePlace, SocketPlace, open_place, read_place
from polyactors.pricer.process import PricerProcess
from polyactors.pricer.reference_actors import symbol_pricers
from polyactors.pricer.sources import Sources, live_sources, recorded_sources
from polyactors.pricer.wire import HEALTH_PATH, SNAPSHOT_PATH
from polyactors.venues.recording.folder import Recording
from polyactors.venues.reference.served_exchange import at_served_exchange
from polyactors.venues.reference.settings import ReferenceFeedSettings
from supervision.clock import SteadyClock
from supervision.garbage import Collector, keep_tidy
from supervision.log import LogSink
from supervision.runtime import Runtime

LONGEST_S = 366 * 24 * 3600


@click.command()
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file: section [pricer].")
@click.option("--listen", metavar="HOST:PORT", help="On the loopback interface; port 0 takes a free one.")
@click.option("--socket", type=click.Path(path_type=Path), help="A Unix socket instead, for this user alone.")
@click.option(
    "--venue",
    default=Named.POLYMARKET.value,
    show_default=True,
    metavar="VENUE",
    help="Whose reference prices: polymarket (the real ones), exchange:URL or recording:PATH",
)
@click.option("--duration", "duration_s", type=float, help="End in good order after so many seconds.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="warning",
    show_default=True,
    help="What of the log goes to standard error.",
)
@click.option("--json", "as_json", is_flag=True, help="Say where it is served as one JSON document.")
def pricer(
    config_path: Path | None,
    listen: str | None,
    socket: Path | None,
    venue: str,
    duration_s: float | None,
    log_level: str,
    as_json: bool,
) -> None:
    """Serve fair value on this machine until SIGINT or SIGTERM: GET /snapshot/latest and /health.

    It says where as soon as it can be asked. A trader asks it instead of making prices itself where section [pricer] of
    its configuration says so: see docs/pricer-process.md.
    """
    configuration, place, on, duration = _everything(config_path, listen, socket, venue, duration_s)
    with open_logs(None, log_level) as log:
        try:
            gave_up = trio.run(_serve, configuration, place, on, duration, log, as_json)
        except BadPlace as error:
            raise Mistakes("the pricer cannot listen", [str(error)]) from error
    if gave_up is not None:
        print(f"polyactors: the pricer gave up: {gave_up}", file=sys.stderr)
        sys.exit(ExitCode.GAVE_UP)


def _everything(
    config_path: Path | None, listen: str | None, socket: Path | None, venue: str, duration_s: float | None
) -> tuple[Configuration, ServicePlace, Where, float]:
    """Raises `Mistakes`, with all that is wrong with all of it."""
    found: list[Mistakes] = []
    configuration, place, on = Configuration(), None, None
    try:
        configuration = configuration_from(config_path, None)
    except Mistakes as error:
        found.append(error)
    try:
        place = _place(configuration, listen, socket)
    except BadPlace as error:
        found.append(Mistakes("the pricer cannot listen", [str(error)]))
    try:
        on = _where(venue)
    except Mistakes as error:
        found.append(error)
    if configuration.pricer.silent_after_ns <= configuration.pricing.publish_every_ns:
        mistake = "pricer.silent_after_ms: make it more than pricing.publish_every_ms"
        found.append(Mistakes("the configuration cannot be used", [mistake]))
    if duration_s is not None and not (math.isfinite(duration_s) and 0 < duration_s <= LONGEST_S):
        mistake = f"{duration_s:g} is no number of seconds up to a year"
        found.append(Mistakes("--duration was not understood", [mistake]))
    if place is None or on is None or found:
        raise all_together(found)
    return configuration, place, on, math.inf if duration_s is None else duration_s


def _place(configuration: Configuration, listen: str | None, socket: Path | None) -> ServicePlace:
    """Raises `BadPlace`."""
    if listen is not None and socket is not None:
        raise BadPlace("both --listen and --socket are given: leave one out")
    if socket is not None:
        return SocketPlace(socket)
    if listen is not None:
        return read_place(listen)
    return configuration.pricer.place(configuration.service.data_folder)


def _where(venue: str) -> Where:
    """Raises `Mistakes`."""
    on = where(venue)
    if on is Named.EXCHANGE:
        mistake = "an exchange of its own would be of no use: write exchange:URL, where polyactors exchange serve is"
        raise Mistakes("--venue was not understood", [mistake])
    return on


async def _serve(
    configuration: Configuration, place: ServicePlace, on: Where, duration_s: float, log: LogSink, as_json: bool
) -> str | None:
    """Why the tree gave up; None for an end in good order. Raises `BadPlace`."""
    settings, series = configuration.pricer, configuration.pricer.series
    clock = SteadyClock(_begin_ns(on))
    runtime = Runtime(clock, configuration.service.seed, log)
    with open_place(place) as (listener, listens_at), Collector() as collector:
        sources = _sources(on, configuration.reference, series, runtime, log)
        venues = [feed.source for feed in sources.feeds]
        pricers = symbol_pricers(series, configuration.pricing, venues, sources.open_prices)
        process = PricerProcess(runtime, Board(series, settings.silent_after_ns), sources.feeds, pricers, listener)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep_tidy, collector)
            nursery.start_soon(_stop_on_signals, process)
            nursery.start_soon(_stop_after, duration_s, process)
            nursery.start_soon(_say_where, process, listens_at, as_json)
            await process.run()
            nursery.cancel_scope.cancel(reason="the pricer has ended")
    return process.gave_up


def _sources(
    on: Where, settings: ReferenceFeedSettings, series: tuple[Series, ...], runtime: Runtime, log: LogSink
) -> Sources:
    if isinstance(on, Recording):
        return recorded_sources(settings, on, series, runtime.clock, runtime.timers, log)
    there = at_served_exchange(settings, on.url) if isinstance(on, ExchangeAt) else settings
    return live_sources(there, series, runtime.clock, log)


def _begin_ns(on: Where) -> int:
    """A recording is played from its beginning, by its own time."""
    return on.manifest.start_ms * NANOSECONDS_PER_MILLISECOND if isinstance(on, Recording) else time.time_ns()


async def _stop_on_signals(process: PricerProcess) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for number in signals:
            process.stop(f"{signal.Signals(number).name} was received")


async def _stop_after(duration_s: float, process: PricerProcess) -> None:
    await process.is_up.wait()
    await trio.sleep(duration_s)
    process.stop("its time is over")


async def _say_where(process: PricerProcess, place: ServicePlace, as_json: bool) -> None:
    await process.is_up.wait()
    if process.gave_up is not None:
        return
    served = [each.name for each in process.board.series]
    if as_json:
        socket = str(place.path.absolute()) if isinstance(place, SocketPlace) else None
        url = place.url if socket is None else None
        print(json.dumps({"url": url, "socket": socket, "series": served, "process": os.getpid()}), flush=True)
    else:
        at = f"curl --unix-socket {place.path} http://localhost" if isinstance(place, SocketPlace) else place.url
        print(f"Fair value of {', '.join(served)} is served.\n  {at}{SNAPSHOT_PATH}\n  {at}{HEALTH_PATH}", flush=True)

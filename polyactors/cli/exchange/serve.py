"""`polyactors exchange serve`: the exchange on a loopback port."""

import json
import secrets
import signal
import socket
import sys
from pathlib import Path

import click
import trio

from polyactors.cli.exchange.asking import USUAL_PORT
from polyactors.cli.exchange.configuration import settings_from
from polyactors.cli.failures import Mistakes
from polyactors.exchange.faults.plan import BadPlan, FaultPlan, Planned, read_plan
from polyactors.exchange.server.listening import LOOPBACK, open_port, port_of
from polyactors.exchange.server.served import ServedWorld
from polyactors.exchange.server.settings import ServerSettings
from polyactors.exchange.server.venue_time import SteadyClock
from supervision.garbage import Collector, keep_tidy


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=USUAL_PORT, show_default=True, help="0 takes a free one."
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Of everything random; a new one if not given.")
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file: see exchange config.")
@click.option("--faults", "faults_path", type=click.Path(path_type=Path), help="Faults at given times: a TOML file.")
@click.option(
    "--random-faults", type=click.FloatRange(0, 600), default=0.0, help="So many a minute on average, from the seed."
)
@click.option("--json", "as_json", is_flag=True, help="Say where it is served as one JSON document.")
def serve(
    port: int,
    seed: int | None,
    config_path: Path | None,
    faults_path: Path | None,
    random_faults: float,
    as_json: bool,
) -> None:
    """Serve the exchange on the loopback interface until SIGINT or SIGTERM."""
    settings = settings_from(config_path)
    plan = FaultPlan(_planned(faults_path), random_faults)
    try:
        listener = open_port(port)
    except OSError as error:
        reason = f"port {port}: {error.strerror or error}; name another one with --port, or 0 for any"
        raise Mistakes("the exchange cannot listen", [reason]) from error
    trio.run(_serve, settings, secrets.randbits(32) if seed is None else seed, plan, listener, as_json)


def _planned(path: Path | None) -> tuple[Planned, ...]:
    """Raises `Mistakes`."""
    if path is None:
        return ()
    try:
        return read_plan(path)
    except BadPlan as error:
        raise Mistakes(f"the faults {error.source} cannot be used", error.mistakes) from error


def _tell(text: str) -> None:
    print(f"polyactors: {text}", file=sys.stderr, flush=True)


async def _serve(settings: ServerSettings, seed: int, plan: FaultPlan, listener: socket.socket, as_json: bool) -> None:
    port = port_of(listener)
    served = ServedWorld(settings, seed, SteadyClock(), plan, _tell)
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:

        async def until() -> None:
            async for _ in signals:
                return

        print(_place_as_json(port, seed) if as_json else _place(port, seed), flush=True)
        with Collector() as collector:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(keep_tidy, collector)
                await served.run(listener, until)
                nursery.cancel_scope.cancel(reason="the server has ended")


def _place(port: int, seed: int) -> str:
    at = f"{LOOPBACK}:{port}"
    return "\n".join(
        (
            f"The exchange is served (seed {seed}). Simulated money, simulated traders.",
            f"  CLOB      http://{at}",
            f"  Gamma     http://{at}/gamma",
            f"  Data API  http://{at}/data",
            f"  streams   ws://{at}/ws/market, /ws/user",
            f"  prices    ws://{at}/ws/rtds, /ws/live, /binance/ws, /coinbase, /kraken/v2",
            f"  chain     http://{at}/relayer, /rpc",
            f"Look at it: polyactors exchange markets --url http://{at}    End it: Ctrl-C",
        )
    )


def _place_as_json(port: int, seed: int) -> str:
    at = f"{LOOPBACK}:{port}"
    return json.dumps(
        {
            "url": f"http://{at}",
            "gamma": f"http://{at}/gamma",
            "data": f"http://{at}/data",
            "ws": f"ws://{at}/ws",
            "seed": seed,
        }
    )

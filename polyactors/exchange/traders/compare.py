"""Compares the simulated traders with a recording of the venue, by the same measurement.

python -m polyactors.exchange.traders.compare ../shared/recordings/nhl-20260607
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
from attrs import evolve

from messages.market_data import BadInput
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.exchange.core import Exchange
from polyactors.exchange.traders.activity_table import activity_table
from polyactors.exchange.traders.calibration import Activity, ActivityMeter
from polyactors.exchange.traders.watching import ExchangeWatch
from polyactors.exchange.world import World, WorldSettings
from polyactors.venues.polymarket.market_channel import MarketChannel
from polyactors.venues.recording.folder import BadRecording, open_recording

MARKET_CHANNEL = "clob.market"
BEGINS_NS = 1_780_000_000 * NANOSECONDS_PER_SECOND


def of_recording(folder: Path) -> tuple[Activity, ...]:
    """Every market of the recording. Raises `ValueError` where there is none."""
    recording = open_recording(folder)
    if isinstance(recording, BadRecording):
        raise ValueError("; ".join(recording.mistakes))
    bad: Counter[str] = Counter()

    def count(found: BadInput) -> None:
        bad[found.kind] += 1

    meter = ActivityMeter({market.market: market.tick_size for market in recording.markets})
    channel = MarketChannel(recording.markets, count)
    for frame in recording.tape(count):
        if frame.channel == MARKET_CHANNEL:
            for message in channel.decode(frame.frame, frame.at_ms * NANOSECONDS_PER_MILLISECOND, MARKET_CHANNEL):
                meter.see(message)
    return meter.activities()


def of_exchange(settings: WorldSettings, seed: int, seconds: int) -> tuple[Activity, ...]:
    """Every market that was open on the simulated exchange for all of the time; it begins at a fixed moment."""
    meter = ActivityMeter({})

    def introduce(exchange: Exchange) -> None:
        ExchangeWatch(exchange, meter.see)

    world = World(settings, seed, BEGINS_NS, introduce)
    for listing in world.exchange.listings.values():
        meter.know(listing.market.market, listing.market.tick_size)
    world.advance(BEGINS_NS + seconds * NANOSECONDS_PER_SECOND)
    return tuple(
        activity
        for activity in meter.activities()
        if activity.market in world.exchange.listings and world.exchange.is_accepting(activity.market, world.now_ns)
    )


def pooled(settings: WorldSettings, seeds: Sequence[int], seconds: int) -> tuple[Activity, ...]:
    return tuple(activity for seed in seeds for activity in of_exchange(settings, seed, seconds))


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--seconds", default=1137, show_default=True, help="How long the simulated exchange is watched.")
@click.option("--seeds", default="1", show_default=True, help="Seeds of simulated exchanges, separated by commas.")
@click.option("--pace", default=1.0, show_default=True, help="How often everybody acts, as a factor.")
def compare(recording: Path, seconds: int, seeds: str, pace: float) -> None:
    """Print a table of how lively the markets of RECORDING are, and those of the simulated exchange."""
    usual = WorldSettings()
    try:
        settings = evolve(usual, traders=evolve(usual.traders, pace=pace))
        numbers = [int(seed) for seed in seeds.split(",")]
        recorded = of_recording(recording)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(activity_table({"recorded": recorded, "simulated": pooled(settings, numbers, seconds)}))


if __name__ == "__main__":
    sys.exit(compare())

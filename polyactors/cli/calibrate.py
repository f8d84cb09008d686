"""`polyactors calibrate`: fair value and the market's middle held against what came true."""

import re
from collections.abc import Sequence
from pathlib import Path

import click

from actors.pricing.settings import PricingSettings
from messages.serial import to_json
from polyactors.calibration.recorded import play_recording
from polyactors.calibration.report import Calibration
from polyactors.calibration.report import calibrate as judge
from polyactors.calibration.stage import StageBroken
from polyactors.calibration.words import Played
from polyactors.cli.failures import Mistakes, all_together
from polyactors.cli.figures import console
from polyactors.cli.options import configuration_from, recording_from
from polyactors.config import Configuration
from polyactors.venues.recording.folder import Recording

TIMES_LEFT = "240,180,120,60,30,10"
LONGEST_LEFT_S = 3600
MOST_SIMULATED = 100_000

PICTURE, PAGE, DOCUMENT = "calibration.png", "calibration.html", "calibration.json"


@click.command()
@click.argument("recordings", nargs=-1, metavar="RECORDING...", type=click.Path(path_type=Path))
@click.option("--simulated", "markets", type=click.IntRange(1, MOST_SIMULATED), help="So many simulated markets too.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Of the simulation.")
@click.option("--left", "left", default=TIMES_LEFT, show_default=True, help="At so many seconds before the ends.")
@click.option("--out", type=click.Path(path_type=Path), help=f"A folder for {PICTURE}, {PAGE} and {DOCUMENT}.")
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file: how prices are made.")
@click.option("--json", "as_json", is_flag=True, help="The result as one JSON document on standard output.")
def calibrate(
    recordings: tuple[Path, ...],
    markets: int | None,
    seed: int,
    left: str,
    out: Path | None,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Hold fair value and the market's middle against the outcomes of the markets in each RECORDING (a folder).

    Brier score, log loss and a calibration table of both, by time left, and which of the two is better where: said only
    where there are enough markets, and where the difference is more than noise. See docs/calibration.md.
    """
    opened, times_left_s, configuration = _everything(recordings, markets, left, out, config_path)
    settings = configuration.pricing
    try:
        played = [play_recording(recording, times_left_s, settings) for recording in opened]
        if markets is not None:
            played.append(_simulated(markets, seed, times_left_s, settings))
    except StageBroken as error:
        raise Mistakes("the prices could not be made", [str(error)]) from error
    names = [recording.manifest.name for recording in opened]
    result = judge(_what(names, markets, seed), played, times_left_s)
    if out is not None:
        _write(result, out)
    if as_json:
        print(to_json(result))
    else:
        # Only who wants the tables waits for their import.
        from polyactors.calibration.tables import show

        show(result, console())


def _simulated(markets: int, seed: int, times_left_s: Sequence[int], settings: PricingSettings) -> Played:
    # Only who wants the exchange pays for its import.
    from polyactors.calibration.simulated import play_simulated

    return play_simulated(markets, seed, times_left_s, settings)


def _everything(
    paths: tuple[Path, ...], markets: int | None, left: str, out: Path | None, config_path: Path | None
) -> tuple[list[Recording], tuple[int, ...], Configuration]:
    """Raises `Mistakes`, with all that is wrong with all of it."""
    found: list[Mistakes] = []
    opened: list[Recording] = []
    configuration = Configuration()
    if not paths and markets is None:
        found.append(Mistakes("there is nothing to calibrate on", ["name a recording, or --simulated and a number"]))
    for path in dict.fromkeys(paths):
        try:
            opened.append(recording_from(path))
        except Mistakes as error:
            found.append(error)
    times_left_s = _times(left)
    if not times_left_s:
        mistake = f"{left!r} is no list of seconds from 1 to {LONGEST_LEFT_S}, such as {TIMES_LEFT}"
        found.append(Mistakes("--left was not understood", [mistake]))
    if out is not None and out.exists() and not out.is_dir():
        found.append(Mistakes("--out cannot be used", [f"{out} is there already and is no folder: name another one"]))
    try:
        configuration = configuration_from(config_path, None)
    except Mistakes as error:
        found.append(error)
    if found:
        raise all_together(found)
    return opened, times_left_s, configuration


def _times(left: str) -> tuple[int, ...]:
    """Nothing where one of them is no time."""
    parts = [part.strip() for part in left.split(",")]
    if not all(re.fullmatch("[0-9]{1,5}", part) and 1 <= int(part) <= LONGEST_LEFT_S for part in parts):
        return ()
    return tuple(sorted({int(part) for part in parts}, reverse=True))


def _what(names: Sequence[str], markets: int | None, seed: int) -> str:
    simulated = [] if markets is None else [f"simulated (seed {seed})"]
    several = [f"{len(names)} recordings"] if len(names) > 3 else list(names)
    return ", ".join([*several, *simulated])


def _write(result: Calibration, folder: Path) -> None:
    """Raises `Mistakes`."""
    from polyactors.calibration.page import page_of
    from polyactors.calibration.picture import png_of

    png = png_of(result)
    page = page_of(result, png)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PICTURE).write_bytes(png)
        (folder / PAGE).write_text(page, encoding="utf-8")
        (folder / DOCUMENT).write_text(to_json(result) + "\n", encoding="utf-8")
    except OSError as error:
        reason = f"{error.filename or folder}: {error.strerror or error}; name another folder"
        raise Mistakes("the result could not be written", [reason]) from error

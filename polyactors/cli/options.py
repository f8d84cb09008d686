"""Options that several commands share, and what they are made into."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import attrs
import click

from polyactors.cli.failures import Mistakes, all_together
from polyactors.config import Configuration
from polyactors.config_file import BadConfiguration, read_configuration
from polyactors.fault_file import BadFaults, read_faults
from polyactors.venues.recording.folder import BadRecording, Recording, open_recording
from supervision.faults.plan import AtMessage, Fault, FaultPlan, Kill

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T")
W = TypeVar("W")


def service_options(command: F) -> F:
    """--config, --seed, --journal, --log-dir, --log-level, --kill, --faults, --json."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="The summary as one JSON document on standard output."),
        click.option("--faults", "faults_path", type=click.Path(path_type=Path), help="Faults to inject: a TOML file."),
        click.option("--kill", "kills", multiple=True, metavar="PATH@N", help="Kill an actor after its Nth message."),
        click.option(
            "--log-level",
            type=click.Choice(["debug", "info", "warning", "error"]),
            default="warning",
            show_default=True,
            help="What of the log goes to standard error.",
        ),
        click.option("--log-dir", type=click.Path(path_type=Path), help="One log file an actor, in this folder."),
        click.option("--journal", type=click.Path(path_type=Path), help="Keep the journal in this file."),
        click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed of everything random."),
        click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file."),
    ):
        command = option(command)
    return command


def everything_from(
    config_path: Path | None,
    seed: int | None,
    kills: tuple[str, ...],
    faults_path: Path | None,
    where: Callable[[], W],
) -> tuple[Configuration, FaultPlan, W]:
    """What a run needs; `where` says what it trades on. Raises `Mistakes`, with all that is wrong with all of it."""
    found: list[Mistakes] = []

    def tried(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except Mistakes as error:
            found.append(error)
            return None

    configuration = tried(lambda: configuration_from(config_path, seed))
    killed = tried(lambda: kills_from(kills))
    faults = tried(lambda: faults_from(faults_path))
    data = tried(where)
    if configuration is None or killed is None or faults is None or data is None:
        raise all_together(found)
    return configuration, FaultPlan(faults.faults + killed), data


def configuration_from(config_path: Path | None, seed: int | None) -> Configuration:
    """Raises `Mistakes`."""
    try:
        configuration = read_configuration(config_path)
    except BadConfiguration as error:
        raise Mistakes(f"the configuration {error.source} cannot be used", error.mistakes) from error
    if seed is None:
        return configuration
    return attrs.evolve(configuration, service=attrs.evolve(configuration.service, seed=seed))


def recording_from(path: Path) -> Recording:
    """Raises `Mistakes`."""
    recording = open_recording(path)
    if isinstance(recording, BadRecording):
        raise Mistakes(f"the recording {path} cannot be used", recording.mistakes)
    return recording


def faults_from(path: Path | None) -> FaultPlan:
    """Raises `Mistakes`."""
    if path is None:
        return FaultPlan()
    try:
        return read_faults(path)
    except BadFaults as error:
        raise Mistakes(f"the faults {error.source} cannot be used", error.mistakes) from error


def kills_from(texts: tuple[str, ...]) -> tuple[Fault, ...]:
    """Raises `Mistakes`."""
    matches = [re.fullmatch(r"([^/]+(?:/[^/]+)*)@([1-9][0-9]{0,17})", text) for text in texts]
    mistakes = [
        f"{text!r} is no PATH@N: write the path of an actor and the number of a message, such as ledger@100"
        for text, match in zip(texts, matches, strict=True)
        if match is None
    ]
    if mistakes:
        raise Mistakes("--kill was not understood", mistakes)
    return tuple(Fault(match[1], Kill(), AtMessage(int(match[2]))) for match in matches if match is not None)

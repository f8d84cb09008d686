"""What the commands have in common that ask a running service: where it listens, and what to say when it does not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from polyactors.cli.failures import Mistakes
from polyactors.cli.options import configuration_from
from polyactors.control.client import PATIENCE_S, ControlClient, NoService, RequestRefused, ServiceLost

F = TypeVar("F", bound=Callable[..., object])


def asking_options(command: F) -> F:
    """--socket, --config, --json."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="As JSON."),
        click.option("--config", "config_path", type=click.Path(path_type=Path), help="The service's TOML file."),
        click.option("--socket", type=click.Path(path_type=Path), help="The socket of the service."),
    ):
        command = option(command)
    return command


def socket_of(socket: Path | None, config_path: Path | None) -> Path:
    """Where the service listens: as told, or else as configured. Raises `Mistakes`."""
    return socket if socket is not None else configuration_from(config_path, None).service.socket_path


@contextmanager
def asking(
    socket: Path | None, config_path: Path | None, patience_s: float | None = PATIENCE_S
) -> Iterator[ControlClient]:
    """A connection to the running service; what it cannot or does not want to do is raised as `Mistakes`."""
    path = socket_of(socket, config_path)
    try:
        with ControlClient(path, patience_s) as client:
            yield client
    except NoService as error:
        hint = "start one with polyactors run, or name the socket of the one that runs with --socket PATH"
        raise Mistakes("there is no service to ask", [str(error), hint]) from error
    except RequestRefused as error:
        hints = [f"did you mean {path}?" for path in error.suggestions]
        raise Mistakes(error.why, hints or ["see polyactors tree for what there is"]) from error
    except ServiceLost as error:
        raise Mistakes(f"the service at {path} did not answer", [str(error)]) from error

"""`polyactors doctor`: whether everything is ready for live trading, and what to do where it is not."""

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click
import trio
from rich.console import Console

from messages.serial import to_json
from polyactors.cli.figures import console
from polyactors.cli.options import configuration_from
from polyactors.exit_codes import ExitCode


@click.command()
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON document.")
def doctor(config_path: Path | None, as_json: bool) -> None:
    """Look at everything that live trading needs: the venue, this machine's clock, the key, the wallet, the markets.

    It orders nothing, cancels nothing and arms no heartbeat; the venue makes an API key for the wallet if it has none.
    Without a key in section [live] only what is public is looked at. Exit code 6: something failed or was left out.
    """
    # Only who asks for it pays for the import.
    from polyactors.doctor.document import diagnosis
    from polyactors.doctor.examination import examine
    from polyactors.doctor.table import show

    configuration = configuration_from(config_path, None)
    with _waiting(not as_json):
        found = diagnosis(trio.run(examine, configuration))
    if as_json:
        print(to_json(found))
    else:
        show(found, console())
    if found.exit_code != ExitCode.OK:
        sys.exit(found.exit_code)


def _waiting(is_for_people: bool) -> AbstractContextManager[object]:
    """A venue that does not answer takes its time, and somebody may be looking on."""
    told = Console(stderr=True)
    return told.status("looking at everything") if is_for_people and told.is_terminal else nullcontext()

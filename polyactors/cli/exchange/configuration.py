"""`polyactors exchange config`: by which settings an exchange would be served."""

from pathlib import Path

import click

from polyactors.cli.failures import Mistakes
from polyactors.config_file import BadConfiguration, read_settings
from polyactors.config_text import as_json as written_as_json
from polyactors.config_text import as_toml
from polyactors.exchange.server.settings import ServerSettings


@click.command()
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON document.")
def config(config_path: Path | None, as_json: bool) -> None:
    """Check the settings of an exchange and print them whole, in the form in which they are written."""
    settings = settings_from(config_path)
    print(written_as_json(settings) if as_json else as_toml(settings), end="\n" if as_json else "")


def settings_from(path: Path | None) -> ServerSettings:
    """Raises `Mistakes`."""
    try:
        return read_settings(path, ServerSettings())
    except BadConfiguration as error:
        raise Mistakes(f"the configuration {error.source} cannot be used", error.mistakes) from error

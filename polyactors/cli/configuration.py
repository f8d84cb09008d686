"""`polyactors config`: what the service would run with."""

from pathlib import Path

import click

from polyactors.cli.options import configuration_from
from polyactors.config_text import as_json, as_toml


@click.command()
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file.")
@click.option("--json", "json", is_flag=True, help="As one JSON document.")
def config(config_path: Path | None, json: bool) -> None:
    """Check a configuration and print it whole, defaults included, in the form in which it is written."""
    configuration = configuration_from(config_path, None)
    print(as_json(configuration) if json else as_toml(configuration), end="\n" if json else "")

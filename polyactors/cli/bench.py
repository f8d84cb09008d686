"""`polyactors bench`: how fast the parts are, on this machine, now."""

import click

@click.command()
def bench() -> None:
    """Measure."""

"""`polyactors exchange`: an exchange on this machine that speaks Polymarket's wire."""

from collections.abc import Mapping
from typing import ClassVar

import click

from polyactors.cli.lazy import LazyGroup


class Commands(LazyGroup):
    places: ClassVar[Mapping[str, str]] = {
        "serve": "polyactors.cli.exchange.serve:serve",
        "status": "polyactors.cli.exchange.status:status",
        "markets": "polyactors.cli.exchange.markets:markets",
        "accounts": "polyactors.cli.exchange.accounts:accounts",
        "faults": "polyactors.cli.exchange.faults:faults",
        "mode": "polyactors.cli.exchange.status:mode",
        "resolve": "polyactors.cli.exchange.markets:resolve",
        "deposit": "polyactors.cli.exchange.accounts:deposit",
        "config": "polyactors.cli.exchange.configuration:config",
    }


@click.group(cls=Commands)
def exchange() -> None:
    """An exchange on this machine that speaks Polymarket's wire, with simulated traders and simulated money."""

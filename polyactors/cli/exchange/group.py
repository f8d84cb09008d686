"""`polyactors exchange`: an exchange on this machine that speaks Polymarket's wire."""

import click

from polyactors.cli.exchange.accounts import accounts, deposit
from polyactors.cli.exchange.configuration import config
from polyactors.cli.exchange.faults import faults
from polyactors.cli.exchange.markets import markets, resolve
from polyactors.cli.exchange.serve import serve
from polyactors.cli.exchange.status import mode, status


@click.group()
def exchange() -> None:
    """An exchange on this machine that speaks Polymarket's wire, with simulated traders and simulated money."""


for command in (serve, status, markets, accounts, faults, mode, resolve, deposit, config):
    exchange.add_command(command)

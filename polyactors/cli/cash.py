"""`polyactors cash`: tell a running service of cash that came or went without its doing."""

from pathlib import Path

import click

from messages.serial import to_json
from messages.units import BadDecimal, Cash, parse_cash
from polyactors.cli.asking import asking, asking_options
from polyactors.cli.failures import Mistakes
from polyactors.control.wire import BookCash


@click.command()
@click.argument("direction", type=click.Choice(["deposit", "withdraw"]))
@click.argument("amount")
@asking_options
def cash(direction: str, amount: str, socket: Path | None, config_path: Path | None, as_json: bool) -> None:
    """Book a deposit or a withdrawal of AMOUNT pUSD that was made elsewhere.

    The reconciler holds trading at HALT while the venue has more or less than the ledger knows of; after this, clear
    the cause with `polyactors mode clear`.
    """
    try:
        units = parse_cash(amount)
    except BadDecimal as error:
        raise Mistakes("AMOUNT was not understood", [str(error)]) from error
    with asking(socket, config_path) as client:
        done = client.request(BookCash(Cash(units if direction == "deposit" else -units)))
    print(to_json(done) if as_json else done.what)

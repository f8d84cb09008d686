"""`polyactors exchange status`, and the mode of the whole exchange."""

import click

from messages.serial import to_json
from polyactors.cli.exchange.asking import ServedExchange, asking_options
from polyactors.cli.figures import duration
from polyactors.exchange.server.control_words import Done, SetMode, Status
from polyactors.exchange.words import TradingMode


@click.command()
@asking_options
def status(url: str, as_json: bool) -> None:
    """How the exchange is, and what it was asked so far."""
    answer = ServedExchange(url).show("status", Status)
    if as_json:
        print(to_json(answer))
        return
    print(f"mode {answer.mode.value}, up for {duration(answer.at_ns - answer.started_ns)}, seed {answer.seed}")
    print(f"{answer.markets:,} markets, {answer.open_orders:,} open orders")
    answers = ", ".join(f"{count:,} x {what}" for what, count in sorted(answer.requests.items())) or "none yet"
    print(f"answers: {answers}")
    print(f"faults armed: {answer.armed_faults}")


@click.command()
@click.argument("name", type=click.Choice([mode.value for mode in TradingMode]))
@asking_options
def mode(name: str, url: str, as_json: bool) -> None:
    """What the whole exchange allows from now on. After "restarting", "normal" begins with two minutes of post-only."""
    done = ServedExchange(url).do("mode", SetMode(TradingMode(name)), Done)
    print(to_json(done) if as_json else f"the mode is {name}")

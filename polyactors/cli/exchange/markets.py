"""`polyactors exchange markets`, and resolving one by hand."""

from datetime import UTC, datetime

import click
from rich.table import Table

from messages.serial import to_json
from messages.units import Price, format_price
from polyactors.cli.exchange.asking import ServedExchange, asking_options
from polyactors.cli.figures import console
from polyactors.cli.plain import plain
from polyactors.exchange.server.control_words import Done, MarketLine, Markets, Resolve, Ruling


@click.command()
@click.option("--kind", type=click.Choice(["binary", "up_down", "neg_risk"]), help="Only these.")
@asking_options
def markets(kind: str | None, url: str, as_json: bool) -> None:
    """What is listed: best prices of YES, beside what YES is truly worth, which no client is told."""
    answer = ServedExchange(url).show("markets", Markets)
    lines = tuple(line for line in answer.markets if kind is None or line.kind == kind)
    if as_json:
        print(to_json(Markets(answer.at_ns, lines)))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("market", no_wrap=True)
    table.add_column("kind")
    for name in ("bid", "ask", "worth", "tick", "orders"):
        table.add_column(name, justify="right")
    table.add_column("state")
    for line in lines:
        table.add_row(
            plain(line.slug),
            line.kind,
            _price(line.best_bid),
            _price(line.best_ask),
            f"{line.fair_value:.4f}",
            format_price(Price(line.tick_size)),
            f"{line.open_orders:,}",
            _state(line),
        )
    console().print(table)


@click.command()
@click.argument("market")
@click.argument("ruling", type=click.Choice([ruling.value for ruling in Ruling]))
@asking_options
def resolve(market: str, ruling: str, url: str, as_json: bool) -> None:
    """End a MARKET (its slug or condition id) at once, whatever the truth is."""
    done = ServedExchange(url).do("resolve", Resolve(market, Ruling(ruling)), Done)
    print(to_json(done) if as_json else f"{plain(market)} is resolved: {ruling}")


def _price(price: Price | None) -> str:
    return "-" if price is None else format_price(price)


def _state(line: MarketLine) -> str:
    if line.yes_payout is not None:
        return f"resolved, YES pays {format_price(line.yes_payout)}"
    if not line.accepts_orders:
        return "takes no orders"
    if line.end_ms is None:
        return "open"
    return f"open until {datetime.fromtimestamp(line.end_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"

"""`polyactors compare-queues`: how our queue models fill, beside those of hftbacktest."""

from pathlib import Path

import click
from attrs import frozen

from messages.serial import to_json
from messages.units import LOT, BadDecimal, Shares, parse_shares
from polyactors.comparisons.market_history import NoComparison
from polyactors.comparisons.order_plan import PlanRules
from polyactors.comparisons.queue_models import Comparison, compare_queue_models
from polyactors.comparisons.queue_table import agree, markdown

SIZES = ("5.07", "50.07")
"""About the smallest order and about what a maker quotes. Not whole: hftbacktest 2.4.4 fails when a trade leaves
exactly the rest of an order."""


@frozen
class QueueComparison:
    """The document of `--json`."""

    recording: str
    lines: tuple[Comparison, ...]


@click.command("compare-queues")
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--size", "sizes", multiple=True, default=SIZES, show_default=True, help="Of the orders.")
@click.option("--phases", type=click.IntRange(1, 30), default=PlanRules().phases, show_default=True, help="Of orders.")
@click.option("--within", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="The part that may differ.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON document.")
def compare_queues(recording: Path, sizes: tuple[str, ...], phases: int, within: float, as_json: bool) -> None:
    """Fill the same orders on the same RECORDING by each queue model, here and in hftbacktest (the extra of that
    name). Ends with 1 when filled orders or filled shares differ by more than the part --within."""
    try:
        lines = compare_queue_models(recording, [_size(text) for text in sizes], PlanRules(phases=phases))
    except (NoComparison, BadDecimal) as error:
        raise click.ClickException(str(error)) from error
    print(to_json(QueueComparison(recording.name, lines)) if as_json else markdown(lines).rstrip())
    if not all(agree(line, within) for line in lines):
        raise click.exceptions.Exit(1)


def _size(text: str) -> Shares:
    size = parse_shares(text)
    if not size or size % LOT:
        raise BadDecimal(f"an order of {text!r} shares is none; write whole hundredths above 0")
    return size

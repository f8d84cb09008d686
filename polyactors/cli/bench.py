"""`polyactors bench`: how fast the parts are, on this machine, now."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click
from attrs import frozen
from rich.console import Console
from rich.table import Table

from messages.serial import to_json
from polyactors.bench.asks import asks
from polyactors.bench.collector import collector
from polyactors.bench.crashes import crashes
from polyactors.bench.decide import decide
from polyactors.bench.exchange_orders import exchange_orders
from polyactors.bench.exchange_streams import exchange_streams
from polyactors.bench.idle import idle
from polyactors.bench.ingest import ingest
from polyactors.bench.markdown import markdown, number, ratios
from polyactors.bench.measure import Figure, Line, NotMeasured, Skipped, WorkNotDone
from polyactors.bench.messages import messages
from polyactors.bench.order_latency import order_latency
from polyactors.bench.pictures import pictures
from polyactors.bench.quoted import ERLANG
from polyactors.bench.reconciling import reconciling
from polyactors.bench.reference_prices import reference_prices
from polyactors.bench.report import Part, Report, this_machine
from polyactors.bench.signing import signing
from polyactors.bench.storage import journal
from polyactors.bench.subtrees import subtrees
from polyactors.bench.whole_replay import whole_replay

RECORDING = Path("../shared/recordings/nhl-20260607")


@frozen
class Wanted:
    """What the user said about the measuring: `seconds` is how long the streams of the exchange are watched."""

    recording: Path
    seconds: float


RUNTIME: dict[str, Callable[[Wanted], Sequence[Line]]] = {
    "messages": lambda _: messages(),
    "asks": lambda _: asks(),
    "crashes": lambda _: crashes(),
    "subtrees": lambda _: subtrees(),
    "idle": lambda _: idle(),
    "pictures": lambda _: pictures(),
    "collector": lambda _: collector(),
}
"""What the actors' runtime can do."""

BENCHMARKS: dict[str, Callable[[Wanted], Sequence[Line]]] = {
    **RUNTIME,
    "ingest": lambda wanted: ingest(wanted.recording),
    "decide": lambda wanted: decide(wanted.recording),
    "reference": lambda _: reference_prices(),
    "journal": lambda _: journal(),
    "replay": lambda wanted: whole_replay(wanted.recording),
    "exchange": lambda _: exchange_orders(),
    "signing": lambda _: signing(),
    "orders": lambda _: order_latency(),
    "reconciling": lambda _: reconciling(),
    "streams": lambda wanted: exchange_streams(wanted.seconds),
}

GROUPS = {"runtime": tuple(RUNTIME), "all": tuple(BENCHMARKS)}


@click.command()
@click.argument("what", type=click.Choice([*BENCHMARKS, *GROUPS]), default="all")
@click.option(
    "--recording",
    type=click.Path(path_type=Path),
    default=RECORDING,
    show_default=True,
    help="The recording to measure on.",
)
@click.option(
    "--seconds", type=click.FloatRange(1, 86_400), default=30.0, show_default=True, help="Of watching the streams."
)
@click.option("--json", "form", flag_value="json", help="As one JSON document.")
@click.option("--markdown", "form", flag_value="markdown", help="As the tables of docs/benchmarks.md.")
def bench(what: str, recording: Path, seconds: float, form: str | None) -> None:
    """Measure one part, those of the actors' runtime, or all. What needs something that is not here is skipped, and
    says so.

    Rates are by the process's own time. Trust ratios more than absolute figures: machines differ, and are busy. Ends
    with 1 when something that was measured did not do its work.
    """
    report = _measure(GROUPS.get(what, (what,)), Wanted(recording, seconds))
    match form:
        case "json":
            print(to_json(report))
        case "markdown":
            print(markdown(report), end="")
        case _:
            _show(report)
    if report.failed:
        raise click.exceptions.Exit(1)


def _measure(names: Sequence[str], wanted: Wanted) -> Report:
    parts: list[Part] = []
    # Of the same thing once, whichever benchmarks wanted it.
    skipped: dict[str, None] = {}
    failed: list[str] = []
    console = Console(stderr=True)
    for name in names:
        console.print(f"measuring {name} …", highlight=False)
        try:
            lines = BENCHMARKS[name](wanted)
        except Skipped as reason:
            skipped[f"{name} was skipped: {reason}"] = None
        except WorkNotDone as reason:
            failed.append(f"{name} failed: {reason}")
        else:
            parts.append(Part(name, tuple(line for line in lines if isinstance(line, Figure))))
            for line in lines:
                if isinstance(line, NotMeasured):
                    skipped[f"{line.name} was skipped: {line.why}"] = None
    quoted = ERLANG if any(name in RUNTIME for name in names) else ()
    return Report(this_machine(), tuple(parts), quoted, tuple(skipped), tuple(failed))


def _show(report: Report) -> None:
    machine = report.machine
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    title = f"{machine.processor}, {machine.cores} cores, Python {machine.python}, {machine.system}"
    table = Table(title=title, box=None)
    for column in ("", "least", "median", "most", "unit", "runs", "aim", "beside"):
        table.add_column(column, justify="right" if column in ("least", "median", "most", "runs") else "left")
    for part in report.parts:
        table.add_section()
        table.add_row(f"[bold]{part.name}[/bold]")
        for figure in part.figures:
            values = (number(each) for each in (figure.least, figure.median, figure.most))
            row = (figure.name, *values, figure.unit, str(figure.runs), figure.aim)
            table.add_row(*row, ratios(figure).replace("; ", "\n"))
    console.print(table)
    if report.quoted:
        console.print(f"\nNot measured here; quoted from {report.quoted[0].source}:")
        for quoted in report.quoted:
            console.print(f"  {quoted.what}: {quoted.figure}", highlight=False)
    for line in (*report.skipped, *report.failed):
        console.print(line)

"""`polyactors bench`: how fast the parts are, on this machine, now."""

from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from messages.serial import to_json
from polyactors.bench.decide import decide
from polyactors.bench.ingest import ingest
from polyactors.bench.mailbox import mailbox
from polyactors.bench.measure import Figure, Report, Skipped, this_machine
from polyactors.bench.storage import journal
from polyactors.bench.whole_replay import whole_replay

RECORDING = Path("../shared/recordings/nhl-20260607")

BENCHMARKS: dict[str, Callable[[Path], list[Figure]]] = {
    "ingest": ingest,
    "decide": decide,
    "mailbox": lambda _: mailbox(),
    "journal": lambda _: journal(),
    "replay": whole_replay,
}


@click.command()
@click.argument("what", type=click.Choice([*BENCHMARKS, "all"]), default="all")
@click.option(
    "--recording",
    type=click.Path(path_type=Path),
    default=RECORDING,
    show_default=True,
    help="The recording to measure on.",
)
@click.option("--json", "as_json", is_flag=True, help="As one JSON document.")
def bench(what: str, recording: Path, as_json: bool) -> None:
    """Measure one part or all of them. What needs a recording is skipped, and says so, where there is none.

    Rates are by the process's own time. Trust ratios more than absolute figures: machines differ, and are busy.
    """
    figures: list[Figure] = []
    skipped: list[str] = []
    console = Console(stderr=True)
    for name in BENCHMARKS if what == "all" else [what]:
        console.print(f"measuring {name} …", highlight=False)
        try:
            figures += BENCHMARKS[name](recording)
        except Skipped as reason:
            skipped.append(f"{name} was skipped: {reason}")
    report = Report(this_machine(), tuple(figures), tuple(skipped))
    if as_json:
        print(to_json(report))
    else:
        _show(report)


def _show(report: Report) -> None:
    machine = report.machine
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    table = Table(
        title=f"{machine.processor}, {machine.cores} cores, Python {machine.python}, {machine.system}", box=None
    )  # fmt: skip
    for column in ("", "least", "median", "most", "unit", "runs", "aim", "beside"):
        table.add_column(column, justify="right" if column in ("least", "median", "most", "runs") else "left")
    for figure in report.figures:
        ratio = f"{figure.ratio:.2f} of: {figure.compared_with}" if figure.ratio is not None else ""
        numbers = (_number(each) for each in (figure.least, figure.median, figure.most))
        table.add_row(figure.name, *numbers, figure.unit, str(figure.runs), figure.aim, ratio)
    console.print(table)
    for line in report.skipped:
        console.print(line)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"

"""An examination as a table for people."""

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from polyactors.cli.plain import plain
from polyactors.doctor.document import Diagnosis
from polyactors.doctor.finding import State

_STYLES = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "bold red", State.SKIPPED: "dim"}


def show(found: Diagnosis, console: Console) -> None:
    """Texts of the venue are in it: what a terminal would obey is written as escapes."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for heading in ("", "check", "seen", "what to do"):
        table.add_column(heading, overflow="fold")
    for finding in found.findings:
        state = Text(finding.state.value, style=_STYLES[finding.state])
        table.add_row(state, finding.check.value, Text(plain(finding.seen)), Text(plain(finding.advice)))
    console.print(table)
    counts = Counter(finding.state for finding in found.findings)
    said = ", ".join(f"{counts[state]} {state.value}" for state in State if counts[state])
    verdict = "ready for live trading" if found.is_ready else "not ready for live trading"
    console.print(Text(f"{verdict}: {said}", style="bold green" if found.is_ready else "bold red"))

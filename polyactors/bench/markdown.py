"""A report as the table of docs/benchmarks.md."""

from collections.abc import Iterator

from polyactors.bench.measure import Figure
from polyactors.bench.report import Report

HEADER = "| what | least | median | most | runs | aim | beside (same run) |\n|---|---|---|---|---|---|---|"


def markdown(report: Report) -> str:
    return "\n".join(_lines(report)) + "\n"


def number(value: float) -> str:
    """As many digits as say something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 1 else f"{value:,.2f}"


def ratios(figure: Figure) -> str:
    return "; ".join(f"{each.value:.2f} of: {each.yardstick}" for each in figure.beside)


def _lines(report: Report) -> Iterator[str]:
    machine = report.machine
    yield f"{machine.processor}, {machine.cores} cores, Python {machine.python}, {machine.system}."
    for part in report.parts:
        yield f"\n## {part.name}\n\n{HEADER}"
        for figure in part.figures:
            what = f"{figure.name}, {figure.unit}" if figure.unit else figure.name
            values = " | ".join(number(each) for each in (figure.least, figure.median, figure.most))
            yield f"| {what} | {values} | {figure.runs} | {figure.aim} | {ratios(figure)} |"
    if report.quoted:
        yield "\n## Quoted, not measured here\n\n| what | figure | source |\n|---|---|---|"
        for quoted in report.quoted:
            yield f"| {quoted.what} | {quoted.figure} | {quoted.source} |"
    for title, lines in (("Skipped", report.skipped), ("Failed", report.failed)):
        if lines:
            yield f"\n## {title}\n"
            yield from (f"- {line}" for line in lines)

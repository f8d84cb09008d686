"""A calibration as tables for a terminal."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from polyactors.calibration.report import AtTimeLeft, Calibration
from polyactors.calibration.scores import Scores
from polyactors.cli.plain import plain

_HEADINGS = (
    "left",
    "Brier: fair value",
    "market",
    "difference",
    "log loss: fair value",
    "market",
    "difference",
    "market in band",
    "uncertain",
)


def show(calibration: Calibration, console: Console) -> None:
    count = len(calibration.markets)
    console.print(f"{count} {'market' if count == 1 else 'markets'}, {calibration.up} Up", highlight=False)
    console.print(
        "Less is better; a difference below 0: fair value is better. "
        f"For the log loss chances are clipped at {calibration.log_loss_clipped_at:g}.",
        highlight=False,
    )
    _print(console, _HEADINGS, map(_row, calibration.by_time_left))
    for at in calibration.by_time_left:
        console.print(f"{at.left_s} s left: {at.verdict.text}", highlight=False)
    for at in calibration.by_time_left:
        rows = [*_bins("fair value", at.fair), *_bins("market", at.market)]
        if rows:
            console.print(f"\n{at.left_s} s left", highlight=False)
            _print(console, ("", "forecast", "count", "mean forecast", "was Up", "standard errors off"), rows)
    for market in calibration.markets:
        if "otherwise" in market.outcome_by:
            console.print(Text(f"{plain(market.name)}: {plain(market.outcome_by)}"))
    for out in calibration.left_out:
        console.print(Text(f"left out: {plain(out.name)}: {plain(out.reason)}"))
    if calibration.bad_inputs:
        console.print(f"{calibration.bad_inputs} frames could not be read", highlight=False)


def _row(at: AtTimeLeft) -> tuple[str, ...]:
    return (
        f"{at.left_s} s",
        scored(at.fair.brier, at.fair.brier_error),
        scored(at.market.brier, at.market.brier_error),
        scored(at.brier_difference.difference, at.brier_difference.error),
        scored(at.fair.log_loss, None),
        scored(at.market.log_loss, None),
        scored(at.log_loss_difference.difference, at.log_loss_difference.error),
        "-" if at.in_band is None else f"{at.in_band:.0%}",
        str(at.uncertain),
    )


def _bins(name: str, scores: Scores) -> list[tuple[str, ...]]:
    return [
        (
            name,
            f"{each.low:.1f} to {each.high:.1f}",
            str(each.count),
            scored(each.forecast, None),
            scored(each.frequency, each.deviation),
            "-" if each.errors_off is None else f"{each.errors_off:.1f}",
        )
        for each in scores.bins
        if each.count
    ]


def scored(value: float | None, error: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if error is None else f"{value:.4f} ± {error:.4f}"


def _print(console: Console, headings: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="left" if index == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table, highlight=False)

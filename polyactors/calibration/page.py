"""The calibration as one HTML page, with its picture inside: it asks the network for nothing."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape

from polyactors.calibration.report import AtTimeLeft, Calibration
from polyactors.calibration.scores import Scores
from polyactors.calibration.tables import scored

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: .6rem 0 1.4rem }
th, td { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums }
th:first-child, td:first-child, td.text { text-align: left }
img { max-width: 100% }
"""


def page_of(calibration: Calibration, png: bytes) -> str:
    return "\n".join(_lines(calibration, png))


def _lines(calibration: Calibration, png: bytes) -> Iterator[str]:
    title = escape(f"Calibration: {calibration.what}")
    yield '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
    yield f"<p>{len(calibration.markets)} markets, {calibration.up} of them Up; {len(calibration.left_out)} left out; "
    yield f"{calibration.bad_inputs} frames could not be read."
    yield "Brier score and log loss: less is better; a difference below 0 means that fair value is better."
    yield f"For the log loss chances are clipped at {calibration.log_loss_clipped_at:g}.</p>"
    yield "<h2>By time left</h2>"
    yield _table(_HEADINGS, (_row(at) for at in calibration.by_time_left))
    picture = b64encode(png).decode()
    yield f'<p><img alt="reliability diagrams" src="data:image/png;base64,{picture}"></p>'
    for at in calibration.by_time_left:
        yield f"<h2>{at.left_s} s left</h2>"
        yield "<h3>Fair value</h3>" + _bins(at.fair)
        yield "<h3>The market's middle</h3>" + _bins(at.market)
    yield "<h2>Markets</h2>"
    yield _table(
        ("market", "outcome", "known by"),
        ((each.name, "Up" if each.is_up else "Down", each.outcome_by) for each in calibration.markets),
    )
    if calibration.left_out:
        yield "<h2>Left out</h2>"
        yield _table(("market", "why"), ((each.name, each.reason) for each in calibration.left_out))
    yield "</body></html>"


_HEADINGS = (
    "left",
    "Brier, fair value",
    "Brier, market",
    "difference",
    "log loss, fair value",
    "log loss, market",
    "difference",
    "market in the band",
    "uncertain",
    "verdict",
)


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
        at.verdict.text,
    )


def _bins(scores: Scores) -> str:
    rows = (
        (
            f"{each.low:.1f} to {each.high:.1f}",
            str(each.count),
            scored(each.forecast, None),
            scored(each.frequency, each.deviation),
            "-" if each.errors_off is None else f"{each.errors_off:.1f}",
        )
        for each in scores.bins
    )
    return _table(("forecast", "count", "mean forecast", "was Up", "standard errors off"), rows)


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"

"""The calibration as a picture: how often it was Up where so much was forecast, and the scores by time left."""

from io import BytesIO
from typing import TYPE_CHECKING

from polyactors.calibration.report import AtTimeLeft, Calibration
from polyactors.calibration.scores import Scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAIR, MARKET = "#1f6fb4", "#c8641e"
_SIDE_IN = 3.0
_COLUMNS = 3


def png_of(calibration: Calibration) -> bytes:
    """A reliability diagram a time left, with bars of one standard error, and the Brier scores below."""
    # It takes a while to import, and nothing else needs it. No window and no state: the figure is written and gone.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    times = calibration.by_time_left
    rows = -(-len(times) // _COLUMNS) + 1
    figure = Figure(figsize=(_COLUMNS * _SIDE_IN, rows * _SIDE_IN), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(rows, _COLUMNS)
    for index, at in enumerate(times):
        _reliability(figure.add_subplot(grid[index // _COLUMNS, index % _COLUMNS]), at)
    _briers(figure.add_subplot(grid[rows - 1, :]), times)
    count = len(calibration.markets)
    figure.suptitle(f"{calibration.what}: {count} {'market' if count == 1 else 'markets'}, {calibration.up} Up")
    written = BytesIO()
    # Without the version of the library, equal calibrations are equal files.
    figure.savefig(written, format="png", dpi=110, metadata={"Software": None})
    return written.getvalue()


def _reliability(axes: "Axes", at: AtTimeLeft) -> None:
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    _points(axes, at.fair, FAIR, f"fair value ({at.fair.count})", -0.008)
    _points(axes, at.market, MARKET, f"market ({at.market.count})", 0.008)
    axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04), title=f"{at.left_s} s left")
    axes.set_xlabel("forecast")
    axes.set_ylabel("was Up")
    axes.legend(loc="lower right", fontsize="xx-small")


def _points(axes: "Axes", scores: Scores, colour: str, label: str, aside: float) -> None:
    bins = [each for each in scores.bins if each.forecast is not None and each.frequency is not None]
    axes.errorbar(
        [(each.forecast or 0.0) + aside for each in bins],
        [each.frequency or 0.0 for each in bins],
        yerr=[each.deviation or 0.0 for each in bins],
        fmt="o",
        markersize=4,
        linewidth=1,
        color=colour,
        label=label,
    )


def _briers(axes: "Axes", times: tuple[AtTimeLeft, ...]) -> None:
    for colour, label, all_scores in (
        (FAIR, "fair value", [at.fair for at in times]),
        (MARKET, "market's middle", [at.market for at in times]),
    ):
        known = [(at.left_s, scores) for at, scores in zip(times, all_scores, strict=True) if scores.brier is not None]
        axes.errorbar(
            [str(left_s) for left_s, _ in known],
            [scores.brier or 0.0 for _, scores in known],
            yerr=[scores.brier_error or 0.0 for _, scores in known],
            fmt="o-",
            markersize=4,
            linewidth=1,
            color=colour,
            label=label,
        )
    axes.set_xlabel("seconds left")
    axes.set_ylabel("Brier score (less is better)")
    axes.legend(fontsize="x-small")

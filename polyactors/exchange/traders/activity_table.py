"""How lively two sets of markets are, side by side."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from polyactors.exchange.traders.calibration import Activity, Spread

Figure = Callable[[Activity], float]


def activity_table(columns: Mapping[str, Sequence[Activity]]) -> str:
    """As Markdown: of each figure the median over the markets, and in brackets the least and the most of them."""
    names = [f"{name} ({len(activities)} markets)" for name, activities in columns.items()]
    lines = ["| of a market | " + " | ".join(names) + " |", "|---" * (1 + len(names)) + "|"]
    for what, figure in _figures():
        cells = [_cell([figure(activity) for activity in activities]) for activities in columns.values()]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _figures() -> list[tuple[str, Figure]]:
    figures: list[tuple[str, Figure]] = [
        ("levels that change, a second", lambda activity: activity.changes),
        ("trades a minute", lambda activity: activity.trades * 60),
        ("the middle moves, times a minute", lambda activity: activity.moves * 60),
        ("seconds with two sides, %", lambda activity: activity.two_sided * 100),
    ]
    for what, spread in _spreads():
        figures += [(f"{what}: {part}", _part(spread, value)) for part, value in _PARTS]
    return figures


_PARTS: tuple[tuple[str, Callable[[Spread], float]], ...] = (
    ("a tenth up to", lambda spread: spread.low),
    ("half up to", lambda spread: spread.middle),
    ("nine tenths up to", lambda spread: spread.high),
)


def _part(spread: Callable[[Activity], Spread], part: Callable[[Spread], float]) -> Figure:
    return lambda activity: part(spread(activity))


def _spreads() -> list[tuple[str, Callable[[Activity], Spread]]]:
    return [
        ("spread, cents", lambda activity: activity.spread_cents),
        ("spread, ticks", lambda activity: activity.spread_ticks),
        ("shares at the best price of a side", lambda activity: activity.best_depth),
        ("shares at the best five levels of a side", lambda activity: activity.top_depth),
        ("levels of a side", lambda activity: activity.levels_a_side),
        ("shares at one of the best five levels", lambda activity: activity.level_size),
        ("shares of a trade", lambda activity: activity.trade_size),
    ]


def _cell(values: Sequence[float]) -> str:
    return f"{_text(median(values))} ({_text(min(values))} to {_text(max(values))})" if values else "-"


def _text(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"

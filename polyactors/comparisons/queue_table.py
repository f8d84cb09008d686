"""The comparison of queue models as the table of docs/queue-models.md."""

from collections.abc import Iterator, Sequence

from messages.units import SHARE_SCALE, format_shares
from polyactors.comparisons.queue_models import Comparison

HEADER = (
    "| feed | queue model | order | orders filled: ours : theirs | fills: ours : theirs | shares: ours : theirs |\n"
    "|---|---|---|---|---|---|"
)


def difference(ours: float, theirs: float) -> float:
    """How much larger ours is, as a part of theirs; 0 where both are nothing."""
    if not theirs:
        return 0.0 if not ours else float("inf")
    return ours / theirs - 1


def differences(line: Comparison) -> tuple[float, float, float]:
    """Of filled orders, fills and filled size."""
    ours, theirs = line.ours, line.theirs
    return (
        difference(ours.orders, theirs.orders),
        difference(ours.fills, theirs.fills),
        difference(ours.size, theirs.size),
    )


def agree(line: Comparison, limit: float) -> bool:
    """Whether as many orders and shares were filled in both, within the part `limit`."""
    orders, _, size = differences(line)
    return abs(orders) <= limit and abs(size) <= limit


def markdown(lines: Sequence[Comparison]) -> str:
    return "\n".join(_rows(lines)) + "\n"


def _rows(lines: Sequence[Comparison]) -> Iterator[str]:
    yield HEADER
    for line in lines:
        ours, theirs = line.ours, line.theirs
        orders, fills, size = (f"{each:+.1%}" for each in differences(line))
        yield (
            f"| {line.feed} | {line.model} | {line.planned:,} of {format_shares(line.order_size)} "
            f"| {ours.orders:,} : {theirs.orders:,} ({orders}) | {ours.fills:,} : {theirs.fills:,} ({fills}) "
            f"| {ours.size / SHARE_SCALE:,.2f} : {theirs.size / SHARE_SCALE:,.2f} ({size}) |"
        )

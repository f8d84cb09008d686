"""A market's history as the feed of hftbacktest.

It is given what the paper venue is given: the closed books, as the levels that changed from one to the next, and the
trades, at the times of receipt. Bids of NO are asks of YES there.
"""

from collections.abc import Iterator, Sequence
from enum import Enum

from attrs import frozen

from messages.depth import Depth
from messages.identity import Outcome, Side
from messages.market_data import Snapshot
from messages.units import PRICE_SCALE, SHARE_SCALE
from polyactors.comparisons.market_history import Seen


class Row(Enum):
    """What a row of the feed is about."""

    BID = "bid"
    ASK = "ask"
    BOUGHT = "bought"
    SOLD = "sold"


@frozen
class FeedRow:
    """`price` in dollars of YES, `size` in shares: what a level has now, or what was traded."""

    row: Row
    at_ns: int
    price: float
    size: float


def feed_rows(seen: Sequence[Seen]) -> Iterator[FeedRow]:
    """In the order of receipt. Of one book, levels that shrank come first: so it is never crossed on the way."""
    last: Snapshot | None = None
    for each in seen:
        if isinstance(each, Snapshot):
            changes = [*_changes(last, each, Outcome.YES), *_changes(last, each, Outcome.NO)]
            yield from (row for has_grown, row in sorted(changes, key=lambda change: change[0]))
            last = each
        else:
            row = Row.BOUGHT if each.taker_side is Side.BUY else Row.SOLD
            yield FeedRow(row, each.received_ns, each.price / PRICE_SCALE, each.size / SHARE_SCALE)


def _changes(last: Snapshot | None, now: Snapshot, outcome: Outcome) -> Iterator[tuple[bool, FeedRow]]:
    """Each changed level, and whether it grew."""
    bids = now.bids(outcome)
    before: Depth | None = last.bids(outcome) if last is not None else None
    if before is bids:
        return
    row = Row.BID if outcome is Outcome.YES else Row.ASK
    sizes_before: Sequence[int] = before.sizes if before is not None else [0] * len(bids.sizes)
    for index, (was, is_now) in enumerate(zip(sizes_before, bids.sizes, strict=True)):
        if was != is_now:
            price = index * bids.step
            in_yes = price if outcome is Outcome.YES else PRICE_SCALE - price
            yield is_now > was, FeedRow(row, now.received_ns, in_yes / PRICE_SCALE, is_now / SHARE_SCALE)

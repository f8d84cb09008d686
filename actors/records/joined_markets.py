"""Which markets came while the service ran, from the journal: for those who keep something by market and begin anew."""

from collections.abc import Iterable

from messages.identity import MarketId
from messages.markets import Market
from messages.sessions import MarketJoined, MarketLeft

KINDS = (MarketJoined.__name__, MarketLeft.__name__)
"""The records that tell it."""


def ever_joined(records: Iterable[object]) -> tuple[Market, ...]:
    """All that joined, each as it was told last, in the order of their first coming."""
    found: dict[MarketId, Market] = {}
    for record in records:
        if isinstance(record, MarketJoined):
            found[record.market.market] = record.market
    return tuple(found.values())


def left_for_good(records: Iterable[object]) -> frozenset[MarketId]:
    """Those that left and did not join again."""
    left: set[MarketId] = set()
    for record in records:
        if isinstance(record, MarketJoined):
            left.discard(record.market.market)
        elif isinstance(record, MarketLeft):
            left.add(record.market)
    return frozenset(left)

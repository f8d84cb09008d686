"""What one venue says of one symbol now, and whether it may be believed."""

from enum import Enum

from attrs import define

from messages.reference import CoinSize, ReferencePrice, ReferenceVenue


class Refused(Enum):
    """Why a tick changed nothing."""

    ZERO = "zero"
    NEGATIVE = "negative"
    WRONG_SYMBOL = "wrong symbol"
    FUTURE = "from the future"
    STEP = "too far from the venue's price before"
    CROSSED = "bid above ask"
    WIDE = "ask too far above bid"
    LATE = "older than the one before"


ORACLES = frozenset({ReferenceVenue.CHAINLINK, ReferenceVenue.PYTH})
"""Those whose prices are made of other venues' and come with a lag."""


@define(eq=False)
class VenuePrice:
    """`price` is the newest: that of the last trade, moved into the quote where a newer quote has left it behind.

    So a quiet venue with a living quote is not stale, and the noise of the middle does not get into its price. Without
    any trade it is the middle. `as_of_ns` is when it was heard, or an oracle's own time where that is older than its
    lag explains; `exchange_ns` the newest time of the venue's clock; `missed` why it is not to be believed before the
    next tick.
    """

    venue: ReferenceVenue
    price: ReferencePrice
    as_of_ns: int
    exchange_ns: int
    received_ns: int
    trade: ReferencePrice | None = None
    bid: ReferencePrice | None = None
    ask: ReferencePrice | None = None
    bid_size: CoinSize = CoinSize(0)
    ask_size: CoinSize = CoinSize(0)
    quoted_ns: int = 0
    missed: str | None = None


def within_quote(trade: ReferencePrice | None, bid: ReferencePrice, ask: ReferencePrice) -> ReferencePrice:
    """`trade` if the quote has not left it behind, else the side that has; the middle where nothing was traded."""
    if trade is None:
        return ReferencePrice((bid + ask) // 2)
    return bid if trade < bid else ask if trade > ask else trade

"""The session of a market that ends: where it is in its life, and what follows from that for those who trade it."""

from enum import Enum

from attrs import frozen

from messages.identity import MarketId
from messages.markets import Market


class SessionState(Enum):
    """Where a session is (design section 8). States are entered in this order and never left backwards."""

    BOOT_SYNC = "BOOT_SYNC"
    ACTIVE = "ACTIVE"
    WIND_DOWN = "WIND_DOWN"
    FLATTEN = "FLATTEN"
    DONE = "DONE"


@frozen
class SessionIs:
    """To the strategies of a market, to the governor and the journal: the session's state from now on.

    `wound_down` is how much of the time from WIND_DOWN to FLATTEN is over, from 0 to 1: sizes, the inventory's target
    and times to live shrink with it. Told again as it grows; the governor and the journal hear of new states alone.
    `until_ns` is when the next state is due by the clock, None where none is: whoever hears no more after that knows
    that nobody keeps the session.
    """

    market: MarketId
    state: SessionState
    wound_down: float
    reason: str
    at_ns: int
    until_ns: int | None = None


@frozen
class MarketJoined:
    """Found while the service runs: from now on it is traded. To everybody who keeps something by market."""

    market: Market
    at_ns: int


@frozen
class MarketLeft:
    """Its session is over and nothing of it is open: nobody trades it any more. What is owned of it stays booked."""

    market: MarketId
    at_ns: int

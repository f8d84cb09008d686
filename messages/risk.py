"""Modes, limits and reservations: the words of the governor."""

from enum import IntEnum

from attrs import frozen

from messages.identity import IntentId, MarketId
from messages.intents import Place
from messages.units import Cash, Shares


class RiskMode(IntEnum):
    """What may be done; a greater one is worse. Worse modes are entered at once, better ones after a quiet period."""

    NORMAL = 0
    REDUCE_ONLY = 1
    FLATTEN = 2
    HALT = 3


@frozen
class Authorise:
    """From the market to the governor: the owner wants this, on a closed and fresh book."""

    place: Place
    settled_by_market_ns: int


@frozen
class Reservation:
    """What an authorised order may cost at most: collateral for a BUY, shares for a SELL."""

    intent: IntentId
    market: MarketId
    cash: Cash
    yes_shares: Shares
    no_shares: Shares


@frozen
class Authorised:
    """From the governor to the executor and the journal: do it; the reservation is made."""

    place: Place
    reservation: Reservation
    mode: RiskMode
    at_ns: int


@frozen
class ReservationReleased:
    """From the executor to the governor: the authorised intent will never be an order."""

    intent: IntentId


@frozen
class BookDirty:
    """From the market to the governor: do nothing in this market until `BookClean`."""

    market: MarketId
    reason: str
    at_ns: int


@frozen
class BookClean:
    market: MarketId
    at_ns: int


@frozen
class ExecutionReady:
    """From the executor to the governor: reconciled, orders may pass."""

    at_ns: int


@frozen
class ModeChanged:
    """The mode of a market, or of everything (`market` None), with the causes that hold it there."""

    market: MarketId | None
    mode: RiskMode
    causes: tuple[str, ...]
    at_ns: int


@frozen
class HoldMode:
    """From a part of the service to the governor: hold everything at this mode until `ReleaseMode` of the same cause.
    It does not outlive the governor, who asks for it anew."""

    mode: RiskMode
    cause: str


@frozen
class ReleaseMode:
    """The cause is over; the mode follows after the quiet period."""

    cause: str

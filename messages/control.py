"""What operators and the service itself ask of the tree."""

from attrs import frozen

from messages.identity import MarketId, Outcome
from messages.risk import RiskMode
from messages.units import Cash, Shares


@frozen
class SetMode:
    """To the governor: hold everything at this mode for `cause` until `ClearMode` of the same cause. Who asks is
    answered with `ModeIs`.

    It outlives the governor; one that is `latched` outlives the process, as a kill switch has to (field note 29).
    """

    mode: RiskMode
    cause: str
    latched: bool = False


@frozen
class ModeIs:
    """The mode of the whole service from now on."""

    mode: RiskMode


@frozen
class ClearMode:
    cause: str


@frozen
class Resync:
    """From a market to its feed: fetch the whole book again."""

    market: MarketId
    reason: str


@frozen
class SessionStarted:
    """First record of a service's life in its journal: what it trades on and with which seed."""

    venue: str
    seed: int
    version: str
    at_ns: int


@frozen
class AccountOpened:
    """What an account at a venue had when its journal was begun: the cash that trading begins with, and shares that are
    nobody's here, which are neither traded nor counted as profit."""

    wallet: str
    cash: Cash
    shares: tuple[tuple[MarketId, Outcome, Shares], ...]
    at_ns: int


@frozen
class SessionEnded:
    """Last record of an orderly end."""

    reason: str
    open_orders: int
    at_ns: int


@frozen
class AreYouThere:
    """To an actor whose life is proved by its answer, `Here` of the same number."""

    number: int


@frozen
class Here:
    number: int

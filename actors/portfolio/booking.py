"""What the ledger answers when it is told something: what changed, and what was strange about it."""

from enum import Enum

from attrs import frozen

from messages.fills import FillSettled
from messages.identity import IntentId, OrderId
from messages.orders import OrderChanged
from messages.portfolio import PortfolioChanged


class Oddity(Enum):
    """What should not happen, and is booked all the same where money moved."""

    UNKNOWN_ORDER = "the order was never written here"
    ANOTHER_ORDER = "the fill names another strategy, market, token or side than its order"
    AFTER_THE_END = "the fill came after the order had ended"
    OVERFILL = "more was filled than the order's size"
    BEYOND_LIMIT = "the price is worse than the order's limit"
    FEE = "the fee is more than the market's schedule says"
    NO_WHOLE_LOTS = "the size is not of whole lots"
    CONTRADICTION = "the same trade or move was heard with other contents"
    REVERSED_LATE = "a fill that was settled is said to have failed"
    SETTLED_LATE = "a fill that has failed is said to be settled"
    NO_MOVE = "the amounts are not such as the cause of the move can move"
    NO_FILL = "the size or the price is not one that can be filled"
    SHORTFALL = "more is reserved than there is"


@frozen
class Irregularity:
    """`detail` is for people, with the amounts."""

    oddity: Oddity
    detail: str


@frozen
class Booked:
    """The change to the order and to its market, to be told on; None where there is none. What `is_booked` has changed
    something, and has to be kept: as `record` where that is given, else as it was heard."""

    order: OrderChanged | None
    portfolio: PortfolioChanged | None
    irregularities: tuple[Irregularity, ...] = ()
    is_booked: bool = True
    record: FillSettled | None = None


@frozen
class AlreadyWritten:
    """Nothing was changed: this order, or another one of the same intent, is known as `written`."""

    order: OrderId
    intent: IntentId
    written: OrderId


class InvariantBroken(Exception):
    """Invariant `number` of design section 6 does not hold, or would not; `report` says by which amounts."""

    def __init__(self, number: int, report: str) -> None:
        self.number = number
        self.report = report
        super().__init__(f"invariant {number}: {report}")


class UnknownMarket(KeyError):
    """An order in a market that the ledger was not told of: its fees, hence its reservation, are not known."""

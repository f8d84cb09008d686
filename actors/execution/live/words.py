"""What a venue says of our account, in our units: its orders, its trades, its balances, and how a call failed."""

from enum import Enum

from attrs import frozen

from messages.fills import Liquidity
from messages.identity import MarketId, Outcome, Side, TradeId, VenueOrderId
from messages.units import Cash, Price, Shares


class VenueOrderStatus(Enum):
    """Where the venue says that an order stands. MATCHED may still be less than its size: the rest does not rest."""

    LIVE = "LIVE"
    DELAYED = "DELAYED"
    MATCHED = "MATCHED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"

    @property
    def is_open(self) -> bool:
        return self in (VenueOrderStatus.LIVE, VenueOrderStatus.DELAYED)


@frozen
class VenueOrder:
    """One of our account's orders as the venue has it; `matched` is what it filled in all."""

    venue_order: VenueOrderId
    market: MarketId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    matched: Shares
    status: VenueOrderStatus
    reason: str = ""


class VenueTradeStatus(Enum):
    """They come in any order and more than once; only CONFIRMED and FAILED are final (field note 17)."""

    MATCHED = "MATCHED"
    MINED = "MINED"
    RETRYING = "RETRYING"
    CONFIRMED = "CONFIRMED"
    FAILED = "FAILED"


@frozen
class OwnPart:
    """What one order of ours gave to a trade at one price, in that order's own terms (field note 18)."""

    venue_order: VenueOrderId
    market: MarketId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    fee: Cash
    liquidity: Liquidity


@frozen
class VenueTrade:
    """A trade that our account had a part in; `trade` is unique."""

    trade: TradeId
    status: VenueTradeStatus
    parts: tuple[OwnPart, ...]
    matched_ns: int


@frozen
class VenueBalances:
    """What the chain has given us by now: matches that are not mined are not in it."""

    cash: Cash
    shares: tuple[tuple[MarketId, Outcome, Shares], ...]


@frozen
class AskFailed:
    """No answer, or none that was understood. It says nothing of what is at the venue."""

    reason: str


@frozen
class NoSuchOrder:
    """The venue does not know the order, or has forgotten that it ended."""


@frozen
class NotSigned:
    """There is no signature, and nothing was sent. `is_refusal`: the signer does not want to, by its own caps."""

    reason: str
    is_refusal: bool = False


@frozen
class Taken:
    """The venue has the order; `is_resting` is False where all of it was matched, or it does not rest."""

    is_resting: bool


@frozen
class Refused:
    """The venue has looked at the order and does not want it: it is as if it had never been sent."""

    reason: str


@frozen
class NotSent:
    """The order is not at the venue, for reasons that are not its own: a restricted mode, too many requests, no way to
    the venue, a dry run. `retry_after_ns` is 0 where nobody knows."""

    reason: str
    retry_after_ns: int = 0


@frozen
class InDoubt:
    """The order may be at the venue, or not."""

    reason: str


PostOutcome = Taken | Refused | NotSent | InDoubt


@frozen
class CancelOutcome:
    """Which were cancelled, and why the others were not. An order that is in neither was not answered for."""

    cancelled: tuple[VenueOrderId, ...]
    not_cancelled: tuple[tuple[VenueOrderId, str], ...]


@frozen
class UserFeedUp:
    """From now on everything that happens to our orders and trades is told."""

    at_ns: int


@frozen
class UserFeedDown:
    """From now on nothing is told, until the next `UserFeedUp`."""

    at_ns: int
    reason: str


@frozen
class UserNewsLost:
    """Something was said about our orders that could not be understood: it has to be asked for."""

    at_ns: int
    reason: str


UserNews = VenueOrder | VenueTrade | UserFeedUp | UserFeedDown | UserNewsLost


@frozen
class OpenOrdersRead:
    """From the reconciler to the gateway: what is open at the venue. Orders posted at `asked_ns` or later may be
    missing from it."""

    orders: tuple[VenueOrder, ...]
    asked_ns: int


@frozen
class ReconcileNow:
    """To the reconciler: compare the account at the venue with ours, as soon as it can be; answered by `Reconciled`
    when a comparison that began after this has ended."""

    reason: str


@frozen
class Reconciled:
    """`differences` are those that stayed, for people; with none, the venue and the ledger say the same."""

    differences: tuple[str, ...]
    at_ns: int

"""What a strategy wants: place, cancel, flatten; and the answer when it does not get it.

An intent is a wish. It becomes an order only by way of the market actor (owner, tier, book), the governor (mode,
limits, reservation) and the executor (fencing, write-ahead).
"""

from enum import Enum

from attrs import frozen

from messages.identity import IntentId, MarketId, OrderId, Outcome, Side, StrategyName
from messages.units import Cash, Price, Shares


class TimeInForce(Enum):
    """The venue's order types (reference polymarket.md, 3.1)."""

    GTC = "GTC"
    GTD = "GTD"
    FOK = "FOK"
    FAK = "FAK"


@frozen
class SnapshotId:
    """Which closed book a decision saw."""

    epoch: int
    number: int


@frozen
class Place:
    """Let an order rest or take.

    `edge` is what the strategy expects to earn a share, in price units, and `confidence_percent` how sure it is of
    that. `risk_cost` is the most that the order can lose. The order ends by itself `time_to_live_ns` after it was
    written.

    It may take the place of an open order of its strategy on the same side of the same token, which `replaces` names:
    that one is cancelled, what is reserved for it is passed on, and the new one is sent once it has ended, smaller by
    what it was filled for beyond `replaced_filled`, which is what the strategy knew.
    """

    intent: IntentId
    strategy: StrategyName
    market: MarketId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    time_in_force: TimeInForce
    post_only: bool
    time_to_live_ns: int
    snapshot: SnapshotId
    fencing: int
    edge: int
    confidence_percent: int
    risk_cost: Cash
    rationale: str
    at_ns: int
    replaces: OrderId | None = None
    replaced_filled: Shares = Shares(0)

    def size_after(self, filled: Shares) -> Shares:
        """What is left to place when the order that it replaces was filled for `filled` in all."""
        return Shares(max(0, self.size - max(0, filled - self.replaced_filled)))


@frozen
class Cancel:
    """Take an order back. Anyone may ask for it; nothing but the order's own end can stop it."""

    intent: IntentId
    strategy: StrategyName
    market: MarketId
    order: OrderId
    rationale: str
    at_ns: int


@frozen
class Flatten:
    """Cancel everything that rests in a market."""

    intent: IntentId
    strategy: StrategyName
    market: MarketId
    rationale: str
    at_ns: int


Intent = Place | Cancel | Flatten


class Gate(Enum):
    """Who said no."""

    MARKET = "market"
    GOVERNOR = "governor"
    EXECUTOR = "executor"


class Refusal(Enum):
    """Why an intent did not become an order."""

    NOT_OWNER = "not the owner of the market"
    LEASE_OUTDATED = "the lease is not the current one"
    BOOK_NOT_CLOSED = "the book is open or dirty"
    BOOK_STALE = "the snapshot is too old"
    MARKET_NOT_TRADING = "the market takes no orders in this phase"
    OFF_TICK = "the price is off the tick"
    TOO_SMALL = "the size is below the minimum"
    MODE = "the risk mode forbids it"
    SESSION = "the session of the market does not allow it"
    REJECT_STORM = "the venue rejected too many orders of the market"
    MARKET_LIMIT = "the limit of the market is used up"
    TOTAL_LIMIT = "the total limit is used up"
    ORDER_LIMIT = "too many open orders"
    ORDER_TOO_LARGE = "the order is above the limit of one order"
    NOT_ENOUGH_CASH = "not enough cash that is free"
    NOT_ENOUGH_SHARES = "not enough shares that are free"
    FENCED = "the fencing number is that of a former owner"
    RECONCILING = "execution is being reconciled"
    DUPLICATE = "the intent was already handled"
    UNKNOWN_ORDER = "no such open order"
    CALLED_OFF = "it was called off while it waited for the order that it replaces to end"


@frozen
class IntentRefused:
    """The strategy's answer when its intent stopped at a gate; also what the journal keeps of it."""

    intent: IntentId
    strategy: StrategyName
    market: MarketId
    gate: Gate
    refusal: Refusal
    detail: str
    at_ns: int


@frozen
class OpportunityCounted:
    """A detector saw on a closed book what would be an arbitrage; kept for the record, nothing is traded on it.

    `cost` is what a full set would have cost (or brought, for `side` SELL) in price units, `after_fees` the same with
    the taker fees of `size` shares of both tokens.
    """

    strategy: StrategyName
    market: MarketId
    snapshot: SnapshotId
    side: Side
    cost: int
    after_fees: int
    size: Shares
    at_ns: int

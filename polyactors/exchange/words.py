"""What the parts of the exchange say to each other: listings, orders, trades, and what became of them.

Books are in bids of both tokens, as in `messages.market_data`: an ask of YES at p is a bid of NO at 1 - p. Orders,
trades and their parties are in the terms of the token that they name. Times are epoch nanoseconds unless their name
says otherwise.
"""

from enum import Enum
from hashlib import sha256
from typing import NewType

from attrs import frozen

from messages.identity import EventId, MarketId, OrderId, Outcome, Side, TokenId, TradeId
from messages.market_data import Level
from messages.markets import Market
from messages.units import Cash, Price, Shares, TickSize

Wallet = NewType("Wallet", str)
"""The checksummed address that owns cash and shares: the maker of an order."""

ApiKey = NewType("ApiKey", str)
"""Who gave an order: the id of an API key, or the name of a simulated trader."""


class Kind(Enum):
    """What a market asks."""

    BINARY = "binary"
    UP_DOWN = "up_down"
    NEG_RISK = "neg_risk"


@frozen
class RewardTerms:
    """Liquidity rewards of a market: orders of at least `minimum_size`, at most `maximum_spread` from the middle."""

    minimum_size: Shares
    maximum_spread: Price
    daily_rate: Cash


@frozen
class Listing:
    """A market as the exchange lists it. `market` is what a trading client has to know; the rest is its description.

    `number` is its id at Gamma; `labels` name its two outcomes; `is_protocol_two` says that its tokens are position ids
    that are traded by V3 orders. `reference` is the symbol whose price decides an up/down market ("btcusd").
    `opens_ms` and the market's `end_ms` bound the period that the question is about; `accepts_from_ms` is when its book
    opens.
    """

    market: Market
    number: int
    kind: Kind
    labels: tuple[str, str]
    question_id: str
    description: str
    category: str
    accepts_from_ms: int
    opens_ms: int
    taker_delay_ns: int = 0
    rebate_ppm: int = 0
    rewards: RewardTerms | None = None
    is_protocol_two: bool = False
    reference: str | None = None
    group_title: str = ""
    is_other: bool = False


@frozen
class EventListing:
    """The group of markets that Gamma calls an event. `event` is its slug."""

    event: EventId
    number: int
    title: str
    description: str
    category: str
    opens_ms: int
    end_ms: int
    neg_risk: bool = False
    is_augmented: bool = False
    neg_risk_id: str = ""
    series_slug: str = ""
    series_number: int = 0
    recurrence: str = ""


class OrderType(Enum):
    GTC = "GTC"
    GTD = "GTD"
    FOK = "FOK"
    FAK = "FAK"

    @property
    def rests(self) -> bool:
        return self in (OrderType.GTC, OrderType.GTD)


class TradingMode(Enum):
    """What the whole exchange allows (polymarket.md 2.6)."""

    NORMAL = "normal"
    RESTARTING = "restarting"
    POST_ONLY = "post_only"
    CANCEL_ONLY = "cancel_only"
    DISABLED = "disabled"


@frozen
class NewOrder:
    """An order whose signature has been checked. `price` is its limit, the worst price for FOK and FAK.

    `budget` is what a FOK or FAK BUY may cost without fees; the other orders have none. `expiration_s` is 0 for none;
    a GTD order ends 60 seconds before it.
    """

    order: OrderId
    wallet: Wallet
    owner: ApiKey
    market: MarketId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    order_type: OrderType
    post_only: bool = False
    expiration_s: int = 0
    budget: Cash | None = None


class OrderStatus(Enum):
    """The venue's word for where an order stands (polymarket.md 3.5)."""

    LIVE = "LIVE"
    MATCHED = "MATCHED"
    DELAYED = "DELAYED"
    UNMATCHED = "UNMATCHED"
    CANCELED = "CANCELED"
    CANCELED_MARKET_RESOLVED = "CANCELED_MARKET_RESOLVED"
    CANCELED_NOT_ENOUGH_BALANCE = "CANCELED_NOT_ENOUGH_BALANCE"
    CANCELED_EXPIRED_ORDER = "CANCELED_EXPIRED_ORDER"
    INVALID = "INVALID"

    @property
    def is_open(self) -> bool:
        return self in (OrderStatus.LIVE, OrderStatus.DELAYED)


@frozen
class OrderView:
    """An order as it stands. `trades` are those that it took part in."""

    order: NewOrder
    status: OrderStatus
    matched: Shares
    created_ns: int
    trades: tuple[TradeId, ...] = ()

    @property
    def remaining(self) -> Shares:
        return Shares(self.order.size - self.matched)


@frozen
class MakerPart:
    """One resting order that a trade took from, in that order's own terms: its side, outcome and price."""

    order: OrderId
    owner: ApiKey
    wallet: Wallet
    outcome: Outcome
    side: Side
    price: Price
    size: Shares


class TradeStatus(Enum):
    MATCHED = "MATCHED"
    MINED = "MINED"
    CONFIRMED = "CONFIRMED"
    RETRYING = "RETRYING"
    FAILED = "FAILED"

    @property
    def is_final(self) -> bool:
        return self in (TradeStatus.CONFIRMED, TradeStatus.FAILED)


@frozen
class Trade:
    """What one taker order took at one price: a taker that sweeps makes a trade a level, numbered by `bucket`.

    Side, outcome and price are the taker's; `fee` is what the taker pays. `transaction` is empty until MINED; the
    market stream tells the `coming_transaction` with the match (polymarket.md 5.3).
    """

    trade: TradeId
    market: MarketId
    taker_order: OrderId
    taker_owner: ApiKey
    taker_wallet: Wallet
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    fee: Cash
    bucket: int
    makers: tuple[MakerPart, ...]
    status: TradeStatus
    matched_ns: int
    updated_ns: int
    transaction: str = ""

    @property
    def coming_transaction(self) -> str:
        """The hash of the transaction that will settle it, unless it fails: known when it is matched."""
        return f"0x{sha256(self.trade.encode()).hexdigest()}"

    def moved(self, status: TradeStatus, at_ns: int, transaction: str = "") -> "Trade":
        """The same trade at a later status; `transaction` where it has one now."""
        return Trade(
            self.trade,
            self.market,
            self.taker_order,
            self.taker_owner,
            self.taker_wallet,
            self.outcome,
            self.side,
            self.price,
            self.size,
            self.fee,
            self.bucket,
            self.makers,
            status,
            self.matched_ns,
            at_ns,
            transaction or self.transaction,
        )


@frozen
class Placed:
    """The exchange took the order. `status` is LIVE, MATCHED, DELAYED or UNMATCHED.

    `paid` and `received` are what it made and took at once, in base units: cash and shares for a BUY, shares and cash
    for a SELL.
    """

    order: OrderId
    status: OrderStatus
    paid: int
    received: int
    trades: tuple[TradeId, ...] = ()


@frozen
class Refused:
    """The exchange did not do it, and nothing changed. `http_status` and `text` are the venue's (polymarket.md 2.6)."""

    http_status: int
    text: str


@frozen
class CancelOutcome:
    """What became of a request to cancel: the ids that are gone now, and why the others are not."""

    canceled: tuple[OrderId, ...]
    not_canceled: tuple[tuple[OrderId, str], ...]


@frozen
class BookChanged:
    """One batch changed the book. `levels` have the new totals, 0 for gone; `placed_on` is the token of the order.

    `by_trade` says that a match caused it: the venue then sends whole books after the price changes.
    """

    market: MarketId
    levels: tuple[Level, ...]
    placed_on: Outcome
    by_trade: bool
    at_ns: int


class OrderEvent(Enum):
    PLACEMENT = "PLACEMENT"
    UPDATE = "UPDATE"
    CANCELLATION = "CANCELLATION"


@frozen
class OrderReported:
    event: OrderEvent
    view: OrderView
    at_ns: int


@frozen
class TradeReported:
    """A trade reached a status: MATCHED first, then each further one. `trade.status` is the new one."""

    trade: Trade
    at_ns: int


@frozen
class TickSizeChanged:
    market: MarketId
    old: TickSize
    new: TickSize
    at_ns: int


@frozen
class MarketOpened:
    """A market was listed: it can be seen, and from its `accepts_from_ms` on it takes orders."""

    listing: Listing
    at_ns: int


@frozen
class MarketResolved:
    """`yes_payout` is what a YES share pays: 0, a half or 1."""

    market: MarketId
    yes_payout: Price
    at_ns: int


class TransferKind(Enum):
    """What else moves cash and shares (the Data API's activity types)."""

    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"
    SPLIT = "SPLIT"
    MERGE = "MERGE"
    CONVERSION = "CONVERSION"
    REDEEM = "REDEEM"
    REWARD = "REWARD"
    MAKER_REBATE = "MAKER_REBATE"


@frozen
class Transferred:
    """Cash or shares moved outside of trades. `market` is None for deposits and withdrawals; what one wallet sends to
    another is a withdrawal of the one and a deposit of the other."""

    kind: TransferKind
    wallet: Wallet
    market: MarketId | None
    shares: Shares
    cash: Cash
    at_ns: int


ExchangeEvent = (
    BookChanged | OrderReported | TradeReported | TickSizeChanged | MarketOpened | MarketResolved | Transferred
)


@frozen
class Holding:
    """What a wallet owns and has promised. `settled` shares can be sold; `reserved` is what open SELL orders hold."""

    token: TokenId
    market: MarketId
    outcome: Outcome
    settled: Shares
    reserved: Shares

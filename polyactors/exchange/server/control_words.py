"""What operators of the exchange ask under /exchange, and what they are told: JSON documents of these classes.

Prices, shares and cash are integers in the units of `messages.units`; times are epoch nanoseconds. A refusal is
`{"error": text}`, as everywhere on the exchange.
"""

from enum import StrEnum

from attrs import frozen

from messages.identity import EventId, MarketId, TokenId
from messages.units import Cash, Price, Shares, TickSize
from polyactors.exchange.words import TradingMode, Wallet


@frozen
class MarketLine:
    """A market as it stands. `fair_value` is the hidden truth about YES, between 0 and 1. Best prices are of YES; None
    where there is none. `yes_payout` is None until it is resolved."""

    market: MarketId
    slug: str
    event: EventId
    kind: str
    question: str
    yes_token: TokenId
    no_token: TokenId
    tick_size: TickSize
    best_bid: Price | None
    best_ask: Price | None
    fair_value: float
    open_orders: int
    accepts_orders: bool
    yes_payout: Price | None
    end_ms: int | None
    has_rewards: bool


@frozen
class Markets:
    at_ns: int
    markets: tuple[MarketLine, ...]


@frozen
class HoldingLine:
    market: MarketId
    slug: str
    outcome: str
    settled: Shares


@frozen
class AccountLine:
    """A wallet. `trader` names the simulated trader whose it is, empty for a client's."""

    wallet: Wallet
    trader: str
    cash: Cash
    open_orders: int
    holdings: tuple[HoldingLine, ...]


@frozen
class Accounts:
    """`deposited` is what the other four, and the cash of all accounts, are parts of."""

    at_ns: int
    total: int
    deposited: Cash
    in_accounts: Cash
    in_escrow: Cash
    fees: Cash
    locked: Cash
    accounts: tuple[AccountLine, ...]


@frozen
class Status:
    """The exchange as a whole. Requests are counted by the status of their answers."""

    at_ns: int
    started_ns: int
    seed: int
    mode: TradingMode
    markets: int
    open_orders: int
    requests: dict[str, int]
    armed_faults: int


@frozen
class SetMode:
    mode: TradingMode


class Ruling(StrEnum):
    """How a market is resolved by hand."""

    YES = "yes"
    NO = "no"
    HALF = "half"


@frozen
class Resolve:
    """`market` is a condition id or a slug."""

    market: str
    ruling: Ruling


@frozen
class Deposit:
    wallet: str
    cash: Cash


@frozen
class ArmedFault:
    """A fault as it stands. `settings` are those of its kind, as texts."""

    name: str
    kind: str
    settings: dict[str, str]
    armed_ns: int
    until_ns: int | None
    left: int | None
    strikes: int


@frozen
class Faults:
    """What is armed; `ended` counts those that are over."""

    at_ns: int
    faults: tuple[ArmedFault, ...]
    ended: int


@frozen
class Disarm:
    """An empty name means all."""

    name: str


@frozen
class Done:
    """It was done, at this time."""

    at_ns: int

"""What a market is: its tokens, its grid, its fees and its phase."""

from enum import Enum

from attrs import frozen

from messages.identity import EventId, MarketId, Outcome, TokenId
from messages.periods import UpOrDown
from messages.units import PRICE_SCALE, SHARE_SCALE, Cash, Price, Shares, TickSize

FEE_RATE_SCALE = 1_000_000
FEE_QUANTUM = 10
"""Fees are rounded to five decimals of a pUSD, ten cash units (reference polymarket.md, 4.1)."""


class Phase(Enum):
    """Where a market is in its life (design section 8)."""

    DISCOVERED = "DISCOVERED"
    WATCH = "WATCH"
    NORMAL = "NORMAL"
    CLOSE_WINDOW = "CLOSE_WINDOW"
    CLOSED = "CLOSED"
    RESOLVED = "RESOLVED"


@frozen
class FeeSchedule:
    """Taker fees of a market: shares x rate x (p(1-p))^exponent, in collateral; makers pay nothing.

    `rate_ppm` is the rate in millionths. Source: reference polymarket.md 4.1 and field note 19.
    """

    rate_ppm: int
    exponent: int = 1

    def taker_fee(self, price: Price, shares: Shares) -> Cash:
        """The fee of taking `shares` at `price`, to the nearest `FEE_QUANTUM`, halves away from zero."""
        scale = FEE_RATE_SCALE * (PRICE_SCALE * PRICE_SCALE) ** self.exponent
        numerator = shares * self.rate_ppm * (price * (PRICE_SCALE - price)) ** self.exponent
        quantum = scale * FEE_QUANTUM
        return Cash((2 * numerator + quantum) // (2 * quantum) * FEE_QUANTUM)


NO_FEES = FeeSchedule(rate_ppm=0)


@frozen
class Market:
    """A condition with two tokens, as the venue lists it. Sizes in micro-shares, times in epoch milliseconds.

    `about` is there for an up-or-down market whose rule of settlement was understood.
    """

    market: MarketId
    event: EventId
    slug: str
    question: str
    yes_token: TokenId
    no_token: TokenId
    tick_size: TickSize
    minimum_size: Shares = Shares(5 * SHARE_SCALE)
    fees: FeeSchedule = NO_FEES
    neg_risk: bool = False
    accepting_orders: bool = True
    end_ms: int | None = None
    about: UpOrDown | None = None

    def token(self, outcome: Outcome) -> TokenId:
        return self.yes_token if outcome is Outcome.YES else self.no_token

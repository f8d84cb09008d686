"""One listed market as it stands: its book, its grid, its last trade, and how it ended."""

from collections import deque

from attrs import Factory, define

from messages.identity import Outcome, Side
from messages.units import Price, TickSize
from polyactors.exchange.matching.book import MergedBook
from polyactors.exchange.words import Listing, Trade

RECENT_TRADES = 500


@define(eq=False)
class MarketState:
    """`touched` are the levels that the operation at hand has changed so far; the values mean nothing."""

    listing: Listing
    pool: str
    tick_size: TickSize
    book: MergedBook = Factory(MergedBook)
    takes_orders: bool = True
    yes_payout: Price | None = None
    last_trade: tuple[Outcome, Price, Side] | None = None
    recent: deque[Trade] = Factory(lambda: deque(maxlen=RECENT_TRADES))
    touched: dict[tuple[Outcome, Price], None] = Factory(dict)


def last_price_text(price: Price) -> str:
    """The venue keeps three decimals: "0.630" (field note 3)."""
    return f"0.{price:04d}".removesuffix("0") if price % 10 == 0 else f"0.{price:04d}"

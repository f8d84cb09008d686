"""What the market data feed says of one market, in YES terms and integer units, and what the market actor makes of it.

The book of a market is two ladders of bids: those of the YES token, and those of the NO token. An ask of YES at p is a
bid of NO at 1 - p; the venue shows each order on both tokens (field note 4). So no message here has asks of its own.
"""

from enum import Enum
from typing import NamedTuple

from attrs import frozen

from messages.depth import Depth
from messages.identity import MarketId, Outcome, Side, TokenId
from messages.markets import Phase
from messages.units import ONE, PRICE_SCALE, Price, Shares, TickSize


class Level(NamedTuple):
    """The bids of `outcome` at `price` now amount to `size`; zero means that the level is gone."""

    outcome: Outcome
    price: Price
    size: Shares


@frozen
class BookDelta:
    """Some levels changed. The best prices are the venue's, and already those at the end of its batch (field note 2).

    `best_bid` 0 and `best_ask` 10,000 mean an empty side. The hashes are those of each token's whole book after the
    batch, None where the frame carries none. `exchange_ms` is kept as the venue wrote it, for it is part of the hash.
    """

    market: MarketId
    levels: tuple[Level, ...]
    best_bid: Price | None
    best_ask: Price | None
    yes_hash: str | None
    no_hash: str | None
    exchange_ms: int
    received_ns: int


@frozen
class WholeBook:
    """The whole book of one token, which is the whole book of the market.

    `levels` has bids of both tokens, as everywhere here. `token` is the one whose frame it was and whose book `hash`
    proves. What the frame left out is None; `last_trade_price` is the venue's text, since the hash contains it as such.
    """

    market: MarketId
    outcome: Outcome
    levels: tuple[Level, ...]
    hash: str | None
    tick_size: TickSize | None
    minimum_size: str | None
    neg_risk: bool | None
    last_trade_price: str | None
    exchange_ms: int
    received_ns: int


@frozen
class TradePrint:
    """Somebody took: `size` shares at `price`, in YES terms, the taker on `taker_side` of YES.

    `price_text` is the venue's own text of the price in the traded token's terms, for the book hash (field note 3).
    `price` may be finer than the tick: it is an average.
    """

    market: MarketId
    price: Price
    size: Shares
    taker_side: Side
    price_text: str
    exchange_ms: int
    received_ns: int


@frozen
class TickSizeChange:
    market: MarketId
    tick_size: TickSize
    received_ns: int


@frozen
class BestPrices:
    """The venue's own best prices in YES terms, from a `best_bid_ask` frame; a statement to check a book against."""

    market: MarketId
    best_bid: Price
    best_ask: Price
    exchange_ms: int
    received_ns: int


@frozen
class MarketResolution:
    """The market is over: the winner's shares pay 1, the other's 0. No winner known: it is to be looked up."""

    market: MarketId
    winner: Outcome | None
    received_ns: int


@frozen
class MarketListed:
    """The venue announced a market that nobody here trades yet."""

    market: MarketId
    slug: str
    tokens: tuple[TokenId, ...]
    received_ns: int


@frozen
class FeedLost:
    """The connection that served this market is gone: what it last said can no longer be trusted."""

    market: MarketId
    reason: str


MarketData = (
    BookDelta | WholeBook | TradePrint | TickSizeChange | BestPrices | MarketResolution | MarketListed | FeedLost
)


class Proof(Enum):
    """How a book was proven whole when it closed."""

    HASH = "hash"
    BEST_PRICES = "best prices"
    WHOLE = "whole book"


@frozen(eq=False)
class Snapshot:
    """A closed book: immutable, numbered from 1 without gaps for each life of the market actor.

    Prices in YES terms. `epoch` is the life of the market actor that made it, so (epoch, number) never repeats.
    """

    market: MarketId
    epoch: int
    number: int
    yes_bids: Depth
    no_bids: Depth
    tick_size: TickSize
    phase: Phase
    proof: Proof
    exchange_ms: int
    received_ns: int

    @property
    def best_bid(self) -> Price:
        """0 when nobody bids."""
        return self.yes_bids.best

    @property
    def best_ask(self) -> Price:
        """1 when nobody offers."""
        return Price(PRICE_SCALE - self.no_bids.best)

    @property
    def is_two_sided(self) -> bool:
        return bool(self.yes_bids.occupied and self.no_bids.occupied)

    @property
    def is_crossed(self) -> bool:
        return self.yes_bids.best + self.no_bids.best >= PRICE_SCALE

    @property
    def middle(self) -> Price:
        """Half way between the best prices, rounded down to the price unit. An empty side counts as 0 or 1."""
        return Price((self.yes_bids.best + PRICE_SCALE - self.no_bids.best) // 2)

    @property
    def spread(self) -> int:
        return PRICE_SCALE - self.no_bids.best - self.yes_bids.best

    def bids(self, outcome: Outcome) -> Depth:
        """Those who want to buy `outcome`: what a seller of it meets."""
        return self.yes_bids if outcome is Outcome.YES else self.no_bids

    def best_ask_of(self, outcome: Outcome) -> Price:
        """What a buyer of `outcome` pays for the first share; 1 when nobody offers."""
        return Price(ONE - self.bids(outcome.other).best)


@frozen
class TradeSeen:
    """A trade print, passed on by the market actor in its order among the snapshots."""

    trade: TradePrint


@frozen
class BookOpened:
    """The book is open, dirty or gone: nobody may decide on the last snapshot any more."""

    market: MarketId
    reason: str


@frozen
class BadInput:
    """Something from outside that could not be taken: what kind of mistake, who sent it, and what it was.

    `kind` is one stable word for counting; `detail` is for the person who looks into it, cut to a readable length.
    """

    kind: str
    source: str
    detail: str

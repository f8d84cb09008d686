"""Fills: what was bought and sold, at what price, and what the market looked like then."""

from enum import Enum

from attrs import frozen

from messages.identity import MarketId, OrderId, Outcome, Side, StrategyName, TradeId
from messages.units import Cash, Price, Shares


class Liquidity(Enum):
    MAKER = "MAKER"
    TAKER = "TAKER"


@frozen
class Fill:
    """A part of an order was matched.

    `trade` is unique: the same fill heard twice is one fill. `middle` is the market's middle in YES terms at the time
    of the match, for the split of profit into spread and inventory. A `provisional` fill may still be reversed: what it
    brought cannot be used before a `FillSettled` has come (field note 17).
    """

    trade: TradeId
    order: OrderId
    strategy: StrategyName
    market: MarketId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    fee: Cash
    liquidity: Liquidity
    middle: Price
    at_ns: int
    provisional: bool = False


@frozen
class FillSettled:
    """A provisional fill is final: what it brought can be used."""

    trade: TradeId
    order: OrderId
    market: MarketId
    at_ns: int


@frozen
class FillReversed:
    """A provisional fill has failed: nothing was exchanged. Its order is not open again by that."""

    trade: TradeId
    order: OrderId
    market: MarketId
    at_ns: int

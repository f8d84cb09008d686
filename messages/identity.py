"""Who and what is meant: the names that every other message uses."""

from enum import Enum, IntEnum
from typing import NewType

from attrs import frozen

MarketId = NewType("MarketId", str)
"""A condition id, "0x" and 64 hexadecimal digits."""

TokenId = NewType("TokenId", str)
"""An outcome token, a decimal number of up to 78 digits."""

EventId = NewType("EventId", str)
"""The slug of the event that a market belongs to."""

StrategyName = NewType("StrategyName", str)
IntentId = NewType("IntentId", str)
OrderId = NewType("OrderId", str)

VenueOrderId = NewType("VenueOrderId", str)
"""What the venue calls an order: its digest, "0x" and 64 hexadecimal digits, known before it is sent."""

TradeId = NewType("TradeId", str)


class Outcome(Enum):
    """Which of a market's two tokens. YES is the first token of the market, whatever its label."""

    YES = "YES"
    NO = "NO"

    @property
    def other(self) -> "Outcome":
        return Outcome.NO if self is Outcome.YES else Outcome.YES


class Side(Enum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


class Tier(IntEnum):
    """Who may take a market from whom: a higher tier preempts a lower one (design section 4, ownership)."""

    DIRECTIONAL = 1
    MARKET_MAKING = 2
    EVENT_ARBITRAGE = 3
    ARBITRAGE = 4

    def outranks(self, other: "Tier") -> bool:
        return self > other


@frozen
class Lease:
    """The right to place orders in a market. `fencing` grows with every grant, so that a late order can be told."""

    market: MarketId
    strategy: StrategyName
    tier: Tier
    fencing: int

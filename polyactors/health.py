"""What the actors count over all their lives: it outlives each of them."""

from attrs import Factory, define

from actors.feeds.market_data import ShardHealth
from actors.feeds.reference.feed_health import ReferenceHealth
from actors.markets.health import MarketHealth
from actors.records.violation import Violation
from actors.strategies.set_arbitrage import ArbitrageTally
from messages.identity import MarketId
from polyactors.control.server import ControlHealth


@define
class Health:
    """What the actors count over all their lives."""

    markets: dict[MarketId, MarketHealth] = Factory(dict)
    arbitrage: dict[MarketId, ArbitrageTally] = Factory(dict)
    feed: ShardHealth = Factory(ShardHealth)
    violations: set[Violation] = Factory(set)
    control: ControlHealth = Factory(ControlHealth)
    references: dict[str, ReferenceHealth] = Factory(dict)
    """By the name of the source."""

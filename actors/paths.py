"""The names of the actors in the tree, and what each of them takes. The tree itself is laid out in `polyactors.app`."""

from typing import TYPE_CHECKING, Never

from messages.identity import EventId, MarketId, StrategyName
from messages.reference import Symbol
from supervision.address import Path

if TYPE_CHECKING:
    from actors.execution.executor import ExecutorMessage
    from actors.execution.gateway import GatewayMessage
    from actors.execution.live.claims import ClaimsMessage
    from actors.execution.live.heartbeat import HeartbeatMessage
    from actors.execution.live.reconciler import ReconcilerMessage
    from actors.execution.live.user_feed import UserFeedMessage
    from actors.execution.live.words import OpenOrdersRead, VenueOrder, VenueTrade
    from actors.feeds.market_data import ShardMessage
    from actors.markets.market import MarketMessage
    from actors.portfolio.bookkeeper import LedgerMessage
    from actors.records.auditor import AuditorMessage
    from actors.records.journal import JournalMessage
    from actors.risk.governor import GovernorMessage
    from actors.risk.session import SessionMessage
    from actors.strategies.words import StrategyMessage
    from messages.pricing import AboutPeriod, FollowPrices, TellPrices
    from messages.reference import ReferenceData

JOURNAL: "Path[JournalMessage]" = Path("journal")
LEDGER: "Path[LedgerMessage]" = Path("ledger")
GOVERNOR: "Path[GovernorMessage]" = Path("governor")
GATEWAY: "Path[GatewayMessage | VenueOrder | VenueTrade | OpenOrdersRead]" = Path("execution/gateway")
USER_FEED: "Path[UserFeedMessage]" = Path("execution/user-feed")
RECONCILER: "Path[ReconcilerMessage]" = Path("execution/reconciler")
HEARTBEAT: "Path[HeartbeatMessage]" = Path("execution/heartbeat")
CLAIMS: "Path[ClaimsMessage]" = Path("claims")
EXECUTOR: "Path[ExecutorMessage]" = Path("execution/executor")
AUDITOR: "Path[AuditorMessage]" = Path("records/auditor")
CONTROL: "Path[Never]" = Path("operators/control")
OPERATORS = "operators"
"""The supervisor of all that people steer by."""


def shard_path(number: int) -> "Path[ShardMessage]":
    return Path(f"market-data/shard-{number}")


def symbol_path(symbol: Symbol) -> "Path[ReferenceData | AboutPeriod | FollowPrices | TellPrices]":
    """Who publishes the prices of all series of a symbol."""
    return Path(f"reference/{symbol}")


def event_part(event: EventId) -> str:
    """The event's slug as one part of a path."""
    return event.replace("/", "_")


def market_path(event: EventId, market: MarketId) -> "Path[MarketMessage]":
    return Path(f"markets/{event_part(event)}/{market}/market")


def session_path(event: EventId, market: MarketId) -> "Path[SessionMessage]":
    return Path(f"markets/{event_part(event)}/{market}/session")


def strategy_path(event: EventId, market: MarketId, strategy: StrategyName) -> "Path[StrategyMessage]":
    return Path(f"markets/{event_part(event)}/{market}/{strategy}")

"""What a strategy hears."""

from collections.abc import Hashable

from attrs import frozen

from messages.intents import IntentRefused
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.orders import OrderChanged
from messages.ownership import Granted, Refused, Revoked
from messages.portfolio import PortfolioChanged


@frozen
class Awake:
    """A timer of the strategy's own: look again."""


StrategyMessage = (
    Snapshot
    | TradeSeen
    | BookOpened
    | Granted
    | Refused
    | Revoked
    | OrderChanged
    | PortfolioChanged
    | IntentRefused
    | Awake
)


def latest_of(message: object) -> Hashable | None:
    """Of snapshots and portfolios only the newest counts; everything else is heard in full."""
    if type(message) is Snapshot:
        return "snapshot"
    return "portfolio" if type(message) is PortfolioChanged else None

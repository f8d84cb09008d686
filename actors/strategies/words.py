"""What a strategy hears."""

from collections.abc import Hashable

from attrs import frozen

from messages.intents import IntentRefused
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.orders import OrderChanged
from messages.ownership import Granted, Refused, Revoked
from messages.portfolio import PortfolioChanged
from messages.pricing import NoPrices, PriceSnapshot
from messages.sessions import SessionIs


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
    | PriceSnapshot
    | NoPrices
    | SessionIs
    | Awake
)


_LATEST: dict[type, str] = {
    Snapshot: "snapshot",
    PortfolioChanged: "portfolio",
    PriceSnapshot: "prices",
    NoPrices: "prices",
    SessionIs: "session",
}


def latest_of(message: object) -> Hashable | None:
    """Of snapshots, portfolios, prices and sessions only the newest counts; everything else is heard in full."""
    return _LATEST.get(type(message))

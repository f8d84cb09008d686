"""What execution needs of a venue: one account on it, synchronous, with no clock of its own."""

from collections.abc import Callable
from typing import Protocol

from messages.identity import MarketId, OrderId, Outcome
from messages.market_data import Snapshot, TradePrint
from messages.markets import Market
from messages.orders import Order, VenueEvent, VenueReport
from messages.units import Cash, Shares

Events = tuple[VenueEvent, ...]


class Venue(Protocol):
    """Every call brings the time, which must not go back, and gives what has become of our orders since the last one.

    `cash`, `shares`, `open_orders` and `report` are the venue's truth as of the last call that brought the time.
    `submitted` and `fill_count` count from the beginning.
    """

    @property
    def submitted(self) -> int: ...

    @property
    def fill_count(self) -> int: ...

    @property
    def cash(self) -> Cash: ...

    def shares(self, market: MarketId, outcome: Outcome) -> Shares: ...

    def open_orders(self) -> tuple[OrderId, ...]: ...

    def report(self, since: int, now_ns: int) -> VenueReport:
        """What rests, and all fills but the first `since`."""
        ...

    def submit(self, order: Order, now_ns: int) -> Events: ...

    def withdraw(self, order: OrderId, now_ns: int) -> Events: ...

    def snapshot(self, snapshot: Snapshot, now_ns: int) -> Events:
        """Our own book closed: for venues that are only imagined behind other people's market data."""
        ...

    def trade(self, trade: TradePrint, now_ns: int) -> Events: ...

    def book_opened(self, market: MarketId) -> Events: ...

    def advance(self, now_ns: int) -> Events: ...

    def next_due_ns(self) -> int | None:
        """When `advance` has something to do next; None when nothing waits."""
        ...

    def list_market(self, market: Market) -> None:
        """A new market, or a new statement about one that is known."""
        ...

    def call_when_news(self, wake: Callable[[], None]) -> None:
        """From now on `wake` is called when `advance` has something to give that no call has caused; at once if it has
        so already. It may be called from anywhere, and must only leave word."""
        ...

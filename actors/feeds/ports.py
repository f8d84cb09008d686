"""What a market data feed needs of a venue."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from messages.identity import MarketId
from messages.market_data import MarketData, WholeBook

Deliver = Callable[[MarketData], Awaitable[None] | None]


class ConnectionLost(Exception):
    """The connection to the venue is gone, whatever the reason; the text says which."""


class MarketDataSource(Protocol):
    """One connection to a venue's market data, for the markets that it was made for."""

    async def pump(self, deliver: Deliver) -> None:
        """Connect, and call `deliver` with each message in the order of the wire until there are no more.

        `deliver` gives something to wait for when the receiver has no room: back-pressure goes to the socket, nothing
        is dropped. Returns at the end of what there is (a recording); raises `ConnectionLost`.
        """
        ...

    async def whole_book(self, market: MarketId) -> WholeBook | None:
        """Ask for the whole book of one market now; None when the venue has none to give. Raises `ConnectionLost`."""
        ...

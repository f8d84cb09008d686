"""What a reference feed needs of a venue."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from messages.reference import ReferenceData, ReferenceVenue, Symbol

DeliverReference = Callable[[ReferenceData], Awaitable[None] | None]


class ReferenceSource(Protocol):
    """One connection to one venue's prices, for the symbols that it was made for. It outlives the actor that pumps it.

    Everything that it delivers was read once, at the edge: prices and sizes are above zero (an oracle's size is 0), the
    symbol is one of `symbols`, and what could not be read was counted and logged by the source. What the numbers mean
    for anybody is not its affair.
    """

    @property
    def venue(self) -> ReferenceVenue: ...

    @property
    def symbols(self) -> tuple[Symbol, ...]: ...

    @property
    def name(self) -> str:
        """Of the actor, unique among sources: "binance", "polymarket-prices"."""
        ...

    async def pump(self, deliver: DeliverReference) -> None:
        """Connect, subscribe once, and call `deliver` with each message in the order of the wire until there are no
        more.

        `deliver` gives something to wait for when the receiver has no room. Connections that are lost are made again by
        the source itself, with full jitter, and told as `ReferenceMissed`. Returns at the end of what there is (a
        recording); raises `actors.feeds.ports.ConnectionLost` where only a new life helps.
        """
        ...

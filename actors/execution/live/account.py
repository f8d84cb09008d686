"""What execution needs of an account where money is real: a port, which `polyactors.venues` implements."""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from typing import Protocol

from actors.execution.live.words import (
    AskFailed,
    CancelOutcome,
    NoSuchOrder,
    NotSigned,
    PostOutcome,
    UserNews,
    VenueBalances,
    VenueOrder,
    VenueTrade,
)
from messages.identity import MarketId, VenueOrderId
from messages.orders import Order
from messages.units import TickSize

MOST_AT_ONCE = 15
"""Orders in one call (reference polymarket.md, 2.3)."""

Deliver = Callable[[UserNews], Awaitable[None] | None]
Named = Callable[[VenueOrderId], None]


def nobody_asks(_: VenueOrderId) -> None:
    """For whoever does not want to know before the order is signed."""


class LiveAccount(Protocol):
    """Awaited by workers only. Each call ends within a deadline of its own, and raises nothing but `trio.Cancelled`:
    every way to fail is an answer. Calls may be made side by side.

    A signed order stays with the implementation: nobody else needs its bytes.
    """

    def sign(self, order: Order, named: Named = nobody_asks) -> Coroutine[object, object, VenueOrderId | NotSigned]:
        """To be awaited. Nothing is sent. The same order signed again is another one to the venue.

        What needs no waiting is done by the call itself. So it mostly makes the order, asks for its signature and tells
        `named` what the venue will call it; where something is to be asked for before, awaiting does. There is no
        signature of an order that `named` was not told of.
        """
        ...

    def tick_size_changed(self, market: MarketId, tick_size: TickSize) -> None:
        """Orders are signed on this grid from now on. Does not wait."""
        ...

    async def post(self, orders: Sequence[VenueOrderId]) -> tuple[PostOutcome, ...]:
        """Send what was signed, 1 to `MOST_AT_ONCE`; one outcome each, in their order. What was not signed in this
        process, or has had an outcome other than `NotSent`, is `NotSent`."""
        ...

    async def cancel(self, orders: Sequence[VenueOrderId]) -> CancelOutcome | AskFailed:
        """Any number."""
        ...

    async def cancel_everything(self) -> CancelOutcome | AskFailed:
        """Of this account, whoever placed it."""
        ...

    async def look_up(self, order: VenueOrderId) -> VenueOrder | NoSuchOrder | AskFailed: ...

    async def open_orders(self) -> tuple[VenueOrder, ...] | AskFailed:
        """All of the account, also in markets that are not traded here; those are told with what is known of them."""
        ...

    async def trades(self, since_ns: int) -> tuple[VenueTrade, ...] | AskFailed:
        """All that were matched at `since_ns` or later, and perhaps some before, by the venue's clock in whole
        seconds. Only the parts in the markets that are traded here."""
        ...

    async def balances(self, markets: Collection[MarketId]) -> VenueBalances | AskFailed:
        """Cash, and both tokens of each of `markets`."""
        ...

    async def beat(self) -> AskFailed | None:
        """Tell the venue that we are alive. After the first one it cancels everything when ten seconds pass without."""
        ...

    async def listen(self, deliver: Deliver) -> None:
        """Tell all news of our orders and trades, for ever; it connects again by itself. One caller at a time."""
        ...

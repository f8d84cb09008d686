"""The port of those who can be asked for the price at a period's start, when we were not there to hear it."""

from typing import Protocol

from messages.periods import Period, SettlementRule


class OpenPriceSource(Protocol):
    """A venue's own candles, say, by REST."""

    async def open_price(self, period: Period, rule: SettlementRule) -> float | None:
        """In dollars, exactly as the rule reads it; None where this source cannot tell it (yet). Raises
        `actors.feeds.ports.ConnectionLost`."""
        ...

"""The fee rates that orders of the first version have to name, as the venue tells them."""

from typing import Protocol

from messages.identity import TokenId
from polyactors.venues.polymarket.rest.failures import Failure


class TellsFeeRates(Protocol):
    async def base_fee_bps(self, token: TokenId) -> int | Failure: ...


class FeeRates:
    """Each token's is asked for once, and again after it was forgotten."""

    def __init__(self, venue: TellsFeeRates) -> None:
        self._venue = venue
        self._known: dict[TokenId, int] = {}

    async def of(self, token: TokenId) -> int | Failure:
        """In basis points."""
        known = self._known.get(token)
        if known is not None:
            return known
        told = await self._venue.base_fee_bps(token)
        if isinstance(told, int):
            self._known[token] = told
        return told

    def forget(self, token: TokenId) -> None:
        """An order that named it was refused: it may have changed."""
        self._known.pop(token, None)
